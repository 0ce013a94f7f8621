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
from source_destination_mailchimp.destination.rules.answers import without_return
from source_destination_mailchimp.destination.rules.duplicates import successor
from source_destination_mailchimp.destination.rules.identity import Keeping, Owner, plan_identified
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan

_ACCEPTED = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.HELD})


class Planner:
    """Plans the records of one audience, and remembers what makes later ones end otherwise."""

    def __init__(self, rules: Mapping[StreamId, StreamRules], members: Members, *, first_wins: bool) -> None:
        self.barred: dict[str, Settled] = {}
        """Subscriber hash → why Mailchimp takes this person back no more in this run."""

        self._first_wins = first_wins
        self._rules = rules
        self._members = members
        self.keeping = Keeping(members.external_id_tag, members.mirror_tags)

    def decide(self, contact: Contact, known: Known | None, others: Sequence[str]) -> Operation | Settled:
        """The plan for a record; `others` are the members with its external id at other addresses."""
        barred = self.barred.get(contact.hash)
        if barred is not None and known is None and not contact.deleted:
            return barred._replace(beside=contact.notes)
        if self._first_wins and not contact.deleted and self._members.was_accepted(contact.hash):
            return Settled(Outcome.DUPLICATE, Note(Reason.NOT_THE_FIRST), contact.notes)
        planned = self._plan(contact, known, others)
        if barred is not None and isinstance(planned, Operation) and planned.route is Route.RESUBSCRIBE:
            return without_return(planned, barred._replace(beside=contact.notes))
        return planned

    def successor(self, newer: Contact, older: Contact) -> Contact | None:
        """The record that takes the place of an older one of its address that has not left yet; None if none may."""
        return None if self._first_wins else successor(newer, older, self._rules[newer.stream])

    def other_owners(self, contact: Contact) -> list[str]:
        """Hashes of members at other addresses that have the record's external id."""
        if not contact.external_id or not self.keeping.external_id_tag:
            return []
        return [key for key in self._members.owners(contact.external_id) if key != contact.hash]

    def bar(self, contact: Contact, settled: Settled) -> None:
        """Mailchimp refused somebody: if for good, they are not asked for again in this run."""
        if settled.note is not None and settled.note.reason in (Reason.FORGOTTEN, Reason.COMPLIANCE):
            self.barred[contact.hash] = settled

    def note_outcome(self, contact: Contact, settled: Settled) -> None:
        """With `duplicates: first` the first record of an address that was accepted, or said no, is the only one."""
        said_no = settled.note is not None and settled.note.reason is Reason.NOT_OPTED_IN
        if self._first_wins and (settled.outcome in _ACCEPTED or said_no):
            self._members.accept(contact.hash)

    def _plan(self, contact: Contact, known: Known | None, others: Sequence[str]) -> Operation | Settled:
        rules = self._rules[contact.stream]
        if not self.keeping.external_id_tag or not contact.external_id:
            return plan(contact, known, rules)
        people = self._members.look_up(others) if others else {}
        owners = [
            Owner(key, one) for key, one in people.items() if one is not None and one.external_id == contact.external_id
        ]
        return plan_identified(contact, known, owners, rules, self.keeping)
