"""What is known of a member once Mailchimp has written it, and what that makes of its record."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, assert_never

from source_destination_mailchimp.destination.mapping.digests import INTEREST, PERMISSION, contact_digests
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.destination.rules.consent import is_more_mailable
from source_destination_mailchimp.mailchimp.members import Json, Status, seconds_of, status_of

Member = Mapping[str, Any]
"""A member as Mailchimp answers it."""


class ConsentBroken(Exception):
    """Mailchimp made somebody more mailable than we knew them, and nobody asked for it: the run must stop."""


def status_after(operation: Operation, member: Member) -> Status:
    """Return the status that an answer shows; one that shows none left the member as they were to be."""
    if "status" in member:
        return status_of(member["status"])
    if operation.status is not None:
        return operation.status
    if operation.known is not None:
        return operation.known.status
    return Status.SUBSCRIBED


def check_consent(operation: Operation, status: Status) -> None:
    """Raise `ConsentBroken` where an answer shows somebody more mailable than they were and than we asked for."""
    if not _could_change_status(operation):
        return  # the person did it
    before = operation.known.status if operation.known else None
    asked = operation.status or before
    if not is_more_mailable(status, asked):
        return
    if is_more_mailable(status, before):
        raise ConsentBroken(
            f"Mailchimp answered {status} for a contact that should be "
            f"{asked or 'unchanged'}. The sync stopped at once, so that no contact gets email by mistake."
        )


def _could_change_status(operation: Operation) -> bool:
    """Return whether a call carries a status in any form, so that Mailchimp may have taken it for an order."""
    match operation.route:
        case Route.PATCH | Route.RENAME:
            return operation.status is not None
        case Route.ADD | Route.UPDATE | Route.CHANGE_STATUS | Route.RESUBSCRIBE:
            return True  # UPDATE by its status_if_new
        case Route.ARCHIVE | Route.DELETE | Route.NOTHING:
            return True
        case _:
            assert_never(operation.route)


def settled_after(operation: Operation, status: Status) -> Settled:
    """Return the outcome that was planned, unless Mailchimp gave another status than it was asked for."""
    settled, wanted = operation.settled, operation.status
    if wanted is None or status is wanted:
        return settled
    match wanted:
        case Status.UNSUBSCRIBED | Status.TRANSACTIONAL | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return settled
        case Status.SUBSCRIBED | Status.PENDING:
            return _settled_instead(settled, status)
        case _:
            assert_never(wanted)


def _settled_instead(settled: Settled, status: Status) -> Settled:
    """Return the outcome where a record was to make somebody mailable, and they have this other status."""
    match status:
        case Status.SUBSCRIBED:
            return settled
        case Status.PENDING:
            return _asked_instead(settled)
        case Status.OTHER:
            note = Note(Reason.OPTED_OUT, detail="Mailchimp answered with a status that the connector does not know.")
            return Settled(Outcome.HELD, note, settled.beside)
        case Status.TRANSACTIONAL | Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED:
            note = Note(Reason.OPTED_OUT, detail=f"Mailchimp left the contact {status}.")
            return Settled(Outcome.HELD, note, settled.beside)
        case _:
            assert_never(status)


def _asked_instead(settled: Settled) -> Settled:
    """Return the outcome where Mailchimp insists on a confirmation email [observed under compliance review]."""
    outcome = settled.outcome
    if outcome is Outcome.RESUBSCRIBED:
        outcome = Outcome.ASKED
    return settled._replace(outcome=outcome, beside=(*settled.beside, Note(Reason.CONFIRMATION_ASKED)))


def known_after(operation: Operation, member: Member, status: Status) -> Known:
    """Return what is known of a member after a write that leaves somebody there."""
    before = operation.known
    last_changed = str(member.get("last_changed") or "")
    if before is None:
        return _known_newcomer(operation.contact, status, last_changed)
    digests = dict(before.digests)
    digests.update(_written_digests(operation))
    is_renamed = operation.route is Route.RENAME
    return before._replace(
        status=status,
        changed_seconds=_seconds(last_changed) or before.changed_seconds,
        last_changed=last_changed or before.last_changed,
        digests=digests,
        email=operation.contact.email if is_renamed else before.email,
        external_id=_external_id_after(operation, before),
    )


def _known_newcomer(contact: Contact, status: Status, last_changed: str) -> Known:
    return Known(
        status,
        contact.email,
        _seconds(last_changed),
        last_changed,
        contact_digests(contact),
        external_id=contact.external_id,
    )


def _external_id_after(operation: Operation, before: Known) -> str:
    if operation.gives_up_id:
        return ""
    if operation.contact.deleted:
        return before.external_id  # a removal gives nobody an id
    is_another_member = bool(operation.member) and operation.route is not Route.RENAME
    if is_another_member or not operation.contact.external_id:
        return before.external_id
    return operation.contact.external_id


def _written_digests(operation: Operation) -> Iterator[tuple[str, int]]:
    """Yield the values that a write holds by their digests, as far as they are compared at all."""
    digests = contact_digests(operation.contact)
    for key in _written_keys(operation.changes, operation.contact):
        if key in digests:
            yield key, digests[key]


def _written_keys(changes: Json, contact: Contact) -> Iterator[str]:
    for key, value in changes.items():
        match key:
            case "merge_fields":
                yield from value
            case "interests":
                yield from [f"{INTEREST}{one}" for one in value]
            case "marketing_permissions":
                yield from [f"{PERMISSION}{text}" for text in contact.permissions]
            case _:
                yield key


_seconds = lru_cache(maxsize=64)(seconds_of)
"""Members of one answer were changed in the same second or two."""
