"""Work of the loop is handed to what does it: members, tags of many, tags of one."""

from typing import assert_never

from source_destination_mailchimp.destination.work import (
    Answered,
    Batch,
    CheckTags,
    MemberTags,
    TagBatch,
    TagsChecked,
    Work,
)
from source_destination_mailchimp.destination.writing.failing_contacts import FailingContacts, PassedCalls
from source_destination_mailchimp.destination.writing.member_writer import MemberWriter
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.destination.writing.tag_writer import TagWriter
from source_destination_mailchimp.mailchimp.client import Client


class Sender:
    """Sends work to one audience, from whatever thread calls it."""

    def __init__(
        self,
        client: Client,
        audience_id: str,
        tag_ids: TagIds,
        *,
        skip_merge_validation: bool,
        failing: FailingContacts | None = None,
    ) -> None:
        """`failing` is shared by all audiences of a run; without it this one has the whole of what a run may have."""
        failing = failing or FailingContacts()
        passed = PassedCalls()
        self._tag_ids = tag_ids
        self._members = MemberWriter(client, audience_id, skip_merge_validation, failing, passed)
        self._tags = TagWriter(client, audience_id, tag_ids, failing, passed)

    def send(self, work: Work) -> Answered:
        """Do one piece of work; raises what ends the run, and nothing for a refused member."""
        match work:
            case Batch():
                return self._members.write(work)
            case TagBatch():
                return self._tags.change(work)
            case MemberTags():
                return self._tags.change_members(work)
            case CheckTags(names=names):
                self._tag_ids.check(names)
                return TagsChecked()
            case never:
                assert_never(never)
