"""Deletions, moves, opt-outs and living records in every order, within one window and across several."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle, permutations, product
from typing import get_args

import hypothesis
import pytest
from hypothesis import strategies as st

from source_destination_mailchimp.airbyte.messages import Message
from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.model import OptIn
from source_destination_mailchimp.destination.rules.field_writes import ALWAYS, FieldWrites
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.stories.drawing import NEW_CONSENT, Story
from unit_tests.destination.stories.pretend_mailchimp import MAILED
from unit_tests.destination.stories.telling import Player
from unit_tests.destination.stories.test_moves import STREAM, member, row, state, story
from unit_tests.destination.stories.test_stories import promises

CONSENTING = replace(STREAM, asks_opt_in=True)
EVENTS = (
    row("1", "a"),
    row("1", "b"),
    row("2", "a"),
    row("1", "a", deleted=True),
    row("2", "b", deleted=True),
    row("1", "a", opt_in="no"),
    row("1", "b", opt_in="yes", consent=NEW_CONSENT),
    row("2", "a", opt_in=OptIn.UNCHECKED.value),
)
WRITES = [ALWAYS, FieldWrites("always", {"FNAME": "only_new"}), FieldWrites("always", {"FNAME": "if_empty"})]


def _marked(messages: Sequence[Message | None]) -> list[Message]:
    """The messages with a STATE of its own for every gap, and one at the end."""
    return [one if one is not None else state(number) for number, one in enumerate((*messages, None))]


@hypothesis.given(
    st.lists(st.sampled_from((*EVENTS, None)), max_size=9),
    st.sampled_from(["keep", "remove_tags", "unsubscribe", "archive"]),
    st.sampled_from([Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.TRANSACTIONAL, Status.ARCHIVED]),
    st.sampled_from(WRITES),
)
@hypothesis.settings(deadline=None)
def test_every_order_of_deletions_moves_opt_outs_and_living_records(
    messages: list[Message | None], removal: str, first: Status, writes: FieldWrites
) -> None:
    """Within one window and across several, whatever the order, every promise holds."""
    there = [member("a", "1", first), member("c", "2")]
    told = story(there, _marked(messages), streams=(CONSENTING,), removal=removal, writes=writes)
    promises(told)


PASSED_ON = (
    row("1", "a"),
    row("1", "b", left=None),
    row("1", "a", deleted=True),
    row("2", "a", left=False),
    row("1", "b", left="2001-01-01"),
)
"""A contact lives, moves, is deleted and opts out, and another one gets the first one's address."""

REMOVALS: tuple[Removal, ...] = get_args(Removal)
STATUSES = (Status.SUBSCRIBED, Status.PENDING, Status.UNSUBSCRIBED, Status.TRANSACTIONAL, Status.ARCHIVED)


def _in_every_window(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages in one window, in as many as there are, and in every other way to cut them."""
    gaps = len(messages) - 1
    for cuts in product((False, True), repeat=gaps):
        cut: list[Message | None] = [messages[0]]
        for message, is_cut in zip(messages[1:], cuts, strict=True):
            if is_cut:
                cut.append(None)
            cut.append(message)
        yield _marked(cut)


@pytest.mark.parametrize("first", range(len(PASSED_ON)))
def test_all_orders_within_and_across_windows(first: int) -> None:
    """All 120 orders of a life, a move, a deletion, an opt-out and a successor, in all 16 ways to cut them.

    Every promise holds in each, and who opted out at last is mailed at no address of theirs.
    """
    stream = replace(STREAM, has_opt_out=True)
    turn = cycle(product(REMOVALS, STATUSES, WRITES))
    for order in permutations(PASSED_ON):
        if order[0] is not PASSED_ON[first]:
            continue
        for messages in _in_every_window(order):
            removal, status, writes = next(turn)
            there = [member("a", "1", status), member("c", "2")]
            told = story(there, messages, streams=(stream,), removal=removal, writes=writes)
            promises(told)
            if order[-1] is PASSED_ON[-1]:
                _is_not_mailed("1", told)


def _is_not_mailed(external_id: str, told: Story) -> None:
    player = Player(told)
    player.play()
    for one in player.mailchimp.members.values():
        assert one.merge.get("CRMID") != external_id or one.status not in MAILED


@hypothesis.given(st.permutations([row("1", "b"), row("1", "a", deleted=True), row("2", "c"), None]), st.booleans())
@hypothesis.settings(deadline=None)
def test_an_opt_out_is_in_force_in_every_order(messages: list[Message | None], is_first: bool) -> None:
    """Moved, deleted, and moved again in any order and any windows: who opted out is mailed at no address."""
    no = row("1", "a", opt_in="no")
    ordered = _marked([no, *messages] if is_first else [*messages, row("1", "b", opt_in="no")])
    player = Player(story([member("a", "1"), member("c", "2")], ordered, streams=(CONSENTING,)))
    player.play()
    for one in player.mailchimp.members.values():
        assert one.merge.get("CRMID") != "1" or one.status not in MAILED
