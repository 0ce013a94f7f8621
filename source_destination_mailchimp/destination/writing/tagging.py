"""The tags of members that are written: in bulk where Mailchimp allows, by the member's own call where not.

Keeps the books only: what comes out is work to be sent, what goes in is Mailchimp's answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from source_destination_mailchimp.destination.model import Note, Operation, Reason
from source_destination_mailchimp.destination.work import (
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    TagAnswer,
    TagBatch,
    Work,
)
from source_destination_mailchimp.destination.writing.batches import TagBatches
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE, Status


class Tagged(NamedTuple):
    """A member whose tags are done, and a note for each that Mailchimp refused."""

    operation: Operation
    refused: tuple[Note, ...]


class Step(NamedTuple):
    """What follows from a change that was taken in, or from an answer: work to send, members that are done."""

    work: tuple[Work, ...] = ()
    done: tuple[Tagged, ...] = ()


@dataclass(slots=True)
class _Tagging:
    """One member whose tags are on their way."""

    operation: Operation
    unanswered: int = 0
    """Bulk calls that still have to say something of this member."""

    left_out: dict[str, bool] = field(default_factory=dict)
    """Changes for a call of its own, which the bulk calls did not take or must not: tag → on."""

    refused: list[Note] = field(default_factory=list)


class Tagging:
    """Gathers tag changes until a call is full, and knows which members have all of theirs."""

    def __init__(self) -> None:
        self._batches = TagBatches()
        self._members: dict[str, _Tagging] = {}
        self._made: set[str] = set()
        """Tags that were made since they were last compared with those of other syncs."""

        self._own_calls: dict[str, Mapping[str, bool]] = {}
        """Subscriber hash → changes that wait for a call of the member's own."""

        self._refused: dict[str, str] = {}
        """Subscriber hash → what Mailchimp said to the member's own call."""

    @property
    def has_unchecked(self) -> bool:
        """Whether a tag was made that nobody has compared since."""
        return bool(self._made)

    def start(self, operation: Operation, status: Status) -> Step:
        """Take in the tag changes of one member.

        Bulk calls take subscribed people only [observed], and start journeys; a call of the member's own says that it
        is a sync, so it is the way for tags that the person has already at another address.
        """
        changes = dict.fromkeys(operation.tags_on, True) | dict.fromkeys(operation.tags_off, False)
        member = _Tagging(operation)
        self._members[operation.subscriber] = member
        if status is not Status.SUBSCRIBED:
            return self._alone(member, changes)
        for tag in operation.tags_kept:
            member.left_out[tag] = changes.pop(tag)
        if not changes:
            return self._alone(member, member.left_out)
        member.unanswered = len(changes)
        return self._in_bulk(operation, changes)

    def _in_bulk(self, operation: Operation, changes: Mapping[str, bool]) -> Step:
        """Put a member's changes into the calls of their tags."""
        email = operation.known.email if operation.known else operation.contact.email
        full: list[Work] = []
        for tag, on in changes.items():
            batch = self._batches.add(tag, operation.subscriber, email, on=on)
            if batch is not None:
                full.append(self._with_operations(batch))
        return Step(tuple(full))

    def flush(self) -> list[Work]:
        """Return everything that is gathered as work, in full calls or not."""
        work: list[Work] = [self._with_operations(batch) for batch in self._batches.flush()]
        if self._own_calls:
            work.append(self._take_own_calls())
        return work

    def check(self) -> CheckTags:
        """Return the work of comparing the tags that were made with those other syncs made at the same time."""
        made, self._made = self._made, set()
        return CheckTags(tuple(sorted(made)))

    def bulk_answered(self, answer: TagAnswer) -> Step:
        """Take in the answer to one bulk call; who was left out is tried by a call of their own."""
        batch = answer.batch
        if answer.is_made:
            self._made.add(batch.tag)
        steps = [self._answered_for(key, batch, answer, on=True) for key in batch.on]
        steps += [self._answered_for(key, batch, answer, on=False) for key in batch.off]
        return _together(steps)

    def own_calls_answered(self, answer: MemberTagsAnswer) -> Step:
        """Take in the answer to the members' own calls; who was refused is not tried again in this run."""
        done = []
        for key, changes in answer.changes.items():
            member = self._members[key]
            if key in answer.refused:
                self._refused[key] = answer.refused[key]
                self._note_refusal(member, changes)
            done.append(self._finished(member))
        return Step(done=tuple(done))

    def _answered_for(self, key: str, batch: TagBatch, answer: TagAnswer, *, on: bool) -> Step:
        member = self._members[key]
        member.unanswered -= 1
        if key in answer.refused:
            member.left_out[batch.tag] = on
        if member.unanswered:
            return Step()
        if member.left_out:
            return self._alone(member, member.left_out)
        return Step(done=(self._finished(member),))

    def _alone(self, member: _Tagging, changes: Mapping[str, bool]) -> Step:
        """Put a member's changes into a call of its own, unless Mailchimp has refused this member one before."""
        key = member.operation.subscriber
        if key in self._refused:
            self._note_refusal(member, changes)
            return Step(done=(self._finished(member),))
        self._own_calls[key] = changes
        if len(self._own_calls) < BATCH_SIZE:
            return Step()
        return Step((self._take_own_calls(),))

    def _take_own_calls(self) -> MemberTags:
        calls, self._own_calls = self._own_calls, {}
        return MemberTags(calls, {key: self._members[key].operation for key in calls})

    def _with_operations(self, batch: TagBatch) -> TagBatch:
        operations = {key: self._members[key].operation for key in (*batch.on, *batch.off)}
        return batch._replace(operations=operations)

    def _note_refusal(self, member: _Tagging, changes: Mapping[str, bool]) -> None:
        words = self._refused[member.operation.subscriber]
        member.refused.extend(Note(Reason.TAG_REFUSED, tag, words) for tag in changes)

    def _finished(self, member: _Tagging) -> Tagged:
        del self._members[member.operation.subscriber]
        return Tagged(member.operation, tuple(member.refused))


def _together(steps: list[Step]) -> Step:
    work: list[Work] = []
    done: list[Tagged] = []
    for step in steps:
        work.extend(step.work)
        done.extend(step.done)
    return Step(tuple(work), tuple(done))
