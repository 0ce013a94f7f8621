"""Classic automations that send, complaints, countries, domains, and contacts of every channel."""

import pytest

from integration_tests.sandbox.conftest import Api
from source_destination_mailchimp.sandbox.control.client import Control

DAY = 86_400
SERIES = [{"subject_line": "One", "delay_type": "now"}, {"subject_line": "Two", "delay_type": "day"}]


def series(api: Api, control: Control, audience: str) -> tuple[str, list[str]]:
    """Make a welcome series of two emails; return its ID and theirs."""
    control.seed(automations=[{"audience": audience, "title": "Hello", "emails": SERIES}])
    made = api.get("/automations")["automations"][0]["id"]
    return made, [email["id"] for email in api.get(f"/automations/{made}/emails")["emails"]]


def sent_to(api: Api, email: str) -> list[str]:
    """Return whom an email went to."""
    return [row["email_address"] for row in api.get(f"/reports/{email}/sent-to")["sent_to"]]


def join(api: Api, audience: str, address: str, status: str = "subscribed") -> None:
    """Add somebody by the API."""
    api.post(f"/lists/{audience}/members", {"email_address": address, "status": status})


def test_a_welcome_series_goes_to_who_joins(api: Api, control: Control, audience: str) -> None:
    """Who becomes subscribed gets the emails of a welcome series, one after the other (documented, S)."""
    automation, (first, second) = series(api, control, audience)
    join(api, audience, "ann@grouparoo.com")
    join(api, audience, "bob@grouparoo.com", "pending")
    assert sent_to(api, first) == ["ann@grouparoo.com"]
    assert api.refused("GET", f"/reports/{second}").status == 404
    queue = api.get(f"/automations/{automation}/emails/{second}/queue")["queue"]
    assert [row["email_address"] for row in queue] == ["ann@grouparoo.com"]
    control.clock(advance_seconds=DAY)
    assert sent_to(api, second) == ["ann@grouparoo.com"]
    assert api.get(f"/automations/{automation}")["emails_sent"] == 2


def test_who_leaves_gets_no_further_email(api: Api, control: Control, audience: str) -> None:
    """Somebody who unsubscribes, or is removed from the automation, gets no further email of it (documented, S)."""
    automation, (first, second) = series(api, control, audience)
    for name in ("ann", "bob", "cem"):
        join(api, audience, f"{name}@grouparoo.com")
    assert len(sent_to(api, first)) == 3
    control.people("ann@grouparoo.com", audience, "unsubscribe", campaign=first)
    api.post(f"/automations/{automation}/removed-subscribers", {"email_address": "bob@grouparoo.com"})
    control.clock(advance_seconds=DAY)
    assert sent_to(api, second) == ["cem@grouparoo.com"]
    again = {"email_address": "bob@grouparoo.com"}
    assert api.refused("POST", f"/automations/{automation}/emails/{second}/queue", again).status == 400


def test_a_paused_automation_waits(api: Api, control: Control, audience: str) -> None:
    """What is queued waits while the automation is paused, and is sent when it is started (inferred)."""
    automation, (_, second) = series(api, control, audience)
    join(api, audience, "ann@grouparoo.com")
    api.done("POST", f"/automations/{automation}/actions/pause-all-emails")
    control.clock(advance_seconds=2 * DAY)
    assert api.refused("GET", f"/reports/{second}/sent-to").status == 404
    api.done("POST", f"/automations/{automation}/actions/start-all-emails")
    assert sent_to(api, second) == ["ann@grouparoo.com"]


def test_the_figures_of_an_automation_email(api: Api, control: Control, audience: str) -> None:
    """Opens and clicks of an automation email are in its report, its row and its automation's row (inferred)."""
    automation, (first, _) = series(api, control, audience)
    join(api, audience, "ann@grouparoo.com")
    api.get("/automations")
    for action in ("open", "open", "click"):
        control.people("ann@grouparoo.com", audience, action, campaign=first)
    report = api.get(f"/reports/{first}")
    email = api.get(f"/automations/{automation}/emails/{first}")
    assert report["type"] == "automation"
    assert (report["opens"]["opens_total"], report["clicks"]["clicks_total"]) == (2, 1)
    assert email["report_summary"]["opens"] == 2
    assert api.get(f"/automations/{automation}")["report_summary"]["subscriber_clicks"] == 1


