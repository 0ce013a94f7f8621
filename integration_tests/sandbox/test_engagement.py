"""Campaigns that were sent, and the reports of what people did with them."""

from typing import Any, NamedTuple

import pytest

from integration_tests.sandbox.conftest import Api
from source_destination_mailchimp.sandbox.control.client import Control

NOON = "2026-03-01T12:00:00+00:00"
TEA = "https://www.grouparoo.com/tea"
COFFEE = "https://www.grouparoo.com/coffee"


class Sent(NamedTuple):
    """A campaign that went to three people at noon."""

    audience: str
    id: str
    report: str
    links: dict[str, str]


@pytest.fixture
def sent(control: Control, audience: str) -> Sent:
    """A campaign with two links, sent to ann, bob and cem, while dee was unsubscribed."""
    control.clock(now=NOON, frozen=True)
    people = [{"email_address": address(name)} for name in ("ann", "bob", "cem")]
    control.seed(audience, members=[*people, {"email_address": address("dee"), "status": "unsubscribed"}])
    made = control.campaign(audience, title="March", subject_line="Tea!", links=[TEA, COFFEE])
    assert made["emails_sent"] == 3
    return Sent(audience, made["id"], f"/reports/{made['id']}", {row["url"]: row["id"] for row in made["links"]})


def address(name: str) -> str:
    """Somebody's address."""
    return f"{name}@grouparoo.com"


def does(control: Control, sent: Sent, name: str, action: str, **details: Any) -> None:
    """Let somebody act on the campaign, a minute after whatever was before."""
    control.clock(advance_seconds=60)
    control.people(address(name), sent.audience, action, campaign=sent.id, **details)


