"""Who a record is about where a stream has an external id: the member with that id, the one with that address, or both.

A changed address renames the member instead of making a second one, and nobody who opted out is mailed under a new one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

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
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan, route_for
from source_destination_mailchimp.mailchimp.members import Status


class Owner(NamedTuple):
    """A member that carries an external id."""

    hash: str
    known: Known


class Keeping(NamedTuple):
    """What an audience keeps ids and lists in."""

    external_id_tag: str
    mirror_tags: frozenset[str] = frozenset()
    """Lower-cased; each stands for a list, and a contact that was given up is in no list."""


class Match(Enum):
    """How the external id and the address of a record fit what is there."""

    AGREES = auto()
    """The address is the member's, or both are new."""

    MOVED = auto()
    """The member with the id has another address, and nobody has the new one."""

    JOINS = auto()
    """The member with the id has another address, and the new one is a member without an id, or with the same."""

    LEFT_OVER = auto()
    """The address is the member's; an archived one with the same id is what an interrupted join left behind."""

    TAKEN = auto()
    """The address belongs to a member with another id."""


def match(contact: Contact, at_address: Known | None, owners: Iterable[Owner]) -> tuple[Match, tuple[Owner, ...]]:
    """How a record with an external id fits, and the members with its id at other addresses, the one it is about first.

    Of several, the one that may be mailed least comes first, and archived ones come last.
    """
    if at_address is not None and at_address.external_id not in ("", contact.external_id):
        return Match.TAKEN, ()
    others = tuple(sorted((owner for owner in owners if owner.hash != contact.hash), key=_order))
    if not others:
        return Match.AGREES, ()
    if at_address is None:
        return Match.MOVED, others
    if not at_address.external_id:
        return Match.JOINS, others
    active = tuple(owner for owner in others if owner.known.status is not Status.ARCHIVED)
    return (Match.JOINS, active) if active else (Match.LEFT_OVER, others)


def plan_identified(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules, keeping: Keeping
) -> Operation | Settled:
    """What is to be done for a record with an external id."""
    if contact.deleted:
        return _deletion(contact, at_address, owners, rules)
    matched, others = match(contact, at_address, owners)
    if matched is Match.TAKEN:
        return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_OF_ANOTHER), contact.notes)
    if matched is Match.MOVED:
        return _moved(contact, others[0], rules)
    if at_address is None:
        return plan(contact, None, rules)
    if matched is Match.JOINS:
        return _joined(contact, at_address, others, rules, keeping)
    planned = _with_id(contact, plan(contact, at_address, rules), at_address, keeping)
    if matched is Match.LEFT_OVER:
        return replace(_as_operation(contact, planned, at_address), then=_retirement(contact, others[0], keeping))
    return planned


def addresses_set_free_first(contacts: list[Contact], people: Mapping[str, Known | None]) -> list[Contact]:
    """The same records, those last whose address is another person's still: a record among them may free it.

    Records of one person keep their order.
    """
    times = Counter(contact.external_id for contact in contacts)

    def waits_for_another(contact: Contact) -> bool:
        known = people[contact.hash]
        is_anothers = known is not None and known.external_id not in ("", contact.external_id)
        return is_anothers and bool(contact.external_id) and times[contact.external_id] == 1 and not contact.deleted

    return sorted(contacts, key=waits_for_another)


def _order(owner: Owner) -> tuple[bool, int, str]:
    return owner.known.status is Status.ARCHIVED, MAILABLE[owner.known.status], owner.hash


def _as_operation(contact: Contact, planned: Operation | Settled, known: Known) -> Operation:
    if isinstance(planned, Operation):
        return planned
    return Operation(contact, Route.NOTHING, planned, None, {}, known)


def _deletion(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules
) -> Operation | Settled:
    """A deletion is about the member at its address; where there is none, about the member with its id."""
    if contact.email and at_address is not None:
        return plan(contact, at_address, rules)
    here = (Owner(contact.hash, at_address),) if at_address is not None else ()
    candidates = sorted((*here, *(owner for owner in owners if owner.hash != contact.hash)), key=_order)
    if not candidates:
        return plan(contact, None, rules)
    owner = candidates[0]
    planned = plan(contact, owner.known, rules)
    return replace(planned, member=owner.hash) if isinstance(planned, Operation) else planned


# A changed address


def _moved(contact: Contact, owner: Owner, rules: StreamRules) -> Operation | Settled:
    """Rename a subscribed member; anybody else keeps the old address: Mailchimp renames nobody else. [observed]"""
    planned = plan(contact, owner.known, rules)
    opts_out = isinstance(planned, Operation) and planned.status is Status.UNSUBSCRIBED
    if owner.known.status is Status.SUBSCRIBED and not opts_out:
        return _renamed(contact, owner, planned)
    status = Status.UNSUBSCRIBED if opts_out else owner.known.status
    held = Note(Reason.ADDRESS_MAY_NOT_CHANGE, detail=f"They are {status}.")
    return _held(contact, _as_operation(contact, planned, owner.known), held, owner.hash)


def _renamed(contact: Contact, owner: Owner, planned: Operation | Settled) -> Operation:
    settled = Settled(Outcome.UPDATED, None, (*contact.notes, Note(Reason.RENAMED)))
    operation = _as_operation(contact, planned, owner.known)
    changes = {"email_address": contact.email, **operation.changes}
    return replace(operation, route=Route.RENAME, settled=settled, changes=changes, member=owner.hash)


