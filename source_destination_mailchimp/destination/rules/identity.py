"""Who a record is about where a stream has an external id: the member with that id, the one with that address, or both.

A changed address renames the member instead of making a second one, and nobody who opted out is mailed under a new one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import assert_never

from source_destination_mailchimp.destination.model import Contact, Known, Note, Operation, Outcome, Reason, Settled
from source_destination_mailchimp.destination.rules.address_change import plan_move
from source_destination_mailchimp.destination.rules.joining import (
    Owner,
    ReservedTags,
    is_retired,
    plan_join,
    strictest_first,
    with_id,
)
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan
from source_destination_mailchimp.mailchimp.members import Status


class Match(Enum):
    """How the external id and the address of a record fit what is there."""

    AGREES = auto()
    """The address is the member's, or both are new."""

    MOVED = auto()
    """The member with the id has another address, and nobody has the new one."""

    JOINS = auto()
    """The member with the id has another address, and the new one is a member without an id, or with the same."""

    TAKEN = auto()
    """The address belongs to a member with another id."""


def match_owners(
    contact: Contact, at_address: Known | None, owners: Iterable[Owner]
) -> tuple[Match, tuple[Owner, ...]]:
    """Return how a record with an external id fits, and the members with its id at other addresses.

    The one the record is about comes first. Of several that is the one that may be mailed least, archived ones last.
    """
    if at_address is not None and at_address.external_id not in ("", contact.external_id):
        return Match.TAKEN, ()
    others = _others(contact, owners)
    if not others:
        return Match.AGREES, ()
    if at_address is None:
        return Match.MOVED, others
    if not at_address.external_id:
        return Match.JOINS, others
    if at_address.status is Status.TRANSACTIONAL:
        # No status of theirs tells that an opt-out was handed on: a yes would mail them after the join itself.
        return Match.JOINS, others
    active = _not_archived(others)
    if any(_is_unsettled(owner.known, at_address) for owner in active):
        return Match.JOINS, active
    return Match.AGREES, ()


def _not_archived(owners: Iterable[Owner]) -> tuple[Owner, ...]:
    active = []
    for owner in owners:
        if owner.known.status is not Status.ARCHIVED:
            active.append(owner)
    return tuple(active)


def _is_unsettled(other: Known, at_address: Known) -> bool:
    """Return whether a member with the same id at another address is still to be joined with the one at the record's.

    Who opted out keeps the id. Their opt-out counts at the record's address unless that member changed later: then it
    was handed on before, and whatever came after it is the person's own word.
    """
    if is_retired(other.status):
        return True
    return other.changed_seconds >= at_address.changed_seconds


def _others(contact: Contact, owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Return the owners at other addresses than the record's, the one it is about first."""
    others = [owner for owner in owners if owner.hash != contact.hash]
    return tuple(sorted(others, key=strictest_first))


def plan_identified(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules, reserved: ReservedTags
) -> Operation | Settled:
    """Return what is to be done for a living record with an external id."""
    matched, others = match_owners(contact, at_address, owners)
    if at_address is None:
        if others:
            return plan_move(contact, others[0].hash, others[0].known, rules)
        return plan(contact, None, rules)
    match matched:
        case Match.TAKEN:
            return _refused(contact, at_address)
        case Match.JOINS:
            return plan_join(contact, at_address, others, rules, reserved)
        case Match.AGREES | Match.MOVED:
            return with_id(contact, plan(contact, at_address, rules), at_address, reserved)
        case _:
            assert_never(matched)


def _refused(contact: Contact, at_address: Known) -> Settled:
    """Return the outcome of a record whose address is another person's.

    On somebody who opted out, bounced or is archived the other id stays for ever, because it carries the opt-out to
    that person's next address; everybody else gives the address up when their own record does.
    """
    match at_address.status:
        case Status.SUBSCRIBED | Status.PENDING | Status.TRANSACTIONAL:
            return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_OF_ANOTHER), contact.notes)
        case Status.UNSUBSCRIBED | Status.OTHER:
            reason = Reason.OPTED_OUT
        case Status.CLEANED:
            reason = Reason.CLEANED
        case Status.ARCHIVED:
            reason = Reason.ARCHIVED
        case _:
            assert_never(at_address.status)
    return Settled(Outcome.HELD, Note(reason), contact.notes)


def addresses_set_free_first(contacts: list[Contact], people: Mapping[str, Known | None]) -> list[Contact]:
    """Return the same records, those last whose address is another person's still: a record among them may free it.

    Records of one person keep their order.
    """
    times = Counter(contact.external_id for contact in contacts)

    def waits_for_another(contact: Contact) -> bool:
        if contact.deleted or not contact.external_id:
            return False
        if times[contact.external_id] > 1:
            return False
        known = people[contact.hash]
        if known is None:
            return False
        return known.external_id not in ("", contact.external_id)

    return sorted(contacts, key=waits_for_another)
