"""What was seen live in 2026 of campaigns, reports and customer journeys, each fact by its name."""

from typing import Any

import pytest

from integration_tests.sandbox.conftest import Api
from integration_tests.sandbox.test_engagement import Sent, address, does, sent
from integration_tests.sandbox.test_members import path_of
from source_destination_mailchimp.sandbox.control.client import Control

__all__ = ["sent"]  # the fixture
JOURNEYS = "/customer-journeys/journeys"


def test_an_open_names_the_client(api: Api, control: Control, sent: Sent) -> None:
    """An open fills email_client without moving last_changed (observed, LIVE-2026)."""
    before = api.get(path_of(sent.audience, address("ann")))
    does(control, sent, "ann", "open")
    after = api.get(path_of(sent.audience, address("ann")))
    assert (before["email_client"], after["email_client"]) == ("", "Gmail")
    assert after["last_changed"] == before["last_changed"]


def test_the_activity_of_a_draft_is_empty(api: Api, control: Control, audience: str) -> None:
    """A draft's email-activity is 200 and empty; it has no report (observed, LIVE-2026)."""
    control.seed(audience, members=2)
    draft = control.campaign(audience, status="save")["id"]
    page = api.get(f"/reports/{draft}/email-activity")
    assert (page["emails"], page["total_items"]) == ([], 0)
    assert api.refused("GET", f"/reports/{draft}").status == 404


def test_a_deleted_campaign_leaves_no_trace(api: Api, sent: Sent) -> None:
    """A deleted campaign is in no list and has no report (observed, LIVE-2026)."""
    api.done("DELETE", f"/campaigns/{sent.id}")
    assert api.get("/campaigns")["total_items"] == 0
    assert api.get("/reports")["total_items"] == 0
    assert api.refused("GET", f"/campaigns/{sent.id}").status == 404
    assert api.refused("GET", sent.report).status == 404


def test_resendable_says_nothing(api: Api, control: Control, audience: str) -> None:
    """Of two campaigns that were sent one is resendable, the other is not (observed, LIVE-2026)."""
    control.seed(audience, members=2)
    for _ in range(2):
        control.campaign(audience)
    assert {row["resendable"] for row in api.get("/campaigns")["campaigns"]} == {True, False}


def test_a_campaign_to_everybody(api: Api, sent: Sent) -> None:
    """To everybody: no segment_opts, segment_text "", settings without preview_text (observed, LIVE-2026)."""
    campaign = api.get(f"/campaigns/{sent.id}")
    assert "segment_opts" not in campaign["recipients"]
    assert campaign["recipients"]["segment_text"] == ""
    assert "preview_text" not in campaign["settings"]


@pytest.mark.parametrize(("switch", "count"), [("counted", 1), ("not_counted", 0)])
def test_complaints_and_soft_bounces_in_a_report(
    api: Api, control: Control, sent: Sent, switch: str, count: int
) -> None:
    """Whether complaints and soft bounces move a report's counts is a switch (inferred, LIVE-2026)."""
    control.switch(complaints_and_soft_bounces=switch)
    does(control, sent, "ann", "complain")
    does(control, sent, "bob", "bounce_soft")
    report = api.get(sent.report)
    assert (report["abuse_reports"], report["bounces"]["soft_bounces"]) == (count, count)


def test_emails_sent_counts_bounces(api: Api, control: Control, sent: Sent) -> None:
    """emails_sent includes those that bounced for good, rates leave them out (observed, LIVE-2026)."""
    for name, action in (("ann", "open"), ("bob", "open"), ("cem", "open"), ("ann", "bounce_hard")):
        does(control, sent, name, action)
    report = api.get(sent.report)
    assert (report["emails_sent"], report["opens"]["open_rate"]) == (3, 1.5)


def test_soft_bounces(api: Api, control: Control, sent: Sent) -> None:
    """A soft bounce is in the activity and leaves the member subscribed; its form is a guess (inferred, LIVE-2026)."""
    does(control, sent, "bob", "bounce_soft")
    rows = {row["email_address"]: row["activity"] for row in api.get(f"{sent.report}/email-activity")["emails"]}
    assert [(event["action"], event["type"]) for event in rows[address("bob")]] == [("bounce", "soft")]
    assert api.get(path_of(sent.audience, address("bob")))["status"] == "subscribed"
    states = {row["email_address"]: row["status"] for row in api.get(f"{sent.report}/sent-to")["sent_to"]}
    assert states[address("bob")] == "soft"
    feed = api.get(f"{path_of(sent.audience, address('bob'))}/activity-feed")["activity"]
    assert [row["bounce_type"] for row in feed if row["activity_type"] == "bounce"] == ["soft"]


def test_a_bounce_is_seen_late(api: Api, control: Control, sent: Sent) -> None:
    """A bounce of 14 s after sending is seen minutes later, with its own time (observed, LIVE-2026)."""
    control.clock(advance_seconds=210)
    at = "2026-03-01T12:00:14+00:00"
    control.people(address("ann"), sent.audience, "bounce_hard", campaign=sent.id, at=at)
    rows = api.get(f"{sent.report}/email-activity")["emails"]
    assert [event["timestamp"] for row in rows for event in row["activity"]] == [at]


def journey(control: Control, audience: str, **order: Any) -> None:
    """A journey of an audience."""
    control.seed(journeys=[{"audience": audience, **order}])


