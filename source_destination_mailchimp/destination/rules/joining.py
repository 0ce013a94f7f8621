"""Two members that are one person: they become one at the new address, under the stricter consent of the two."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.mapping.names import same_name
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
from source_destination_mailchimp.destination.rules import removal, tags
from source_destination_mailchimp.destination.rules.address_change import as_operation, held
from source_destination_mailchimp.destination.rules.consent import MAILABLE, has_opted_out
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan, route_for
from source_destination_mailchimp.mailchimp.members import Status


class Owner(NamedTuple):
    """A member that carries an external id."""

    hash: str
    known: Known


class ReservedTags(NamedTuple):
    """What of an audience is kept for one purpose alone."""

    external_id_tag: str
    """The merge tag that holds the external id."""

    mirror_tags: frozenset[str] = frozenset()
    """Lower-cased; each stands for a list, and a contact that was given up is in no list."""


def strictest_first(owner: Owner) -> tuple[bool, int, str]:
    """Return what members of one id are sorted by: who may be mailed least first, archived ones last."""
    status = owner.known.status
    return status is Status.ARCHIVED, MAILABLE[status], owner.hash


def plan_join(
    contact: Contact, at_address: Known, others: Sequence[Owner], rules: StreamRules, reserved: ReservedTags
) -> Operation | Settled:
    """Return the write of the member at the record's address, followed by the retirement of the others."""
    strictest = min((owner.known.status for owner in others), key=lambda status: MAILABLE[status])
    planned = _under(strictest, contact, plan(contact, at_address, rules), at_address)
    operation = as_operation(contact, with_id(contact, planned, at_address, reserved), at_address)
    tags_on = _tags_that_come_along(operation, at_address, others, rules)
    following = _retirements(contact, others, reserved)
    writes = operation.route is not Route.NOTHING or operation.has_tag_changes
    is_at_rest = at_address.external_id and not (writes or tags_on or following)
    if is_at_rest:
        return operation.settled
    settled = operation.settled
    if settled.outcome is Outcome.UNCHANGED:
        settled = settled._replace(outcome=Outcome.UPDATED)
    settled = settled._replace(beside=(*settled.beside, Note(Reason.JOINED)))
    joined = replace(operation, settled=settled, then=following)
    if not all(is_retired(owner.known.status) for owner in others):
        return _after_its_tags(joined, at_address, tags_on)
    return replace(joined, tags_on=(*joined.tags_on, *tags_on), tags_kept=tags_on)


def is_retired(status: Status) -> bool:
    """Return whether a join takes a member of this status out of the way; everybody else stays, and keeps the id."""
    match status:
        case Status.SUBSCRIBED | Status.PENDING | Status.TRANSACTIONAL:
            return True
        case Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return False
        case _:
            assert_never(status)


def _after_its_tags(joined: Operation, at_address: Known, tags_on: tuple[str, ...]) -> Operation:
    """Return a join that gives the new member the tags before the id.

    With the id there the join is done, as far as the next run can see, because an old member that opted out stays.
    """
    if not tags_on:
        return joined
    settled = joined.settled
    first = Operation(joined.contact, Route.NOTHING, settled, known=at_address, tags_on=tags_on, comes_first=True)
    first = replace(first, tags_kept=tags_on)
    tagged = at_address
    if at_address.tags is not None:
        tagged = at_address._replace(tags=at_address.tags | frozenset(tags_on))
    return replace(first, then=replace(joined, known=tagged))


def _under(stricter: Status, contact: Contact, planned: Operation | Settled, at_address: Known) -> Operation | Settled:
    """Return the plan for the new address, given the strictest status of the same person at another one."""
    if not has_opted_out(stricter):
        return planned
    operation = as_operation(contact, planned, at_address)
    if not _gets_mail(operation.status or at_address.status):
        return planned
    if not _gets_mail(at_address.status):
        note = Note(Reason.OPTED_OUT, detail=f"The contact is {stricter} at the old address.")
        return held(operation, note)
    has_permissions = "marketing_permissions" in operation.changes
    return replace(
        operation,
        route=route_for(at_address.status, Status.UNSUBSCRIBED, has_permissions=has_permissions),
        settled=operation.settled._replace(outcome=Outcome.UNSUBSCRIBED),
        status=Status.UNSUBSCRIBED,
    )


