"""The first page: the audiences, the latest mail and the latest calls."""

from source_destination_mailchimp.sandbox.http.visits import Page, Visit
from source_destination_mailchimp.sandbox.members.member import STATUSES
from source_destination_mailchimp.sandbox.pages.call_log import latest
from source_destination_mailchimp.sandbox.pages.mailbox import mails
from source_destination_mailchimp.sandbox.pages.rendering import html

SHOWN = 8


def show(visit: Visit) -> Page:
    """Return the page."""
    visit.store.let_time_pass()
    values = {
        "root": visit.root,
        "audiences": list(visit.store.audiences.values()),
        "statuses": STATUSES,
        "mails": mails(visit.store)[:SHOWN],
        "calls": latest(visit.traffic, SHOWN),
        "seen": visit.traffic.ended,
        "rows": SHOWN,
    }
    return html("overview.html", values)
