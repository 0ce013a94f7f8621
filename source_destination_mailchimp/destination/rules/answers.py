"""Mailchimp's answer for one member becomes the next step: go on, try again differently, or an outcome."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, assert_never

from source_destination_mailchimp.destination.mapping.digests import INTEREST
from source_destination_mailchimp.destination.model import Known, Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.after_write import (
    check_consent,
    known_after,
    settled_after,
    status_after,
)
from source_destination_mailchimp.destination.rules.gone_fields import without_group
from source_destination_mailchimp.destination.rules.refusals import refused, without_field, without_return
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Status


class Advance(NamedTuple):
    """The member is written."""

    known: Known | None
    """The member after the write, as `operation.known` is the one before it; None: gone for good."""

    settled: Settled


class Again(NamedTuple):
    """Another try: with this operation, or planned anew from a fresh look at the member where there is none."""

    operation: Operation | None
    otherwise: Settled
    """The outcome when there have been enough tries."""

    beside: tuple[Note, ...] = ()


class Refusal(NamedTuple):
    """The record's outcome, because Mailchimp refused it for good."""

    settled: Settled


Verdict = Advance | Again | Refusal
ForGood = Literal[
    MemberRefusal.FIELD,
    MemberRefusal.COMPLIANCE,
    MemberRefusal.FORGOTTEN,
    MemberRefusal.THROTTLED,
    MemberRefusal.ADDRESS,
    MemberRefusal.OTHER,
]
"""Refusals of what was asked for: another look at the member would not help."""


def read_answer(row: RowAnswer, *, rejects_whole_record: bool) -> Verdict:
    """Return the next step for one row; raises `ConsentBroken`.

    `rejects_whole_record` is `invalid_values: reject_record`.
    """
    match row.refusal:
        case None:
            return _taken(row)
        case MemberRefusal.GONE:
            return _gone(row)
        case MemberRefusal.EXISTS | MemberRefusal.UNANSWERED | MemberRefusal.MOVED | MemberRefusal.FAILED:
            return Again(None, refused(row))
        case MemberRefusal.GROUP:
            return _without_group(row)
        case MemberRefusal.FIELD | MemberRefusal.COMPLIANCE | MemberRefusal.FORGOTTEN:
            return _refused_for_good(row, row.refusal, rejects_whole_record)
        case MemberRefusal.THROTTLED | MemberRefusal.ADDRESS | MemberRefusal.OTHER:
            return _refused_for_good(row, row.refusal, rejects_whole_record)
        case _:
            assert_never(row.refusal)


def _refused_for_good(row: RowAnswer, refusal: ForGood, rejects_whole_record: bool) -> Verdict:
    if _is_about_the_new_address(row):
        return _not_renamed(row)
    match refusal:
        case MemberRefusal.FIELD:
            return _refused_value(row, rejects_whole_record)
        case MemberRefusal.COMPLIANCE:
            return _in_compliance_state(row)
        case MemberRefusal.FORGOTTEN:
            return Refusal(refused(row))
        case MemberRefusal.THROTTLED | MemberRefusal.ADDRESS | MemberRefusal.OTHER:
            return _last_word(row)
        case _:
            assert_never(refusal)


def _is_about_the_new_address(row: RowAnswer) -> bool:
    """Return whether a refusal may be about the address that a member was to get, and not about a value beside it."""
    if row.operation.route is not Route.RENAME:
        return False
    return row.field not in (row.operation.changes.get("merge_fields") or {})


# Taken


def _taken(row: RowAnswer) -> Verdict:
    if row.member is None and not row.operation.route.removes_member:
        return Again(None, refused(row))  # nothing shows that the member was written
    if row.is_new and row.operation.route is Route.UPDATE:
        return _added_by_an_update(row)
    return _written(row)


def _written(row: RowAnswer) -> Advance:
    operation = row.operation
    match operation.route:
        case Route.ADD | Route.UPDATE | Route.CHANGE_STATUS | Route.PATCH | Route.RENAME | Route.RESUBSCRIBE:
            member = row.member or {}
        case Route.NOTHING:
            member = row.member or {}
        case Route.DELETE:
            return Advance(None, operation.settled)
        case Route.ARCHIVE:
            return Advance(_archived(operation.known), operation.settled)
        case _:
            assert_never(operation.route)
    status = status_after(operation, member)
    check_consent(operation, status)
    return Advance(known_after(operation, member, status), settled_after(operation, status))


def _archived(known: Known | None) -> Known | None:
    if known is None:
        return None
    return known._replace(status=Status.ARCHIVED)


def _added_by_an_update(row: RowAnswer) -> Verdict:
    """Return what follows where the member took another address meanwhile, so that the row added the old one.

    It was added with the status that the member had, subscribed. That stays only where a stranger would be subscribed
    too; else it is taken back at once.
    """
    operation = row.operation
    settled = operation.settled._replace(outcome=Outcome.CREATED)
    match operation.if_gone:
        case Status.SUBSCRIBED:
            newcomer = replace(operation, known=None)
            return Advance(known_after(newcomer, row.member or {}, Status.SUBSCRIBED), settled)
        case Status.PENDING:
            status = Status.PENDING
        case Status.UNSUBSCRIBED | Status.TRANSACTIONAL | Status.CLEANED | Status.ARCHIVED | Status.OTHER | None:
            status = Status.UNSUBSCRIBED
        case _:
            assert_never(operation.if_gone)
    return Again(replace(operation, route=Route.PATCH, status=status, known=None, settled=settled), settled)


