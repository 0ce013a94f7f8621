"""Streams that Mailchimp may not offer, contacts that change, and automations that go on sending."""

import pytest

from integration_tests.source.conftest import welcome
from integration_tests.source.plain import call
from integration_tests.source.syncing import config, sync
from source_destination_mailchimp.sandbox.http.server import Sandbox

DAY = 86_400


@pytest.mark.parametrize("position", ["absent", "refused"])
@pytest.mark.parametrize(
    ("stream", "switch"), [("contacts", "contacts_beta"), ("customer_journeys", "customer_journeys")]
)
def test_what_mailchimp_does_not_offer_is_said(sandbox: Sandbox, stream: str, switch: str, position: str) -> None:
    """A 404 or 403 for a beta leaves the stream complete and empty, with a warning; other streams are read."""
    sandbox.control.seed(name="Readers", members=3)
    sandbox.control.switch(**{switch: position})
    found = sync(config(sandbox), stream, "lists")
    assert stream not in found.records
    assert len(found.records["lists"]) == 1
    assert found.ends[stream] == "COMPLETE"
    assert any(stream in warning and "not available to this account or user" in warning for warning in found.warnings)


@pytest.mark.parametrize("stream, switch", [("contacts", "contacts_beta"), ("customer_journeys", "customer_journeys")])
def test_what_was_there_is_not_taken_for_absent(sandbox: Sandbox, stream: str, switch: str) -> None:
    """A stream that was read before and is answered 404 now is incomplete: its table must not be emptied in silence."""
    audience = sandbox.control.seed(name="Readers", members=3)["audience"]
    sandbox.control.seed(journeys=[{"audience": audience}])
    first = sync(config(sandbox), stream)
    sandbox.control.switch(**{switch: "absent"})
    found = sync(config(sandbox), stream, state=first.states, fails=True)
    assert found.ends[stream] == "INCOMPLETE"


def test_contacts_without_an_address_are_read(sandbox: Sandbox) -> None:
    """A contact with a telephone number alone is in the stream, with the consent of that channel only."""
    audience = sandbox.control.seed(name="Readers", members=1)["audience"]
    sandbox.control.people("", audience, "subscribe_sms", phone="+14045550102")
    found = sync(config(sandbox), "contacts").records["contacts"]
    (phone,) = [row for row in found if "email_channel" not in row]
    assert phone["sms_channel"]["sms_phone"] == "+14045550102"
    assert len(found) == 2


def test_only_updated_contacts_come_again(sandbox: Sandbox) -> None:
    """More than a page of contacts is read once; afterwards those that were updated."""
    audience = sandbox.control.seed(name="Readers", members=2_100)["audience"]
    first = sync(config(sandbox), "contacts")
    assert len({row["id"] for row in first.records["contacts"]}) == 2_100
    sandbox.control.clock(advance_seconds=60)
    hashed = first.records["contacts"][7]["email_channel"]["hashed_email"]
    call(sandbox, "PATCH", f"/lists/{audience}/members/{hashed}", {"language": "de"})
    sandbox.control.clock(advance_seconds=60)
    second = sync(config(sandbox), "contacts", state=first.states)
    assert [row["language"] for row in second.records["contacts"]] == ["de"]
    third = sync(config(sandbox), "contacts", state=second.states)
    assert "contacts" not in third.records


@pytest.mark.parametrize(
    ("stream", "calls"),
    [
        *[(name, 1) for name in ("abuse_reports", "contacts", "growth_history", "list_activity", "list_locations")],
        ("list_members", 3),
    ],
)
def test_what_an_audience_costs_with_nothing_new(sandbox: Sandbox, stream: str, calls: int) -> None:
    """The streams of audiences cost one call each; list_members one, one for archived people and one for tags."""
    for number in range(3):
        sandbox.control.seed(name=f"A{number}", members=3, prefix=f"a{number}", tags=["vip"])
    sandbox.control.clock(advance_seconds=600)
    first = sync(config(sandbox), stream)
    sandbox.control.forget_requests()
    second = sync(config(sandbox), stream, state=first.states)
    paths = [row["path"].partition("?")[0] for row in sandbox.control.requests()]
    assert sum(path.startswith(("/3.0/lists/", "/3.0/audiences/")) for path in paths) == 3 * calls
    assert len(second.output.state_messages) == 1


@pytest.mark.parametrize("where", ["in_reports", "in_campaigns_too", "by_id_only"])
def test_new_recipients_of_an_automation_are_read(sandbox: Sandbox, where: str) -> None:
    """Who gets an email of an automation later comes with the next sync, wherever Mailchimp lists its report."""
    audience = sandbox.control.seed(name="Readers")["audience"]
    sandbox.control.switch(automation_emails=where)
    welcome(sandbox, audience)
    names = ("automation_recipients", "automation_recipient_activity")
    first = sync(config(sandbox), *names)
    assert len(first.records["automation_recipients"]) == 3
    assert len(first.records["automation_recipient_activity"]) == 2
    settings = config(sandbox, start_date="2026-01-01T00:00:00Z")
    assert not sync(settings, *names, state=first.states).records
    sandbox.control.clock(advance_seconds=2 * DAY)
    second = sync(settings, *names, state=first.states)
    (email,) = {row["campaign_id"] for row in second.records["automation_recipients"]}
    assert email != first.records["automation_recipients"][0]["campaign_id"]
    assert len(second.records["automation_recipients"]) == 2  # one of the three had left
