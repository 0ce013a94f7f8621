"""Who a record is about where a stream has an external id: the member with that id, the one with that address, or both.

A changed address renames the member instead of making a second one, and nobody who opted out is mailed under a new one.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from source_destination_mailchimp.destination import removal
from source_destination_mailchimp.destination.consent import MAILABLE
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
from source_destination_mailchimp.destination.planning import StreamRules, plan
from source_destination_mailchimp.mailchimp.members import Status


class Owner(NamedTuple):
    """A member that carries an external id."""

    hash: str
    known: Known


class Match(Enum):
    """How the external id and the address of a record fit what is there."""

    AGREES = auto()
    """The address is the member's, or both are new."""

    MOVED = auto()
    """The member with the id has another address, and nobody has the new one."""

    JOINS = auto()
    """The member with the id has another address, and the new one is a member without an id."""

    TAKEN = auto()
    """The address belongs to a member with another id."""


def match(contact: Contact, at_address: Known | None, owners: Sequence[Owner]) -> tuple[Match, Owner | None]:
    """How a record with an external id fits; the owner it is about where its address is another one.

    An active owner comes before an archived one: an archived one may be what an earlier join left behind.
    """
    if at_address is not None and at_address.external_id not in ("", contact.external_id):
        return Match.TAKEN, None
    others = sorted(
        (owner for owner in owners if owner.hash != contact.hash),
        key=lambda owner: owner.known.status is Status.ARCHIVED,
    )
    if not others:
        return Match.AGREES, None
    if at_address is None:
        return Match.MOVED, others[0]
    already_joined = at_address.external_id == contact.external_id
    if already_joined and others[0].known.status is Status.ARCHIVED:
        return Match.AGREES, None
    return Match.JOINS, others[0]


def plan_identified(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules, external_id_tag: str
) -> Operation | Settled:
    """What is to be done for a record with an external id."""
    if contact.deleted:
        return _deletion(contact, at_address, owners, rules)
    matched, owner = match(contact, at_address, owners)
    if matched is Match.TAKEN:
        return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_OF_ANOTHER), contact.notes)
    if owner is None:
        return plan(contact, at_address, rules)
    if matched is Match.MOVED or at_address is None:
        return _moved(contact, owner, rules)
    return _joined(contact, at_address, owner, rules, external_id_tag)


def _deletion(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules
) -> Operation | Settled:
    """A deletion is about the member at its address; without one, about the member with its id."""
    if at_address is not None or not owners:
        return plan(contact, at_address, rules)
    owner = owners[0]
    planned = plan(contact, owner.known, rules)
    return replace(planned, member=owner.hash) if isinstance(planned, Operation) else planned


def _moved(contact: Contact, owner: Owner, rules: StreamRules) -> Operation | Settled:
    """Rename a subscribed member; anybody else keeps the old address: Mailchimp renames nobody else. [observed]"""
    planned = plan(contact, owner.known, rules)
    if isinstance(planned, Settled) and planned.outcome not in (Outcome.UNCHANGED, Outcome.HELD):
        return planned
    is_opt_out = isinstance(planned, Operation) and planned.status is not None
    if owner.known.status is Status.SUBSCRIBED and not is_opt_out:
        return _renamed(contact, owner, planned)
    held = Note(Reason.ADDRESS_MAY_NOT_CHANGE, detail=f"They are {owner.known.status}.")
    if isinstance(planned, Settled):
        return Settled(Outcome.HELD, held, contact.notes)
    settled = Settled(Outcome.HELD, held, planned.settled.beside)
    if planned.route is Route.RESUBSCRIBE:
        # A newer consent was given for the new address; nobody asked for mail to the old one.
        route = Route.PATCH if planned.changes else Route.NOTHING
        planned = replace(planned, route=route, status=None)
    return replace(planned, settled=settled, member=owner.hash)


def _renamed(contact: Contact, owner: Owner, planned: Operation | Settled) -> Operation:
    settled = Settled(Outcome.UPDATED, None, (*contact.notes, Note(Reason.RENAMED)))
    if isinstance(planned, Settled):
        planned = Operation(contact, Route.RENAME, settled, None, {}, owner.known)
    changes = {"email_address": contact.email, **planned.changes}
    return replace(planned, route=Route.RENAME, settled=settled, changes=changes, member=owner.hash)


def _joined(
    contact: Contact, at_address: Known, owner: Owner, rules: StreamRules, external_id_tag: str
) -> Operation | Settled:
    """Two members become one at the new address, under the stricter consent of the two."""
    planned = plan(contact, at_address, rules)
    if isinstance(planned, Settled):
        if planned.outcome not in (Outcome.UNCHANGED, Outcome.HELD):
            return planned
        planned = Operation(contact, Route.NOTHING, planned, None, {}, at_address)
    if _is_stricter(owner.known.status, planned.status or at_address.status):
        planned = replace(planned, route=Route.CHANGE_STATUS, status=Status.UNSUBSCRIBED)
    settled = planned.settled
    if settled.outcome is Outcome.UNCHANGED:
        settled = settled._replace(outcome=Outcome.UPDATED)
    settled = settled._replace(beside=(*settled.beside, Note(Reason.JOINED)))
    lists = tuple(tag for tag in sorted(owner.known.tags or ()) if tag not in (at_address.tags or ()))
    tags_on = (*planned.tags_on, *(tag for tag in lists if tag not in {one.lower() for one in planned.tags_on}))
    return replace(planned, settled=settled, tags_on=tags_on, then=_retirement(contact, owner, external_id_tag))


def _is_stricter(old: Status, new: Status) -> bool:
    """Whether the old member's status lets Mailchimp mail less, and the new one's would let it mail."""
    opted_out = MAILABLE[old] == 0
    return opted_out and new in (Status.SUBSCRIBED, Status.PENDING)


def _retirement(contact: Contact, owner: Owner, external_id_tag: str) -> Operation | None:
    """The old member gives its id up and is archived, unless its opt-out must stay visible."""
    done = Settled(Outcome.UPDATED)
    removing = removal.decide("archive", owner.known.status)
    archive = None
    if not removing.skipped:
        archive = Operation(contact, removing.route, done, removing.status, {}, owner.known, member=owner.hash)
    if owner.known.status is Status.ARCHIVED:
        return None
    changes = {"merge_fields": {external_id_tag: ""}}
    return Operation(contact, Route.PATCH, done, None, changes, owner.known, member=owner.hash, then=archive)
