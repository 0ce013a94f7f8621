"""A dry run's stand-in for the sender: every write is taken as done, and none is made."""

from typing import assert_never

from source_destination_mailchimp.destination.model import Operation
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
from source_destination_mailchimp.mailchimp.members import Json


class DryRunSender:
    """Answers as Mailchimp would if it took everything."""

    def send(self, work: Work) -> Answered:
        """Return the answer to work that nobody does."""
        match work:
            case Batch(operations=operations):
                return [RowAnswer(operation, _member(operation)) for operation in operations]
            case TagBatch():
                return TagAnswer(work, {})
            case MemberTags(changes=changes):
                return MemberTagsAnswer(changes, {})
            case CheckTags():
                return TagsChecked()
            case never:
                assert_never(never)


def _member(operation: Operation) -> Json:
    """Return what Mailchimp would show of the member: the status that was asked for, else the one they have."""
    if operation.status is not None:
        return {"status": operation.status.value}
    if operation.known is not None:
        return {"status": operation.known.status.value}
    return {}
