"""Who a record is about where a stream has an external id: the member with that id, the one with that address, or both.

A changed address renames the member instead of making a second one, and nobody who opted out is mailed under a new one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import assert_never

from source_destination_mailchimp.destination.model import Contact, Known, Note, Operation, Outcome, Reason, Settled
from source_destination_mailchimp.destination.rules.address_change import plan_move
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.destination.rules.joining import Owner, ReservedTags, finish_join, plan_join, with_id
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

    LEFT_OVER = auto()
    """The address is the member's; an archived one with the same id is what an interrupted join left behind."""

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
    active = tuple(owner for owner in others if owner.known.status is not Status.ARCHIVED)
    if active:
        return Match.JOINS, active
    return Match.LEFT_OVER, others


def _others(contact: Contact, owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Return the owners at other addresses than the record's, the one it is about first."""
    others = [owner for owner in owners if owner.hash != contact.hash]
    return tuple(sorted(others, key=_strictest_first))


def _strictest_first(owner: Owner) -> tuple[bool, int, str]:
    status = owner.known.status
    return status is Status.ARCHIVED, MAILABLE[status], owner.hash


def plan_identified(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules, reserved: ReservedTags
) -> Operation | Settled:
    """Return what is to be done for a record with an external id."""
    if contact.deleted:
        return _deletion(contact, at_address, owners, rules)
    matched, others = match_owners(contact, at_address, owners)
    match matched:
        case Match.TAKEN:
            return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_OF_ANOTHER), contact.notes)
        case Match.MOVED:
            return plan_move(contact, others[0].hash, others[0].known, rules)
        case Match.JOINS | Match.LEFT_OVER | Match.AGREES:
            pass
        case _:
            assert_never(matched)
    if at_address is None:
        return plan(contact, None, rules)
    if matched is Match.JOINS:
        return plan_join(contact, at_address, others, rules, reserved)
    if matched is Match.LEFT_OVER:
        return finish_join(contact, at_address, others[0], rules, reserved)
    return with_id(contact, plan(contact, at_address, rules), at_address, reserved)


def _deletion(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules
) -> Operation | Settled:
    """Return what a deletion does to the member at its address; where there is none, to the member with its id."""
    if contact.email and at_address is not None:
        return plan(contact, at_address, rules)
    candidates = list(_others(contact, owners))
    if at_address is not None:
        candidates.append(Owner(contact.hash, at_address))
    if not candidates:
        return plan(contact, None, rules)
    owner = min(candidates, key=_strictest_first)
    planned = plan(contact, owner.known, rules)
    if isinstance(planned, Operation):
        return replace(planned, member=owner.hash)
    return planned


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
        return known is not None and known.external_id not in ("", contact.external_id)

    return sorted(contacts, key=waits_for_another)
