"""Contacts with more tags than the fifty that a member object shows: lists, opt-outs and deletions know all of them."""

from collections.abc import Sequence

import pytest

from integration_tests.destination.lists import carriers, list_stream, mirrored, numbered, whole
from integration_tests.destination.syncing import Account, Json, Message, Result, feed, succeeded, sync
from source_destination_mailchimp.mailchimp.members import TAGS_SHOWN, member_hash

MANY_TAGS = [f"tag {number}" for number in range(TAGS_SHOWN + 5)]
LIST = list_stream()
ONE, TWO = list_stream("one"), list_stream("two")
PEOPLE = numbered(range(1, 31))
LEFT = PEOPLE[0]
"""Somebody who is in the list no more."""

BROKEN = LEFT
OPT_OUTS = {"stream": "people", "opt_in_field": "opt_in"}


def with_many_tags(account: Account, *tags: str) -> None:
    """Thirty people who carry these tags beyond the fifty that are shown."""
    account.seed(members=len(PEOPLE), tags=[*MANY_TAGS, *tags])
    audience = account.sandbox.store.audience(account.audience)
    member = audience.find(LEFT)
    assert member is not None
    assert len(member.tags) == len(MANY_TAGS) + len(tags)


def hide_tags(account: Account, email: str = BROKEN, times: int | None = None) -> None:
    """Let Mailchimp fail over the tags of one contact, for ever or so many times."""
    path = f"/3.0/lists/*/members/{member_hash(email)}/tags"
    often: Json = {} if times is None else {"times": times}
    account.control.fault("500", method="GET", path=path, **often)


def is_transient(result: Result) -> bool:
    """Whether the sync ended as an error that the platform tries again."""
    return result.error is not None and str(result.error.failure_type).endswith("transient_error")


def of_list(emails: Sequence[str]) -> list[Message]:
    """The list as it is now, whole."""
    return whole(LIST, emails)


@pytest.mark.parametrize(
    ("treatment", "status"),
    [("remove_tags", "subscribed"), ("unsubscribe", "unsubscribed"), ("archive", "archived")],
)
def test_who_left_a_list_is_found_by_a_tag_that_is_not_shown(account: Account, treatment: str, status: str) -> None:
    """Whoever left loses the list's tag and nothing else of theirs; whoever is in the list stays as they are."""
    with_many_tags(account, "zz List")
    keys: Json = {"streams": [mirrored("zz List")], "mirror_removal": treatment}
    result = succeeded(feed(account, of_list(PEOPLE[1:]), [LIST], **keys))
    assert carriers(account, "zz List") == set(PEOPLE[1:])
    people = account.people()
    assert people[LEFT].status == status
    assert people[LEFT].tags == set(MANY_TAGS)
    assert {people[one].status for one in PEOPLE[1:]} == {"subscribed"}
    assert {people[one].tags for one in PEOPLE[1:]} == {frozenset([*MANY_TAGS, "zz List"])}
    assert result.cursors == [len(PEOPLE) - 1]
    again = of_list(PEOPLE[1:])
    assert account.writes_of(lambda: succeeded(feed(account, again, [LIST], **keys))) == []


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
def test_another_list_that_is_not_shown_keeps_somebody(account: Account, treatment: str) -> None:
    """Who left one list and is in another, by tags beyond the fifty, loses the one tag and no more."""
    with_many_tags(account, "zz One", "zz Two")
    streams = [mirrored("zz One", "one"), mirrored("zz Two", "two")]
    messages = [*whole(ONE, PEOPLE[1:]), *whole(TWO, PEOPLE)]
    succeeded(feed(account, messages, [ONE, TWO], streams=streams, mirror_removal=treatment))
    person = account.people()[LEFT]
    assert person.status == "subscribed"
    assert person.tags == {*MANY_TAGS, "zz Two"}


