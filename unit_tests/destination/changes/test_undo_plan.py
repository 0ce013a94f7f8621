"""What undo does about one contact, by what the sync did to them and what Mailchimp shows now."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.changes.history import History, Where, history_of
from source_destination_mailchimp.destination.changes.undo_plan import (
    Archive,
    PutBack,
    Stays,
    Step,
    decide,
    is_back,
    stays_anyway,
)

Json = dict[str, Any]
Pair = tuple[Json, Json | None]

NOW = "2026-01-02T03:04:06+00:00"
IDS = frozenset({"CRMID"})


def history(*pairs: Pair) -> History:
    """Return what a sync did to one contact, by its changes and their answers."""
    changes: list[tuple[Json, Json | None]] = []
    for change, answer in pairs:
        whole = {"at": NOW, "email": "ann@shop.com", "call": "update", **change}
        changes.append((whole, None if answer is None else {"result": "written", **answer}))
    found = history_of(Where("a", "m"), changes)
    assert found is not None
    return found


def added(status: str) -> History:
    """Return a contact that the sync added."""
    change = {"call": "add", "sent": {"status": status, "merge_fields": {"FNAME": "Ann"}}}
    return history((change, {"status": status, "last_changed": NOW}))


def updated(before: Json, sent: Json, echo: Json | None = None) -> History:
    """Return a contact that was there, subscribed."""
    answer = {"status": "subscribed", "last_changed": NOW, "echo": echo or {}}
    return history(({"before": before, "sent": sent}, answer))


def shown(status: str = "subscribed", last_changed: str = NOW, **values: Any) -> Json:
    return {"status": status, "last_changed": last_changed, **values}


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("subscribed", Archive()),
        ("transactional", Archive()),
        ("pending", Stays.PENDING),
        ("unsubscribed", Stays.ADDED_OPTED_OUT),
        ("cleaned", Stays.ADDED_OPTED_OUT),
        ("a new word", Stays.ADDED_OPTED_OUT),
    ],
)
def test_whom_the_sync_added(status: str, step: Step) -> None:
    """Only contacts that can be mailed, or are customers, are archived."""
    assert decide(added(status), shown(status), IDS) == step


@pytest.mark.parametrize(
    ("present", "stays"),
    [
        (None, Stays.GONE),
        (shown(last_changed="2026-01-02T03:04:07+00:00"), Stays.CHANGED_SINCE),
        (shown("unsubscribed"), Stays.CHANGED_SINCE),
        (shown("archived"), Stays.CHANGED_SINCE),
        ({}, Stays.CHANGED_SINCE),
    ],
)
def test_whoever_changed_since_stays(present: Json | None, stays: Stays) -> None:
    """Also in the second of our own write, where only the status shows it."""
    assert decide(added("subscribed"), present, IDS) is stays


@pytest.mark.parametrize(
    ("change", "answer", "stays"),
    [
        ({"sent": {}}, None, Stays.OPEN),
        ({"sent": {}}, {"result": "unknown"}, Stays.OPEN),
        ({"call": "archive", "sent": {}}, {}, Stays.REMOVED),
        ({"call": "delete", "sent": {}}, {}, Stays.REMOVED),
        ({"call": "rename", "sent": {"email_address": "x@shop.com"}}, {}, Stays.RENAMED),
        ({"call": "change_status", "sent": {"status": "unsubscribed"}}, {}, Stays.STATUS_CHANGED),
        ({"call": "patch", "sent": {"status": "pending"}}, {}, Stays.STATUS_CHANGED),
        ({"call": "resubscribe", "sent": {"status": "subscribed"}}, {}, Stays.STATUS_CHANGED),
        ({"call": "tags", "by_call": "member", "sent": {"tags": {"vip": True}}}, {}, Stays.CANNOT_TELL),
        ({"call": "update", "is_join": True, "sent": {}}, {}, Stays.RENAMED),
        ({"call": "tags", "by_call": "tag", "is_join": True, "sent": {"tags": {"vip": True}}}, {}, Stays.RENAMED),
    ],
)
def test_what_is_never_taken_back(change: Json, answer: Json | None, stays: Stays) -> None:
    """Neither alone nor behind the addition of the contact."""
    assert stays_anyway(history((change, answer)), is_later=False) is stays
    add = {"call": "add", "sent": {"status": "subscribed"}}
    both = history((add, {"status": "subscribed", "last_changed": NOW}), (change, answer))
    assert stays_anyway(both, is_later=False) is stays


def test_a_later_sync_protects() -> None:
    """Whatever Mailchimp shows."""
    assert stays_anyway(added("subscribed"), is_later=False) is None
    assert stays_anyway(added("subscribed"), is_later=True) is Stays.LATER_SYNC


def test_values_go_back_where_mailchimp_still_shows_the_echo() -> None:
    """Compared is what Mailchimp made of a value, not what was sent; another value since stays."""
    before = {"merge_fields": {"PHONE": "1", "FNAME": "Anne", "LNAME": ""}}
    sent = {"merge_fields": {"PHONE": "030 1", "FNAME": "Ann", "LNAME": "Lee"}}
    one = updated(before, sent, {"merge_fields": {"PHONE": "(030) 1"}})
    present = shown(merge_fields={"PHONE": "(030) 1", "FNAME": "Anna", "LNAME": "Lee"})
    assert decide(one, present, IDS) == PutBack({"merge_fields": {"PHONE": "1", "LNAME": ""}}, {}, ("FNAME",))


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        ({"merge_fields": {"CRMID": ""}}, {"merge_fields": {"CRMID": "7"}}),
        ({"interests": {"i1": True}}, {"interests": {"i1": False}}),
        ({}, {"merge_fields": {"FNAME": "Ann"}}),
        ({"marketing_permissions": []}, {"marketing_permissions": [{"marketing_permission_id": "p", "enabled": True}]}),
        ({"timestamp_opt": ""}, {"timestamp_opt": NOW}),
    ],
)
def test_what_has_no_way_back_is_left(before: Json, sent: Json) -> None:
    """An id, a group that a journey may start for, a value that was not read, permissions, and times of consent."""
    assert decide(updated(before, sent), shown(**sent), IDS) is Stays.NOTHING_LEFT


@pytest.mark.parametrize("status", ["pending", "cleaned", "archived"])
def test_whom_undo_does_not_write(status: str) -> None:
    """A write may ask a pending contact again; nobody looks at the others."""
    one = history(({"sent": {"language": "en"}}, {"status": status, "last_changed": NOW}))
    assert decide(one, shown(status, language="en"), IDS) is Stays.NOT_WRITABLE


def test_the_first_value_before_and_the_last_after_count() -> None:
    """Two writes of one field go back to what was there before the first."""
    first = {"before": {"language": "de"}, "sent": {"language": "en"}}
    second = {"before": {"language": "en"}, "sent": {"language": "fr"}}
    answer = {"status": "subscribed", "last_changed": NOW}
    one = history((first, answer), (second, answer))
    assert decide(one, shown(language="fr"), IDS) == PutBack({"language": "de"})


def test_tags_go_back_unless_the_sync_did_so_itself() -> None:
    """A tag that was put on and taken off again is as it was; one that others took off since stays off."""
    tags: Json = {"call": "tags", "by_call": "tag", "status": "subscribed", "last_changed": NOW}
    one = history(
        ({**tags, "sent": {"tags": {"VIP": True}}}, {}),
        ({**tags, "sent": {"tags": {"old": False}}}, {}),
        ({**tags, "sent": {"tags": {"brief": True}}}, {}),
        ({**tags, "sent": {"tags": {"Brief": False}}}, {}),
        ({**tags, "sent": {"tags": {"lost": True}}}, {}),
    )
    assert decide(one, shown(tags=[{"name": "vip"}]), IDS) == PutBack({}, {"VIP": False, "old": True})


def test_the_time_of_a_contacts_own_tag_call_stays_unknown_until_the_next_write() -> None:
    """A later tag by the tag's own call does not tell it; a write of the member does."""
    own: Pair = ({"call": "tags", "by_call": "member", "sent": {"tags": {"a": True}}}, {})
    by_tag: Pair = (
        {"call": "tags", "by_call": "tag", "status": "subscribed", "last_changed": NOW, "sent": {"tags": {"b": True}}},
        {},
    )
    write: Pair = ({"sent": {"language": "en"}}, {"status": "subscribed", "last_changed": NOW})
    assert stays_anyway(history(own, by_tag), is_later=False) is Stays.CANNOT_TELL
    assert stays_anyway(history(own, by_tag, write), is_later=False) is None


def test_a_refused_change_was_none() -> None:
    """Of a contact of whom nothing was written there is no history."""
    change = {"at": NOW, "email": "", "call": "add", "sent": {}}
    assert history_of(Where("a", "m"), [(change, {"result": "refused"})]) is None


def test_what_an_undo_whose_answer_was_lost_has_done() -> None:
    """Archived where it was to be archived; every value back where values were to go back."""
    assert is_back(added("subscribed"), shown("archived", "later"), IDS)
    assert not is_back(added("subscribed"), shown(), IDS)
    assert not is_back(added("subscribed"), None, IDS)
    one = updated({"language": "de"}, {"language": "en"})
    assert is_back(one, shown(last_changed="later", language="de"), IDS)
    assert not is_back(one, shown(language="en"), IDS)
    assert not is_back(one, shown("unsubscribed", language="de"), IDS)
