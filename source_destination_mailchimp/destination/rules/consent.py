"""Which status may be written for a person. One table; everything that could mail somebody passes through it.

Closed by default: a row that makes a person more mailable is reached only by a setting named for it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from source_destination_mailchimp.destination.form.settings import NewMemberStatus, Resubscribe
from source_destination_mailchimp.destination.model import OptIn, Reason
from source_destination_mailchimp.mailchimp.members import STATUS_BY_NAME, Status

MAILABLE = {
    Status.ARCHIVED: 0,
    Status.CLEANED: 0,
    Status.UNSUBSCRIBED: 0,
    Status.TRANSACTIONAL: 1,
    Status.PENDING: 2,
    Status.SUBSCRIBED: 3,
}
"""How far Mailchimp may mail a person: a pending one gets a confirmation mail, a transactional one receipts."""


class Consent(NamedTuple):
    """What the table says about one record for one person."""

    write: Status | None = None
    """Status to send; None sends none."""

    skipped: Reason | None = None
    """The person is not added, for this reason; nothing is sent."""

    held: Reason | None = None
    """The record asked for what we may not give; data is still written where `data` says so."""

    data: bool = True
    """Whether the person's data may be written."""


class Rules(NamedTuple):
    """The settings that the table depends on."""

    new_member_status: NewMemberStatus
    resubscribe: Resubscribe


KEEP = Consent()
_ADDED_AS = {name: Consent(write=status) for name, status in STATUS_BY_NAME.items()}


def decide(known: Status | None, asks: OptIn, rules: Rules, *, consent_is_newer: bool = False) -> Consent:
    """The row of the table for a person whose status is `known` (None: Mailchimp has not seen them).

    `consent_is_newer`: the answer was given after the member's `last_changed`, which is never before an opt-out.
    """
    if known is None:
        return _newcomer(asks, rules)
    if known in (Status.UNSUBSCRIBED, Status.ARCHIVED):
        return _opted_out(known, asks, rules, consent_is_newer)
    if known is Status.CLEANED:
        # Mail to them bounced: Mailchimp mails nobody it has cleaned, and we never ask it to.
        return Consent(held=Reason.CLEANED) if asks is OptIn.YES else KEEP
    if known is Status.TRANSACTIONAL:
        return _transactional(asks, rules)
    # subscribed, pending: only a clear no changes anything. Nobody pending is confirmed by us.
    return Consent(write=Status.UNSUBSCRIBED) if asks is OptIn.NO else KEEP


def _newcomer(asks: OptIn, rules: Rules) -> Consent:
    if asks is OptIn.NO:
        return Consent(skipped=Reason.NOT_OPTED_IN)
    if asks is OptIn.MISSING:
        return Consent(skipped=Reason.OPT_IN_MISSING)
    if rules.new_member_status == "do_not_add":
        return Consent(skipped=Reason.NOT_ADDED_BY_CHOICE)
    return _ADDED_AS[rules.new_member_status]


def _transactional(asks: OptIn, rules: Rules) -> Consent:
    """Somebody Mailchimp knows from a purchase: a yes makes them what a newcomer would become."""
    if asks is OptIn.YES and rules.new_member_status in ("subscribed", "pending"):
        return Consent(write=Status(rules.new_member_status))
    return KEEP


def _opted_out(known: Status, asks: OptIn, rules: Rules, consent_is_newer: bool) -> Consent:
    # Archived counts as opted out: Mailchimp no longer says what the person was before.
    archived = known is Status.ARCHIVED
    reason = Reason.ARCHIVED if archived else Reason.OPTED_OUT
    if asks is not OptIn.YES:
        return Consent(held=reason, data=False) if archived else KEEP
    if rules.resubscribe == "never":
        return Consent(held=reason, data=not archived)
    if not consent_is_newer:
        return Consent(held=Reason.CONSENT_NOT_NEWER, data=not archived)
    return Consent(write=Status.PENDING if rules.resubscribe == "ask" else Status.SUBSCRIBED)


class Row(NamedTuple):
    """One row of the printed table."""

    known: Status | None
    asks: OptIn
    resubscribe: Resubscribe
    consent_is_newer: bool
    new_member_status: NewMemberStatus
    consent: Consent


def rows() -> Iterator[Row]:
    """Every combination the table distinguishes, for the documentation and for tests that must see all of it."""
    new: tuple[NewMemberStatus, ...] = ("subscribed", "pending", "unsubscribed", "transactional", "do_not_add")
    back: tuple[Resubscribe, ...] = ("never", "ask", "with_newer_consent")
    for known in (None, *Status):
        for asks in OptIn:
            for resubscribe in back:
                for newer in (False, True):
                    for status in new:
                        consent = decide(known, asks, Rules(status, resubscribe), consent_is_newer=newer)
                        yield Row(known, asks, resubscribe, newer, status, consent)


def is_more_mailable(now: Status, before: Status | None) -> bool:
    """Whether Mailchimp may mail a person more than it might before."""
    return MAILABLE[now] > (MAILABLE[before] if before else 0)
