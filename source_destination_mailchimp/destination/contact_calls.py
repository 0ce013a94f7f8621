"""The calls that one planned contact needs, one after the other.

Its member first, then the marketing permissions of somebody new, then its tags; at last a second member of the same
person, if there is one. Knows no thread: what comes out is work to be sent, what goes in is Mailchimp's answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, assert_never

from source_destination_mailchimp.destination.in_work import InWork
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.model import Contact, Known, Note, Operation, Reason, Route, Settled
from source_destination_mailchimp.destination.reporting.wording import unknown_status
from source_destination_mailchimp.destination.rules.answers import (
    Advance,
    Again,
    Refusal,
    read_answer,
    refuses_status_if_new,
    written,
)
from source_destination_mailchimp.destination.rules.gone_fields import GoneFields, missing_fields
from source_destination_mailchimp.destination.rules.limits import Limits, adds_somebody
from source_destination_mailchimp.destination.work import (
    Answered,
    Batch,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagsChecked,
    Work,
)
from source_destination_mailchimp.destination.work_item import WorkItem
from source_destination_mailchimp.destination.writing.batches import MemberBatches, tasks
from source_destination_mailchimp.destination.writing.tagging import Step, Tagged, Tagging
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, Status, status_of

MOST_REPLANS = 4
"""How often one contact is planned anew because its member changed meanwhile."""


class Finished(NamedTuple):
    """A contact that needs no further call, with its outcome."""

    item: WorkItem
    settled: Settled


@dataclass(slots=True)
class Progress:
    """What came of writes and answers: work to send, contacts that are done, contacts to plan anew."""

    work: list[Work] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    stale: list[WorkItem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.work or self.finished or self.stale)


class ContactCalls:
    """Carries the planned contacts of one audience through their calls."""

    def __init__(
        self,
        in_work: InWork,
        members: Members,
        limits: Limits,
        *,
        rejects_whole_record: bool,
        bar: Callable[[Contact, Settled], None],
        give_up: Callable[[str, Settled], None],
        show: Callable[[Operation], None] | None,
        gone: GoneFields,
        warn: Callable[[str], None],
    ) -> None:
        """`bar` hears of everybody Mailchimp refuses; `show`, in a dry run, of every operation before it is sent.

        `give_up` hears the hash of each member over whom Mailchimp fails, and what that makes of records. `warn` takes
        sentences for the log.
        """
        self._gone = gone
        self._warn = warn
        self._in_work = in_work
        self._members = members
        self._limits = limits
        self._rejects_whole_record = rejects_whole_record
        self._bar = bar
        self._give_up = give_up
        self._show = show
        self._batches = MemberBatches()
        self._tagging = Tagging()
        self._progress = Progress()
        self._patches_only = False
        """Mailchimp refused `status_if_new` here: everybody who is there is written by PATCH."""

    @property
    def has_unchecked_tags(self) -> bool:
        """Whether a tag was made that nobody has compared with those of other syncs."""
        return self._tagging.has_unchecked

    def take_progress(self) -> Progress:
        """Return what has come up since the last time."""
        progress, self._progress = self._progress, Progress()
        return progress

    # Work goes out

    def write(self, item: WorkItem) -> None:
        """Write the member of an item's operation, in the next call that has room for it."""
        self._leave_out_gone_groups(item)
        operation = _planned(item)
        if operation.route is Route.NOTHING:
            status = operation.known.status if operation.known else Status.SUBSCRIBED
            self._change_tags(item, status)
            return
        if operation.route is Route.UPDATE and self._patches_only:
            operation = replace(operation, route=Route.PATCH)
            item.operation = operation
        full = self._batches.add(operation)
        if full is not None:
            self._send(full)

    def _leave_out_gone_groups(self, item: WorkItem) -> None:
        item.operation, gone = self._gone.without_groups(_planned(item))
        if gone:
            item.beside.extend(self._gone.note(gone))

    def withdraw(self, item: WorkItem) -> None:
        """Take a planned contact back of which nothing has left yet."""
        self._batches.withdraw(_planned(item).subscriber)

    def flush(self) -> None:
        """Send every member that is gathered, in full calls or not."""
        for batch in list(self._batches.flush()):
            self._send(batch)

    def flush_tags(self) -> None:
        """Send every tag change that is gathered, in full calls or not."""
        self._progress.work.extend(self._tagging.flush())

    def check_tags(self) -> None:
        """Compare the tags that were made with those that other syncs made at the same time."""
        self._progress.work.append(self._tagging.check())

    def _send(self, batch: Batch) -> None:
        for operation in batch.operations:
            self._mark_sent(self._in_work.writing[operation.contact.hash])
        self._progress.work.extend(tasks(batch))

    def _mark_sent(self, item: WorkItem) -> None:
        item.is_sent = True
        if self._show is None:
            return
        if not item.is_shown:
            item.is_shown = True
            self._show(_planned(item))

    # Answers come in

    def answered(self, answer: Answered) -> None:
        """Take in one answer of Mailchimp's; raises `ConsentBroken`."""
        match answer:
            case list():
                self._members_answered(answer)
            case TagAnswer():
                self._take_step(self._tagging.bulk_answered(answer))
            case MemberTagsAnswer():
                self._take_step(self._tagging.own_calls_answered(answer))
            case TagsChecked():
                pass
            case _:
                assert_never(answer)

    def _members_answered(self, rows: Sequence[RowAnswer]) -> None:
        self._patches_only = self._patches_only or refuses_status_if_new(rows)
        advanced: list[tuple[WorkItem, Advance]] = []
        changes: list[tuple[str, Known | None]] = []
        for row in rows:
            item = self._in_work.writing[row.operation.contact.hash]
            verdict = read_answer(row, rejects_whole_record=self._rejects_whole_record)
            match verdict:
                case Advance():
                    self._look_at_what_came_back(item, row)
                    advanced.append((item, verdict))
                    changes.extend(written(_planned(item), verdict))
                case Refusal():
                    self._refuse(item, verdict.settled)
                case Again():
                    self._try_again(item, verdict, row)
                case _:
                    assert_never(verdict)
        self._members.remember(changes)
        for item, advance in advanced:
            operation = _planned(item)
            if operation.route is Route.RENAME:
                self._members.rename(operation.subscriber, item.contact.hash)
            self._advance(item, advance)

    def _look_at_what_came_back(self, item: WorkItem, row: RowAnswer) -> None:
        """Say what the member in an answer shows: a status that we do not know, a merge field that is gone."""
        if row.member is None:
            return
        word = row.member.get("status")
        if word is not None and status_of(word) is Status.OTHER:
            self._warn(unknown_status(word))
        missing = missing_fields(row.operation.changes, row.member)
        if missing:
            item.beside.extend(self._gone.note(missing))

    def _advance(self, item: WorkItem, advance: Advance) -> None:
        """The member is written: go on with what follows it."""
        operation, known = _planned(item), advance.known
        self._limits.is_added(operation)
        item.after = known
        is_added = operation.route is Route.ADD and known is not None
        if is_added and item.contact.permissions:
            item.operation = replace(operation, settled=advance.settled, status=None, known=known)
            self._give_permissions(item)
        elif operation.has_tag_changes:
            item.operation = _for_tags(operation, advance)
            status = known.status if known else Status.ARCHIVED
            self._change_tags(item, status)
        else:
            self._done(item, advance.settled)

    def _give_permissions(self, item: WorkItem) -> None:
        """Give somebody new their marketing permissions: the ids are only known once there is a member."""
        ids = self._members.permission_ids(item.contact.hash)
        permissions, unknown = _permissions(item.contact.permissions, ids)
        item.beside.extend(unknown)
        route = Route.PATCH if permissions else Route.NOTHING
        changes = {"marketing_permissions": permissions}
        item.operation = replace(_planned(item), route=route, changes=changes)
        self.write(item)

    def _change_tags(self, item: WorkItem, status: Status) -> None:
        operation = _planned(item)
        if not operation.has_tag_changes:
            self._done(item, operation.settled)
            return
        self._mark_sent(item)
        self._take_step(self._tagging.start(operation, status))

    def _take_step(self, step: Step) -> None:
        self._progress.work.extend(step.work)
        for tagged in step.done:
            self._tagged(tagged)

    def _tagged(self, tagged: Tagged) -> None:
        operation = tagged.operation
        item = self._in_work.writing[operation.contact.hash]
        item.beside.extend(tagged.refused)
        left_out = {same_name(note.field) for note in tagged.refused}
        on = {same_name(tag) for tag in operation.tags_on}
        off = set(operation.tags_off)
        self._members.remember_tags(operation.subscriber, on - left_out, off - left_out)
        self._done(item, operation.settled)

    def _done(self, item: WorkItem, settled: Settled) -> None:
        """One member is written whole; perhaps another of the same person follows."""
        operation = _planned(item)
        was_joined = item.settled is not None and bool(operation.member) and not item.contact.deleted
        if was_joined:
            # The list's tag has gone over with the person, who may have left the list all the same.
            self._members.rename(operation.subscriber, item.contact.hash)
            item.note_retirement(operation)
        if not operation.comes_first:
            item.settled = item.settled or settled
            item.has_taken_away = item.has_taken_away or operation.takes_its_member_away
        following = operation.then
        if following is None:
            self._progress.finished.append(Finished(item, item.settled or settled))
            return
        item.operation = following
        self.write(item)

    def _refuse(self, item: WorkItem, settled: Settled) -> None:
        """Mailchimp refused the member for good."""
        self.give_back(item)
        if item.settled is None:
            self._bar(item.contact, settled)
        elif settled.note is not None:
            # The record is written; it is the second member of its person that stays as it was.
            item.beside.append(settled.note)
        self._progress.finished.append(Finished(item, settled))

    def _try_again(self, item: WorkItem, again: Again, row: RowAnswer) -> None:
        """Try once more: with another operation, or planned anew from a fresh look at the member."""
        if row.refusal is MemberRefusal.GROUP and again.operation is not None:
            # Each such answer names one group less, so this comes to an end by itself.
            item.beside.extend(self._gone.note([row.field]))
            item.operation = again.operation
            self.write(item)
            return
        if item.replans >= MOST_REPLANS:
            self._refuse(item, again.otherwise)
            return
        item.replans += 1
        item.beside.extend(again.beside)
        if row.refusal is MemberRefusal.FAILED:
            # The look that follows may show that the last try was taken; else nothing more is sent for this member.
            self._give_up(row.operation.subscriber, again.otherwise)
        if again.operation is None:
            _remember_lost_answer(item, row)
            self._progress.stale.append(item)
            return
        if row.refusal is MemberRefusal.COMPLIANCE:
            self._bar(item.contact, again.otherwise)
        if adds_somebody(_planned(item)) and not adds_somebody(again.operation):
            self.give_back(item)
        item.operation = again.operation
        self.write(item)

    def give_back(self, item: WorkItem) -> None:
        """Tell the limits that an operation was not done after all; who left a list was never counted here."""
        if item.is_record and not item.has_taken_away:
            self._limits.give_back(_planned(item))


