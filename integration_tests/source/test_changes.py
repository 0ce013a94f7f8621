"""Later syncs: what changed comes again, what did not costs nothing."""

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call
from integration_tests.source.syncing import config, sync

PERSON = "person5@sandbox-people.org"
OTHER_PERSON = "person6@sandbox-people.org"


def _paths(seeded: Seeded, part: str) -> list[str]:
    return [row["path"] for row in seeded.sandbox.control.requests() if part in row["path"]]


def test_a_changed_campaign_report_and_audience_come_again(seeded: Seeded) -> None:
    """Rows whose cursor is their creation are handed on again when anything in them changes."""
    settings, streams = config(seeded.sandbox), ("campaigns", "reports", "lists", "segments")
    first = sync(settings, *streams)
    seeded.sandbox.control.people(PERSON, seeded.audience, "open", campaign=seeded.campaign)
    seeded.sandbox.control.seed(seeded.audience, name="Readers of old")
    second = sync(settings, *streams, state=first.states)
    assert [row["opens"]["opens_total"] for row in second.records["reports"]] == [
        first.records["reports"][0]["opens"]["opens_total"] + 1
    ]
    assert [row["name"] for row in second.records["lists"]] == ["Readers of old"]
    third = sync(settings, *streams, state=second.states)
    assert dict(third.records) == {}


def test_activity_is_asked_for_only_when_the_report_says_so(seeded: Seeded) -> None:
    """A campaign in which nothing happened costs no call; one click costs one call and comes back."""
    settings, streams = config(seeded.sandbox), ("email_activity", "open_details", "click_details", "unsubscribes")
    first = sync(settings, *streams)
    seeded.sandbox.control.forget_requests()
    second = sync(settings, *streams, state=first.states)
    assert dict(second.records) == {}
    assert _paths(seeded, f"/reports/{seeded.campaign}") == []
    seeded.sandbox.control.people(PERSON, seeded.audience, "click", campaign=seeded.campaign)
    third = sync(settings, *streams, state=second.states)
    again = {(row["action"], row["email_address"]) for row in third.records["email_activity"]}
    assert again == {("click", PERSON), ("bounce", "person3@sandbox-people.org")}  # ten minutes are looked back
    assert len(third.records["click_details"]) == 2
    assert third.records["open_details"] == []
    assert third.records["unsubscribes"] == []


def test_a_bounce_that_was_reported_late_is_found(seeded: Seeded) -> None:
    """A bounce that lies days behind the newest click comes when the report counts it."""
    settings, control = config(seeded.sandbox), seeded.sandbox.control
    control.people(PERSON, seeded.audience, "click", campaign=seeded.campaign)
    first = sync(settings, "email_activity")
    control.clock(advance_seconds=-3 * 24 * 3600)
    control.people("person20@sandbox-people.org", seeded.audience, "bounce_hard", campaign=seeded.campaign)
    control.clock(advance_seconds=3 * 24 * 3600)
    second = sync(settings, "email_activity", state=first.states)
    assert "person20@sandbox-people.org" in {
        row["email_address"] for row in second.records["email_activity"] if row["action"] == "bounce"
    }


def test_bots_are_left_out_by_choice(seeded: Seeded) -> None:
    """With `filter_bots` an open by a machine is not there."""
    seeded.sandbox.control.people(PERSON, seeded.audience, "open", campaign=seeded.campaign, bot=True)
    everything = sync(config(seeded.sandbox), "email_activity").records["email_activity"]
    people = sync(config(seeded.sandbox, filter_bots=True), "email_activity").records["email_activity"]
    assert len(everything) - len(people) == 1


def test_who_joins_a_segment_unchanged_is_found(seeded: Seeded) -> None:
    """A saved segment takes somebody in without changing them: its members come again."""
    settings = config(seeded.sandbox)
    body = {"name": "Opened", "options": {"match": "all", "conditions": [_opened(seeded)]}}
    if "id" not in (segment := call(seeded.sandbox, "POST", f"/lists/{seeded.audience}/segments", body)):
        pytest.skip("the sandbox does not evaluate conditions on campaigns")
    first = sync(settings, "segment_members")
    before = [row for row in first.records["segment_members"] if row["segment_id"] == segment["id"]]
    wanted = {"name": "Opened", "options": {"match": "all", "conditions": [_opened(seeded, "person")]}}
    call(seeded.sandbox, "PATCH", f"/lists/{seeded.audience}/segments/{segment['id']}", wanted)
    second = sync(settings, "segment_members", state=first.states).records["segment_members"]
    assert len(before) < len(second)
    assert {row["segment_id"] for row in second} == {segment["id"]}