def _gets_mail(status: Status) -> bool:
    """Return whether somebody gets campaigns, or a mail that asks whether they want them."""
    match status:
        case Status.SUBSCRIBED | Status.PENDING:
            return True
        case Status.TRANSACTIONAL | Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return False
        case _:
            assert_never(status)


def with_id(
    contact: Contact, planned: Operation | Settled, at_address: Known, reserved: ReservedTags
) -> Operation | Settled:
    """Return the plan with the external id in it, for a member that the record is about and that has none yet.

    Archived ones get theirs too: their opt-out counts for the next address.
    """
    tag = reserved.external_id_tag
    if at_address.external_id or tag not in contact.merge:
        return planned
    operation = as_operation(contact, planned, at_address)
    merge = operation.changes.get("merge_fields") or {}
    if tag in merge:
        return planned
    merge = {**merge, tag: contact.merge[tag]}
    route = Route.PATCH if operation.route is Route.NOTHING else operation.route
    return replace(operation, route=route, changes={**operation.changes, "merge_fields": merge})


def _tags_that_come_along(
    operation: Operation, at_address: Known, others: Sequence[Owner], rules: StreamRules
) -> tuple[str, ...]:
    """Return the tags of the old contacts, but for those that the next sync would take off."""
    if at_address.status is Status.ARCHIVED:
        return ()
    contact = operation.contact
    new_tags = at_address.tags or frozenset()
    old_tags: frozenset[str] = frozenset()
    for owner in others:
        old_tags |= owner.known.tags or frozenset()
    tag_rules = rules.tags.for_record(is_silent=contact.is_silent_on_tags)
    unwanted = {*tags.changes(tag_rules, contact.tags, new_tags | old_tags).off, *operation.tags_off}
    there = {*new_tags, *(same_name(tag) for tag in operation.tags_on)}
    return tuple(sorted(old_tags - there - unwanted))


def _retirements(contact: Contact, others: Sequence[Owner], reserved: ReservedTags) -> Operation | None:
    """Return how the old members go, one after the other; None where all of them stay as they are."""
    following = None
    for owner in reversed(others):
        operation = retirement(contact, owner, reserved)
        if operation is not None:
            following = replace(operation, then=following)
    return following


def retirement(contact: Contact, owner: Owner, reserved: ReservedTags) -> Operation | None:
    """Return how an old member goes: archived, unless its opt-out must stay visible; None where nothing is to be done.

    Its id stays with it, so that an opt-out counts for the next address too, and so that the next run finds the old
    member where this one dies before it is archived. Only somebody pending, whom Mailchimp does not archive, gives
    the id up with the status, in one call: the next run would take the status for an opt-out of the person's own.
    """
    removing = removal.decide("archive", owner.known.status)
    retired = Operation(
        contact,
        removing.route,
        Settled(Outcome.UPDATED),
        known=owner.known,
        tags_off=tuple(sorted((owner.known.tags or frozenset()) & reserved.mirror_tags)),
        member=owner.hash,
    )
    match removing.route:
        case Route.NOTHING:
            return retired if retired.has_tag_changes else None
        case Route.CHANGE_STATUS:
            without_id = {"merge_fields": {reserved.external_id_tag: ""}}
            return replace(retired, status=removing.status, changes=without_id, gives_up_id=True)
        case Route.ARCHIVE:
            return retired
        case Route.ADD | Route.UPDATE | Route.PATCH | Route.RENAME | Route.RESUBSCRIBE | Route.DELETE:
            raise ValueError(f"nobody is archived by {removing.route.name}")
        case _:
            assert_never(removing.route)
