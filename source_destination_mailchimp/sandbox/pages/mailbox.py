"""The mail that went out: confirmation mails, campaigns and emails of automations. A campaign can be sent, too."""

from typing import NamedTuple
from urllib.parse import quote

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.campaigns import responses
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns
from source_destination_mailchimp.sandbox.http.visits import Page, Visit
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.pages.deeds import form_of, go_to
from source_destination_mailchimp.sandbox.pages.paging import pager
from source_destination_mailchimp.sandbox.pages.rendering import html, refused


class Mail(NamedTuple):
    """A row of the list: `at` in unix seconds, `contact` the address of the page of the one who got it, or ""."""

    at: int
    kind: str
    subject: str
    to: str
    audience: str
    contact: str
    what_came: str


def show(visit: Visit) -> Page:
    """Return the page of the mail."""
    visit.store.let_time_pass()
    found = mails(visit.store)
    pages = pager(visit.path, visit.query, (), len(found))
    values = {
        "mails": found[pages.start : pages.stop],
        "pager": pages,
        "audiences": list(visit.store.audiences.values()),
    }
    return html("mail.html", values)


def send(visit: Visit) -> Page:
    """Send a campaign to everybody who is subscribed to an audience, and go back to the mail."""
    form = form_of(visit)
    try:
        responses.send(visit.store, {"audience": form.get("audience", ""), "subject_line": form.get("subject", "")})
    except ValueError as error:
        return refused(str(error))
    return go_to("/mail")


def mails(store: Store) -> list[Mail]:
    """Return everything that went out, newest first."""
    confirmations = [_confirmation(store, mail) for mail in store.mail]
    campaigns = [_campaign(store, row) for row in store.room(Campaigns).by_id.values() if row.is_sent]
    return sorted([*confirmations, *campaigns], key=lambda mail: mail.at)[::-1]


def _confirmation(store: Store, mail: dict[str, str]) -> Mail:
    digest, audience = digest_of(mail["email"]), mail["audience"]
    is_known = audience in store.audiences and digest in store.audiences[audience].by_digest
    page = f"/contacts/{digest.hex()}?audience={quote(audience)}" if is_known else ""
    at = int(parse_time(mail["sent_at"]))
    return Mail(at, "confirmation", "Please confirm", mail["email"], _name(store, audience), page, "")


def _campaign(store: Store, campaign: Campaign) -> Mail:
    totals, people = campaign.totals(), len(campaign.recipients)
    left = totals.unsubscribes + totals.complaints
    came = f"{totals.unique_opens:,} opened, {totals.clickers:,} clicked, {left:,} left"
    subject, name = campaign.settings["subject_line"], _name(store, campaign.audience_id)
    to = f"{people:,} contact" if people == 1 else f"{people:,} contacts"
    kind = "automation" if campaign.workflow_id else "campaign"
    return Mail(campaign.send_time, kind, subject, to, name, "", came)


def _name(store: Store, audience_id: str) -> str:
    """Return the name of an audience, or its ID where it is gone."""
    audience = store.audiences.get(audience_id)
    return str(audience.settings["name"]) if audience is not None else audience_id