def _held(contact: Contact, planned: Operation, note: Note, member: str = "") -> Operation | Settled:
    """What is left where the record asked for more than may be given: data and tags, and an opt-out if it holds one.

    A consent that would bring somebody back was given for another address, or by somebody whose stricter consent
    counts; so it brings nobody back, and archived people are left alone altogether.
    """
    settled = Settled(Outcome.HELD, note, contact.notes)
    known = planned.known
    if known is None or known.status is Status.ARCHIVED:
        return settled
    if planned.status is not Status.UNSUBSCRIBED:
        has_permissions = "marketing_permissions" in planned.changes
        route = route_for(known.status, None, has_permissions=has_permissions) if planned.changes else Route.NOTHING
        planned = replace(planned, route=route, status=None)
    if planned.route is Route.NOTHING and not planned.tags_on and not planned.tags_off:
        return settled
    return replace(planned, settled=settled, member=member)


# Two members that are one person


def _joined(
    contact: Contact, at_address: Known, others: Sequence[Owner], rules: StreamRules, keeping: Keeping
) -> Operation:
    """Two members become one at the new address, under the stricter consent; the old one gives its id up."""
    strictest = min((owner.known.status for owner in others), key=lambda status: MAILABLE[status])
    planned = _under(strictest, contact, plan(contact, at_address, rules), at_address)
    operation = _as_operation(contact, _with_id(contact, planned, at_address, keeping), at_address)
    settled = operation.settled
    if settled.outcome is Outcome.UNCHANGED:
        settled = settled._replace(outcome=Outcome.UPDATED)
    return replace(
        operation,
        settled=settled._replace(beside=(*settled.beside, Note(Reason.JOINED))),
        tags_on=(*operation.tags_on, *_tags_that_come_along(operation, at_address, others[0].known, rules)),
        then=_retirement(contact, others[0], keeping),
    )


def _under(stricter: Status, contact: Contact, planned: Operation | Settled, at_address: Known) -> Operation | Settled:
    """The plan for the new address, where somebody with the same id has opted out at another."""
    operation = _as_operation(contact, planned, at_address)
    if MAILABLE[stricter] or (operation.status or at_address.status) not in (Status.SUBSCRIBED, Status.PENDING):
        return planned
    if at_address.status not in (Status.SUBSCRIBED, Status.PENDING):
        return _held(contact, operation, Note(Reason.OPTED_OUT, detail=f"They are {stricter} at their old address."))
    route = route_for(
        at_address.status, Status.UNSUBSCRIBED, has_permissions="marketing_permissions" in operation.changes
    )
    return replace(operation, route=route, status=Status.UNSUBSCRIBED)


def _with_id(
    contact: Contact, planned: Operation | Settled, at_address: Known, keeping: Keeping
) -> Operation | Settled:
    """A member that the record is about has its id, archived ones too: their opt-out counts for the next address."""
    if at_address.external_id or keeping.external_id_tag not in contact.merge:
        return planned
    operation = _as_operation(contact, planned, at_address)
    merge = operation.changes.get("merge_fields") or {}
    if keeping.external_id_tag in merge:
        return planned
    merge = {**merge, keeping.external_id_tag: contact.merge[keeping.external_id_tag]}
    route = Route.PATCH if operation.route is Route.NOTHING else operation.route
    return replace(operation, route=route, changes={**operation.changes, "merge_fields": merge})


def _tags_that_come_along(operation: Operation, at_address: Known, old: Known, rules: StreamRules) -> tuple[str, ...]:
    """The old contact's tags, but for those that the next sync would take off."""
    if at_address.status is Status.ARCHIVED:
        return ()
    contact = operation.contact
    both = (at_address.tags or frozenset()) | (old.tags or frozenset())
    tag_rules = rules.tags._replace(mode="add") if contact.is_silent_on_tags else rules.tags
    unwanted = {*tags.changes(tag_rules, contact.tags, both).off, *operation.tags_off}
    there = {*(at_address.tags or ()), *(tag.lower() for tag in operation.tags_on)}
    return tuple(sorted((old.tags or frozenset()) - there - unwanted))


def _retirement(contact: Contact, owner: Owner, keeping: Keeping) -> Operation:
    """The old member is archived, unless its opt-out must stay visible, and gives its id up.

    In this order: whatever ends the run between the two, the next one finds the old member by its id and goes on.
    """
    done = Settled(Outcome.UPDATED)
    removing = removal.decide("archive", owner.known.status)
    now = owner.known
    if removing.route is Route.ARCHIVE:
        now = replace(now, status=Status.ARCHIVED)
    elif removing.status is not None:
        now = replace(now, status=removing.status)
    lists = tuple(sorted((owner.known.tags or frozenset()) & keeping.mirror_tags))
    changes = {"merge_fields": {keeping.external_id_tag: ""}}
    without_id = Operation(contact, Route.PATCH, done, None, changes, now, (), lists, member=owner.hash)
    if removing.skipped:
        return without_id
    return Operation(
        contact, removing.route, done, removing.status, {}, owner.known, member=owner.hash, then=without_id
    )
