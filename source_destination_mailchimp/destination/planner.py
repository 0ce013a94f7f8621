"""What one record becomes, against everything that is known of its person by now."""

from collections.abc import Mapping, Sequence

from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Route,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.rules.consent import has_opted_out
from source_destination_mailchimp.destination.rules.deletion import plan_deletion
from source_destination_mailchimp.destination.rules.duplicates import not_the_first, successor
from source_destination_mailchimp.destination.rules.identity import plan_identified
from source_destination_mailchimp.destination.rules.joining import Owner, ReservedTags, with_id
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan
from source_destination_mailchimp.destination.rules.refusals import without_return
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import Status

_REFUSED_FOR_GOOD = (Reason.FORGOTTEN, Reason.COMPLIANCE)


class Planner:
    """Plans the records of one audience, and remembers what makes later ones end otherwise."""

    def __init__(self, rules: Mapping[StreamId, StreamRules], members: Members, *, first_wins: bool) -> None:
        """`first_wins` is `duplicates: first`."""
        self._first_wins = first_wins
        self._rules = rules
        self._members = members
        self._reserved = ReservedTags(members.external_id_tag, members.mirror_tags)
        self._ownerless: set[tuple[str, str]] = set()
        """Subscriber hashes with an external id there that is nobody's any more, so that another may take its place."""

        self._barred: dict[str, Settled] = {}
        """Subscriber hash → why Mailchimp takes this person back no more in this run."""

        self._given_up: dict[str, Settled] = {}
        """Subscriber hash → what becomes of records of a member over whom Mailchimp fails: nothing but a removal or an
        opt-out is tried again in this run."""

    def decide(self, contact: Contact, known: Known | None, others: Sequence[str]) -> Operation | Settled:
        """Return the plan for a record; `others` are the members with its external id at other addresses."""
        planned = self._decide_unless_barred(contact, known, others)
        for subscriber in (contact.hash, *others):
            error = self._members.why_tags_are_unknown(subscriber)
            if error is not None:
                return _without_its_tags(contact, planned, error)
        if isinstance(planned, Settled) or planned.route is Route.NOTHING:
            return planned
        if planned.takes_away or contact.deleted:
            return planned
        for subscriber in planned.subscribers:
            if subscriber in self._given_up:
                return self._given_up[subscriber]._replace(beside=contact.notes)
        return planned

    def _decide_unless_barred(
        self, contact: Contact, known: Known | None, others: Sequence[str]
    ) -> Operation | Settled:
        barred = self._barred.get(contact.hash)
        if barred is None:
            return self._decide(contact, known, others)
        # Mailchimp said no to this person before: nobody asks again, and a member's data is written all the same.
        refused = barred._replace(beside=contact.notes)
        is_stranger = known is None and not contact.deleted
        if is_stranger:
            return refused
        planned = self._decide(contact, known, others)
        if isinstance(planned, Settled):
            return planned
        if planned.route is Route.RESUBSCRIBE:
            return without_return(planned, refused)
        return planned

    def give_up_address(self, deleted: Contact) -> None:
        """Remember that a deleted record's address is another record's now."""
        self._ownerless.add((deleted.hash, deleted.external_id))

    def exchange(self, contact: Contact, known: Known | None) -> Operation | None:
        """Return the write that makes the member at a record's address that of its person; None where it may not be.

        Only between subscribed contacts, of which Mailchimp would rename each by itself, in one kind of call, and only
        where the source's values replace those that are there.
        """
        rules = self._rules[contact.stream]
        if known is None or known.status is not Status.SUBSCRIBED or not rules.writes.replaces_all:
            return None
        at_address = known._replace(external_id="")
        planned = with_id(contact, plan(contact, at_address, rules), at_address, self._reserved)
        if not isinstance(planned, Operation):
            return None
        return planned if planned.route is Route.UPDATE else None

    def successor(self, newer: Contact, older: Contact) -> Contact | None:
        """Return the record that takes the place of an older one of its address that has not left; None if none may."""
        if self._first_wins:
            return None
        return successor(newer, older, self._rules[newer.stream])

    def other_owners(self, contact: Contact) -> list[str]:
        """Return the hashes of members at other addresses that have the record's external id."""
        if not self._has_id(contact):
            return []
        owners = self._members.owners(contact.external_id)
        if contact.hash in owners:
            owners.remove(contact.hash)
        return owners

    def bar(self, contact: Contact, settled: Settled) -> None:
        """Remember that Mailchimp refused somebody: if for good, they are not asked for again in this run."""
        if settled.reason in _REFUSED_FOR_GOOD:
            self._barred[contact.hash] = settled

    def give_up(self, subscriber: str, settled: Settled) -> None:
        """Remember that Mailchimp fails over a member, and the outcome of records for whom they cannot be written."""
        self._given_up[subscriber] = settled

    def note_outcome(self, contact: Contact, settled: Settled) -> None:
        """Remember, with `duplicates: first`, that a record of an address was accepted, or said no."""
        if not self._first_wins:
            return
        said_no = settled.reason is Reason.NOT_OPTED_IN
        if said_no or settled.is_accepted:
            self._members.accept(contact.hash)

    def _decide(self, contact: Contact, known: Known | None, others: Sequence[str]) -> Operation | Settled:
        rules = self._rules[contact.stream]
        if self._is_not_the_first(contact):
            return not_the_first(contact, known, rules)
        owners = self._owners(contact.external_id, others)
        if contact.deleted:
            return plan_deletion(contact, known, owners, rules, self._reserved)
        if not self._has_id(contact):
            return plan(contact, known, rules)
        if known is not None and self._is_given_up(contact, known):
            known = known._replace(external_id="")
        return plan_identified(contact, known, owners, rules, self._reserved)

    def _is_given_up(self, contact: Contact, known: Known) -> bool:
        """Return whether the id of the member at a record's address is nobody's now; who opted out keeps it."""
        if has_opted_out(known.status):
            return False
        return (contact.hash, known.external_id) in self._ownerless

    def _is_not_the_first(self, contact: Contact) -> bool:
        """Return whether an earlier record of the address counts, and this one does not; a deletion always does."""
        if not self._first_wins:
            return False
        if contact.deleted:
            return False
        return self._members.was_accepted(contact.hash)

    def _has_id(self, contact: Contact) -> bool:
        """Return whether the record's person is known by an external id too."""
        if not self._reserved.external_id_tag:
            return False
        return bool(contact.external_id)

    def _owners(self, external_id: str, subscribers: Sequence[str]) -> list[Owner]:
        """Return those members that still carry the external id by what is known of them now."""
        owners: list[Owner] = []
        if not subscribers:
            return owners
        people = self._members.look_up(subscribers)
        for subscriber, known in people.items():
            if known is None:
                continue
            if known.external_id == external_id:
                owners.append(Owner(subscriber, known))
        return owners


def _without_its_tags(contact: Contact, planned: Operation | Settled, error: Unavailable) -> Settled:
    """Return the outcome of a record whose member's tags Mailchimp does not show, so that no plan can be trusted.

    An opt-out or a deletion does not end by that: raises the error, so that it comes again.
    """
    takes_away = isinstance(planned, Operation) and planned.takes_away
    if contact.deleted or takes_away:
        raise error
    return Settled(Outcome.REJECTED, Note(Reason.MAILCHIMP_FAILED), contact.notes)