def _for_tags(operation: Operation, advance: Advance) -> Operation:
    """Return the operation of which only the tags are left; those of a renamed member go to its new address."""
    member = operation.member
    if operation.route is Route.RENAME:
        member = ""
    known = advance.known
    if known is None:
        known = operation.known
    return replace(operation, settled=advance.settled, known=known, member=member)


def _remember_lost_answer(item: WorkItem, row: RowAnswer) -> None:
    """Keep in mind what an earlier try may have done, for the outcome."""
    route = row.operation.route
    if route is Route.RENAME and row.refusal is MemberRefusal.GONE:
        # The member is gone from its old address: perhaps because the first try renamed it.
        item.renamed_unseen = True
    if route is Route.ADD and row.tries > 1:
        item.may_have_added(row.operation)
    is_open = row.refusal is MemberRefusal.UNANSWERED or row.refusal is MemberRefusal.FAILED
    if is_open and _changes_member(route):
        item.changed_unseen = row.operation.settled


def _changes_member(route: Route) -> bool:
    """Return whether a call changes somebody who is there, and leaves them at their address."""
    match route:
        case Route.UPDATE | Route.CHANGE_STATUS | Route.PATCH | Route.RESUBSCRIBE:
            return True
        case Route.ADD | Route.RENAME | Route.ARCHIVE | Route.DELETE | Route.NOTHING:
            return False
        case _:
            assert_never(route)


def _permissions(given: Mapping[str, bool], ids: Mapping[str, str]) -> tuple[list[Json], list[Note]]:
    """Return marketing permissions as Mailchimp takes them, and a note for each that the audience does not have."""
    changes: list[dict[str, Any]] = []
    unknown: list[Note] = []
    for text, enabled in given.items():
        if text in ids:
            changes.append({"marketing_permission_id": ids[text], "enabled": enabled})
        else:
            unknown.append(Note(Reason.PERMISSION_UNKNOWN, text))
    return changes, unknown


def _planned(item: WorkItem) -> Operation:
    """Return the operation of an item; one that was never planned has no calls, which would be a fault of ours."""
    if item.operation is None:
        raise RuntimeError("Internal error: a contact was written before it was planned. Please report this")
    return item.operation
