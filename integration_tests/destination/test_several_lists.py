"""Several mirrored lists: on one audience, on two, and beside streams that own tags."""

import pytest

from integration_tests.destination.identities import put
from integration_tests.destination.lists import carriers, list_stream, mirrored, numbered, seed_list, whole
from integration_tests.destination.syncing import Account, Result, Stream, feed, succeeded

PEOPLE = list_stream()
ANN = "ann@sandbox-people.org"


def left(result: Result) -> dict[str, int]:
    """Who left a list, by what became of them."""
    return {name.removeprefix("left-"): n for name, n in result.reasons.items() if name.startswith("left-")}


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
def test_only_who_is_in_no_other_list_is_taken_further(account: Account, treatment: str) -> None:
    """In the other list still: the tag goes and they stay. In neither any more: they go."""
    one, two = list_stream("one"), list_stream("two")
    account.seed(members=30, tags=["One", "Two"])
    both = numbered(range(1, 31))
    messages = [*whole(one, both[4:]), *whole(two, [*both[:2], *both[4:]])]
    streams = [mirrored("One", "one"), mirrored("TWO", "two")]
    result = succeeded(feed(account, messages, [one, two], streams=streams, mirror_removal=treatment))
    people = account.people()
    ended = "unsubscribed" if treatment == "unsubscribe" else "archived"
    assert {people[email].status for email in both[:2]} == {"subscribed"}
    assert {people[email].tags for email in both[:2]} == {frozenset({"Two"})}
    assert {people[email].status for email in both[2:4]} == {ended}
    assert {people[email].tags for email in both[2:4]} == {frozenset()}
    assert {people[email].status for email in both[4:]} == {"subscribed"}
    assert left(result) == {"remove-tags": 4, treatment: 2}


def test_who_moves_from_one_list_to_another_stays(account: Account) -> None:
    """They left the one and came to the other in the same sync."""
    one, two = list_stream("one"), list_stream("two")
    people = seed_list(account, 30, "One")
    messages = [*whole(one, people[3:]), *whole(two, people[:3])]
    streams = [mirrored("One", "one"), mirrored("Two", "two")]
    succeeded(feed(account, messages, [one, two], streams=streams, mirror_removal="archive"))
    assert {one.status for one in account.people().values()} == {"subscribed"}
    assert carriers(account, "Two") == set(people[:3])


def test_one_list_fails_and_the_other_goes_on(account: Account) -> None:
    """Each list has its own proof and its own STATEs."""
    one, two = list_stream("one"), list_stream("two")
    account.seed(members=30, tags=["One", "Two"])
    people = numbered(range(1, 31))
    messages = [*whole(one, people[3:])[:-1], *whole(two, people[3:])]
    streams = [mirrored("One", "one"), mirrored("Two", "two")]
    result = succeeded(feed(account, messages, [one, two], streams=streams))
    assert (len(carriers(account, "One")), len(carriers(account, "Two"))) == (30, 27)
    assert len(result.cursors) == 1


@pytest.mark.parametrize("tags", [("List", "list"), ("List", "List")])
def test_two_streams_with_one_tag_stop_before_the_first_write(account: Account, tags: tuple[str, str]) -> None:
    """Each would remove the other's people."""
    people = seed_list(account, 20)
    one, two = list_stream("one"), list_stream("two")
    streams = [mirrored(tags[0], "one"), mirrored(tags[1], "two")]
    result = feed(account, [*whole(one, people[:10]), *whole(two, people[10:])], [one, two], streams=streams)
    assert "two streams share the tag" in result.complaint
    assert account.writes() == []


@pytest.mark.parametrize("mode", ["add", "replace_owned"])
def test_a_list_is_safe_from_what_another_stream_owns(account: Account, mode: str) -> None:
    """What another stream owns does not take the mirror tag off, so that nothing goes back and forth."""
    people = seed_list(account, 20)
    other = Stream("other", ("email", "tags"), "append", "full_refresh")
    messages = [*whole(PEOPLE, people), *(other.record(email=email, tags=["x"]) for email in people)]
    owned = {"tags_mode": mode, "owned_tags": ["l*", "x*"]} if mode == "replace_owned" else {}
    streams = [mirrored(), {"stream": "other", "tags_field": "tags", **owned}]
    succeeded(feed(account, messages, [PEOPLE, other], streams=streams))
    assert carriers(account) == set(people)
    again = lambda: succeeded(feed(account, messages, [PEOPLE, other], streams=streams))  # noqa: E731
    assert account.writes_of(again) == []


def test_owning_every_tag_beside_a_list_stops_before_the_first_write(account: Account) -> None:
    """It would take the mirror tag off."""
    other = Stream("other", ("email",), "append", "full_refresh")
    streams = [mirrored(), {"stream": "other", "tags_mode": "replace_owned", "owned_tags": ["*"]}]
    result = feed(account, [other.record(email=ANN)], [PEOPLE, other], streams=streams)
    assert "would remove the tags of other streams" in result.complaint
    assert account.writes() == []


def test_lists_of_two_audiences_are_apart(account: Account) -> None:
    """One tag in two audiences is two lists."""
    other = str(account.control.seed(name="Others", members=20, tags=["List"])["audience"])
    people = seed_list(account, 20)
    one, two = list_stream("one"), list_stream("two")
    streams = [mirrored("List", "one"), mirrored("List", "two", audience=other)]
    messages = [*whole(one, people[2:]), *whole(two, people)]
    succeeded(feed(account, messages, [one, two], streams=streams))
    assert carriers(account) == set(people[2:])
    assert all(member.tags for member in account.sandbox.store.audience(other).by_digest.values())


def test_people_renamed_by_another_stream_leave_their_list(account: Account) -> None:
    """Stream `crm` changes addresses, stream `list` is the list: who left it goes under the new address."""
    crm = Stream("crm", ("id", "email"), "append", "full_refresh", extra={"primary_key": [["id"]]})
    listed = list_stream("list")
    for number in range(4):
        put(account, f"old{number}", id=str(number), tags=["List"])
    moved = [f"new{number}@sandbox-people.org" for number in range(4)]
    messages = [crm.record(id=str(number), email=email) for number, email in enumerate(moved)]
    messages += [crm.state(4), *whole(listed, moved[:2])]
    streams = [{"stream": "crm", "external_id": "id -> CRMID"}, mirrored("List", "list")]
    succeeded(feed(account, messages, [crm, listed], streams=streams, mirror_removal="unsubscribe"))
    assert carriers(account) == set(moved[:2])
    assert [account.status(email) for email in moved] == ["subscribed"] * 2 + ["unsubscribed"] * 2
