"""Everything that happened to one contact, the newest first: changes, mail, and what the contact did with it."""

from typing import Any, Final, NamedTuple

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.http.calls import MAX_COUNT, Call
from source_destination_mailchimp.sandbox.members import activity
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.pages.history import Change, Changes


class Moment(NamedTuple):
    """One row of the history; `at` is unix seconds, `kind` chooses its colour."""

    at: int
    kind: str
    what: str


_WORDS: Final = {
    "sent": "Received “{campaign_title}”",
    "open": "Opened “{campaign_title}”",
    "click": "Clicked {link_clicked} in “{campaign_title}”",
    "bounce": "“{campaign_title}” bounced ({bounce_type})",
    "note": "Note: {note_text}",
    "event": "Event {event_name}",
    "generic_signup": "Signed up ({signup_category})",
}


def timeline(store: Store, audience: Audience, member: Member) -> list[Moment]:
    """Return the history of a contact, newest first, as far as it is remembered."""
    changes = list(store.room(Changes).of(member))
    feed = [moment for row in _feed(store, audience, member) if (moment := _in_words(row, changes)) is not None]
    mails = [
        Moment(int(parse_time(mail["sent_at"])), "sent", "Received a confirmation mail")
        for mail in store.mail
        if mail["email"] == member.email_address and mail["audience"] == audience.id
    ]
    told = [_told(change) for change in changes if not _is_departure(change, member)]
    # Rows of one second are in the order in which they happened, and sorting keeps it.
    return sorted([*told, *mails, *feed], key=lambda moment: moment.at)[::-1]


def _told(change: Change) -> Moment:
    return Moment(change.happening.at, change.happening.kind, change.what)


def _feed(store: Store, audience: Audience, member: Member) -> list[dict[str, Any]]:
    """Return the contact's activity feed as the API shows it, its newest 1,000 rows."""
    ids = {"list_id": audience.id, "subscriber_hash": member.id}
    call = Call(store, "GET", "/", ids, {"count": str(MAX_COUNT)})
    rows: list[dict[str, Any]] = activity.list_feed(call)["activity"]
    return rows


def _in_words(row: dict[str, Any], changes: list[Change]) -> Moment | None:
    """Return a row of the feed in words; None for a sign-up that the changes tell already."""
    kind = row["activity_type"]
    if kind == "generic_signup" and any(change.happening.kind == "created" for change in changes):
        return None
    at = int(parse_time(row["created_at_timestamp"]))
    if kind == "unsub":
        return Moment(at, kind, _departure(row))
    return Moment(at, kind, _WORDS[kind].format(**row))


def _departure(row: dict[str, Any]) -> str:
    by_account = row["is_admin_unsubscribed"]
    reason = row["unsubscribe_reason"]
    who = "Unsubscribed by the account or the API" if by_account else "Unsubscribed by the contact"
    words = f"{who}, reason: {reason}" if reason else who
    return f"{words}, by the link in “{row['campaign_title']}”" if row["campaign_title"] else words


def _is_departure(change: Change, member: Member) -> bool:
    """Return whether a change is the departure that the activity feed tells with its reason."""
    is_its_moment = change.happening.at == member.left_at and member.status == change.after == "unsubscribed"
    return change.happening.kind == "status" and is_its_moment
