"""Tags are put on and taken off, by the tag for many people or by the member's own call."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from source_destination_mailchimp.destination.work import MemberTags, MemberTagsAnswer, TagAnswer, TagBatch
from source_destination_mailchimp.destination.writing.batches import SINGLE_CALLS
from source_destination_mailchimp.destination.writing.reading_answers import read_tag_change, refuse_everybody
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Answer, Refusal, RefusalKind, Weather
from source_destination_mailchimp.mailchimp.bulk import run_job
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import Tag


@dataclass(frozen=True, slots=True)
class TagWriter:
    """Changes tags of one audience, from whatever thread calls it."""

    client: Client
    audience_id: str
    tag_ids: TagIds

    def change(self, batch: TagBatch) -> TagAnswer:
        """Change one tag for up to 500 people each way; raises what ends the run, and nothing for a refused tag."""
        try:
            tag, is_made = self._find_or_make(batch)
        except Refused as error:
            return TagAnswer(batch, refuse_everybody(batch, error.refusal))
        if tag is None:
            return TagAnswer(batch, {})  # nobody carries what is not there
        people = {*batch.on, *batch.off}
        if is_made and tag.members == len(people):
            return TagAnswer(batch, {}, is_made)  # making it gave it to all of them
        try:
            self._take_from_doubles(batch)
            body = self.client.send(self._call(tag.id, batch)).body
            refused = read_tag_change(batch, body)
        except Refused as error:
            if error.refusal.kind is RefusalKind.NOT_FOUND:
                self.tag_ids.forget(batch.tag)  # somebody deleted the tag meanwhile
            refused = refuse_everybody(batch, error.refusal)
        return TagAnswer(batch, refused, is_made)

    def change_members(self, work: MemberTags) -> MemberTagsAnswer:
        """Change the tags of single members, each by a call of their own; says who was refused and why."""
        wanted = {subscriber: self._own_call(subscriber, changes) for subscriber, changes in work.changes.items()}
        refused = {}
        for subscriber, answer in self._answers(wanted):
            if isinstance(answer, Refusal):
                refused[subscriber] = answer.sentence()
        return MemberTagsAnswer(work.changes, refused)

    def _answers(self, wanted: Mapping[str, Call]) -> Iterator[tuple[str, Answer]]:
        """Send every call, singly or as a job; what a job leaves open is asked once more, singly."""
        if len(wanted) <= SINGLE_CALLS:
            for subscriber, call in wanted.items():
                yield subscriber, self.client.ask(call)
            return
        for subscriber, answer in run_job(self.client, wanted).items():
            if isinstance(answer, Weather):
                call = wanted[subscriber]
                yield subscriber, self.client.ask(call)
            else:
                yield subscriber, answer

    def _find_or_make(self, batch: TagBatch) -> tuple[Tag | None, bool]:
        if batch.on:
            return self.tag_ids.make(batch.tag, list(batch.on.values()))
        return self.tag_ids.find(batch.tag), False

    def _take_from_doubles(self, batch: TagBatch) -> None:
        """Take a tag off that is there twice under one name [observed]: people carry the name by either."""
        if not batch.off:
            return
        emails = list(batch.off.values())
        for double in self.tag_ids.doubles(batch.tag):
            call = calls.change_tag(self.audience_id, double, add=[], remove=emails)
            with contextlib.suppress(Refused):  # nobody to take it from, or gone meanwhile
                self.client.send(call)

    def _call(self, tag_id: int, batch: TagBatch) -> Call:
        add = list(batch.on.values())
        remove = list(batch.off.values())
        return calls.change_tag(self.audience_id, tag_id, add, remove)

    def _own_call(self, subscriber: str, changes: Mapping[str, bool]) -> Call:
        spelled = self.tag_ids.spelled(changes)
        return calls.set_member_tags(self.audience_id, subscriber, spelled)