@pytest.mark.parametrize(
    ("where", "reports", "campaigns"), [("in_reports", 1, 0), ("in_campaigns_too", 1, 2), ("by_id_only", 0, 0)]
)
def test_where_automation_emails_are_listed(
    api: Api, control: Control, audience: str, where: str, reports: int, campaigns: int
) -> None:
    """Where automation emails are listed is a switch; their reports open by their ID (inferred)."""
    control.switch(automation_emails=where)
    _, (first, _) = series(api, control, audience)
    join(api, audience, "ann@grouparoo.com")
    assert sent_to(api, first) == ["ann@grouparoo.com"]
    assert api.get("/reports")["total_items"] == reports
    assert api.session.get(api.url("/campaigns")).json()["total_items"] == campaigns


def test_complaints_are_abuse_reports(api: Api, control: Control, audience: str) -> None:
    """A complaint about a campaign is an abuse report of its audience (documented, S)."""
    control.seed(audience, members=3)
    campaign = control.campaign(audience)["id"]
    control.people("person1@sandbox-people.org", audience, "complain", campaign=campaign)
    (row,) = api.get(f"/lists/{audience}/abuse-reports")["abuse_reports"]
    assert (row["campaign_id"], row["email_address"]) == (campaign, "person1@sandbox-people.org")
    assert api.get(f"/lists/{audience}/abuse-reports/{row['id']}")["id"] == row["id"]
    assert api.refused("GET", f"/lists/{audience}/abuse-reports/1").status == 404


def test_countries_are_those_of_a_seed(api: Api, control: Control, audience: str) -> None:
    """A seed says in which countries the people of an audience are (promise)."""
    country = {"country": "USA", "cc": "US", "percent": 100.0, "total": 3}
    control.seed(audience, locations=[country])
    assert api.get(f"/lists/{audience}/locations")["locations"] == [country]


def test_the_five_largest_domains(api: Api, control: Control, audience: str) -> None:
    """A campaign's performance is listed for the five domains with most delivered emails (documented, S)."""
    for number in range(6):
        control.seed(audience, members=number + 1, prefix="p", domain=f"domain{number}.org")
    campaign = control.campaign(audience)["id"]
    control.people("p1@domain5.org", audience, "bounce_hard", campaign=campaign)
    control.people("p2@domain5.org", audience, "open", campaign=campaign)
    found = api.get(f"/reports/{campaign}/domain-performance")
    assert len(found["domains"]) == 5
    assert found["total_sent"] == 21
    row = next(row for row in found["domains"] if row["domain"] == "domain5.org")
    assert (row["emails_sent"], row["delivered"], row["bounces"], row["opens"]) == (6, 5, 1, 1)


def test_contacts_of_every_channel(api: Api, control: Control, audience: str) -> None:
    """Contacts are added and shown with the consent of each channel that they have (documented, FACTS 13)."""
    path = f"/audiences/{audience}/contacts"
    consent = {"marketing_consent": {"status": "confirmed"}}
    api.post(path, {"email_channel": {"email": "ann@grouparoo.com", **consent}, "tags": ["vip"]})
    api.post(path, {"sms_channel": {"sms_phone": "+14045550102", **consent}})
    ann, phone = api.get(path)["contacts"]
    assert ann["email_channel"]["effective_subscription_status"] == "subscribed"
    assert (ann["tags"], "sms_channel" in ann, "email_channel" in phone) == (["vip"], False, False)
    assert phone["sms_channel"]["marketing_consent"]["status"] == "confirmed"
    assert api.get(f"{path}/email:{ann['email_channel']['hashed_email']}")["id"] == ann["id"]


def test_contacts_are_paged_by_a_cursor(api: Api, control: Control, audience: str) -> None:
    """Pages of contacts go on by next_cursor; updated_since leaves out its very second (documented, FACTS 10)."""
    control.seed(audience, members=25)
    path, cursor, found = f"/audiences/{audience}/contacts", "", []
    while True:
        page = api.get(path, count=10, cursor=cursor)
        found += [row["id"] for row in page["contacts"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(found) == len(set(found)) == 25
    newest = max(row["last_updated_at"] for row in api.get(path, count=1000)["contacts"])
    assert api.get(path, updated_since=newest)["contacts"] == []


def test_the_beta_may_not_answer(api: Api, control: Control, audience: str) -> None:
    """Contacts are a beta: they answer, are no path or are forbidden (inferred, FACTS 13)."""
    for position, status in (("absent", 404), ("refused", 403)):
        control.switch(contacts_beta=position)
        assert api.refused("GET", f"/audiences/{audience}/contacts").status == status
