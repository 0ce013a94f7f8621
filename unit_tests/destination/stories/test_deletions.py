"""Stories of deletions: in every order with the records around them, against the fuse, and cut by kills anywhere."""

from collections import Counter
from itertools import permutations
from typing import Any, get_args

import pytest

from source_destination_mailchimp.airbyte.messages import Message
from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.model import Contact, Outcome, Reason
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.stories.drawing import Story
from unit_tests.destination.stories.telling import Played, Player
from unit_tests.destination.stories.test_moves import ends, member, row, state, story

S = "subscribed"


def outcomes(played: Played) -> Counter[tuple[bool, Outcome, Reason | None]]:
    """How often deletions and living records had each outcome."""
    found: Counter[tuple[bool, Outcome, Reason | None]] = Counter()
    for one in played.settlements:
        is_deletion = isinstance(one.contact, Contact) and one.contact.deleted
        found[is_deletion, one.settled.outcome, one.settled.reason] += 1
    return found


@pytest.mark.parametrize("first_wins", [True, False])
@pytest.mark.parametrize("has_keys", [True, False])
@pytest.mark.parametrize("has_ids", [True, False])
def test_a_deletion_is_never_a_duplicate(first_wins: bool, has_keys: bool, has_ids: bool) -> None:
    """Two deletions and two living records of one address, in every order, by either rule of duplicates."""
    rows = [row("1", "a"), row("1", "a", FNAME="new"), row("1", "a", deleted=True), row("1", "a", deleted=True)]
    for order in permutations(rows):
        for removal in get_args(Removal):
            keys: dict[str, Any] = {"first_wins": first_wins, "has_keys": has_keys, "has_ids": has_ids}
            told = story([member("a", "1")], [*order, state()], removal=removal, **keys)
            played = Player(told).play()
            found = outcomes(played)
            deletions = {key: number for key, number in found.items() if key[0]}
            assert sum(deletions.values()) == 2
            assert Outcome.DUPLICATE not in {outcome for _, outcome, _ in deletions}


def test_a_shared_address_survives_the_deletion_of_one_record_in_every_order() -> None:
    """Of two rows with one address one was deleted; delete and insert of one address are a changed key."""
    rows = [row("1", "a", deleted=True), row("2", "a"), row("3", "b")]
    for order in permutations(rows):
        for removal in get_args(Removal):
            told = story([member("a", "1"), member("b", "3")], [*order, state()], removal=removal)
            player = Player(told)
            found = outcomes(player.play())
            assert found[True, Outcome.SKIPPED, Reason.REPLACED] == 1
            assert ends(player) == {"a": (S, "2"), "b": (S, "3")}


def test_a_reload_removes_nobody() -> None:
    """A table that is loaded anew deletes everything first: whatever the order within the window."""
    rows = [row("1", "a", deleted=True), row("2", "b", deleted=True), row("1", "a"), row("2", "b")]
    for order in permutations(rows):
        told = story([member("a", "1"), member("b", "2")], [*order, state()], removal="archive", fuse_allows=0)
        player = Player(told)
        played = player.play()
        last = {message["record"]["data"]["key"]: message for message in order}
        if all(not message["record"]["data"].get("deleted") for message in last.values()):
            assert not played.sync.is_stopped
            assert ends(player) == {"a": (S, "1"), "b": (S, "2")}


def with_deletions(number: int, allowed: int, removal: Removal, *more: Message) -> Story:
    """Everybody of an audience is deleted, with a limit."""
    names = "abcdef"[:number]
    there = [member(name, name) for name in names]
    rows = [row(name, name, deleted=True) for name in names]
    return story(there, [*rows, *more, state()], removal=removal, fuse_allows=allowed)


