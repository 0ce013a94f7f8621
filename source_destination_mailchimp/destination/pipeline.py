"""One audience: what happens to a contact next, until it has its outcome."""

from collections.abc import Callable, Mapping, Sequence

from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.contact_calls import ContactCalls
from source_destination_mailchimp.destination.in_work import InWork
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.planner import Planner
from source_destination_mailchimp.destination.rules.departure import plan_departure
from source_destination_mailchimp.destination.rules.gone_fields import NO_NAMES, GoneFields
from source_destination_mailchimp.destination.rules.identity import addresses_set_free_first
from source_destination_mailchimp.destination.rules.limits import Limits
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.taken_addresses import TakenAddresses
from source_destination_mailchimp.destination.work import Answered, Departure, Settlement
from source_destination_mailchimp.destination.work_item import WorkItem
from source_destination_mailchimp.destination.writing.workers import Sends, Workers
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE

Settle = Callable[[Settlement], None]


class Pipeline:
    """Moves the contacts of one audience to their outcome. Everything here runs in the loop's thread.

    A contact *arrives*, is *planned* against what is known of its person, is *written* by one or more calls, and is
    *settled*. It waits where its member is in work for another contact, and is planned anew where Mailchimp's answer
    shows that the member is not what it was planned for.
    """

    def __init__(
        self,
        rules: Mapping[StreamId, StreamRules],
        members: Members,
        workers: Workers,
        sender: Sends,
        limits: Limits,
        settle: Settle,
        *,
        first_wins: bool,
        rejects_whole_record: bool,
        on_plan: Callable[[Operation], None] | None = None,
        warn: Callable[[str], None] = lambda sentence: None,
        field_names: Mapping[str, str] = NO_NAMES,
        audience: str = "",
    ) -> None:
        self.audience = audience
        """What its audience is called, for sentences."""

        self.limits = limits
        self.fuse_is_blown = False
        """Whether the limit on removals stopped a record: nothing more is planned."""

        self._members = members
        self._workers = workers
        self._sender = sender
        self._settle = settle
        self._planner = Planner(rules, members, first_wins=first_wins)
        self._in_work = InWork()
        self._taken_addresses = TakenAddresses()
        self._calls = ContactCalls(
            self._in_work,
            members,
            limits,
            rejects_whole_record=rejects_whole_record,
            bar=self._planner.bar,
            give_up=self._planner.give_up,
            show=on_plan,
            gone=GoneFields(field_names, warn),
            warn=warn,
        )

    @property
    def has_work(self) -> bool:
        """Whether something is left to do without new records; behind a blown fuse only what had left before."""
        if self._calls.has_unchecked_tags:
            return True
        if self.fuse_is_blown:
            return bool(self._in_work.writing)
        return self._taken_addresses.is_ending or not self._in_work.is_empty

    # Contacts come in

    def take(self, contact: Contact, ticket: Ticket) -> None:
        """Accept the contact of one record; it is planned with others."""
        item = WorkItem(contact, ticket, window=self._taken_addresses.windows(contact.stream))
        if not contact.hash and not self._find_address(item):
            self._end(item, Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE), contact.notes))
            return
        self._end_earlier(contact)
        if not self._overtake(item):
            self._in_work.arrive(item)
        if len(self._in_work.arrived) >= BATCH_SIZE:
            self._plan_arrived()

    def remove(self, stream: StreamId, subscribers: Sequence[str], departure: Departure) -> None:
        """Take people off a list whom no record named."""
        people = self._members.look_up(subscribers)
        for subscriber, known in people.items():
            if known is None:
                continue  # gone meanwhile
            contact = Contact(stream, {}, known.email, subscriber)
            item = WorkItem(contact, departure)
            self._plan_departure(item, departure, known)
        self._carry_on()

    def give_up_address(self, deleted: Contact) -> None:
        """Take note that a deleted record's address is another record's now: its external id there may be replaced."""
        self._planner.give_up_address(deleted)
        for item in self._taken_addresses.free([deleted.hash]):
            self._in_work.arrive(item)

    def end_window(self, stream: StreamId) -> None:
        """Let no record of a stream wait for an address any longer than for what is in work already."""
        self._taken_addresses.end_window(stream)

    def flush(self) -> None:
        """Plan and send every member that can be sent now, in full calls or not."""
        self._plan_arrived()
        self._calls.flush()
        self._carry_on()
        while self._end_waiting():
            self._carry_on()

    def flush_tags(self) -> None:
        """Send every tag change that is gathered, in full calls or not."""
        self._calls.flush_tags()
        is_idle = not self._in_work.writing
        if is_idle and self._calls.has_unchecked_tags:
            self._calls.check_tags()
        self._carry_on()

    def _find_address(self, item: WorkItem) -> bool:
        """Find whose deletion this is, where the record has an external id and no address."""
        # First of all, so that whoever came with this id before has their member in work, or waits.
        self._plan_arrived()
        external_id = item.contact.external_id
        found = self._in_work.address_of(external_id)
        if not found:
            found = next(iter(self._members.owners(external_id)), "")
        if found:
            item.contact = item.contact._replace(hash=found)
        return bool(found)

    def _overtake(self, item: WorkItem) -> bool:
        """Put a contact in the place of an older one of its address, if nothing of that one has left."""
        older = self._in_work.overtakable(item.contact.hash)
        if older is None:
            return False
        successor = self._planner.successor(item.contact, older.contact)
        if successor is None:
            return False
        if older.members:  # planned, and waiting for its call to fill
            self._calls.withdraw(older)
            self._calls.give_back(older)
        item.contact = successor
        self._in_work.overtake(older, item)
        return True

    # Contacts are planned

    def _plan_arrived(self) -> None:
        while self._in_work.arrived and not self.fuse_is_blown:
            items = self._in_work.take_arrived()
            people = self._members.look_up([item.contact.hash for item in items])
            self._plan_in_turn(self._in_order(items, people), people)
            self._carry_on()

    def _plan_in_turn(self, items: list[WorkItem], people: Mapping[str, Known | None]) -> None:
        """Plan contacts until the fuse blows: the rest get no outcome, so their STATEs stay and they come again."""
        for item in items:
            if self.fuse_is_blown:
                return
            self._plan(item, people[item.contact.hash])

    def _in_order(self, items: list[WorkItem], people: Mapping[str, Known | None]) -> list[WorkItem]:
        """Return the items with those last whose address another record may set free."""
        if not self._members.external_id_tag:
            return items
        by_address = {item.contact.hash: item for item in items}
        contacts = [item.contact for item in items]
        in_order = addresses_set_free_first(contacts, people)
        return [by_address[contact.hash] for contact in in_order]

    def _plan(self, item: WorkItem, known: Known | None) -> None:
        """Plan one contact; it ends at once, is written, waits for another member, or blows the fuse."""
        contact = item.contact
        if item.is_exchanged:
            self._exchange(item, known)
            return
        others = self._planner.other_owners(contact)
        busy = self._in_work.blocker(contact, others)
        if busy:
            self._in_work.wait_for(item, busy)
            return
        planned = self._planner.decide(contact, known, others)
        if not item.replans:
            item.before = planned.known if isinstance(planned, Operation) else known
        if isinstance(planned, Settled):
            self._end_or_wait(item, planned, known)
        elif not item.has_taken_away and not self.limits.admit(planned):
            # This record would be the one over the limit: it gets no outcome, so that it comes again.
            self.fuse_is_blown = True
        elif self.limits.may_add(planned):
            self._write(item, planned)
        elif self.limits.unanswered:
            # Mailchimp may refuse one of those who are being added, and then there is room for this one.
            self._in_work.wait_for_room(item)
        else:
            limit_reached = Note(Reason.AUDIENCE_LIMIT)
            self._end(item, Settled(Outcome.HELD, limit_reached, contact.notes))

    def _end_or_wait(self, item: WorkItem, settled: Settled, known: Known | None) -> None:
        """End a contact, unless its address is another person's, whose own record may change that yet."""
        if settled.reason is not Reason.ADDRESS_OF_ANOTHER or known is None or not self._taken_addresses.has_room:
            self._end(item, settled)
            return
        self._end_earlier(item.contact)
        self._in_work.finish(item)
        self._taken_addresses.wait(item, known.external_id)

    def _end_earlier(self, contact: Contact) -> None:
        """End the record that waits for an address where a later one of its person has come: that one counts."""
        earlier = self._taken_addresses.leave(contact.external_id)
        if earlier is not None:
            self._end(earlier, _taken(earlier))

    def _end_waiting(self) -> bool:
        """End those who have waited for an address long enough; return whether there were any."""
        if self.fuse_is_blown or not self._taken_addresses.is_ending:
            return False
        ended = self._taken_addresses.ended(self._in_work.external_ids)
        for item in ended.refused:
            self._end(item, _taken(item))
        for ring in ended.rings:
            self._pass_round(ring)
        return bool(ended.refused or ended.rings)

    def _pass_round(self, ring: list[WorkItem]) -> None:
        """Let people who pass their addresses round have each other's members, all in one call.

        No address is free first, so nobody can be renamed. In one call, because a run that dies in between would leave
        two members with one id.
        """
        people = self._members.look_up([item.contact.hash for item in ring])
        planned = [self._planner.exchange(item.contact, people[item.contact.hash]) for item in ring]
        is_busy = any(item.contact.hash in self._in_work.writing for item in ring)
        if is_busy or None in planned:
            for item in ring:
                self._end(item, _taken(item))
            return
        self._calls.flush()
        for item in ring:
            item.is_exchanged = True
            self._exchange(item, people[item.contact.hash])
        self._calls.flush()

    def _exchange(self, item: WorkItem, known: Known | None) -> None:
        """Write the member at a contact's address with what its record says, whosever it was."""
        planned = self._planner.exchange(item.contact, known)
        if planned is None:
            self._end(item, _taken(item))
            return
        if not item.replans:
            item.before = known
        self._write(item, planned)

    def _plan_departure(self, item: WorkItem, departure: Departure, known: Known | None) -> None:
        """Plan somebody who left a list; the fuse of the list has counted them before."""
        planned = plan_departure(item.contact, known, departure, self._members.mirror_tags)
        if not item.replans:
            item.before = known
        if isinstance(planned, Settled):
            self._end(item, planned)
        else:
            self._write(item, planned)

    def _write(self, item: WorkItem, operation: Operation) -> None:
        item.operation = operation
        self._in_work.start(item, operation.subscribers)
        self._calls.write(item)

    # Answers come home

    def _answered(self, answer: Answered) -> None:
        self._calls.answered(answer)
        self._carry_on()
        # Who found the audience full is looked at again once it is not, or once nobody else can make room.
        may_have_room = self.limits.capacity or not self.limits.unanswered
        if may_have_room:
            self._in_work.look_for_room()

    def _carry_on(self) -> None:
        """Send the work that has come up, settle who is done, and plan anew who has to be, until nothing is left."""
        while progress := self._calls.take_progress():
            for work in progress.work:
                self._workers.submit(self._sender, work, self._answered)
            for item, settled in progress.finished:
                self._end(item, settled)
            if progress.stale:
                self._plan_anew(progress.stale)
            self._end_waiting()

    def _plan_anew(self, items: list[WorkItem]) -> None:
        """Plan contacts against what their members are now."""
        people = self._members.refresh(sorted(_concerned(items)))
        for item in items:
            self._in_work.pause(item)
            self._count_anew(item, people)
            known = people[item.contact.hash]
            if isinstance(item.origin, Departure):
                self._plan_departure(item, item.origin, known)
            else:
                self._plan(item, known)

    def _count_anew(self, item: WorkItem, people: Mapping[str, Known | None]) -> None:
        """Tell the limits whether a write of unknown effect took place."""
        operation = item.operation
        if operation is None:
            return
        if _has_same_status(people[operation.subscriber], operation.known):
            self._calls.give_back(item)
        elif item.settled is not None:
            # One of the person's members was written before; whether this one went is counted once.
            item.has_taken_away = item.has_taken_away or operation.takes_its_member_away
        else:
            self.limits.is_added(operation)  # it may have been us, so the limits go on counting them

    # Contacts are settled

    def _end(self, item: WorkItem, settled: Settled) -> None:
        members = item.members
        self._in_work.finish(item)
        for waiting in self._taken_addresses.free(members):
            self._in_work.arrive(waiting)
        outcome = item.outcome(settled)
        self._report(item, outcome)
        for older in item.overtook:
            overtaken = Settled(Outcome.DUPLICATE, Note(Reason.OVERTAKEN), older.contact.notes)
            self._report(older, overtaken)

    def _report(self, item: WorkItem, settled: Settled) -> None:
        # No record named who left a list, so later records of the address are not compared with them.
        if item.is_record:
            self._planner.note_outcome(item.contact, settled)
        self._settle(Settlement(item.contact, item.origin, settled, item.before, item.after))


def _concerned(items: list[WorkItem]) -> set[str]:
    """Return the hashes of the members that items are about, and of those they were written to."""
    subscribers = set()
    for item in items:
        subscribers.add(item.contact.hash)
        if item.operation is not None:
            subscribers.add(item.operation.subscriber)
    return subscribers


def _taken(item: WorkItem) -> Settled:
    """Return the outcome of a contact whose address nobody has given up."""
    return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_OF_ANOTHER), item.contact.notes)


def _has_same_status(now: Known | None, before: Known | None) -> bool:
    if now is None:
        return before is None
    if before is None:
        return False
    return now.status is before.status
