"""Deletions, moves, opt-outs and living records in every order, within one window and across several."""

from collections.abc import Sequence
from dataclasses import replace

import hypothesis
from hypothesis import strategies as st

from source_destination_mailchimp.airbyte.messages import Message
from source_destination_mailchimp.destination.model import OptIn
from source_destination_mailchimp.destination.rules.field_writes import ALWAYS, FieldWrites
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.stories.drawing import NEW_CONSENT
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
    st.sampled_from(
        [ALWAYS, FieldWrites("always", {"FNAME": "only_new"}), FieldWrites("always", {"FNAME": "if_empty"})]
    ),
)
@hypothesis.settings(deadline=None)
def test_every_order_of_deletions_moves_opt_outs_and_living_records(
    messages: list[Message | None], removal: str, first: Status, writes: FieldWrites
) -> None:
    """Within one window and across several, whatever the order, every promise holds."""
    there = [member("a", "1", first), member("c", "2")]
    told = story(there, _marked(messages), streams=(CONSENTING,), removal=removal, writes=writes)
    promises(told)


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
