"""A record whose member, by its external id, has another address: the member is renamed, or keeps the old address."""

from dataclasses import replace
from typing import assert_never

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
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan, route_for
from source_destination_mailchimp.mailchimp.members import Status


def plan_move(contact: Contact, subscriber: str, known: Known, rules: StreamRules) -> Operation | Settled:
    """Return what is to be done where the record's member has another address, and nobody has the record's.

    Who may not be renamed keeps the old address, with the new data, and the new address is not created: an opt-out
    could get lost that way.
    """
    planned = as_operation(contact, plan(contact, known, rules), known)
    opts_out = planned.status is Status.UNSUBSCRIBED
    if _may_be_renamed(known.status) and not opts_out:
        return _renamed(planned, subscriber)
    status = Status.UNSUBSCRIBED if opts_out else known.status
    return held(planned, Note(Reason.ADDRESS_MAY_NOT_CHANGE, detail=f"They are {status}."), subscriber)


def _may_be_renamed(status: Status) -> bool:
    """Return whether Mailchimp changes the address of somebody with this status. [observed]"""
    match status:
        case Status.SUBSCRIBED:
            return True
        case (
            Status.PENDING
            | Status.TRANSACTIONAL
            | Status.UNSUBSCRIBED
            | Status.CLEANED
            | Status.ARCHIVED
            | Status.OTHER
        ):
            return False
        case _:
            assert_never(status)


def _renamed(planned: Operation, subscriber: str) -> Operation:
    contact = planned.contact
    return replace(
        planned,
        route=Route.RENAME,
        settled=Settled(Outcome.UPDATED, None, (*contact.notes, Note(Reason.RENAMED))),
        changes={"email_address": contact.email, **planned.changes},
        member=subscriber,
    )


def held(planned: Operation, note: Note, subscriber: str = "") -> Operation | Settled:
    """Return what is left where a record asked for more than may be given: data and tags, and an opt-out if it has one.

    A consent that would bring somebody back was given for another address, or by somebody whose stricter consent
    counts; so it brings nobody back, and archived people are left alone altogether. `subscriber` is the hash of the
    member to write where that is not the one at the record's address.
    """
    settled = Settled(Outcome.HELD, note, planned.contact.notes)
    known = planned.known
    if known is None or known.status is Status.ARCHIVED:
        return settled
    allowed = planned
    if planned.status is not Status.UNSUBSCRIBED:
        allowed = _without_status(planned, known)
    if allowed.route is Route.NOTHING and not allowed.has_tag_changes:
        return settled
    return replace(allowed, settled=settled, member=subscriber)


def _without_status(planned: Operation, known: Known) -> Operation:
    route = Route.NOTHING
    if planned.changes:
        route = route_for(known.status, None, has_permissions="marketing_permissions" in planned.changes)
    return replace(planned, route=route, status=None)


def as_operation(contact: Contact, planned: Operation | Settled, known: Known) -> Operation:
    """Return a plan as an operation, one without a call where nothing is to be written."""
    if isinstance(planned, Operation):
        return planned
    return Operation(contact, Route.NOTHING, planned, known=known)
