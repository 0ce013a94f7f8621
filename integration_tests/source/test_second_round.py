"""Keys of events, who joined and left a segment, one report for one open, and audiences that were deleted."""

from typing import Any

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call, rows
from integration_tests.source.rewriting import Query, rewriting
from integration_tests.source.syncing import config, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.source.packing import unpack

ONE_SECOND = "2026-03-01T12:30:00+00:00"


def test_five_links_in_one_second_are_five_events(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a scanner clicks at once has five keys, equal clicks too, and the same ones at each reading."""
    clicks = [{"action": "click", "timestamp": ONE_SECOND, "ip": "192.0.2.1", "url": url} for url in "abcda"]

    def rewrite(path: str, query: Query, body: Any) -> Any:
        for recipient in body.get("emails", [])[:1]:
            recipient["activity"] = clicks
        return body

    with rewriting(seeded.sandbox, rewrite) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        found = [sync(config(seeded.sandbox), "email_activity").records["email_activity"] for _ in range(2)]
    keys = [{row["activity_id"] for row in one if row["timestamp"] == ONE_SECOND} for one in found]
    assert len(keys[0]) == 5
    assert keys[0] == keys[1]


def test_one_open_hands_out_one_report(seeded: Seeded) -> None:
    """An open moves the list's figures in every report of the audience; only the campaign that was opened comes."""
    control = seeded.sandbox.control
    for number in range(4):
        control.campaign(seeded.audience, title=f"More {number}", open_percent=10)
    first = sync(config(seeded.sandbox), "reports")
    control.people("person9@sandbox-people.org", seeded.audience, "open", campaign=seeded.campaign)
    second = sync(config(seeded.sandbox), "reports", state=first.states).records["reports"]
    assert len(first.records["reports"]) == 5
    assert [row["id"] for row in second] == [seeded.campaign]


def test_who_joins_and_leaves_a_segment_is_one_row_each(seeded: Seeded) -> None:
    """A tag put on, or taken off, hands out that person only, and a return comes later than the leaving."""
    settings, people = config(seeded.sandbox), [f"person{number}@sandbox-people.org" for number in (13, 14, 15)]
    path = f"/lists/{seeded.audience}/segments"
    tag = call(seeded.sandbox, "POST", path, {"name": "Few", "static_segment": people[:2]})["id"]
    first = sync(settings, "segment_members")
    assert sync(settings, "segment_members", state=first.states).records["segment_members"] == []
    call(seeded.sandbox, "POST", f"{path}/{tag}/members", {"email_address": people[2]})
    joined = sync(settings, "segment_members", state=first.states)
    (row,) = [row for row in joined.records["segment_members"] if row["segment_id"] == tag]
    assert row["email_address"] == people[2]
    call(seeded.sandbox, "DELETE", f"{path}/{tag}/members/{member_hash(people[0])}")
    left = sync(settings, "segment_members", state=joined.states)
    (row,) = [row for row in left.records["segment_members"] if row["_ab_cdc_deleted_at"]]
    assert (row["id"], row["segment_id"], row["list_id"]) == (member_hash(people[0]), tag, seeded.audience)
    call(seeded.sandbox, "POST", f"{path}/{tag}/members", {"email_address": people[0]})
    back = sync(settings, "segment_members", state=left.states)
    (again,) = [row for row in back.records["segment_members"] if row["segment_id"] == tag]
    assert again["id"] == member_hash(people[0])
    assert again["last_changed"] >= row["last_changed"]


def test_a_deleted_segment_is_left_by_everybody(seeded: Seeded) -> None:
    """Whoever was in it comes once with a deletion mark; the next sync has nothing to say of it."""
    settings = config(seeded.sandbox)
    people = [f"person{number}@sandbox-people.org" for number in (13, 14)]
    path = f"/lists/{seeded.audience}/segments"
    tag = call(seeded.sandbox, "POST", path, {"name": "Few", "static_segment": people})["id"]
    first = sync(settings, "segment_members")
    call(seeded.sandbox, "DELETE", f"{path}/{tag}")
    second = sync(settings, "segment_members", state=first.states)
    gone = {row["id"] for row in second.records["segment_members"] if row.get("_ab_cdc_deleted_at")}
    assert gone == {member_hash(person) for person in people}
    third = sync(settings, "segment_members", state=second.states)
    assert third.records["segment_members"] == []
    assert third.warnings == []


@pytest.mark.parametrize("detect_deleted", [True, False])
def test_a_deleted_audience_is_said(seeded: Seeded, detect_deleted: bool) -> None:
    """It is a warning, once; with `detect_deleted` everybody who was in it comes with a deletion mark."""
    settings = config(seeded.sandbox, detect_deleted=detect_deleted)
    members = rows(seeded.sandbox, f"/lists/{seeded.other}/members", "members")
    first = sync(settings, "list_members")
    call(seeded.sandbox, "DELETE", f"/lists/{seeded.other}")
    second = sync(settings, "list_members", state=first.states)
    assert any(f"/lists/{seeded.other} no longer exists" in warning for warning in second.warnings)
    gone = {row["id"] for row in second.records["list_members"] if row["status"] == "deleted"}
    assert gone == ({row["id"] for row in members} if detect_deleted else set())
    assert sync(settings, "list_members", state=second.states).warnings == []


def test_rows_about_people_name_the_contact(seeded: Seeded) -> None:
    """`contact_id` is in the rows of members, tags, activity and consent, also where a report told the opt-out."""
    streams = ("list_members", "member_tags", "member_activity", "consent")
    found = sync(config(seeded.sandbox), *streams)
    contacts = {row["id"]: row["contact_id"] for row in found.records["list_members"]}
    for stream in streams[1:]:
        assert found.records[stream]
        for row in found.records[stream]:
            assert row["contact_id"] == contacts[row["email_id"]]


def test_a_stream_with_nothing_new_sends_one_state(seeded: Seeded) -> None:
    """At rest each incremental stream says once where it stands, and stands where it stood."""
    first = sync(config(seeded.sandbox))
    second = sync(config(seeded.sandbox), state=first.states)
    sent: dict[str, list[Any]] = {}
    for message in second.output.state_messages:
        assert message.state and message.state.stream
        blob = dict(vars(message.state.stream.stream_state))
        if "packed" in blob:
            blob["packed"] = _lasting(blob["packed"])
        sent.setdefault(message.state.stream.stream_descriptor.name, []).append(blob)
    for stream, blobs in sent.items():
        assert len(blobs) == 1, stream
        if "packed" in blobs[0]:
            assert blobs[0]["packed"] == _lasting(first.state(stream)["packed"]), stream


def _lasting(packed: str) -> dict[str, Any]:
    """What a state says, but for whose turn it is to be looked at beside what changed, and when that was."""
    found: dict[str, Any] = unpack(packed)
    for bookmark in found.values():
        bookmark.pop("turn", None)
        bookmark.pop("swept", None)
    return found
