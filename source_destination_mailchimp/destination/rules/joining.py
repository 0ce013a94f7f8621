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


def plan_join(
    contact: Contact, at_address: Known, others: Sequence[Owner], rules: StreamRules, reserved: ReservedTags
) -> Operation:
    """Return the write of the member at the record's address, followed by the retirement of the first of the others."""
    strictest = min((owner.known.status for owner in others), key=lambda status: MAILABLE[status])
    planned = _under(strictest, contact, plan(contact, at_address, rules), at_address)
    operation = as_operation(contact, with_id(contact, planned, at_address, reserved), at_address)
    settled = operation.settled
    if settled.outcome is Outcome.UNCHANGED:
        settled = settled._replace(outcome=Outcome.UPDATED)
    return replace(
        operation,
        settled=settled._replace(beside=(*settled.beside, Note(Reason.JOINED))),
        tags_on=(*operation.tags_on, *_tags_that_come_along(operation, at_address, others[0].known, rules)),
        then=retirement(contact, others[0], reserved),
    )


def finish_join(
    contact: Contact, at_address: Known, left_over: Owner, rules: StreamRules, reserved: ReservedTags
) -> Operation:
    """Return what is left of a join that an earlier run began: the tags that come along, and the retirement."""
    planned = with_id(contact, plan(contact, at_address, rules), at_address, reserved)
    operation = as_operation(contact, planned, at_address)
    tags_on = _tags_that_come_along(operation, at_address, left_over.known, rules)
    settled = operation.settled
    if tags_on and settled.outcome is Outcome.UNCHANGED:
        settled = settled._replace(outcome=Outcome.UPDATED)
    return replace(
        operation,
        settled=settled,
        tags_on=(*operation.tags_on, *tags_on),
        then=retirement(contact, left_over, reserved),
    )


def _under(stricter: Status, contact: Contact, planned: Operation | Settled, at_address: Known) -> Operation | Settled:
    """Return the plan for the new address, given the strictest status of the same person at another one."""
    if not has_opted_out(stricter):
        return planned
    operation = as_operation(contact, planned, at_address)
    if not _gets_mail(operation.status or at_address.status):
        return planned
    if not _gets_mail(at_address.status):
        note = Note(Reason.OPTED_OUT, detail=f"They are {stricter} at their old address.")
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


def _tags_that_come_along(operation: Operation, at_address: Known, old: Known, rules: StreamRules) -> tuple[str, ...]:
    """Return the old contact's tags, but for those that the next sync would take off."""
    if at_address.status is Status.ARCHIVED:
        return ()
    contact = operation.contact
    new_tags = at_address.tags or frozenset()
    old_tags = old.tags or frozenset()
    tag_rules = rules.tags.for_record(is_silent=contact.is_silent_on_tags)
    unwanted = {*tags.changes(tag_rules, contact.tags, new_tags | old_tags).off, *operation.tags_off}
    there = {*new_tags, *(same_name(tag) for tag in operation.tags_on)}
    return tuple(sorted(old_tags - there - unwanted))


def retirement(contact: Contact, owner: Owner, reserved: ReservedTags) -> Operation:
    """Return how the old member goes: archived, unless its opt-out must stay visible, and without its id.

    An archive takes a call of its own and comes first: whatever ends the run between the two, the next run finds the
    old member by its id and goes on. An opt-out and the id go in one call: with one of them done, the next run would
    take the opt-out for the person's own and hand it to the new address.
    """
    removing = removal.decide("archive", owner.known.status)
    without_id = Operation(
        contact,
        Route.PATCH,
        Settled(Outcome.UPDATED),
        changes={"merge_fields": {reserved.external_id_tag: ""}},
        known=owner.known,
        tags_off=tuple(sorted((owner.known.tags or frozenset()) & reserved.mirror_tags)),
        member=owner.hash,
        gives_up_id=True,
    )
    match removing.route:
        case Route.NOTHING:
            return without_id
        case Route.CHANGE_STATUS:
            return replace(without_id, route=removing.route, status=removing.status)
        case Route.ARCHIVE:
            archived = replace(owner.known, status=Status.ARCHIVED)
            return replace(
                without_id,
                route=removing.route,
                changes={},
                tags_off=(),
                gives_up_id=False,
                then=replace(without_id, known=archived),
            )
        case Route.ADD | Route.UPDATE | Route.PATCH | Route.RENAME | Route.RESUBSCRIBE | Route.DELETE:
            raise ValueError(f"nobody is archived by {removing.route.name}")
        case _:
            assert_never(removing.route)
