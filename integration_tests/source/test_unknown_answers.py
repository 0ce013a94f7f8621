"""Answers as Mailchimp may give them one day: rows or a sentence, never an exception, never another stream's end."""

from typing import Any

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.rewriting import TIMEOUT_STATUS, Query, rewriting
from integration_tests.source.syncing import config, saved_state, sync
from source_destination_mailchimp.source.packing import pack, unpack
from source_destination_mailchimp.source.streams import STREAMS

ALL = tuple(stream.name for stream in STREAMS)


def test_a_status_that_nobody_knows(seeded: Seeded) -> None:
    """Rows are there with `opted_in` null, in consent too; it is said once, and a change to it is a change."""
    control = seeded.sandbox.control
    control.switch(unknown_statuses="present")
    settings = config(seeded.sandbox)
    first = sync(settings, "list_members", "consent")
    control.seed(
        seeded.audience,
        members=[{"email_address": "person5@sandbox-people.org", "status": "paused", "last_changed": control.clock()}],
    )
    control.clock(advance_seconds=2)
    found = sync(settings, "list_members", "consent", state=first.states)
    for stream in ("list_members", "consent"):
        (row,) = found.records[stream]
        assert (row["status"], row["opted_in"]) == ("paused", None)
        assert sum("paused" in warning and f"Stream {stream}" in warning for warning in found.warnings) == 1
    again = sync(settings, "consent", state=found.states)
    assert again.records["consent"] == []
    for everything in (sync(settings, "consent"), sync(settings, "consent", incremental=False)):
        newest = [row for row in everything.records["consent"] if row["email_address"] == "person5@sandbox-people.org"]
        assert [(row["status"], row["opted_in"]) for row in newest] == [("paused", None)]


@pytest.mark.parametrize("shown", ["empty", "null", "absent"])
def test_contacts_without_an_address(seeded: Seeded, shown: str) -> None:
    """Contacts with a telephone number only come in every stream of people, by contact_id, and break none."""
    control = seeded.sandbox.control
    control.switch(contacts_without_address=shown)
    for number in range(3):
        control.people("", seeded.audience, "subscribe_sms", phone=f"+1555010010{number}")
    control.clock(advance_seconds=2)
    found = sync(config(seeded.sandbox, detect_deleted=True), *ALL)
    assert set(found.ends.values()) == {"COMPLETE"}
    without = [row for row in found.records["list_members"] if not row.get("email_address")]
    assert len({row["id"] for row in without}) == 3
    assert all(row["id"] == row["contact_id"] for row in without)
    consent = [row for row in found.records["consent"] if row["email_address"] is None]
    assert {row["email_id"] for row in consent} == {row["id"] for row in without}
    again = sync(config(seeded.sandbox, detect_deleted=True), *ALL, state=found.states)
    assert again.records["consent"] == []
    assert [row for row in again.records["list_members"] if row["status"] == "deleted"] == []


