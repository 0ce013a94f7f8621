"""Which segments are asked for, who is called gone from one, and segments too large to remember."""

from typing import Any

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call
from integration_tests.source.rewriting import Query, rewriting
from integration_tests.source.syncing import catalog, config, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.source import roster_room

PEOPLE = [f"person{number}@sandbox-people.org" for number in range(13, 19)]


def _tag(seeded: Seeded, name: str, people: list[str]) -> int:
    body = {"name": name, "static_segment": people}
    found: int = call(seeded.sandbox, "POST", f"/lists/{seeded.audience}/segments", body)["id"]
    return found


def _asked(seeded: Seeded) -> list[int]:
    """The segments whose members were asked for."""
    paths = [row["path"].partition("?")[0] for row in seeded.sandbox.control.requests()]
    return [int(path.split("/")[5]) for path in paths if path.endswith("/members") and "/segments/" in path]


def test_one_segment_is_looked_at_in_turn(seeded: Seeded) -> None:
    """With nothing new each sync asks for one segment of the audience, and each has its turn."""
    settings = config(seeded.sandbox)
    tags = {_tag(seeded, f"T{number}", PEOPLE[:2]) for number in range(4)}
    found = sync(settings, "segment_members")
    everyone = set(_asked(seeded))
    assert tags < everyone
    looked_at = []
    for _ in everyone:
        seeded.sandbox.control.forget_requests()
        found = sync(settings, "segment_members", state=found.states)
        assert found.records["segment_members"] == []
        looked_at += _asked(seeded)
    assert sorted(looked_at) == sorted(everyone)


def test_a_member_who_changed_brings_their_segments_only(seeded: Seeded) -> None:
    """Whoever changes comes again in the tags that they carry; other tags are not asked for but in turn."""
    settings = config(seeded.sandbox)
    theirs = _tag(seeded, "Theirs", PEOPLE[:2])
    others = {_tag(seeded, f"T{number}", PEOPLE[2:]) for number in range(4)}
    seeded.sandbox.control.clock(advance_seconds=600)
    first = sync(settings, "segment_members")
    seeded.sandbox.control.clock(advance_seconds=600)
    path = f"/lists/{seeded.audience}/members/{member_hash(PEOPLE[0])}"
    call(seeded.sandbox, "PATCH", path, {"merge_fields": {"CRMID": "new"}})
    seeded.sandbox.control.forget_requests()
    second = sync(settings, "segment_members", state=first.states)
    assert theirs in _asked(seeded)
    assert len(others & set(_asked(seeded))) <= 1
    news = [row for row in second.records["segment_members"] if row["segment_id"] == theirs]
    assert [row["id"] for row in news] == [member_hash(PEOPLE[0])]
    call(seeded.sandbox, "DELETE", path)
    third = sync(settings, "segment_members", state=second.states)
    gone = {(row["id"], row["segment_id"]) for row in third.records["segment_members"] if row["_ab_cdc_deleted_at"]}
    assert (member_hash(PEOPLE[0]), theirs) in gone


def test_nobody_is_called_gone_after_one_look(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is missing in one reading of a segment of several pages, and is there in the second, has not left."""
    settings = config(seeded.sandbox)
    seeded.sandbox.control.seed(seeded.audience, members=1100, prefix="more")
    everybody = [f"more{number}@sandbox-people.org" for number in range(1, 1101)]
    tag = _tag(seeded, "Many", everybody)
    first = sync(settings, "segment_members")
    call(seeded.sandbox, "PATCH", f"/lists/{seeded.audience}/segments/{tag}", {"name": "More"})
    looks: list[str] = []
    hidden: list[str] = []

    def rewrite(path: str, query: Query, body: Any) -> Any:
        if path.endswith(f"/segments/{tag}/members") and query.get("offset", "0") == "0":
            looks.append(path)
            if len(looks) == 1:
                hidden.append(body["members"].pop()["id"])
                body["members"].append(body["members"][0])
        return body

    with rewriting(seeded.sandbox, rewrite) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        second = sync(settings, "segment_members", state=first.states)
    assert len(looks) == 2
    assert hidden
    assert second.records["segment_members"] == []


def test_a_segment_over_the_limit_comes_whole(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large to remember comes whole at each sync, with a warning; the others come as they change."""
    monkeypatch.setattr(roster_room.RosterRoom.__init__, "__defaults__", (4,))
    settings = config(seeded.sandbox, audiences=["Readers"])
    small, large = _tag(seeded, "Small", PEOPLE[:2]), _tag(seeded, "Large", PEOPLE)
    first = sync(settings, "segment_members")
    second = sync(settings, "segment_members", state=first.states)
    counts = dict.fromkeys((small, large), 0)
    for row in second.records["segment_members"]:
        if row["segment_id"] in counts:
            counts[row["segment_id"]] += 1
    assert counts == {small: 0, large: len(PEOPLE)}
    for one in (first, second):
        assert sum("more members than can be remembered" in warning for warning in one.warnings) == 1


def test_an_audience_that_is_left_out_costs_no_call(seeded: Seeded) -> None:
    """What the state knows and `audiences` excludes is there all the same: nobody asks for it, and nothing is said."""
    streams = ("list_members", "segment_members", "consent", "segments")
    first = sync(config(seeded.sandbox), *streams)
    seeded.sandbox.control.forget_requests()
    second = sync(config(seeded.sandbox, audiences=["Readers"]), *streams, state=first.states)
    assert [row["path"] for row in seeded.sandbox.control.requests() if seeded.other in row["path"]] == []
    assert second.warnings == []
    third = sync(config(seeded.sandbox), *streams, state=second.states)
    assert {name: found for name, found in third.records.items() if found} == {}


def test_a_renamed_merge_tag_is_said_once(seeded: Seeded) -> None:
    """With flat merge fields the log names the old and the new column, and the new one is in the next discover."""
    settings = config(seeded.sandbox, merge_fields="flat", audiences=["Readers"])
    first = sync(settings, "list_members")
    (field,) = [
        row
        for row in call(seeded.sandbox, "GET", f"/lists/{seeded.audience}/merge-fields")["merge_fields"]
        if row["tag"] == "CRMID"
    ]
    call(
        seeded.sandbox,
        "PATCH",
        f"/lists/{seeded.audience}/merge-fields/{field['merge_id']}",
        {"name": "CRM ID", "tag": "CLIENT"},
    )
    second = sync(settings, "list_members", state=first.states)
    assert [warning for warning in second.warnings if "CRMID → CLIENT" in warning]
    assert sync(settings, "list_members", state=second.states).warnings == []
    (stream,) = [one.stream for one in catalog(settings, "list_members").streams]
    assert "CLIENT" in stream.json_schema["properties"]
    assert "CRMID" not in stream.json_schema["properties"]


def test_consent_of_a_deleted_audience_ends(seeded: Seeded) -> None:
    """Everybody who was in it gets a row that says that they may not be mailed."""
    settings = config(seeded.sandbox)
    first = sync(settings, "consent")
    there = {row["email_id"] for row in first.records["consent"] if row["list_id"] == seeded.other}
    call(seeded.sandbox, "DELETE", f"/lists/{seeded.other}")
    second = sync(settings, "consent", state=first.states)
    gone = {row["email_id"] for row in second.records["consent"] if row["status"] == "deleted"}
    assert gone == there
    assert {row["opted_in"] for row in second.records["consent"]} == {False}