def actions(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Who did what, from rows of email-activity."""
    return {row["email_address"].split("@")[0]: [event["action"] for event in row["activity"]] for row in rows}


def test_only_subscribed_people_receive(api: Api, sent: Sent) -> None:
    """A campaign goes to subscribed people only (documented)."""
    rows = api.get(f"{sent.report}/sent-to")["sent_to"]
    assert [row["email_address"] for row in rows] == [address("ann"), address("bob"), address("cem")]


def test_activity_has_every_recipient(api: Api, control: Control, sent: Sent) -> None:
    """email-activity lists recipients who did nothing with an empty list (documented, FACTS 10)."""
    does(control, sent, "ann", "open")
    does(control, sent, "ann", "click", url=TEA)
    rows = api.get(f"{sent.report}/email-activity")["emails"]
    assert actions(rows) == {"ann": ["open", "click"], "bob": [], "cem": []}
    assert rows[0]["activity"][1]["url"] == TEA


def test_activity_since_leaves_out_the_second_itself(api: Api, control: Control, sent: Sent) -> None:
    """`since` leaves out events of that very second and keeps every recipient (observed, LIVE-2026)."""
    does(control, sent, "ann", "open")
    does(control, sent, "bob", "open")
    page = api.get(f"{sent.report}/email-activity", since="2026-03-01T12:01:00+00:00")
    assert actions(page["emails"]) == {"ann": [], "bob": ["open"], "cem": []}
    assert page["total_items"] == 3


def test_since_with_microseconds_fails(api: Api, sent: Sent) -> None:
    """`since` with microseconds is answered 500; with milliseconds or whole seconds it is not (observed, A#37434)."""
    path = f"{sent.report}/email-activity"
    assert api.refused("GET", path, since="2026-03-01T12:00:00.000000Z").status == 500
    assert api.get(path, since="2026-03-01T12:00:00.000Z")["total_items"] == 3
    assert api.get(path, since="2026-03-01T12:00:00Z")["total_items"] == 3


def test_since_with_microseconds_may_work(api: Api, control: Control, sent: Sent) -> None:
    """With its switch, `since` with microseconds is understood (inferred, A#37434)."""
    control.switch(since_microseconds="accepted")
    assert api.get(f"{sent.report}/email-activity", since="2026-03-01T12:00:00.000000Z")["total_items"] == 3


def test_bounces_have_neither_ip_nor_link(api: Api, control: Control, sent: Sent) -> None:
    """A bounce carries action, type and time and nothing else, and cleans the member (observed, LIVE-2026)."""
    does(control, sent, "ann", "bounce_hard")
    event = api.get(f"{sent.report}/email-activity")["emails"][0]["activity"][0]
    assert event == {"action": "bounce", "type": "hard", "timestamp": "2026-03-01T12:01:00+00:00"}
    assert api.get(f"{sent.report}/sent-to")["sent_to"][0]["status"] == "hard"
    assert api.get(f"/lists/{sent.audience}/members/{address('ann')}")["status"] == "cleaned"


def test_filter_bots_hides_machines_not_people(api: Api, control: Control, sent: Sent) -> None:
    """filter_bots takes events of machines out and never a recipient (documented, S 3.0.91)."""
    does(control, sent, "ann", "open", bot=True)
    does(control, sent, "bob", "open")
    assert actions(api.get(f"{sent.report}/email-activity", filter_bots="true")["emails"]) == {
        "ann": [],
        "bob": ["open"],
        "cem": [],
    }
    opens = api.get(f"{sent.report}/open-details", filter_bots="true")
    assert [row["email_address"] for row in opens["members"]] == [address("bob")]
    assert (api.get(sent.report)["opens"]["unique_opens"], api.get(sent.report)["opens"]["proxy_excluded_opens"]) == (
        2,
        1,
    )


def test_filter_bots_leaves_clicks_of_machines_out(api: Api, control: Control, sent: Sent) -> None:
    """filter_bots leaves clicks of machines out of a link and of those who clicked it (documented, S 3.0.91)."""
    does(control, sent, "ann", "click", url=TEA, bot=True)
    does(control, sent, "bob", "click", url=TEA)
    path = f"{sent.report}/click-details"
    for wanted, clicks in (("false", 2), ("true", 1)):
        assert api.get(path, filter_bots=wanted)["urls_clicked"][0]["total_clicks"] == clicks
        assert api.get(f"{path}/{sent.links[TEA]}/members", filter_bots=wanted)["total_items"] == clicks


def test_a_thousand_opens_are_kept_of_a_member(api: Api, control: Control, sent: Sent) -> None:
    """Of one member in one campaign a thousand opens are kept (documented, FACTS 10)."""
    for _ in range(1003):
        control.people(address("ann"), sent.audience, "open", campaign=sent.id)
    assert len(api.get(f"{sent.report}/email-activity")["emails"][0]["activity"]) == 1000


def test_times_of_what_never_happened_are_empty(api: Api, sent: Sent) -> None:
    """last_open and last_click are "" where nobody did (observed, LIVE-2026)."""
    report = api.get(sent.report)
    assert (report["opens"]["last_open"], report["clicks"]["last_click"]) == ("", "")
    assert api.get(f"{sent.report}/click-details")["urls_clicked"][0]["last_click"] == ""
    assert api.get(f"{sent.report}/sent-to")["sent_to"][0]["last_open"] == ""


def test_a_report_adds_up(api: Api, control: Control, sent: Sent) -> None:
    """Totals, unique counts and rates of a report follow from what people did (documented, S)."""
    for name in ("ann", "ann", "bob"):
        does(control, sent, name, "open")
    does(control, sent, "ann", "click", url=TEA)
    does(control, sent, "ann", "click", url=COFFEE)
    does(control, sent, "cem", "bounce_hard")
    does(control, sent, "bob", "unsubscribe")
    report = api.get("/reports")["reports"][0]
    assert (report["emails_sent"], report["unsubscribed"], report["bounces"]["hard_bounces"]) == (3, 1, 1)
    opens, clicks = report["opens"], report["clicks"]
    assert (opens["opens_total"], opens["unique_opens"], opens["open_rate"]) == (3, 2, 1.0)
    assert (clicks["clicks_total"], clicks["unique_clicks"], clicks["unique_subscriber_clicks"]) == (2, 2, 1)
    assert clicks["click_rate"] == 0.5


def test_open_details_since(api: Api, control: Control, sent: Sent) -> None:
    """open-details lists those who opened, after `since`, most opens last if sorted so (documented, S)."""
    for name in ("ann", "ann", "bob"):
        does(control, sent, name, "open")
    page = api.get(f"{sent.report}/open-details", sort_field="opens_count", sort_dir="ASC")
    assert [(row["email_address"], row["opens_count"]) for row in page["members"]] == [
        (address("bob"), 1),
        (address("ann"), 2),
    ]
    assert page["total_opens"] == 3
    later = api.get(f"{sent.report}/open-details", since="2026-03-01T12:02:00+00:00")
    assert [row["email_address"] for row in later["members"]] == [address("bob")]


def test_click_details_name_who_clicked(api: Api, control: Control, sent: Sent) -> None:
    """click-details count each link, and list who clicked it and how often (documented, S)."""
    for url in (TEA, TEA, COFFEE):
        does(control, sent, "ann", "click", url=url)
    does(control, sent, "bob", "click", url=TEA)
    rows = api.get(f"{sent.report}/click-details", sort_field="total_clicks", sort_dir="DESC")["urls_clicked"]
    assert [(row["url"], row["total_clicks"], row["unique_clicks"]) for row in rows] == [(TEA, 3, 2), (COFFEE, 1, 1)]
    who = api.get(f"{sent.report}/click-details/{sent.links[TEA]}/members")["members"]
    assert [(row["email_address"], row["clicks"]) for row in who] == [(address("ann"), 2), (address("bob"), 1)]


def test_unsubscribes_name_campaign_time_and_reason(api: Api, control: Control, sent: Sent) -> None:
    """Who left by a campaign is in its unsubscribed, and cannot be subscribed by the API (documented, S)."""
    does(control, sent, "ann", "unsubscribe", reason="too many mails")
    row = api.get(f"{sent.report}/unsubscribed")["unsubscribes"][0]
    assert (row["email_address"], row["reason"]) == (address("ann"), "too many mails")
    assert row["timestamp"] == "2026-03-01T12:01:00+00:00"
    path = f"/lists/{sent.audience}/members/{address('ann')}"
    assert api.refused("PATCH", path, {"status": "subscribed"}).problem["title"] == "Member In Compliance State"


def test_a_complaint_is_an_abuse_report(api: Api, control: Control, sent: Sent) -> None:
    """A complaint counts as an abuse report and takes the person off (documented, S)."""
    does(control, sent, "ann", "complain")
    assert api.get(sent.report)["abuse_reports"] == 1
    assert api.get(f"/lists/{sent.audience}/members/{address('ann')}")["status"] == "unsubscribed"


def test_people_only_act_on_what_they_received(control: Control, sent: Sent) -> None:
    """People can only act on a campaign that went to them (promise)."""
    with pytest.raises(RuntimeError, match="did not receive campaign"):
        control.people(address("dee"), sent.audience, "open", campaign=sent.id)


def test_the_forgotten_leave_every_report(api: Api, control: Control, sent: Sent) -> None:
    """Somebody deleted for good is no longer in recipients or activity; the switch keeps them (inferred)."""
    does(control, sent, "ann", "open")
    member = api.get(f"/lists/{sent.audience}/members/{address('ann')}")["id"]
    api.done("POST", f"/lists/{sent.audience}/members/{member}/actions/delete-permanent")
    assert api.get(f"{sent.report}/sent-to")["total_items"] == 2
    assert actions(api.get(f"{sent.report}/email-activity")["emails"]) == {"bob": [], "cem": []}
    assert api.get(f"{sent.report}/open-details")["total_items"] == 0
    control.switch(forgotten_in_reports="kept")
    assert api.get(f"{sent.report}/sent-to")["total_items"] == 3


def test_campaigns_by_the_time_they_were_made(api: Api, control: Control, sent: Sent) -> None:
    """since_create_time leaves its very second out, before_create_time takes it (observed, LIVE-2026)."""
    control.clock(advance_seconds=60)
    control.campaign(sent.audience, title="April")
    assert titles(api, since_create_time=NOON) == ["April"]
    assert titles(api, before_create_time=NOON) == ["March"]
    assert titles(api, sort_field="create_time", sort_dir="DESC") == ["April", "March"]


def titles(api: Api, **query: object) -> list[str]:
    """The titles of the campaigns that a query finds."""
    return [row["settings"]["title"] for row in api.get("/campaigns", **query)["campaigns"]]


def test_drafts_have_no_report(api: Api, control: Control, sent: Sent) -> None:
    """A campaign that was not sent has an empty send_time and no report (documented, S)."""
    draft = control.campaign(sent.audience, title="Draft", status="save")["id"]
    assert api.get(f"/campaigns/{draft}")["send_time"] == ""
    assert api.refused("GET", f"/reports/{draft}").status == 404
    assert titles(api, status="save") == ["Draft"]
    assert [row["id"] for row in api.get("/reports")["reports"]] == [sent.id]


def test_a_deleted_audience_is_no_longer_active(api: Api, sent: Sent) -> None:
    """After its audience is deleted a report says so, and still has its people (documented, S)."""
    api.done("DELETE", f"/lists/{sent.audience}")
    assert api.get(sent.report)["list_is_active"] is False
    row = api.get(f"{sent.report}/sent-to")["sent_to"][0]
    assert (row["email_address"], row["list_is_active"]) == (address("ann"), False)


def test_a_complaint_shows_as_abuse_in_the_activity(api: Api, control: Control, sent: Sent) -> None:
    """A complaint is an `abuse` among a member's actions, not an `unsub` (documented, S)."""
    does(control, sent, "ann", "complain")
    rows = api.get(f"/lists/{sent.audience}/members/{address('ann')}/activity")["activity"]
    assert [row["action"] for row in rows] == ["abuse", "sent"]


def test_campaigns_of_a_member(api: Api, sent: Sent) -> None:
    """member_id finds the campaigns somebody received (documented, S)."""
    ann = api.get(f"/lists/{sent.audience}/members/{address('ann')}")["id"]
    dee = api.get(f"/lists/{sent.audience}/members/{address('dee')}")["id"]
    assert (titles(api, member_id=ann), titles(api, member_id=dee)) == (["March"], [])


def test_sending_shows_in_the_audience_and_its_members(api: Api, control: Control, sent: Sent) -> None:
    """campaign_last_sent and a member's open rate follow the campaign; last_changed does not move (inferred)."""
    before = api.get(f"/lists/{sent.audience}/members/{address('ann')}")
    does(control, sent, "ann", "open")
    member = api.get(f"/lists/{sent.audience}/members/{address('ann')}")
    assert member["stats"] == {"avg_open_rate": 1.0, "avg_click_rate": 0.0}
    assert member["last_changed"] == before["last_changed"]
    assert api.get(f"/lists/{sent.audience}")["stats"]["campaign_last_sent"] == NOON


def test_rates_of_an_audience_are_in_percent(api: Api, control: Control, sent: Sent) -> None:
    """open_rate and click_rate of an audience are averages over its campaigns, in percent (observed, G)."""
    does(control, sent, "ann", "open")
    does(control, sent, "ann", "click")
    does(control, sent, "bob", "open")
    stats = api.get(f"/lists/{sent.audience}")["stats"]
    assert (round(stats["open_rate"], 2), round(stats["click_rate"], 2)) == (66.67, 33.33)


def test_a_large_campaign_is_read_in_pages(api: Api, control: Control, audience: str) -> None:
    """A campaign to 100,000 people is sent at once, and every page of it can be read (promise)."""
    control.seed(audience, members=100_000)
    campaign = control.campaign(audience, open_percent=20)["id"]
    page = api.get(f"/reports/{campaign}/email-activity", count=1000, offset=99_500)
    assert (page["total_items"], len(page["emails"])) == (100_000, 500)
    assert api.get(f"/reports/{campaign}/open-details", count=1)["total_items"] == 20_000
    assert api.get(f"/reports/{campaign}")["opens"]["open_rate"] == 0.2


def test_automations_are_filtered_by_time_and_status(api: Api, control: Control, audience: str) -> None:
    """Automations are found by create_time and status, oldest first if sorted so (documented, S; FACTS airbyte 3.2)."""
    control.clock(now=NOON, frozen=True)
    recipients = {"list_id": audience, "store_id": "s1"}
    body = {"recipients": recipients, "trigger_settings": {"workflow_type": "abandonedCart"}}
    first = api.post("/automations", body)["id"]
    control.clock(advance_seconds=60)
    second = api.post("/automations", body)["id"]
    api.done("POST", f"/automations/{second}/actions/start-all-emails")
    found = api.get("/automations", sort_field="create_time", sort_dir="ASC")["automations"]
    assert [row["id"] for row in found] == [first, second]
    assert [row["id"] for row in api.get("/automations", since_create_time=NOON)["automations"]] == [second]
    assert [row["id"] for row in api.get("/automations", status="save")["automations"]] == [first]
