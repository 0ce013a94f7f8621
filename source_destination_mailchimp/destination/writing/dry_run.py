"""A dry run's stand-in for the sender: every write is taken as done, and none is made."""

from source_destination_mailchimp.destination.model import Operation
from source_destination_mailchimp.destination.work import (
    Answered,
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
    TagsChecked,
    Work,
)
from source_destination_mailchimp.mailchimp.members import Json


class Rehearsal:
    """Answers as Mailchimp would if it took everything."""

    def send(self, work: Work) -> Answered:
        """The answer to work that nobody does."""
        if isinstance(work, TagBatch):
            return TagAnswer(work, {})
        if isinstance(work, MemberTags):
            return MemberTagsAnswer(work.changes, {})
        if isinstance(work, CheckTags):
            return TagsChecked()
        return [RowAnswer(operation, _member(operation)) for operation in work.operations]


def _member(operation: Operation) -> Json:
    known = operation.known
    status = operation.status or (known.status if known else None)
    return {"status": status.value} if status else {}