def written(operation: Operation, verdict: Advance) -> list[tuple[str, Known | None]]:
    """Return what an answer says of which member; a renamed one is no more under its old hash."""
    if operation.route is Route.RENAME:
        return [(operation.subscriber, None), (operation.contact.hash, verdict.known)]
    return [(operation.subscriber, verdict.known)]


# Refused


def _gone(row: RowAnswer) -> Verdict:
    if row.operation.route.removes_member and row.tries > 1:
        return _written(row)  # the earlier try had done it, and only its answer was lost
    return Again(None, refused(row))


def _last_word(row: RowAnswer) -> Verdict:
    """Return the refusal, or the single call, which is documented for what the batch may not take."""
    operation = row.operation
    match operation.route:
        case Route.UPDATE | Route.CHANGE_STATUS:
            return Again(replace(operation, route=Route.PATCH), refused(row))
        case Route.ADD | Route.PATCH | Route.RENAME | Route.RESUBSCRIBE:
            return Refusal(refused(row))
        case Route.ARCHIVE | Route.DELETE | Route.NOTHING:
            return Refusal(refused(row))
        case _:
            assert_never(operation.route)


def _without_group(row: RowAnswer) -> Verdict:
    """Return the same write without the group that Mailchimp does not have any more."""
    interests = row.operation.changes.get("interests") or {}
    if row.field.removeprefix(INTEREST) not in interests:
        return _last_word(row)
    return Again(without_group(row.operation, row.field), refused(row))


def _refused_value(row: RowAnswer, rejects_whole_record: bool) -> Verdict:
    operation = row.operation
    merge = operation.changes.get("merge_fields") or {}
    if row.field not in merge:
        note = Note(Reason.REQUIRED_FIELD_EMPTY, row.field, row.sentence)
        return Refusal(Settled(Outcome.REJECTED, note, operation.contact.notes))
    if rejects_whole_record:
        return Refusal(refused(row))
    note = Note(Reason.VALUE_REFUSED, row.field, row.sentence)
    rest = replace(operation, changes=without_field(operation.changes, row.field))
    if rest.changes or rest.status is not None or rest.has_tag_changes:
        return Again(rest, refused(row), (note,))
    settled = operation.settled._replace(beside=(*operation.settled.beside, note))
    if settled.outcome is Outcome.HELD:
        return Refusal(settled)
    return Refusal(settled._replace(outcome=Outcome.UNCHANGED))


def _not_renamed(row: RowAnswer) -> Verdict:
    """Return what follows where Mailchimp keeps the old address: the data is written there, and nobody is added.

    Where somebody has taken the new address meanwhile, the two may have to be joined; a `Deleted` one is forgotten, or
    archived and known. [observed wording; in another language they are joined by the next sync]
    """
    operation = row.operation
    note = Note(Reason.ADDRESS_MAY_NOT_CHANGE, row.field, row.sentence)
    held = Settled(Outcome.HELD, note, operation.contact.notes)
    if "already in this list" in row.sentence and "Deleted" not in row.sentence:
        return Again(None, held)
    rest = dict(operation.changes)
    rest.pop("email_address", None)
    if rest:
        return Again(replace(operation, route=Route.PATCH, changes=rest, settled=held), held)
    if operation.has_tag_changes:
        return Again(replace(operation, route=Route.NOTHING, changes={}, settled=held), held)
    return Refusal(held)


def _in_compliance_state(row: RowAnswer) -> Verdict:
    """Return what follows where people left by their own act, so that Mailchimp lets nobody but them subscribe them.

    What was asked for is held, and their data is written without a status.
    """
    if row.operation.known is None:
        return _last_word(row)
    held = refused(row)
    if row.operation.route is not Route.RESUBSCRIBE:
        return Again(None, held)
    instead = without_return(row.operation, held)
    if isinstance(instead, Settled):
        return Refusal(held)
    return Again(instead, held)


def refuses_status_if_new(answered: Sequence[RowAnswer]) -> bool:
    """Return whether a batch shows that `status_if_new` is not, here, what it was seen to be: then the rest is PATCHed.

    Either no row of several is taken, or somebody is refused as if the row had asked to subscribe them. Where all of
    several are refused for what they did themselves, that says nothing of `status_if_new`.
    """
    if answered and answered[0].operation.route is not Route.UPDATE:
        return False  # the rows of one answer have one route
    refusals = [row.refusal for row in answered]
    are_several = len(refusals) > 1
    kinds = set(refusals)
    if MemberRefusal.COMPLIANCE in kinds:
        is_everybody = are_several and kinds == {MemberRefusal.COMPLIANCE}
        return not is_everybody
    return are_several and kinds == {MemberRefusal.OTHER}
