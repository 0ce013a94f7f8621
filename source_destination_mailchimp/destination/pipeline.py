"""One audience: contacts in, outcomes out, with one writer per member and the member's tags after the member."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from source_destination_mailchimp.destination.audience import AudienceKnowledge
from source_destination_mailchimp.destination.batching import (
    Batch,
    MemberBatches,
    Queues,
    may_overtake,
    tasks,
)
from source_destination_mailchimp.destination.fuse import Fuse
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
from source_destination_mailchimp.destination.planning import StreamRules, plan
from source_destination_mailchimp.destination.sending import Answered, RowAnswer
from source_destination_mailchimp.destination.tagging import Tagging
from source_destination_mailchimp.destination.verdicts import Advance, Again, Refusal, read_answer
from source_destination_mailchimp.destination.writing import Sends, Writer
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE, Status

MOST_REPLANS = 4
"""How often one record is planned anew because its member changed meanwhile."""


@dataclass(slots=True)
class Flow:
    """One record in work."""

    operation: Operation
    replans: int = 0
    beside: list[Note] = field(default_factory=list)
    created_unseen: bool = False
    """An earlier try may have added the member although its answer was lost."""


Settle = Callable[[Contact, Settled], None]


@dataclass(slots=True)
class Limits:
    """What the run may do to this audience."""

    fuse: Fuse
    capacity: int | None = None
    """How many people may still be added; None for no limit."""

    fuse_stops: bool = True
    """False in a dry run, where a blown fuse is reported instead."""


class Pipeline:
    """Moves the contacts of one audience to their outcome. Everything here runs in the loop's thread."""

    def __init__(
        self,
        rules: Mapping[StreamId, StreamRules],
        knowledge: AudienceKnowledge,
        writer: Writer,
        sender: Sends,
        limits: Limits,
        settle: Settle,
        *,
        first_wins: bool,
        rejects_whole_record: bool,
    ) -> None:
        self.limits = limits
        self.fuse_blown_at: Contact | None = None
        self._rules = rules
        self.mirror_tags = frozenset(knowledge.tracking.mirror_tags)
        self._knowledge = knowledge
        self._writer = writer
        self._sender = sender
        self._report = settle
        self._first_wins = first_wins
        self._rejects_whole_record = rejects_whole_record
        self._incoming: dict[str, Contact] = {}
        self._flows: dict[str, Flow] = {}
        self._queues = Queues()
        self._batches = MemberBatches()
        self._tagging = Tagging(writer, sender, self._tagged)
        self._barred: dict[str, Settled] = {}

    @property
    def has_work(self) -> bool:
        """Whether something is left to do without new records; behind a blown fuse only what had left before."""
        if self.fuse_blown_at is not None:
            return bool(self._flows)
        return bool(self._incoming or self._flows or self._queues.waiting)

    def look_up(self, subscribers: Sequence[str]) -> Mapping[str, Known | None]:
        """What is known of these people."""
        return self._knowledge.look_up(subscribers)

    def remove(self, operation: Operation) -> None:
        """Take somebody away whom no record named."""
        self._start(Flow(operation))

    def take(self, contact: Contact) -> None:
        """Accept one record; it is planned with others of its kind."""
        key = contact.hash
        older = self._queues.last(key) or self._incoming.get(key) or self._unsent(key)
        if older is not None and not self._first_wins and may_overtake(contact, older):
            self._settle(older, Settled(Outcome.DUPLICATE, Note(Reason.OVERTAKEN), older.notes))
            if self._queues.replace_last(key, contact):
                return
            self._withdraw(key)
        elif older is not None or key in self._flows:
            self._queues.wait(contact)
            return
        self._incoming[key] = contact
        if len(self._incoming) >= BATCH_SIZE:
            self._plan_incoming()

    def flush(self) -> None:
        """Send everything that can be sent now, full or not."""
        self._plan_incoming()
        for batch in list(self._batches.flush()):
            self._submit(batch)
        self._tagging.flush()

    # Planning

    def _plan_incoming(self) -> None:
        while self._incoming and self.fuse_blown_at is None:
            contacts, self._incoming = list(self._incoming.values()), {}
            people = self._knowledge.look_up([contact.hash for contact in contacts])
            for contact in contacts:
                if self.fuse_blown_at is None:
                    self._plan(contact, people[contact.hash], Flow(Operation(contact, Route.NOTHING, _NOTHING)))

    def _plan(self, contact: Contact, known: Known | None, flow: Flow) -> None:
        barred = self._barred.get(contact.hash)
        if barred is not None and not contact.deleted:
            self._settle(contact, barred._replace(beside=contact.notes))
            return
        wanted = self._first_only(contact) or plan(contact, known, self._rules[contact.stream])
        planned = self._within_limits(wanted) if isinstance(wanted, Operation) else wanted
        if planned is None:
            return
        if isinstance(planned, Settled):
            if flow.created_unseen and planned.outcome in (Outcome.UNCHANGED, Outcome.UPDATED):
                planned = planned._replace(outcome=Outcome.CREATED)
            self._settle(contact, planned)
            return
        flow.operation = planned
        self._start(flow)

    def _start(self, flow: Flow) -> None:
        operation = flow.operation
        self._flows[operation.contact.hash] = flow
        if operation.route is Route.NOTHING:
            self._start_tags(flow, operation.known.status if operation.known else Status.SUBSCRIBED)
        elif full := self._batches.add(operation):
            self._submit(full)

    def _first_only(self, contact: Contact) -> Settled | None:
        if not self._first_wins or contact.deleted:
            return None
        if self._knowledge.memory.marked("accepted", [contact.hash]):
            return Settled(Outcome.DUPLICATE, Note(Reason.NOT_THE_FIRST), contact.notes)
        return None

    def _within_limits(self, operation: Operation) -> Operation | Settled | None:
        """The operation if it may be done; None where it blew the fuse."""
        contact = operation.contact
        if operation.takes_away and not self.limits.fuse.admit() and self.limits.fuse_stops:
            self.fuse_blown_at = contact
            return None
        if operation.route is Route.ADD and self.limits.capacity is not None:
            if self.limits.capacity <= 0:
                return Settled(Outcome.HELD, Note(Reason.AUDIENCE_LIMIT), contact.notes)
            self.limits.capacity -= 1
        return operation

    def _unsent(self, key: str) -> Contact | None:
        operation = self._batches.unsent(key)
        return operation.contact if operation else None

    def _withdraw(self, key: str) -> None:
        if self._incoming.pop(key, None) is None:
            operation = self._batches.unsent(key)
            self._batches.withdraw(key)
            del self._flows[key]
            if operation is not None and operation.route is Route.ADD and self.limits.capacity is not None:
                self.limits.capacity += 1

    def _submit(self, batch: Batch) -> None:
        for task in tasks(batch):
            self._writer.submit(self._sender, task, self._members_answered)

    # Answers

    def _members_answered(self, answered: Answered) -> None:
        if not isinstance(answered, list):
            raise TypeError("a member call was answered by something else")
        stale: list[Flow] = []
        advanced: list[tuple[Flow, Advance]] = []
        for row in answered:
            flow = self._flows[row.operation.contact.hash]
            verdict = read_answer(row, rejects_whole_record=self._rejects_whole_record)
            if isinstance(verdict, Advance):
                advanced.append((flow, verdict))
            elif isinstance(verdict, Refusal):
                self._refuse(flow, verdict.settled)
            elif flow.replans < MOST_REPLANS:
                self._plan_again(flow, verdict, row, stale)
            else:
                self._refuse(flow, verdict.otherwise)
        self._knowledge.remember([(flow.operation.contact.hash, verdict.known) for flow, verdict in advanced])
        for flow, verdict in advanced:
            self._advance(flow, verdict)
        self._replan(stale)

    def _advance(self, flow: Flow, verdict: Advance) -> None:
        flow.operation.settled = verdict.settled
        known, contact = verdict.known, flow.operation.contact
        if known is not None and flow.operation.route is Route.ADD and contact.permissions:
            self._give_permissions(flow, known)
        else:
            self._start_tags(flow, known.status if known else Status.ARCHIVED)

    def _start_tags(self, flow: Flow, status: Status) -> None:
        if flow.operation.tags_on or flow.operation.tags_off:
            self._tagging.start(flow.operation, status)
        else:
            self._finish(flow, flow.operation.settled)

    def _tagged(self, operation: Operation, refused: tuple[Note, ...]) -> None:
        flow = self._flows[operation.contact.hash]
        flow.beside.extend(refused)
        self._remember_tags(operation, {note.field.lower() for note in refused})
        self._finish(flow, operation.settled)

    def _give_permissions(self, flow: Flow, known: Known) -> None:
        """Marketing permissions of somebody new: their ids are only known once there is a member."""
        contact = flow.operation.contact
        ids = self._knowledge.permission_ids(contact.hash)
        for text in contact.permissions:
            if text not in ids:
                flow.beside.append(Note(Reason.PERMISSION_UNKNOWN, text))
        wanted = [
            {"marketing_permission_id": ids[text], "enabled": given}
            for text, given in contact.permissions.items()
            if text in ids
        ]
        if not wanted:
            self._start_tags(flow, known.status)
            return
        changes = {"marketing_permissions": wanted}
        flow.operation = replace(flow.operation, route=Route.PATCH, status=None, changes=changes, known=known)
        if full := self._batches.add(flow.operation):
            self._submit(full)

    def _plan_again(self, flow: Flow, verdict: Again, row: RowAnswer, stale: list[Flow]) -> None:
        flow.replans += 1
        flow.beside.extend(verdict.beside)
        if verdict.operation is not None:
            flow.operation = verdict.operation
            if full := self._batches.add(verdict.operation):
                self._submit(full)
            return
        if row.operation.route is Route.ADD:
            flow.created_unseen = flow.created_unseen or row.tries > 1
            self._give_back_capacity(row.operation)
        if flow.operation.takes_away:
            self.limits.fuse.gone -= 1
        stale.append(flow)

    def _replan(self, flows: list[Flow]) -> None:
        """Plan anew against what the members are now."""
        if not flows:
            return
        people = self._knowledge.refresh([flow.operation.contact.hash for flow in flows])
        for flow in flows:
            contact = flow.operation.contact
            del self._flows[contact.hash]
            contact.notes = (*contact.notes, *flow.beside)
            flow.beside = []
            self._plan(contact, people[contact.hash], flow)
            if contact.hash not in self._flows:
                self._next_in_line(contact.hash)

    def _refuse(self, flow: Flow, settled: Settled) -> None:
        contact = flow.operation.contact
        self._give_back_capacity(flow.operation)
        if settled.note is not None and settled.note.reason in (Reason.FORGOTTEN, Reason.COMPLIANCE):
            self._barred[contact.hash] = settled
        self._finish(flow, settled)

    def _give_back_capacity(self, operation: Operation) -> None:
        if operation.route is Route.ADD and self.limits.capacity is not None:
            self.limits.capacity += 1

    # Outcomes

    def _finish(self, flow: Flow, settled: Settled) -> None:
        contact = flow.operation.contact
        if flow.created_unseen and settled.outcome in (Outcome.UPDATED, Outcome.UNCHANGED):
            settled = settled._replace(outcome=Outcome.CREATED)
        del self._flows[contact.hash]
        self._settle(contact, settled._replace(beside=(*settled.beside, *flow.beside)))
        self._next_in_line(contact.hash)

    def _remember_tags(self, operation: Operation, refused: set[str]) -> None:
        key = operation.contact.hash
        known = self._knowledge.memory.get([key]).get(key)
        if known is not None and known.tags is not None:
            on = {tag.lower() for tag in operation.tags_on} - refused
            known.tags = (known.tags | on) - (set(operation.tags_off) - refused)
            self._knowledge.remember([(key, known)])

    def _settle(self, contact: Contact, settled: Settled) -> None:
        if self._first_wins and settled.outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.HELD):
            self._knowledge.memory.mark("accepted", [contact.hash])
        self._report(contact, settled)

    def _next_in_line(self, key: str) -> None:
        following = self._queues.next(key)
        if following is not None:
            self._incoming[key] = following


_NOTHING = Settled(Outcome.UNCHANGED)