def _opened(seeded: Seeded, value: str = "person1@") -> dict[str, str]:
    return {"condition_type": "EmailAddress", "field": "EMAIL", "op": "contains", "value": value}


def test_a_start_date_filters_rows_and_never_what_they_hang_on(seeded: Seeded) -> None:
    """Members changed since are read from an audience made long before; older members are left out."""
    everybody = sync(config(seeded.sandbox), "list_members").records["list_members"]
    times = sorted(row["last_changed"] for row in everybody)
    start = times[len(times) // 2]
    rows = sync(config(seeded.sandbox, start_date=start), "list_members", "email_activity").records
    assert sorted(row["last_changed"] for row in rows["list_members"]) == [time for time in times if time >= start]


def test_a_look_back_reads_again(seeded: Seeded) -> None:
    """`lookback_seconds` brings back who changed that long before the saved position."""
    first = sync(config(seeded.sandbox), "list_members")
    rows = sync(config(seeded.sandbox, lookback_seconds=1500), "list_members", state=first.states).records
    assert {row["email_address"] for row in rows["list_members"]} >= {
        "person2@sandbox-people.org",
        "person3@sandbox-people.org",
    }
    assert len(rows["list_members"]) < 20


@pytest.mark.parametrize("stream", ["list_members", "contacts", "consent"])
def test_nobody_comes_again_for_ever(seeded: Seeded, stream: str) -> None:
    """Who changed just before a sync may come once more, as the list may lag; in a quiet audience nobody does."""
    settings, control = config(seeded.sandbox, lookback_seconds=60), seeded.sandbox.control
    control.people(PERSON, seeded.audience, "unsubscribe")
    control.clock(advance_seconds=10)
    first = sync(settings, stream)
    control.people(OTHER_PERSON, seeded.audience, "unsubscribe")
    control.clock(advance_seconds=3600)
    second = sync(settings, stream, state=first.states)
    assert second.records[stream]
    third = sync(settings, stream, state=second.states)
    assert third.records[stream] == []
    assert third.state(stream) == second.state(stream)
    longer = sync(config(seeded.sandbox, lookback_seconds=1800), stream, state=third.states)
    assert bool(longer.records[stream]) is (stream != "consent")  # which remembers what it told


def test_who_shows_late_is_found(seeded: Seeded) -> None:
    """Mailchimp lists somebody new after it lists a later change: the next sync looks back behind that change."""
    settings, control = config(seeded.sandbox, lookback_seconds=60), seeded.sandbox.control
    control.switch(members_list_lag="seconds")
    control.clock(advance_seconds=3600)
    body = {"email_address": "late@sandbox-people.org", "status": "subscribed"}
    call(seeded.sandbox, "POST", f"/lists/{seeded.audience}/members", body)
    control.clock(advance_seconds=1)
    control.people(PERSON, seeded.audience, "unsubscribe")
    control.clock(advance_seconds=2)
    first = sync(settings, "list_members")
    assert "late@sandbox-people.org" not in {row["email_address"] for row in first.records["list_members"]}
    control.clock(advance_seconds=3600)
    second = sync(settings, "list_members", state=first.states)
    assert "late@sandbox-people.org" in {row["email_address"] for row in second.records["list_members"]}


def test_chosen_audiences_only(seeded: Seeded) -> None:
    """`audiences` takes IDs and names, and leaves out what belongs to others, campaigns too."""
    for wanted in ("Others", seeded.other):
        found = sync(config(seeded.sandbox, audiences=[wanted]))
        assert {row["list_id"] for row in found.records["list_members"]} == {seeded.other}
        assert [row["id"] for row in found.records["lists"]] == [seeded.other]
        assert found.records["reports"] == found.records["email_activity"] == found.records["campaigns"] == []


def test_parents_are_read_once(seeded: Seeded) -> None:
    """One sync of all streams asks once for audiences, campaigns, reports and segments."""
    seeded.sandbox.control.forget_requests()
    sync(config(seeded.sandbox))
    paths = [row["path"].partition("?")[0] for row in seeded.sandbox.control.requests()]
    for path in ("/3.0/lists", "/3.0/campaigns", "/3.0/reports", f"/3.0/lists/{seeded.audience}/segments", "/3.0/"):
        assert paths.count(path) == 1, path
