"""Every incremental stream after something of everything changed: two syncs, one over the other, are what is there."""

import pytest

from integration_tests.source.conftest import Seeded, fill, welcome
from integration_tests.source.plain import call
from integration_tests.source.syncing import Row, by_key, config, sync
from integration_tests.source.test_streams import COMPARED_BY, EXPECTED
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.streams import STREAMS

DAY = 86_400
STALE = {
    "list_members": {"stats", "email_client", "tags", "tags_count"},
    "segment_members": {"stats", "email_client", "tags", "tags_count"},
    "member_activity": {"campaign_title"},
    "reports": {"list_stats"},
}
"""Columns that Limits names: they change without a sign."""

NEW = [f"new{number}@sandbox-people.org" for number in (1, 2, 3)]


@pytest.fixture
def seeded(sandbox: Sandbox) -> Seeded:
    """An account with something in every stream, an hour ago."""
    filled = fill(sandbox, members=40, archived=3)
    sandbox.control.people("person4@sandbox-people.org", filled.audience, "complain", campaign=filled.campaign)
    welcome(sandbox, filled.other)
    sandbox.control.clock(advance_seconds=3600)
    return filled


def change(seeded: Seeded) -> None:
    """Change something that each incremental stream has to notice."""
    sandbox, control = seeded.sandbox, seeded.sandbox.control
    control.clock(advance_seconds=2 * DAY)  # the second email of the series goes out
    series = call(sandbox, "GET", "/automations")["automations"][-1]["id"]
    for email in call(sandbox, "GET", f"/automations/{series}/emails")["emails"]:
        for person in NEW[::2]:
            if email["emails_sent"]:
                control.people(person, seeded.other, "click", campaign=email["id"])
                control.clock(advance_seconds=1)  # what is compared by time has to differ in it
    control.people("person5@sandbox-people.org", seeded.audience, "complain", campaign=seeded.campaign)
    for action in ("open", "click", "unsubscribe"):
        control.people("person6@sandbox-people.org", seeded.audience, action, campaign=seeded.campaign)
    control.people("person7@sandbox-people.org", seeded.audience, "bounce_soft", campaign=seeded.campaign)
    call(
        sandbox,
        "PATCH",
        f"/lists/{seeded.audience}/members/{member_hash('person10@sandbox-people.org')}",
        {"vip": True},
    )
    call(sandbox, "POST", f"/lists/{seeded.audience}/segments", {"name": "Few", "static_segment": []})
    control.seed(journeys=[{"audience": seeded.other}])
    control.clock(advance_seconds=60)


def folded(stream_key: tuple[str, ...], *syncs: list[Row]) -> dict[tuple[object, ...], Row]:
    """The rows of some syncs, one over the other, without those that are marked as deleted."""
    rows: dict[tuple[object, ...], Row] = {}
    for one in syncs:
        rows |= by_key(one, stream_key)
    return {key: row for key, row in rows.items() if not row.get("_ab_cdc_deleted_at")}


def test_two_syncs_are_what_is_there(seeded: Seeded) -> None:
    """Row by row, for every incremental stream; and each of them has something new."""
    first = sync(config(seeded.sandbox))
    change(seeded)
    second = sync(config(seeded.sandbox), state=first.states)
    for stream in STREAMS:
        if stream.cursor_field is None:
            continue
        name = stream.name
        key = COMPARED_BY.get(name, stream.primary_key)
        expected = by_key(EXPECTED[name](seeded), key)
        found = folded(key, first.records[name], second.records[name])
        assert sorted(map(str, found.keys() ^ expected.keys())) == [], name
        for one, row in expected.items():
            for column in row.keys() - STALE.get(name, set()):
                assert found[one].get(column) == row[column], (name, column, one)
        assert second.records[name], name