@pytest.mark.parametrize("value", ["null", "absent"])
def test_times_and_figures_that_are_missing(seeded: Seeded, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Without `last_changed`, with null in `bounces` or without the time of an event, every row comes all the same."""
    truth = sync(config(seeded.sandbox), *ALL)

    def rewrite(path: str, query: Query, body: Any) -> Any:
        _forget_times(body, is_absent=value == "absent")
        return body

    with rewriting(seeded.sandbox, rewrite) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        found = sync(config(seeded.sandbox), *ALL)
    assert set(found.ends.values()) == {"COMPLETE"}
    for stream in ALL:
        # The opt-out that its campaign cannot date comes as the member shows it.
        assert len(found.records[stream]) >= len(truth.records[stream]), stream


def _forget_times(body: dict[str, Any], *, is_absent: bool) -> None:
    """Take the times out of the first people and events of an answer, and a figure out of its reports."""
    recipients = body.get("emails", [])[:3]
    events = [event for recipient in recipients for event in recipient.get("activity", ())]
    for row in [*body.get("members", [])[:3], *body.get("unsubscribes", []), *events]:
        for key in {"last_changed", "timestamp"} & row.keys():
            row[key] = None
            if is_absent:
                del row[key]
    for report in body.get("reports", []):
        report["bounces"]["soft_bounces"] = None


@pytest.mark.parametrize("most", [500, 60, 10])
def test_large_pages_that_never_come(seeded: Seeded, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Where pages of more than so many rows time out for ever, smaller ones are read, and every row comes."""
    streams = ("list_members", "email_activity", "segment_members", "tags")
    truth = sync(config(seeded.sandbox), *streams)

    def rewrite(path: str, query: Query, body: Any) -> Any:
        return TIMEOUT_STATUS if int(query.get("count", 0)) > most and path != "/lists" else body

    with rewriting(seeded.sandbox, rewrite) as (url, asked):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        settings = config(seeded.sandbox)
        if most < 500:
            settings["audiences"] = ["Others"]
            truth = sync(settings, *streams)
            asked.clear()
        found = sync(settings, *streams)
    for stream in streams:
        assert sorted(map(str, found.records[stream])) == sorted(map(str, truth.records[stream]))
    assert len(asked) < 2000


def test_no_page_comes_however_small(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading ends, the stream is incomplete, and the other one is not touched by it."""

    def rewrite(path: str, query: Query, body: Any) -> Any:
        return TIMEOUT_STATUS if path.endswith("/members") else body

    with rewriting(seeded.sandbox, rewrite) as (url, asked):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        found = sync(config(seeded.sandbox), "list_members", "merge_fields", fails=True)
    assert found.ends == {"list_members": "INCOMPLETE", "merge_fields": "COMPLETE"}
    assert found.turns[-1] == "transient_error"
    assert len(asked) < 100


def test_an_answer_that_nobody_understands_is_our_fault(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends its stream as system_error with the place in the code and nothing of the answer; others go on."""

    def rewrite(path: str, query: Query, body: Any) -> Any:
        for row in body.get("members", []):
            row["tags"] = "ann@sandbox-people.org"
        return body

    with rewriting(seeded.sandbox, rewrite) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        found = sync(config(seeded.sandbox), "member_tags", "lists", fails=True)
    assert found.ends == {"member_tags": "INCOMPLETE", "lists": "COMPLETE"}
    assert set(found.turns) == {"system_error"}
    assert "members.py:" in found.errors[-1]
    assert all("ann@" not in str(message) for message in found.output.errors)


@pytest.mark.parametrize(
    "state",
    [
        {"states": "x"},
        {"use_global_cursor": True, "state": "x"},
        {"use_global_cursor": True, "state": {"last_changed": "soon"}},
        {"last_changed": 7},
        {"packed": None},
        {"states": ["x"]},
        {"states": [{"partition": "x", "cursor": {}}]},
        {"states": [{"partition": {"id": "{audience}"}, "cursor": "x"}]},
        {"packed": "x"},
        {"packed": pack("x")},
        {"packed": pack({"{audience}": "x"})},
        {"packed": pack({"{audience}": {"archived_last_changed": "soon"}})},
        {"packed": pack({"{audience}": {"members": "?"}})},
        {"packed": pack({"{audience}": {"members": "AAAA"}})},
    ],
)
def test_a_state_that_is_broken(seeded: Seeded, state: dict[str, Any]) -> None:
    """Whatever stands in a saved state, it is one sentence with the way out."""
    if state.get("packed") not in (None, "x"):
        state = {"packed": pack(_with_audience(unpack(state["packed"]), seeded.audience))}
    for entry in state.get("states", []):
        if isinstance(entry, dict) and isinstance(entry["partition"], dict):
            entry["partition"]["id"] = seeded.audience
    settings = config(seeded.sandbox, detect_deleted=True)
    found = sync(settings, "list_members", state=[saved_state("list_members", state)], fails=True)
    assert "Stream list_members: the saved state cannot be read" in found.errors[-1]
    assert "Clear the stream" in found.errors[-1]
    assert found.turns[-1] == "config_error"


def _with_audience(content: Any, audience: str) -> Any:
    if not isinstance(content, dict):
        return content
    return dict.fromkeys([audience], *content.values())


@pytest.mark.parametrize("stream", ["list_members", "segment_members", "email_activity", "campaigns", "reports"])
def test_a_cursor_in_the_future_is_not_believed(seeded: Seeded, stream: str) -> None:
    """Everything is read, because nothing can have been read up to there; it is said, of a global cursor too."""
    settings = config(seeded.sandbox)
    truth = sync(settings, stream)
    cursor = {
        "list_members": "last_changed",
        "segment_members": "last_changed",
        "email_activity": "timestamp",
        "campaigns": "create_time",
        "reports": "send_time",
    }[stream]
    later = "3000-01-01T00:00:00+00:00"
    state = {"use_global_cursor": True, "state": {cursor: later}, "states": []}
    if stream in ("campaigns", "reports"):
        state = {cursor: later}
    found = sync(settings, stream, state=[saved_state(stream, state)])
    assert len(found.records[stream]) == len(truth.records[stream])
    said = [warning for warning in found.warnings if f"Stream {stream}: the saved cursor" in warning]
    assert len(said) == 1
    assert later in said[0]
    assert later not in str(found.state(stream))
