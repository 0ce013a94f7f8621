"""A Mailchimp without a socket: the members of one audience in a dict, and what each kind of work does to them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import assert_never

from source_destination_mailchimp.destination.mapping.digests import contact_digests
from source_destination_mailchimp.destination.model import Known, Operation, Route
from source_destination_mailchimp.destination.work import (
    Answered,
    Batch,
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
    TagsChecked,
    Work,
)
from source_destination_mailchimp.destination.writing.failing_contacts import is_settled_by_failing
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, Status, member_hash
from unit_tests.destination.planned import contact
from unit_tests.destination.pretend_reader import PretendReader

MAILED = (Status.SUBSCRIBED, Status.PENDING)
GONE_FROM_LIST = (Status.UNSUBSCRIBED, Status.CLEANED, Status.ARCHIVED, Status.OTHER)


@dataclass(frozen=True, slots=True)
class Member:
    """One contact as Mailchimp keeps it."""

    email: str
    status: Status
    merge: dict[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    changed: int = 1_000_000_000
    left_themselves: bool = False

    def known(self) -> Known:
        """What a read shows of it."""
        digests = contact_digests(contact(self.email, merge=self.merge))
        stamp = f"changed {self.changed}"
        return Known(self.status, self.email, self.changed, stamp, digests, self.tags, self.merge.get("CRMID", ""))


class _AsKnown(Mapping[str, Known]):
    """The members as a read shows them at this moment."""

    def __init__(self, members: Mapping[str, Member]) -> None:
        self._members = members

    def __getitem__(self, key: str) -> Known:
        return self._members[key].known()

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


class Refused(Exception):
    """Mailchimp does not take one member."""

    def __init__(self, kind: MemberRefusal, field: str = "", sentence: str = "") -> None:
        self.answer = (kind, field, sentence)
        super().__init__(kind)


class PretendMailchimp:
    """Does the work of a `Sender` on the members of a dict. `luck` decides which answers are lost on the way."""

    def __init__(
        self, members: dict[str, Member], luck: Random, lost_answers: float = 0.0, broken: Collection[str] = ()
    ) -> None:
        """`broken` are addresses over which Mailchimp fails, whatever is written for them."""
        self.members = members
        self.broken = {member_hash(email) for email in broken}
        self.forgotten: set[str] = set()
        self.refuses_tags = False
        self.writes = 0
        self.history: list[tuple[Operation, Member | None, Member | None]] = []
        """Every member write that took effect, with the member before and after."""

        self.joined: set[str] = set()
        """Who became subscribed by a write, so that what greets new subscribers starts for them."""

        self.tagged: set[str] = set()
        """Tags, in small letters, that somebody subscribed got by a call that lets journeys start."""

        self._luck = luck
        self._lost_answers = lost_answers
        self._lost: Counter[str] = Counter()
        self._now = 1_600_000_000

    def reader(self) -> PretendReader:
        """What reads see now."""
        return PretendReader(_AsKnown(self.members))

    def put(self, member: Member, **changes: object) -> Member:
        """Change a member as Mailchimp does: `last_changed` moves."""
        self._now += 1
        changed = replace(member, changed=self._now, **changes)  # type: ignore[arg-type]
        self.members[member_hash(changed.email)] = changed
        return changed

    def send(self, work: Work) -> Answered:
        """Do one piece of work."""
        match work:
            case Batch():
                return list(self._answers(work))
            case TagBatch():
                is_made = self._luck.random() < 0.2
                return TagAnswer(work, dict(self._change_tag(work)), is_made)
            case MemberTags():
                return MemberTagsAnswer(work.changes, dict(self._own_calls(work)))
            case CheckTags():
                return TagsChecked()
        assert_never(work)

    def _answers(self, batch: Batch) -> Iterator[RowAnswer]:
        for operation in batch.operations:
            if operation.subscriber in self.broken and is_settled_by_failing(operation):
                yield self._failed(operation)
                continue
            is_lost = self._loses_answer(operation.subscriber)
            if is_lost and batch.route in (Route.ADD, Route.UPDATE, Route.CHANGE_STATUS):
                if self._luck.random() < 0.5:
                    self._row(operation, 1)
                yield RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=2)
            elif is_lost and (done := self._row(operation, 1)).refusal is None:
                yield self._second_try(operation, done)
            else:
                yield self._row(operation, 1)

    def _failed(self, operation: Operation) -> RowAnswer:
        """The answer for somebody over whom Mailchimp fails, who is perhaps written all the same."""
        if self._luck.random() < 0.3:
            self._row(operation, 1)
        return RowAnswer(operation, refusal=MemberRefusal.FAILED, sentence="HTTP 500", tries=2)

    def _loses_answer(self, key: str) -> bool:
        """At most twice per member: the loop gives a record up after a handful of tries, as it should."""
        if self._luck.random() >= self._lost_answers or self._lost[key] == 2:
            return False
        self._lost[key] += 1
        return True

    def _second_try(self, operation: Operation, done: RowAnswer) -> RowAnswer:
        """The answer to a call that had taken effect: where the sender looks once more, it sees that and stops."""
        if operation.route in (Route.ARCHIVE, Route.RESUBSCRIBE):
            return done._replace(tries=2)
        return self._row(operation, 2)

    def _row(self, operation: Operation, tries: int) -> RowAnswer:
        try:
            answer, is_new = self._write(operation)
        except Refused as refused:
            return RowAnswer(operation, None, *refused.answer, tries=tries)
        return RowAnswer(operation, answer, tries=tries, is_new=is_new)

    def _write(self, operation: Operation) -> tuple[Json | None, bool]:
        """One member call: the member as Mailchimp answers it, and whether it is new."""
        key, before = operation.subscriber, self.members.get(operation.subscriber)
        after = self._written(operation, key, before)
        self.writes += 1
        self.history.append((operation, before, after))
        was_subscribed = before is not None and before.status is Status.SUBSCRIBED
        if after is not None and after.status is Status.SUBSCRIBED and not was_subscribed:
            self.joined.add(key)
        if operation.route in (Route.ARCHIVE, Route.DELETE) or after is None:
            return None, False
        return {"status": after.status.value, "last_changed": ""}, before is None

    def _written(self, operation: Operation, key: str, before: Member | None) -> Member | None:
        match operation.route:
            case Route.ADD | Route.UPDATE:
                return self._upserted(operation, key, before)
            case Route.CHANGE_STATUS | Route.PATCH:
                return self._patched(operation, self._there(before))
            case Route.RENAME:
                return self._renamed(operation, key, self._there(before))
            case Route.RESUBSCRIBE:
                return self._patched(operation, self._unmoved(operation, before))
            case Route.ARCHIVE:
                return self._archived(self._unmoved(operation, before))
            case Route.DELETE:
                self.forgotten.add(key)
                self._there(self.members.pop(key, None))
                return None
            case Route.NOTHING:
                raise AssertionError("nothing is sent for this route")
        assert_never(operation.route)

    def _there(self, member: Member | None) -> Member:
        if member is None:
            raise Refused(MemberRefusal.GONE)
        return member

    def _unmoved(self, operation: Operation, member: Member | None) -> Member:
        """The sender looks once more before these calls: who changed since they were read is left alone."""
        known = operation.known
        if member is None or known is None or member.known().last_changed != known.last_changed:
            raise Refused(MemberRefusal.MOVED)
        return member

    def _upserted(self, operation: Operation, key: str, before: Member | None) -> Member:
        status = operation.status or (operation.known.status if operation.known else Status.SUBSCRIBED)
        if before is not None and operation.route is Route.ADD and before.status is not Status.ARCHIVED:
            raise Refused(MemberRefusal.EXISTS)
        if before is not None and operation.route is Route.UPDATE:
            return self._patched(replace(operation, status=None), before)
        if key in self.forgotten:
            raise Refused(MemberRefusal.FORGOTTEN)
        merge = operation.changes.get("merge_fields") or {}
        there = before or Member(operation.known.email if operation.known else operation.contact.email, status)
        return self.put(there, status=status, merge=there.merge | merge)

    def _patched(self, operation: Operation, member: Member) -> Member:
        status = operation.status or member.status
        if status is Status.SUBSCRIBED and member.left_themselves and member.status is not Status.SUBSCRIBED:
            raise Refused(MemberRefusal.COMPLIANCE)
        merge = operation.changes.get("merge_fields") or {}
        return self.put(member, status=status, merge=member.merge | merge)

    def _renamed(self, operation: Operation, key: str, member: Member) -> Member:
        if member.status is not Status.SUBSCRIBED:
            raise Refused(MemberRefusal.OTHER, "email address", "This address can not be changed.")
        if operation.contact.hash in self.members:
            raise Refused(MemberRefusal.OTHER, "email address", "The new address is already in this list.")
        del self.members[key]
        merge = operation.changes.get("merge_fields") or {}
        return self.put(member, email=operation.contact.email, merge=member.merge | merge)

    def _archived(self, member: Member) -> Member:
        if member.status in (Status.PENDING, Status.CLEANED, Status.ARCHIVED):
            raise Refused(MemberRefusal.GONE)
        return self.put(member, status=Status.ARCHIVED)

    def _change_tag(self, batch: TagBatch) -> Iterator[tuple[str, str]]:
        """Bulk calls take subscribed people only, and leave the others out in silence."""
        for on, people in ((True, batch.on), (False, batch.off)):
            for key in people:
                if self.members[key].status is Status.SUBSCRIBED:
                    self._tag(key, batch.tag, on=on)
                    if on:
                        self.tagged.add(batch.tag.lower())
                else:
                    yield key, "not tagged"

    def _own_calls(self, work: MemberTags) -> Iterator[tuple[str, str]]:
        """Change the tags of single members; where the story says so, nobody who bounced is taken."""
        for key, changes in work.changes.items():
            if self.refuses_tags and self.members[key].status is Status.CLEANED:
                yield key, "no tags for this member"
                continue
            for tag, on in changes.items():
                self._tag(key, tag, on=on)

    def _tag(self, key: str, tag: str, *, on: bool) -> None:
        member, lower = self.members[key], tag.lower()
        self.writes += 1
        tags = member.tags | {lower} if on else member.tags - {lower}
        self.members[key] = replace(member, tags=tags)
