"""The tags of members that are written: in bulk where Mailchimp allows, by the member's own call where not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from source_destination_mailchimp.destination.model import Note, Operation, Reason
from source_destination_mailchimp.destination.work import Answered, CheckTags, MemberTags, MemberTagsAnswer, TagAnswer
from source_destination_mailchimp.destination.writing.batches import TagBatches
from source_destination_mailchimp.destination.writing.workers import Sends, Writer
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE, Status


@dataclass(slots=True)
class _Tagged:
    """One member whose tags are on their way."""

    operation: Operation
    unanswered: int = 0
    left_out: dict[str, bool] = field(default_factory=dict)
    """Changes that the bulk calls did not take."""

    notes: list[Note] = field(default_factory=list)


Done = Callable[[Operation, tuple[Note, ...]], None]


class Tagging:
    """Gathers tag changes, sends them, and says when a member has all of theirs and which were refused."""

    def __init__(self, writer: Writer, sender: Sends, done: Done) -> None:
        self._writer = writer
        self._sender = sender
        self._done = done
        self._batches = TagBatches()
        self._members: dict[str, _Tagged] = {}
        self._made: set[str] = set()
        """Tags that were made since they were last compared with those of other syncs."""

        self._own_calls: dict[str, Mapping[str, bool]] = {}
        self._refused: dict[str, str] = {}
        """Subscriber hash → what Mailchimp said to their own call."""

    def start(self, operation: Operation, status: Status) -> None:
        """Change a member's tags. Bulk calls take subscribed people only. [observed]"""
        key = operation.subscriber
        changes = dict.fromkeys(operation.tags_on, True) | dict.fromkeys(operation.tags_off, False)
        tagged = _Tagged(operation)
        self._members[key] = tagged
        if status is not Status.SUBSCRIBED:
            self._alone(tagged, changes)
            return
        tagged.unanswered = len(changes)
        email = operation.known.email if operation.known else operation.contact.email
        for tag, on in changes.items():
            if full := self._batches.add(tag, key, email, on=on):
                self._writer.submit(self._sender, full, self._bulk_answered)

    @property
    def has_unchecked(self) -> bool:
        """Whether a tag was made that nobody has looked at since."""
        return bool(self._made)

    def flush(self) -> None:
        """Send what is gathered, full or not."""
        for batch in self._batches.flush():
            self._writer.submit(self._sender, batch, self._bulk_answered)
        self._flush_own_calls()

    def check(self) -> None:
        """Compare the tags that were made with those that other syncs made at the same time."""
        self._writer.submit(self._sender, CheckTags(tuple(sorted(self._made))), lambda answered: None)
        self._made = set()

    def _alone(self, tagged: _Tagged, changes: Mapping[str, bool]) -> None:
        """The member's own call; who was refused once is not tried again in this run."""
        key = tagged.operation.subscriber
        if key in self._refused:
            tagged.notes.extend(Note(Reason.TAG_REFUSED, tag, self._refused[key]) for tag in changes)
            self._finish(tagged)
            return
        self._own_calls[key] = changes
        if len(self._own_calls) >= BATCH_SIZE:
            self._flush_own_calls()

    def _flush_own_calls(self) -> None:
        if self._own_calls:
            calls, self._own_calls = self._own_calls, {}
            self._writer.submit(self._sender, MemberTags(calls), self._own_calls_answered)

    def _bulk_answered(self, answered: Answered) -> None:
        if not isinstance(answered, TagAnswer):
            raise TypeError("a tag call was answered by something else")
        if answered.is_made:
            self._made.add(answered.batch.tag)
        for on, people in ((True, answered.batch.on), (False, answered.batch.off)):
            for key in people:
                tagged = self._members[key]
                tagged.unanswered -= 1
                if key in answered.refused:
                    tagged.left_out[answered.batch.tag] = on
                if tagged.unanswered == 0:
                    self._after_bulk(tagged)

    def _after_bulk(self, tagged: _Tagged) -> None:
        if tagged.left_out:
            self._alone(tagged, tagged.left_out)
        else:
            self._finish(tagged)

    def _own_calls_answered(self, answered: Answered) -> None:
        if not isinstance(answered, MemberTagsAnswer):
            raise TypeError("a member's tags call was answered by something else")
        for key, changes in answered.changes.items():
            tagged = self._members[key]
            if key in answered.refused:
                self._refused[key] = answered.refused[key]
                tagged.notes.extend(Note(Reason.TAG_REFUSED, tag, answered.refused[key]) for tag in changes)
            self._finish(tagged)

    def _finish(self, tagged: _Tagged) -> None:
        del self._members[tagged.operation.subscriber]
        self._done(tagged.operation, tuple(tagged.notes))
