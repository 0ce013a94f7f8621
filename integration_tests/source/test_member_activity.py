"""Whose feed is read again: members show some of what they did, and the reports of campaigns show the rest."""

from typing import Any

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call, rows
from integration_tests.source.rewriting import Query, rewriting
from integration_tests.source.syncing import Row, config, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source import roster_room

DAY = 86_400
READER = "person10@sandbox-people.org"
OTHER = "person12@sandbox-people.org"


@pytest.fixture
def seeded(sandbox: Sandbox) -> Seeded:
    """One audience of twenty people and a campaign that two of them opened; an hour has passed since."""
    audience = sandbox.control.seed(name="Readers", members=20)["audience"]
    campaign = sandbox.control.campaign(audience, title="News")["id"]
    for person in (READER, OTHER):
        sandbox.control.people(person, audience, "open", campaign=campaign)
    sandbox.control.clock(advance_seconds=3600)
    return Seeded(sandbox, audience, audience, campaign, [])


def feed(seeded: Seeded, person: str) -> list[Row]:
    """What Mailchimp shows of one contact."""
    path = f"/lists/{seeded.audience}/members/{member_hash(person)}/activity-feed"
    return rows(seeded.sandbox, path, "activity")


def kinds(found: list[Row], person: str) -> list[str]:
    """The kinds of the rows of one contact."""
    return sorted(row["activity_type"] for row in found if row["email_address"] == person)


def feeds_asked_for(seeded: Seeded) -> list[str]:
    """The contacts whose feed was asked for."""
    paths = [row["path"].partition("?")[0] for row in seeded.sandbox.control.requests()]
    return [path.split("/")[-2] for path in paths if path.endswith("/activity-feed")]


def react(seeded: Seeded, person: str, action: str) -> None:
    """Let somebody react to the campaign, and two hours pass, so that what comes later is not looked back for."""
    seeded.sandbox.control.people(person, seeded.audience, action, campaign=seeded.campaign)
    seeded.sandbox.control.clock(advance_seconds=7200)


def test_a_second_open_is_found_by_the_report(seeded: Seeded) -> None:
    """It moves neither last_changed nor a rate; one feed is read for it, and none when nothing happened."""
    first = sync(config(seeded.sandbox), "member_activity")
    before = call(seeded.sandbox, "GET", f"/lists/{seeded.audience}/members/{member_hash(READER)}")
    react(seeded, READER, "open")
    after = call(seeded.sandbox, "GET", f"/lists/{seeded.audience}/members/{member_hash(READER)}")
    assert (before["last_changed"], before["stats"]) == (after["last_changed"], after["stats"])
    seeded.sandbox.control.forget_requests()
    second = sync(config(seeded.sandbox), "member_activity", state=first.states)
    assert kinds(first.records["member_activity"], READER).count("open") == 1
    told = {row["activity_id"]: row for one in (first, second) for row in one.records["member_activity"]}
    assert kinds(list(told.values()), READER).count("open") == 2
    assert len(told) == len(first.records["member_activity"]) + 1
    assert feeds_asked_for(seeded) == [member_hash(READER)]
    seeded.sandbox.control.forget_requests()
    third = sync(config(seeded.sandbox), "member_activity", state=second.states)
    assert third.records["member_activity"] == []
    assert feeds_asked_for(seeded) == []
    assert not [row for row in seeded.sandbox.control.requests() if "email-activity" in row["path"]]


def test_a_soft_bounce_that_is_reported_late_is_found(seeded: Seeded) -> None:
    """Days behind the last sync, and without a change of the contact: the report counts one more."""
    control = seeded.sandbox.control
    control.clock(advance_seconds=4 * DAY)
    first = sync(config(seeded.sandbox), "member_activity")
    control.clock(advance_seconds=-3 * DAY)
    control.people(OTHER, seeded.audience, "bounce_soft", campaign=seeded.campaign)
    control.clock(advance_seconds=4 * DAY)
    second = sync(config(seeded.sandbox), "member_activity", state=first.states)
    assert "bounce" in kinds(second.records["member_activity"], OTHER)


def test_what_showed_in_no_sign_comes_with_the_next_reading(seeded: Seeded) -> None:
    """However long ago, and whatever others did meanwhile: a custom event moves nothing, a later change does."""
    settings = config(seeded.sandbox)
    first = sync(settings, "member_activity")
    person = f"/lists/{seeded.audience}/members/{member_hash(READER)}"
    seeded.sandbox.control.clock(advance_seconds=DAY)
    call(seeded.sandbox, "POST", f"{person}/events", {"name": "visited"})
    seeded.sandbox.control.clock(advance_seconds=20 * DAY)
    react(seeded, OTHER, "open")
    second = sync(settings, "member_activity", state=first.states)
    assert kinds(second.records["member_activity"], READER) == []
    call(seeded.sandbox, "PATCH", person, {"merge_fields": {"FNAME": "Ann"}})
    third = sync(settings, "member_activity", state=second.states)
    assert "event" in kinds(third.records["member_activity"], READER)


