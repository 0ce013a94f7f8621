"""Columns of list_members that change without last_changed: tags and groups are brought up to date, the rest is not."""

import pytest

from integration_tests.source import plain
from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call
from integration_tests.source.syncing import Row, Sync, by_key, config, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.http.server import Sandbox

PEOPLE = [f"person{number}@sandbox-people.org" for number in range(1, 5)]
ARCHIVED = "person5@sandbox-people.org"


@pytest.fixture
def seeded(sandbox: Sandbox) -> Seeded:
    """An audience in which calls to segments do not move last_changed, with a tag on two people and an archived one."""
    sandbox.control.switch(segment_calls_move_last_changed="no")
    audience = sandbox.control.seed(name="Readers", members=30)["audience"]
    seeded = Seeded(sandbox, audience, audience, "", [])
    _tag(seeded, "Old", [*PEOPLE[:2], ARCHIVED])
    call(sandbox, "DELETE", f"/lists/{audience}/members/{member_hash(ARCHIVED)}")
    sandbox.control.clock(advance_seconds=600)
    return seeded


def _tag(seeded: Seeded, name: str, people: list[str]) -> int:
    body = {"name": name, "static_segment": people}
    return int(call(seeded.sandbox, "POST", f"/lists/{seeded.audience}/segments", body)["id"])


def _segments(seeded: Seeded) -> str:
    return f"/lists/{seeded.audience}/segments"


def _addresses(found: Sync) -> list[str]:
    return sorted(row["email_address"] for row in found.records["list_members"])


def _is_true(seeded: Seeded, *syncs: Sync) -> bool:
    """Whether the rows of some syncs, one over the other, are what Mailchimp has."""
    rows: list[Row] = []
    for one in syncs:
        rows += one.records["list_members"]
    key = ("id", "list_id")
    return by_key(rows, key) == by_key(plain.members(seeded.sandbox, seeded.audience), key)


@pytest.mark.parametrize("streams", [("list_members",), ("list_members", "consent", "segment_members", "segments")])
def test_who_carries_a_renamed_tag_comes_again(seeded: Seeded, streams: tuple[str, ...]) -> None:
    """They and nobody without a tag, archived people too, once."""
    first = sync(config(seeded.sandbox), *streams)
    tag = call(seeded.sandbox, "GET", _segments(seeded))["segments"][0]["id"]
    call(seeded.sandbox, "PATCH", f"{_segments(seeded)}/{tag}", {"name": "New"})
    second = sync(config(seeded.sandbox), *streams, state=first.states)
    assert _addresses(second) == [*PEOPLE[:2], ARCHIVED]
    assert _is_true(seeded, first, second)
    third = sync(config(seeded.sandbox), *streams, state=second.states)
    assert third.records["list_members"] == []


def test_who_carries_a_new_tag_comes_again(seeded: Seeded) -> None:
    """A tag that is made with its people moves none of them; whoever joins it later is one row, or none."""
    first = sync(config(seeded.sandbox), "list_members")
    tag = _tag(seeded, "Made", PEOPLE[2:])
    second = sync(config(seeded.sandbox), "list_members", state=first.states)
    assert _addresses(second) == PEOPLE[2:]
    assert _is_true(seeded, first, second)
    seeded.sandbox.control.switch(segment_calls_move_last_changed="yes")
    call(seeded.sandbox, "POST", f"{_segments(seeded)}/{tag}/members", {"email_address": PEOPLE[0]})
    third = sync(config(seeded.sandbox), "list_members", state=second.states)
    assert _addresses(third) == PEOPLE[:1]


def test_a_new_group_brings_everybody_once(seeded: Seeded) -> None:
    """Any contact that is met shows the group; the sync after that one hands out everybody, and the next one nobody."""
    path = f"/lists/{seeded.audience}/interest-categories"
    category = call(seeded.sandbox, "POST", path, {"title": "Topics", "type": "checkboxes"})["id"]
    call(seeded.sandbox, "POST", f"{path}/{category}/interests", {"name": "Cats"})
    first = sync(config(seeded.sandbox), "list_members")
    call(seeded.sandbox, "POST", f"{path}/{category}/interests", {"name": "Dogs"})
    person = f"/lists/{seeded.audience}/members/{member_hash(PEOPLE[0])}"
    call(seeded.sandbox, "PATCH", person, {"merge_fields": {"FNAME": "Ann"}})
    seeded.sandbox.control.clock(advance_seconds=60)
    second = sync(config(seeded.sandbox), "list_members", state=first.states)
    assert _addresses(second) == PEOPLE[:1]
    third = sync(config(seeded.sandbox), "list_members", state=second.states)
    assert len(third.records["list_members"]) == 30
    assert _is_true(seeded, third)
    fourth = sync(config(seeded.sandbox), "list_members", state=third.states)
    assert fourth.records["list_members"] == []


def test_without_the_right_to_segments_it_is_said(seeded: Seeded) -> None:
    """403 on segments costs what they tell, which a warning names; a change of a contact is found."""
    first = sync(config(seeded.sandbox), "list_members")
    seeded.sandbox.control.fault("403", path="*/segments", rate=1.0)
    person = f"/lists/{seeded.audience}/members/{member_hash(PEOPLE[0])}"
    call(seeded.sandbox, "PATCH", person, {"merge_fields": {"FNAME": "Ann"}})
    second = sync(config(seeded.sandbox), "list_members", state=first.states)
    assert _addresses(second) == PEOPLE[:1]
    assert any("does not allow this user to read segments" in warning for warning in second.warnings)


def test_segments_that_do_not_come_are_compared_later(seeded: Seeded) -> None:
    """What was renamed meanwhile is found by the sync after it."""
    first = sync(config(seeded.sandbox), "list_members")
    tag = call(seeded.sandbox, "GET", _segments(seeded))["segments"][0]["id"]
    call(seeded.sandbox, "PATCH", f"{_segments(seeded)}/{tag}", {"name": "New"})
    seeded.sandbox.control.fault("500", path="*/segments", rate=1.0)
    second = sync(config(seeded.sandbox), "list_members", state=first.states)
    assert second.records["list_members"] == []
    seeded.sandbox.control.lift_faults()
    third = sync(config(seeded.sandbox), "list_members", state=second.states)
    assert _addresses(third) == [*PEOPLE[:2], ARCHIVED]