@pytest.mark.parametrize("treatment", ["remove_tags", "unsubscribe", "archive"])
@pytest.mark.parametrize("broken", [PEOPLE[0], PEOPLE[-1]], ids=["left", "in the list"])
def test_a_list_whose_carriers_are_not_all_known_removes_nobody(account: Account, treatment: str, broken: str) -> None:
    """Where one contact's tags do not come, the run ends, no STATE leaves and nobody is removed; later all is right."""
    with_many_tags(account, "zz List")
    hide_tags(account, broken)
    before = account.people()
    keys: Json = {"streams": [mirrored("zz List")], "mirror_removal": treatment}
    result = feed(account, of_list(PEOPLE[1:]), [LIST], **keys)
    assert is_transient(result)
    assert result.cursors == []
    assert account.people() == before
    account.control.lift_faults()
    succeeded(feed(account, of_list(PEOPLE[1:]), [LIST], **keys))
    assert carriers(account, "zz List") == set(PEOPLE[1:])


def test_tags_that_come_at_the_second_try_are_as_good(account: Account) -> None:
    """A read that fails a few times and then comes removes whoever left, and nobody else."""
    with_many_tags(account, "zz List")
    hide_tags(account, times=3)
    succeeded(feed(account, of_list(PEOPLE[1:]), [LIST], streams=[mirrored("zz List")]))
    assert carriers(account, "zz List") == set(PEOPLE[1:])


@pytest.mark.parametrize(
    "entry",
    [
        mirrored("zz List", opt_in_field="opt_in"),
        {**OPT_OUTS, "tags_field": "tags", "tags_mode": "replace_owned", "owned_tags": ["crm*"]},
    ],
    ids=["a list", "owned tags"],
)
def test_an_opt_out_comes_again_where_tags_are_not_known(account: Account, entry: Json) -> None:
    """The no is not settled by a failure over the tags: no STATE passes it, and it is kept by the next sync."""
    with_many_tags(account, "zz List")
    hide_tags(account)
    messages = [*(LIST.record(email=one, opt_in=one != BROKEN) for one in PEOPLE), LIST.state(len(PEOPLE))]
    result = feed(account, messages, [LIST], streams=[entry])
    assert is_transient(result)
    assert result.cursors == []
    account.control.lift_faults()
    succeeded(feed(account, messages, [LIST], streams=[entry]))
    assert account.status(BROKEN) == "unsubscribed"
    assert {account.status(one) for one in PEOPLE[1:]} == {"subscribed"}


@pytest.mark.parametrize("opt_in", ["no", "yes"])
def test_an_opt_out_that_needs_no_tags_does_not_ask_for_them(account: Account, opt_in: str) -> None:
    """A stream without tags unsubscribes somebody whose tags nobody can read, and asks for none."""
    with_many_tags(account)
    hide_tags(account)
    result = succeeded(sync(account, [{"email": BROKEN, "opt_in": opt_in, "FNAME": "New"}], streams=[OPT_OUTS]))
    assert account.status(BROKEN) == ("unsubscribed" if opt_in == "no" else "subscribed")
    assert result.outcomes == {"unsubscribed" if opt_in == "no" else "updated": 1}
    assert not [row for row in account.control.requests() if row["path"].endswith("/tags")]


@pytest.mark.parametrize(
    ("removal", "status"),
    [("keep", "subscribed"), ("remove_tags", "subscribed"), ("unsubscribe", "unsubscribed"), ("archive", "archived")],
)
def test_a_deletion_takes_a_list_s_tag_that_is_not_shown(account: Account, removal: str, status: str) -> None:
    """Whoever is named by a deletion loses the tag of the list, wherever it stands among theirs."""
    with_many_tags(account, "zz List")
    entry = mirrored("zz List", deleted_field="deleted")
    messages = [*(LIST.record(email=one, deleted=one == LEFT) for one in PEOPLE), LIST.state(len(PEOPLE))]
    succeeded(feed(account, messages, [LIST], streams=[entry], removal=removal))
    assert carriers(account, "zz List") == set(PEOPLE[1:])
    assert account.status(LEFT) == status