def test_a_start_date_does_not_hide_who_did_not_change_since(seeded: Seeded) -> None:
    """Rows since the start date come of contacts who changed before it, and nobody else's feed is read."""
    start = seeded.sandbox.control.clock(advance_seconds=30 * DAY)
    seeded.sandbox.control.clock(advance_seconds=60)
    react(seeded, READER, "open")
    seeded.sandbox.control.forget_requests()
    found = sync(config(seeded.sandbox, start_date=start), "member_activity")
    assert [(row["email_address"], row["activity_type"]) for row in found.records["member_activity"]] == [
        (READER, "open")
    ]
    assert feeds_asked_for(seeded) == [member_hash(READER)]
    react(seeded, OTHER, "click")
    second = sync(config(seeded.sandbox, start_date=start), "member_activity", state=found.states)
    assert "click" in kinds(second.records["member_activity"], OTHER)


def test_who_was_archived_is_read_once_more(seeded: Seeded) -> None:
    """What somebody did before they were archived comes with the sync that follows, and then no more."""
    settings = config(seeded.sandbox)
    first = sync(settings, "member_activity")
    react(seeded, READER, "click")
    call(seeded.sandbox, "DELETE", f"/lists/{seeded.audience}/members/{member_hash(READER)}")
    seeded.sandbox.control.clock(advance_seconds=60)
    second = sync(settings, "member_activity", state=first.states)
    assert "click" in kinds(second.records["member_activity"], READER)
    third = sync(settings, "member_activity", state=second.states)
    assert third.records["member_activity"] == []


def test_without_the_right_to_reports_it_is_said(seeded: Seeded) -> None:
    """403 on reports costs repeated opens, which a warning names; everything that contacts show comes."""
    first = sync(config(seeded.sandbox), "member_activity")
    react(seeded, OTHER, "click")
    seeded.sandbox.control.fault("403", path="*/reports", rate=1.0)
    second = sync(config(seeded.sandbox), "member_activity", state=first.states)
    assert "click" in kinds(second.records["member_activity"], OTHER)
    assert any("does not allow this user to read campaign reports" in warning for warning in second.warnings)


def test_a_report_that_does_not_come_is_asked_for_again(seeded: Seeded) -> None:
    """Contacts come all the same, the stream is incomplete, and the next sync has what the report tells."""
    settings = config(seeded.sandbox)
    first = sync(settings, "member_activity")
    react(seeded, READER, "open")
    react(seeded, OTHER, "click")
    seeded.sandbox.control.fault("500", path="*/email-activity", rate=1.0)
    second = sync(settings, "member_activity", state=first.states, fails=True)
    assert second.ends["member_activity"] == "INCOMPLETE"
    assert "click" in kinds(second.records["member_activity"], OTHER)
    seeded.sandbox.control.lift_faults()
    third = sync(settings, "member_activity", state=second.states)
    assert kinds(third.records["member_activity"], READER).count("open") >= 1


def test_an_audience_that_is_too_large_to_remember(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning says so; changes and reactions to campaigns are found all the same, also behind a sync that was cut."""
    monkeypatch.setattr(roster_room.RosterRoom.__init__, "__defaults__", (4,))
    monkeypatch.setattr("source_destination_mailchimp.source.activity.MEMBERS_PER_SAVE", 1)
    settings = config(seeded.sandbox)
    with rewriting(seeded.sandbox, _without_the_feed_of(OTHER)) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        cut = sync(settings, "member_activity", fails=True)
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", seeded.sandbox.api_url)
    first = sync(settings, "member_activity", state=cut.states)
    assert {row["email_address"] for row in first.records["member_activity"]} >= {READER, OTHER}
    assert any("more contacts than can be remembered" in warning for warning in first.warnings)
    react(seeded, READER, "open")
    second = sync(settings, "member_activity", state=first.states)
    assert {row["email_address"] for row in second.records["member_activity"]} == {READER}
    assert len(second.records["member_activity"]) == len(feed(seeded, READER))


def _without_the_feed_of(person: str) -> Any:
    def rewrite(path: str, query: Query, body: Any) -> Any:
        if path.endswith(f"{member_hash(person)}/activity-feed"):
            body["activity"] = 1
        return body

    return rewrite
