"""One audience: contacts in, outcomes out, with one writer per member and the member's tags after the member."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from source_destination_mailchimp.destination.in_work import Flow, PlanAnew
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
from source_destination_mailchimp.destination.planner import Decisions
from source_destination_mailchimp.destination.rules.answers import (
    Advance,
    Again,
    Refusal,
    read_answer,
    refuses_status_if_new,
    written,
)
from source_destination_mailchimp.destination.rules.identity import addresses_set_free_first
from source_destination_mailchimp.destination.rules.limits import Limits, adds_somebody
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.work import Answered, Batch, RowAnswer
from source_destination_mailchimp.destination.writing.batches import MemberBatches, Queues, tasks
from source_destination_mailchimp.destination.writing.tagging import Tagging
from source_destination_mailchimp.destination.writing.workers import Sends, Writer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE, Status

MOST_REPLANS = 4
"""How often one record is planned anew because its member changed meanwhile."""

Settle = Callable[[Contact, Settled], None]


class Pipeline:
    """Moves the contacts of one audience to their outcome. Everything here runs in the loop's thread."""

    def __init__(
        self,
        rules: Mapping[StreamId, StreamRules],
        members: Members,
        writer: Writer,
        sender: Sends,
        limits: Limits,
        settle: Settle,
        *,
        first_wins: bool,
        rejects_whole_record: bool,
        on_plan: Callable[[Operation], None] | None = None,
    ) -> None:
        self.limits = limits
        self.mirror_tags = members.mirror_tags
        self.fuse_blown_at: Contact | None = None
        self._members = members
        self._writer = writer
        self._sender = sender
        self._report = settle
        self._on_plan = on_plan
        self._decisions = Decisions(rules, members, first_wins=first_wins)
        self._rejects_whole_record = rejects_whole_record
        self._incoming: dict[str, Contact] = {}
        self._flows: dict[str, Flow] = {}
        """Every member in work: by the hash of the record's address, and of a second member of the same person."""

        self._id_in_work: dict[str, str] = {}
        """External id → hash of the record's address, while a record with that id is in work."""

        self._queues = Queues()
        self._no_room: list[str] = []
        """Addresses of new people who wait because the audience is full unless Mailchimp refuses somebody."""

        self._batches = MemberBatches()
        self._tagging = Tagging(writer, sender, self._tagged)
        self._patches_only = False

    @property
    def has_work(self) -> bool:
        """Whether something is left to do without new records; behind a blown fuse only what had left before."""
        if self.fuse_blown_at is not None:
            return bool(self._flows or self._tagging.has_unchecked)
        return bool(self._incoming or self._flows or self._queues.waiting or self._tagging.has_unchecked)

    def look_up(self, subscribers: Sequence[str]) -> Mapping[str, Known | None]:
        """What is known of these people."""
        return self._members.look_up(subscribers)

    def remove(self, operation: Operation, anew: PlanAnew) -> None:
        """Take somebody away whom no record named; `anew` says what to do where they changed meanwhile."""
        self._start(Flow(operation.contact, operation, anew=anew))

    def take(self, contact: Contact) -> None:
        """Accept one record; it is planned with others of its kind."""
        if not contact.hash and not self._find_address(contact):
            self._settle(contact, Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE), contact.notes))
            return
        key = contact.hash
        must_wait = self._queues.holds_back(key)
        older = self._queues.last(key) if must_wait else self._incoming.get(key) or self._unsent(key)
        instead = self._decisions.successor(contact, older) if older else None
        if older is not None and instead is not None:
            self._settle(older, Settled(Outcome.DUPLICATE, Note(Reason.OVERTAKEN), older.notes))
            if self._queues.replace_last(key, instead):
                return
            self._withdraw(key)
            contact = instead
        elif must_wait or older is not None or key in self._flows:
            self._queues.wait(contact, key)
            return
        self._incoming[key] = contact
        if len(self._incoming) >= BATCH_SIZE:
            self._plan_incoming()

    def flush(self) -> None:
        """Plan and send every member that can be sent now, in full calls or not."""
        self._plan_incoming()
        for batch in list(self._batches.flush()):
            self._submit(batch)

    def flush_tags(self) -> None:
        """Send every tag change that is gathered, in full calls or not."""
        self._tagging.flush()
        if not self._flows and self._tagging.has_unchecked:
            self._tagging.check()

    def _find_address(self, contact: Contact) -> bool:
        """Whose deletion this is, where the record has an external id and no address."""
        self._plan_incoming()  # so that whoever came with this id before has their member in work, or waits
        owners = self._members.owners(contact.external_id)
        waiting = self._queues.address_of(contact.external_id) if self._queues.waiting else ""
        contact.hash = waiting or self._id_in_work.get(contact.external_id) or next(iter(owners), "")
        return bool(contact.hash)

    # Planning

    def _plan_incoming(self) -> None:
        while self._incoming and self.fuse_blown_at is None:
            contacts, self._incoming = list(self._incoming.values()), {}
            people = self._members.look_up([contact.hash for contact in contacts])
            if self._decisions.keeping.external_id_tag:
                contacts = addresses_set_free_first(contacts, people)
            for contact in contacts:
                if self.fuse_blown_at is None:
                    self._plan(contact, people[contact.hash], Flow.start(contact))

    def _plan(self, contact: Contact, known: Known | None, flow: Flow) -> None:
        """Plan one record; it settles at once, starts, waits for another member, or blows the fuse."""
        others = self._decisions.other_owners(contact)
        busy = self._member_in_work(contact, others)
        if busy:
            # Its own address before later records of that address; another's after whoever waits for it already.
            self._queues.wait(contact, busy, first=busy == contact.hash)
            return
        planned = self._decisions.decide(contact, known, others)
        if isinstance(planned, Operation) and not self.limits.admit(planned):
            self.fuse_blown_at = contact
        elif isinstance(planned, Operation) and self.limits.may_add(planned):
            flow.operation = planned
            self._start(flow)
        elif isinstance(planned, Operation) and self.limits.unanswered:
            self._queues.wait(contact, contact.hash, first=True)
            self._no_room.append(contact.hash)
        else:
            if isinstance(planned, Operation):
                planned = Settled(Outcome.HELD, Note(Reason.AUDIENCE_LIMIT), contact.notes)
            self._settle(contact, flow.outcome(planned))
            self._next_in_line(contact.hash)

    def _member_in_work(self, contact: Contact, others: Sequence[str]) -> str:
        """Hash of a member of the record's person that is being written, by whatever record."""
        if contact.hash in self._flows:
            return contact.hash
        in_work = self._id_in_work.get(contact.external_id, "")
        return in_work or next((key for key in others if key in self._flows), "")

    def _start(self, flow: Flow) -> None:
        flow.members = tuple(dict.fromkeys((flow.contact.hash, *flow.operation.subscribers)))
        for key in flow.members:
            self._flows[key] = flow
        if flow.contact.external_id:
            self._id_in_work[flow.contact.external_id] = flow.contact.hash
        self._proceed(flow)

    def _proceed(self, flow: Flow) -> None:
        operation = flow.operation
        if operation.route is Route.UPDATE and self._patches_only:
            operation.route = Route.PATCH
        if operation.route is Route.NOTHING:
            self._start_tags(flow, operation.known.status if operation.known else Status.SUBSCRIBED)
        elif full := self._batches.add(operation):
            self._submit(full)

    def _unsent(self, key: str) -> Contact | None:
        flow = self._flows.get(key)
        operation = self._batches.unsent(key)
        return operation.contact if operation and flow and not flow.is_sent and not operation.member else None

    def _withdraw(self, key: str) -> None:
        if self._incoming.pop(key, None) is None:
            flow = self._flows[key]
            self._batches.withdraw(key)
            self.limits.give_back(flow.operation)
            self._forget(flow)

    def _submit(self, batch: Batch) -> None:
        for operation in batch.operations:
            flow = self._flows[operation.contact.hash]
            flow.is_sent = True
            self._show(flow)
        for task in tasks(batch):
            self._writer.submit(self._sender, task, self._members_answered)

    def _show(self, flow: Flow) -> None:
        """Tell a dry run once what is to be done for a record."""
        if self._on_plan is not None and not flow.is_shown:
            flow.is_shown = True
            self._on_plan(flow.operation)

    # Answers

    def _members_answered(self, answered: Answered) -> None:
        if not isinstance(answered, list):
            raise TypeError("a member call was answered by something else")
        self._patches_only = self._patches_only or refuses_status_if_new(answered)
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
        self._members.remember([pair for flow, verdict in advanced for pair in written(flow.operation, verdict)])
        for flow, verdict in advanced:
            self.limits.is_added(flow.operation)
            self._advance(flow, verdict)
        self._replan(stale)
        self._look_for_room()

    def _advance(self, flow: Flow, verdict: Advance) -> None:
        operation, known = flow.operation, verdict.known
        operation.settled = verdict.settled
        if operation.route is Route.RENAME:
            operation.member = ""
        if known is not None and operation.route is Route.ADD and flow.contact.permissions:
            self._give_permissions(flow, known)
            return
        operation.known = known or operation.known
        self._start_tags(flow, known.status if known else Status.ARCHIVED)

    def _start_tags(self, flow: Flow, status: Status) -> None:
        if flow.operation.tags_on or flow.operation.tags_off:
            flow.is_sent = True
            self._show(flow)
            self._tagging.start(flow.operation, status)
        else:
            self._done(flow)

    def _tagged(self, operation: Operation, refused: tuple[Note, ...]) -> None:
        flow = self._flows[operation.contact.hash]
        flow.beside.extend(refused)
        left_out = {note.field.lower() for note in refused}
        on = {tag.lower() for tag in operation.tags_on} - left_out
        self._members.remember_tags(operation.subscriber, on, set(operation.tags_off) - left_out)
        self._done(flow)

    def _give_permissions(self, flow: Flow, known: Known) -> None:
        """Marketing permissions of somebody new: their ids are only known once there is a member."""
        ids = self._members.permission_ids(flow.contact.hash)
        given = flow.contact.permissions
        flow.beside.extend(Note(Reason.PERMISSION_UNKNOWN, text) for text in given if text not in ids)
        wanted = [
            {"marketing_permission_id": ids[text], "enabled": enabled} for text, enabled in given.items() if text in ids
        ]
        if not wanted:
            self._start_tags(flow, known.status)
            return
        changes = {"marketing_permissions": wanted}
        flow.operation = replace(flow.operation, route=Route.PATCH, status=None, changes=changes, known=known)
        self._proceed(flow)

    def _plan_again(self, flow: Flow, verdict: Again, row: RowAnswer, stale: list[Flow]) -> None:
        flow.replans += 1
        flow.beside.extend(verdict.beside)
        if verdict.operation is not None:
            if row.refusal is MemberRefusal.COMPLIANCE:
                self._decisions.barred[flow.contact.hash] = verdict.otherwise
            if adds_somebody(flow.operation) and not adds_somebody(verdict.operation):
                self._give_back(flow)
            flow.operation = verdict.operation
            self._proceed(flow)
            return
        if row.operation.route is Route.RENAME:
            flow.renamed_unseen = flow.renamed_unseen or row.refusal is MemberRefusal.GONE
        if row.operation.route is Route.ADD and row.tries > 1:
            flow.may_have_added(row.operation)
        stale.append(flow)

    def _replan(self, flows: list[Flow]) -> None:
        """Plan anew against what the members are now."""
        if not flows:
            return
        hashes = {flow.contact.hash for flow in flows} | {flow.operation.subscriber for flow in flows}
        people = self._members.refresh(sorted(hashes))
        for flow in flows:
            self._forget(flow)
            if flow.settled is not None or _is_as_before(people[flow.operation.subscriber], flow.operation.known):
                self._give_back(flow)
            else:
                self.limits.is_added(flow.operation)  # it may have been us, so the limits go on counting them
            if flow.anew is None:
                self._plan(flow.contact, people[flow.contact.hash], flow)
            else:
                self._leave_anew(flow, flow.anew(people[flow.contact.hash]))

    def _look_for_room(self) -> None:
        """Who found the audience full is looked at again once it is not, or once nobody else can make room."""
        if self._no_room and (self.limits.capacity or not self.limits.unanswered):
            waiting, self._no_room = self._no_room, []
            for key in waiting:
                self._next_in_line(key)

    def _leave_anew(self, flow: Flow, planned: Operation | Settled) -> None:
        if isinstance(planned, Settled):
            self._settle(flow.contact, flow.outcome(planned))
            return
        flow.operation = planned
        self._start(flow)

    def _give_back(self, flow: Flow) -> None:
        """An operation was not done after all; who left a list was never counted here."""
        if flow.anew is None:
            self.limits.give_back(flow.operation)

    def _refuse(self, flow: Flow, settled: Settled) -> None:
        self._give_back(flow)
        flow.operation.then = None
        if flow.settled is not None:
            # The record is written; it is the second member of its person that stays as it was.
            flow.beside.extend([settled.note] if settled.note else [])
        else:
            self._decisions.bar(flow.contact, settled)
        self._finish(flow, settled)

    def _done(self, flow: Flow) -> None:
        """One member is written whole; perhaps another of the same person follows."""
        operation = flow.operation
        flow.settled = flow.settled or operation.settled
        if operation.then is None:
            self._finish(flow, flow.settled)
            return
        flow.operation = operation.then
        self._proceed(flow)

    def _finish(self, flow: Flow, settled: Settled) -> None:
        self._forget(flow)
        self._settle(flow.contact, flow.outcome(settled))
        self._next_in_line(flow.contact.hash)

    def _forget(self, flow: Flow) -> None:
        """The members of a record are free again."""
        if flow.contact.external_id:
            self._id_in_work.pop(flow.contact.external_id, None)
        for key in flow.members:
            self._flows.pop(key, None)
        for key in flow.members:
            if key != flow.contact.hash:
                self._next_in_line(key)

    def _settle(self, contact: Contact, settled: Settled) -> None:
        self._decisions.note_outcome(contact, settled)
        self._report(contact, settled)

    def _next_in_line(self, key: str) -> None:
        """A member is free: the turn of whoever waits for it, up to the first record of that very address."""
        while key not in self._flows and key not in self._incoming:
            following = self._queues.next(key)
            if following is None:
                return
            if following.hash in self._flows or following.hash in self._incoming:
                self._queues.wait(following, following.hash, first=True)
            else:
                self._incoming[following.hash] = following


def _is_as_before(now: Known | None, before: Known | None) -> bool:
    return (now.status if now else None) is (before.status if before else None)