@pytest.mark.parametrize("removal", ["unsubscribe", "archive", "delete_permanently"])
@pytest.mark.parametrize("allowed", [0, 1, 3, 4])
def test_what_deletions_take_is_counted_by_the_fuse(removal: Removal, allowed: int) -> None:
    """Exactly as many go as may, the one over the limit has no outcome, and no STATE leaves behind them."""
    player = Player(with_deletions(4, allowed, removal))
    played = player.play()
    assert played.sync.is_stopped is (allowed < 4)
    assert len(played.settlements) == allowed
    gone = 4 - sum(status == S for status, _ in ends(player).values())
    assert gone == allowed == played.limits.fuse.gone.total()
    assert bool(played.states) is (allowed == 4)


def test_what_deletions_do_not_take_is_not_counted_by_the_fuse() -> None:
    """A limit of nobody stops none of these: who is kept, gone, replaced, moved, another's, or left before."""
    quiet: list[tuple[Removal, list[Any], list[Message]]] = [
        ("keep", [member("a", "1")], [row("1", "a", deleted=True)]),
        ("archive", [], [row("1", "a", deleted=True)]),
        ("archive", [member("a", "1")], [row("1", "a", deleted=True), row("2", "a")]),
        ("archive", [member("a", "1")], [row("1", "a", deleted=True), row("1", "b")]),
        ("archive", [member("a", "2")], [row("1", "a", deleted=True)]),
        ("remove_tags", [member("a", "1")], [row("1", "a", deleted=True)]),
    ]
    for status in (Status.UNSUBSCRIBED, Status.CLEANED, Status.ARCHIVED):
        quiet.append(("unsubscribe", [member("a", "1", status)], [row("1", "a", deleted=True)]))
        quiet.append(("archive", [member("a", "1", status)], [row("1", "a", deleted=True)]))
    for removal, there, rows in quiet:
        told = story(there, [*rows, state()], removal=removal, fuse_allows=0)
        played = Player(told).play()
        assert not played.sync.is_stopped, (removal, rows)
        assert played.limits.fuse.gone.total() == 0
        assert played.states


def test_the_same_deletion_again_after_a_kill_counts_what_is_left() -> None:
    """At least once: whoever is gone already is not counted again, and the end is the same wherever it was cut."""
    for removal in ("unsubscribe", "archive", "delete_permanently"):
        told = with_deletions(3, 3, removal)
        expected = Player(told)
        expected.play()
        for die_after in range(len(told.messages) + 1):
            player = Player(told)
            first = player.play(die_after=die_after)
            if first.states:
                continue
            second = player.play()
            assert not second.sync.is_stopped
            assert ends(player) == ends(expected)


def test_an_opt_out_goes_with_its_id_to_the_next_address() -> None:
    """Who unsubscribed and whose key changed, told as delete and insert, stays held under the new address."""
    rows = [row("1", "a", deleted=True), row("1", "b"), row("2", "c")]
    for order in permutations(rows):
        is_last_word = order.index(rows[0]) > order.index(rows[1])
        for removal in get_args(Removal):
            there = [member("a", "1", Status.UNSUBSCRIBED), member("c", "2")]
            player = Player(story(there, [*order, state()], removal=removal))
            player.play()
            end = ends(player)
            assert "b" not in end
            if is_last_word and removal == "delete_permanently":
                assert "a" not in end
            else:
                assert end["a"] == ("unsubscribed", "1")


@pytest.mark.parametrize("key", ["1", "x"])
def test_after_a_merge_the_winner_gets_the_address(key: str) -> None:
    """Id 1 is deleted and id 2 takes its address, in one window or in two: nobody is refused for ever."""
    for windows in (True, False):
        for rows in permutations([row("1", "a", deleted=True, key=key), row("2", "a")]):
            between = [state(0)] if windows else []
            told = story([member("a", "1"), member("b", "2")], [rows[0], *between, rows[1], state()], removal="keep")
            player = Player(told)
            player.play()
            player.play()
            holders = {name: id for name, (status, id) in ends(player).items() if status == S and id == "2"}
            assert holders == {"a": "2"}, (windows, rows)