def entered(control: Control) -> list[str]:
    """Who entered the only journey."""
    (row,) = control.journeys()
    return [str(name) for name in row["entered"]]


def test_journeys_are_listed(api: Api, control: Control, audience: str) -> None:
    """Journeys, one of them and its steps are readable; a tag that starts one is named (observed, LIVE-2026)."""
    journey(control, audience, id=12, name="Hello", starts="tag", tag="vip")
    (row,) = api.get(JOURNEYS)["journeys"]
    assert (row["id"], row["list_id"]) == (12, audience)
    assert api.get(f"{JOURNEYS}/12")["can_contacts_reenter"] is False
    first, wait, email = api.get(f"{JOURNEYS}/12/steps")["steps"]
    assert first["trigger_details"]["tag"]["tag_name"] == "vip"
    assert wait["delay_time"] == 86_400
    campaign = api.get(f"/campaigns/{email['action_details']['email']['id']}")
    assert campaign["type"] == "automation"
    assert api.get("/automations")["total_items"] == 0


@pytest.mark.parametrize(("switch", "status"), [("present", 200), ("absent", 404), ("refused", 403)])
def test_journeys_may_not_be_readable(api: Api, control: Control, switch: str, status: int) -> None:
    """Reads of journeys are in no description: they answer, are no path or are forbidden (observed, LIVE-2026)."""
    control.switch(customer_journeys=switch)
    assert api.send("GET", JOURNEYS).status_code == status


def test_who_joins_enters_a_journey(api: Api, control: Control, audience: str) -> None:
    """Who becomes subscribed enters a journey that starts for joining, a pending one by the click (documented, S)."""
    journey(control, audience)
    path = f"/lists/{audience}/members"
    api.post(path, {"email_address": address("ann"), "status": "subscribed"})
    api.post(path, {"email_address": address("bob"), "status": "pending"})
    assert entered(control) == [address("ann")]
    control.people(address("bob"), audience, "confirm")
    assert entered(control) == [address("ann"), address("bob")]
    assert api.get(JOURNEYS)["journeys"][0]["stats"]["started"] == 2


@pytest.mark.parametrize(("is_syncing", "count"), [(False, 1), (True, 0)])
def test_a_tag_starts_a_journey(api: Api, control: Control, audience: str, is_syncing: bool, count: int) -> None:
    """Who gets a tag enters the journey that it starts, once, and not by a call with is_syncing (documented, S)."""
    control.seed(audience, members=[{"email_address": address("ann")}])
    journey(control, audience, starts="tag", tag="vip")
    tags = f"{path_of(audience, address('ann'))}/tags"
    for status in ("active", "inactive", "active"):
        body = {"tags": [{"name": "vip", "status": status}], "is_syncing": is_syncing}
        api.done("POST", tags, body)
    assert len(entered(control)) == count


def test_a_group_starts_a_journey(api: Api, control: Control, audience: str) -> None:
    """Who chooses an interest enters the journey that it starts (documented, S)."""
    interest = {"id": "aaaaaaaaaa", "name": "Tea"}
    control.seed(audience, name="Readers", interest_categories=[{"title": "Likes", "interests": [interest]}])
    control.seed(audience, members=[{"email_address": address("ann")}])
    journey(control, audience, starts="group", group="aaaaaaaaaa")
    api.patch(path_of(audience, address("ann")), {"interests": {"aaaaaaaaaa": True}})
    assert entered(control) == [address("ann")]


def test_a_paused_journey_takes_nobody_in(api: Api, control: Control, audience: str) -> None:
    """A journey that is not active takes nobody in, not even by its trigger (inferred, LIVE-2026)."""
    control.seed(audience, members=[{"email_address": address("ann")}])
    journey(control, audience, id=5, starts="api", status="paused")
    api.done("POST", f"{JOURNEYS}/5/steps/50/actions/trigger", {"email_address": address("ann")})
    assert entered(control) == []
    assert api.refused("POST", f"{JOURNEYS}/5/steps/51/actions/trigger", {"email_address": "a@b.co"}).status == 404


def test_automations_of_a_seed(api: Api, control: Control, audience: str) -> None:
    """A seed makes classic automations of every kind, sending unless told otherwise (promise)."""
    control.seed(automations=[{"audience": audience, "title": "Hello"}])
    control.seed(automations=[{"audience": audience, "workflow_type": "groupAdd", "status": "paused"}])
    rows = api.get("/automations")["automations"]
    kinds = [(row["trigger_settings"]["workflow_type"], row["status"]) for row in rows]
    assert kinds == [("welcomeSeries", "sending"), ("groupAdd", "paused")]
    for wrong in ({"audience": "nowhere"}, {"audience": audience, "workflow_type": "dance"}, {"list": audience}):
        with pytest.raises(RuntimeError, match=f"{audience}|welcomeSeries|workflow_type"):
            control.seed(automations=[wrong])


def test_a_journey_that_cannot_be_made(control: Control, audience: str) -> None:
    """A journey of an unknown audience, kind or key is refused with those there are (promise)."""
    for order, message in (
        ({"audience": "nowhere"}, audience),
        ({"audience": audience, "starts": "full moon"}, "signup, tag, group, api"),
        ({"audience": audience, "begins": "now"}, "can_contacts_reenter"),
    ):
        with pytest.raises(RuntimeError, match=message):
            control.seed(journeys=[order])
