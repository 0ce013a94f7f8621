"""A sandbox for all tests of the source, and an account with something of everything in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from integration_tests.source.plain import call
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

FIELDS = [
    {"tag": "SCORE", "name": "Score", "type": "number"},
    {"tag": "JOINED", "name": "Joined", "type": "date"},
    {"tag": "CRMID", "name": "CRM ID", "type": "text"},
    {"tag": "STATUS", "name": "Shipping status", "type": "text"},
]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the account holds."""

    sandbox: Sandbox
    audience: str
    other: str
    campaign: str
    links: list[str]


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests of a process."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """An empty account that the source is pointed at."""
    running.control.reset()
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", running.api_url)
    return running


@pytest.fixture
def seeded(sandbox: Sandbox) -> Seeded:
    """Two audiences, one of them with groups, tags and a campaign that people reacted to."""
    return fill(sandbox, members=1060, archived=30)


def fill(sandbox: Sandbox, members: int, archived: int) -> Seeded:
    """Put something of everything into an empty account."""
    control = sandbox.control
    audience = control.seed(
        name="Readers",
        date_created="2020-01-01T00:00:00Z",
        merge_fields=FIELDS,
        members=members,
        archived=archived,
        status={"subscribed": 9, "unsubscribed": 1, "pending": 1, "cleaned": 1},
        tags=["vip"],
        merge_values={"FNAME": "Ann{n}", "SCORE": "{n}", "CRMID": "C-{n}"},
    )["audience"]
    other = control.seed(name="Others", members=5, prefix="other")["audience"]
    _group(sandbox, audience)
    _automation(sandbox, audience)
    sent = control.call(
        "POST",
        "campaigns",
        {
            "audience": audience,
            "links": ["https://one.sandbox-people.org/", "https://two.sandbox-people.org/"],
            "open_percent": 40,
            "click_percent": 10,
            "send_time": "2026-03-01T12:00:00Z",
            "create_time": "2026-02-01T12:00:00Z",
        },
    )
    campaign = sent["id"]
    control.clock(advance_seconds=-1200)  # so that no second is under way that the first sync reads
    control.people("person2@sandbox-people.org", audience, "unsubscribe", campaign=campaign, reason="Too many mails")
    control.people("person3@sandbox-people.org", audience, "bounce_hard", campaign=campaign)
    control.clock(advance_seconds=1200)
    return Seeded(sandbox, audience, other, campaign, [link["id"] for link in sent["links"]])


def welcome(sandbox: Sandbox, audience: str) -> None:
    """A welcome series of which one email was sent, opened and left by; a journey; countries."""
    control = sandbox.control
    emails = [{"subject_line": "One", "delay_type": "now"}, {"subject_line": "Two"}]
    control.seed(automations=[{"audience": audience, "title": "Hello", "emails": emails}])
    for number in (1, 2, 3):
        body = {"email_address": f"new{number}@sandbox-people.org", "status": "subscribed"}
        call(sandbox, "POST", f"/lists/{audience}/members", body)
    series = call(sandbox, "GET", "/automations")["automations"][-1]["id"]
    email = call(sandbox, "GET", f"/automations/{series}/emails")["emails"][0]["id"]
    for action in ("open", "click"):
        control.people("new1@sandbox-people.org", audience, action, campaign=email)
    control.people("new2@sandbox-people.org", audience, "unsubscribe", campaign=email)
    control.seed(journeys=[{"audience": audience}])
    control.seed(audience, locations=[{"country": "USA", "cc": "US", "percent": 100.0, "total": 5}])


def fill_small(sandbox: Sandbox) -> Seeded:
    """Put something into every stream, and somebody with more tags than a member shows."""
    seeded = fill(sandbox, members=40, archived=3)
    tags = [f"tag {number}" for number in range(55)]
    sandbox.control.seed(seeded.audience, members=1, prefix="tagged", tags=tags)
    sandbox.control.people("person4@sandbox-people.org", seeded.audience, "complain", campaign=seeded.campaign)
    welcome(sandbox, seeded.other)
    country = {"country": "USA", "cc": "US", "percent": 100.0, "total": 5}
    sandbox.control.seed(seeded.audience, locations=[country])
    sandbox.control.clock(advance_seconds=60)
    return seeded


def _automation(sandbox: Sandbox, audience: str) -> None:
    body = {"recipients": {"list_id": audience}, "trigger_settings": {"workflow_type": "abandonedCart"}}
    call(sandbox, "POST", "/automations", body)


def _group(sandbox: Sandbox, audience: str) -> None:
    """A group category with two groups in it."""
    path = f"/lists/{audience}/interest-categories"
    category = call(sandbox, "POST", path, {"title": "Topics", "type": "checkboxes"})["id"]
    for name in ("Cats", "Dogs"):
        call(sandbox, "POST", f"{path}/{category}/interests", {"name": name})
