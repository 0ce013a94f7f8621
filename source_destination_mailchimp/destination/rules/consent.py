"""Which status may be written for a person. One table; everything that could mail somebody passes through it.

Closed by default: a row that makes a person more mailable is reached only by a setting named for it.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple, assert_never, get_args

from source_destination_mailchimp.destination.form.settings import NewMemberStatus, Resubscribe
from source_destination_mailchimp.destination.model import OptIn, Reason
from source_destination_mailchimp.mailchimp.members import Status


def _mailability(status: Status) -> int:
    """Return how far Mailchimp may mail somebody: the archived, cleaned and unsubscribed not at all."""
    match status:
        case Status.ARCHIVED | Status.CLEANED | Status.UNSUBSCRIBED | Status.OTHER:
            return 0
        case Status.TRANSACTIONAL:
            return 1  # receipts
        case Status.PENDING:
            return 2  # a confirmation email
        case Status.SUBSCRIBED:
            return 3
        case _:
            assert_never(status)


MAILABLE = {status: _mailability(status) for status in Status}
"""How far Mailchimp may mail a person; a table, because it is asked for every answer."""


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
_WRITE = {status: Consent(write=status) for status in Status}


def decide(known: Status | None, asks: OptIn, rules: Rules, *, consent_is_newer: bool = False) -> Consent:
    """Return the row of the table for a person whose status is `known` (None: Mailchimp has not seen them).

    `consent_is_newer`: the answer was given after the member's `last_changed`, which is never before an opt-out.
    """
    match known:
        case None:
            return _newcomer(asks, rules)
        case Status.SUBSCRIBED | Status.PENDING:
            return _mailable(asks)
        case Status.TRANSACTIONAL:
            return _transactional(asks, rules)
        case Status.UNSUBSCRIBED:
            return _unsubscribed(asks, rules, consent_is_newer)
        case Status.ARCHIVED:
            return _archived(asks, rules, consent_is_newer)
        case Status.CLEANED:
            return _kept_out(asks, Reason.CLEANED)
        case Status.OTHER:
            return _kept_out(asks, Reason.OPTED_OUT)
        case _:
            assert_never(known)


def _newcomer(asks: OptIn, rules: Rules) -> Consent:
    match asks:
        case OptIn.YES | OptIn.NOT_ASKED:
            return _added_as(rules.new_member_status)
        case OptIn.NO | OptIn.UNCHECKED:
            return Consent(skipped=Reason.NOT_OPTED_IN)
        case OptIn.MISSING:
            return Consent(skipped=Reason.OPT_IN_MISSING)
        case _:
            assert_never(asks)


def _added_as(setting: NewMemberStatus) -> Consent:
    match setting:
        case "subscribed":
            return _WRITE[Status.SUBSCRIBED]
        case "pending":
            return _WRITE[Status.PENDING]
        case "unsubscribed":
            return _WRITE[Status.UNSUBSCRIBED]
        case "transactional":
            return _WRITE[Status.TRANSACTIONAL]
        case "do_not_add":
            return Consent(skipped=Reason.NOT_ADDED_BY_CHOICE)
        case _:
            assert_never(setting)


def mails_newcomers(setting: NewMemberStatus) -> bool:
    """Return whether `new_member_status` lets Mailchimp send marketing, or a confirmation, to somebody new."""
    match setting:
        case "subscribed" | "pending":
            return True
        case "unsubscribed" | "transactional" | "do_not_add":
            return False
        case _:
            assert_never(setting)


def _mailable(asks: OptIn) -> Consent:
    """Return what becomes of the subscribed and pending: only a no changes them, and we confirm nobody's pending."""
    match asks:
        case OptIn.NO:
            return _WRITE[Status.UNSUBSCRIBED]
        case OptIn.YES | OptIn.NOT_ASKED | OptIn.UNCHECKED | OptIn.MISSING:
            return KEEP
        case _:
            assert_never(asks)


def _transactional(asks: OptIn, rules: Rules) -> Consent:
    """Return what becomes of people Mailchimp knows from a purchase: a yes makes them what a newcomer would become."""
    match asks:
        case OptIn.YES if mails_newcomers(rules.new_member_status):
            return _added_as(rules.new_member_status)
        case OptIn.YES | OptIn.NO | OptIn.NOT_ASKED | OptIn.UNCHECKED | OptIn.MISSING:
            return KEEP
        case _:
            assert_never(asks)


def _unsubscribed(asks: OptIn, rules: Rules, consent_is_newer: bool) -> Consent:
    match asks:
        case OptIn.YES:
            return _asked_back(rules.resubscribe, consent_is_newer, held=Reason.OPTED_OUT, data=True)
        case OptIn.NO | OptIn.NOT_ASKED | OptIn.UNCHECKED | OptIn.MISSING:
            return KEEP
        case _:
            assert_never(asks)


def _archived(asks: OptIn, rules: Rules, consent_is_newer: bool) -> Consent:
    """Return what becomes of the archived, who count as opted out: Mailchimp no longer says what they were before."""
    match asks:
        case OptIn.YES:
            return _asked_back(rules.resubscribe, consent_is_newer, held=Reason.ARCHIVED, data=False)
        case OptIn.NO | OptIn.NOT_ASKED | OptIn.UNCHECKED | OptIn.MISSING:
            return Consent(held=Reason.ARCHIVED, data=False)
        case _:
            assert_never(asks)


def _asked_back(setting: Resubscribe, consent_is_newer: bool, *, held: Reason, data: bool) -> Consent:
    """Return what a yes does for somebody who left; `held` and `data` say what becomes of a record in vain."""
    match setting:
        case "never":
            return Consent(held=held, data=data)
        case "ask":
            comes_back = _WRITE[Status.PENDING]
        case "with_newer_consent":
            comes_back = _WRITE[Status.SUBSCRIBED]
        case _:
            assert_never(setting)
    if consent_is_newer:
        return comes_back
    return Consent(held=Reason.CONSENT_NOT_NEWER, data=data)


def _kept_out(asks: OptIn, held: Reason) -> Consent:
    """Return what becomes of people whom no setting brings back.

    Those are the cleaned, whose mail bounced, and whoever has a status that we do not know.
    """
    match asks:
        case OptIn.YES:
            return Consent(held=held)
        case OptIn.NO | OptIn.NOT_ASKED | OptIn.UNCHECKED | OptIn.MISSING:
            return KEEP
        case _:
            assert_never(asks)


class Row(NamedTuple):
    """One row of the printed table."""

    known: Status | None
    asks: OptIn
    resubscribe: Resubscribe
    consent_is_newer: bool
    new_member_status: NewMemberStatus
    consent: Consent


def rows() -> Iterator[Row]:
    """Yield every combination that the table distinguishes, for the documentation and for tests of all of it."""
    combinations = product(
        (None, *Status),
        OptIn,
        get_args(Resubscribe),
        (False, True),
        get_args(NewMemberStatus),
    )
    for known, asks, resubscribe, is_newer, new_member_status in combinations:
        rules = Rules(new_member_status, resubscribe)
        consent = decide(known, asks, rules, consent_is_newer=is_newer)
        yield Row(known, asks, resubscribe, is_newer, new_member_status, consent)


def is_more_mailable(now: Status, before: Status | None) -> bool:
    """Return whether Mailchimp may mail a person more than it might before; somebody new could not be mailed."""
    if before is None:
        return MAILABLE[now] > 0
    return MAILABLE[now] > MAILABLE[before]


def has_opted_out(status: Status) -> bool:
    """Return whether nobody with this status may be mailed: they left, bounced, or are archived."""
    return MAILABLE[status] == 0
