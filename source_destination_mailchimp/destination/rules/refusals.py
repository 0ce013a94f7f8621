"""What a refusal of Mailchimp's leaves: the outcome where no other try is left, or less to write."""

from dataclasses import replace
from typing import Literal, assert_never

from source_destination_mailchimp.destination.model import Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json

WithoutReason = Literal[
    MemberRefusal.EXISTS,
    MemberRefusal.GONE,
    MemberRefusal.UNANSWERED,
    MemberRefusal.MOVED,
    MemberRefusal.GROUP,
    MemberRefusal.OTHER,
]
"""Refusals that Mailchimp's own words explain best."""


def refused(row: RowAnswer) -> Settled:
    """Return the outcome of a refusal that stands."""
    outcome, reason = _outcome_of(row.refusal or MemberRefusal.OTHER)
    return Settled(outcome, Note(reason, row.field, row.sentence), row.operation.contact.notes)


def _outcome_of(refusal: MemberRefusal) -> tuple[Outcome, Reason]:
    match refusal:
        case MemberRefusal.FORGOTTEN:
            return Outcome.HELD, Reason.FORGOTTEN
        case MemberRefusal.COMPLIANCE:
            return Outcome.HELD, Reason.COMPLIANCE
        case MemberRefusal.THROTTLED:
            return Outcome.REJECTED, Reason.SIGNUP_THROTTLED
        case MemberRefusal.ADDRESS:
            return Outcome.REJECTED, Reason.ADDRESS_REFUSED
        case MemberRefusal.FIELD:
            return Outcome.REJECTED, Reason.VALUE_REFUSED
        case MemberRefusal.FAILED:
            return Outcome.REJECTED, Reason.MAILCHIMP_FAILED
        case _:
            return _outcome_without_a_reason(refusal)


def _outcome_without_a_reason(refusal: WithoutReason) -> tuple[Outcome, Reason]:
    match refusal:
        case MemberRefusal.EXISTS | MemberRefusal.GONE | MemberRefusal.UNANSWERED | MemberRefusal.MOVED:
            return Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP
        case MemberRefusal.OTHER | MemberRefusal.GROUP:
            return Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP
        case _:
            assert_never(refusal)


def without_return(operation: Operation, held: Settled) -> Operation | Settled:
    """Return what is left of bringing somebody back when Mailchimp does not let them: their data, without a status."""
    if operation.changes:
        return replace(operation, route=Route.PATCH, status=None, settled=held)
    if operation.has_tag_changes:
        return replace(operation, route=Route.NOTHING, status=None, settled=held)
    return held


def without_field(changes: Json, tag: str) -> Json:
    """Return the body of a write without one merge field."""
    rest = dict(changes)
    merge = dict(rest.pop("merge_fields"))
    del merge[tag]
    if merge:
        rest["merge_fields"] = merge
    return rest
