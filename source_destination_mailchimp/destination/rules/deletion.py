"""What a deleted record does to the members that it names, by its address and by its external id."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.destination.rules import consent, removal, tags
from source_destination_mailchimp.destination.rules.joining import Owner, ReservedTags, strictest_first
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.mailchimp.members import Status


def plan_deletion(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules, reserved: ReservedTags
) -> Operation | Settled:
    """Return what a deletion does to the member at its address and to those with its external id elsewhere.

    `owners` are the members with its id. Where the member at the address carries another id, the address has gone over
    to another record, and nobody is removed.
    """
    planned = _plan_for_all(contact, at_address, owners, rules, reserved)
    if not contact.in_doubt or isinstance(planned, Settled):
        return planned
    # Another record may have replaced it, so nobody is removed; a no counts, because it can only keep mail away.
    without_removal = replace(rules, removal="keep", mirror_tag="")
    opted_out = _plan_for_all(contact, at_address, owners, without_removal, reserved)
    if contact.opt_in is not OptIn.NO or isinstance(opted_out, Settled):
        return Settled(Outcome.REJECTED, Note(Reason.DELETION_IN_DOUBT), contact.notes)
    settled = opted_out.settled
    beside = (*settled.beside, Note(Reason.OPTED_OUT_ONLY))
    return replace(opted_out, settled=settled._replace(beside=beside))


def _plan_for_all(
    contact: Contact, at_address: Known | None, owners: Sequence[Owner], rules: StreamRules, reserved: ReservedTags
) -> Operation | Settled:
    """Return what a deletion does to every member that it names."""
    named = _members_named(contact, at_address, owners)
    if not named:
        return _not_removed(contact, Reason.ALREADY_GONE)
    if _is_of_another_record(contact, at_address):
        return _not_removed(contact, Reason.BELONGS_TO_ANOTHER_RECORD)
    operations: list[Operation] = []
    others: list[Settled] = []
    for member in named:
        planned = _plan_one(contact, member, rules, reserved)
        if isinstance(planned, Operation):
            operations.append(planned)
        else:
            others.append(planned)
    if operations:
        return in_turn(operations)
    return others[0]


def in_turn(operations: Sequence[Operation]) -> Operation:
    """Return operations for one record as one: each follows when the one before it, and what follows that, is done."""
    first, *rest = operations
    if first.then is not None:
        rest = [first.then, *rest]
    if not rest:
        return first
    return replace(first, then=in_turn(rest))


def _members_named(contact: Contact, at_address: Known | None, owners: Sequence[Owner]) -> list[Owner]:
    """Return the members that a deletion names: first the one at its address, then those with its id, archived last."""
    others = [owner for owner in owners if owner.hash != contact.hash]
    if at_address is not None:
        here = Owner(contact.hash, at_address)
        if contact.email:
            return [here, *sorted(others, key=strictest_first)]
        others.append(here)
    return sorted(others, key=strictest_first)


def _is_of_another_record(contact: Contact, at_address: Known | None) -> bool:
    """Return whether the member at the address carries another id; one that carries none may be this record's."""
    if at_address is None or not contact.external_id:
        return False
    return at_address.external_id not in ("", contact.external_id)


def _plan_one(contact: Contact, member: Owner, rules: StreamRules, reserved: ReservedTags) -> Operation | Settled:
    """Return what a deletion does to one member."""
    known = member.known
    removing = removal.decide(rules.removal, known.status)
    if _opts_out(contact, known, rules):
        removing = removal.with_opt_out(removing)
    tags_off = _tags_off(contact, known, removing, rules)
    without_id = None
    if _gives_up_id(contact, known, removing):
        without_id = _id_taken_off(contact, known, tags_off, reserved)
    operation = _removed(contact, known, removing, tags_off)
    if operation is None:
        operation, without_id = without_id, None
    if operation is None:
        return _not_removed(contact, removing.skipped or Reason.ALREADY_GONE)
    if member.hash != contact.hash:
        operation = replace(operation, member=member.hash)
        if without_id is not None:
            without_id = replace(without_id, member=member.hash)
    # The id goes last: a second delivery after a kill finds the member by it, and takes off the tags that are left.
    return replace(operation, then=without_id)


def _opts_out(contact: Contact, known: Known, rules: StreamRules) -> bool:
    """Return whether the record itself says no, to somebody who is mailed."""
    if contact.opt_in is not OptIn.NO:
        return False
    return consent.decide(known.status, contact.opt_in, rules.consent).write is Status.UNSUBSCRIBED


def _removed(contact: Contact, known: Known, removing: removal.Removing, tags_off: tuple[str, ...]) -> Operation | None:
    """Return how a member is taken away or off its list; None where nothing of that is to be done."""
    if removing.route is not Route.NOTHING:
        settled = Settled(removing.outcome, None, contact.notes, is_removal=True)
        return Operation(contact, removing.route, settled, removing.status, {}, known, tags_off=tags_off)
    if not tags_off:
        return None
    settled = Settled(Outcome.UNTAGGED, None, contact.notes, is_removal=True)
    return Operation(contact, Route.NOTHING, settled, None, {}, known, tags_off=tags_off)


def _tags_off(contact: Contact, known: Known, removing: removal.Removing, rules: StreamRules) -> tuple[str, ...]:
    """Return the tags that a deletion takes off: those of the stream where that is the removal, else its mirror tag.

    Whoever is deleted is in no list, whatever the removal.
    """
    if removing.route is Route.DELETE:
        return ()
    present = known.tags or frozenset()
    if rules.removal == "remove_tags":
        return _own_tags(contact, present, rules.tags)
    return tuple(present & {rules.mirror_tag})


def _own_tags(contact: Contact, present: frozenset[str], rules: tags.TagRules) -> tuple[str, ...]:
    """Return the member's tags that came from this stream: a removal takes off these and no other."""
    named = set(map(same_name, (*rules.always, *contact.tags)))
    own = []
    for name in sorted(present - rules.of_others):
        if name in named or tags.is_owned(name, rules.owned):
            own.append(name)
    return tuple(own)


def _gives_up_id(contact: Contact, known: Known, removing: removal.Removing) -> bool:
    """Return whether the member stays mailable and carries this record's id, which the next owner must not find there.

    On anybody who opted out, bounced or is archived the id stays: it carries the opt-out to the next address.
    """
    if not contact.external_id or known.external_id != contact.external_id:
        return False
    if removing.route is not Route.NOTHING or contact.opt_in is OptIn.NO:
        return False
    match known.status:
        case Status.SUBSCRIBED | Status.PENDING | Status.TRANSACTIONAL:
            return True
        case Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return False
        case _:
            assert_never(known.status)


def _id_taken_off(contact: Contact, known: Known, tags_off: tuple[str, ...], reserved: ReservedTags) -> Operation:
    """Return the write that takes the id off, whoever wins a conflict of values: an id is no value of the person's."""
    left = known
    if known.tags is not None:
        left = known._replace(tags=known.tags - frozenset(tags_off))
    return Operation(
        contact,
        Route.PATCH,  # a call that adds nobody, should the member be gone
        Settled(Outcome.UPDATED, None, contact.notes, is_removal=True),
        changes={"merge_fields": {reserved.external_id_tag: ""}},
        known=left,
        gives_up_id=True,
    )


def _not_removed(contact: Contact, reason: Reason) -> Settled:
    return Settled(Outcome.SKIPPED, Note(reason), contact.notes)
