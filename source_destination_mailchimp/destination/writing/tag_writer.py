"""Tags are put on and taken off, by the tag for many people or by the member's own call."""

import contextlib
from collections.abc import Mapping
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
        if is_made and tag.members == len({*batch.on, *batch.off}):
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
        answers = self._answers(wanted)
        refused = {key: answer.sentence() for key, answer in answers.items() if isinstance(answer, Refusal)}
        return MemberTagsAnswer(work.changes, refused)

    def _answers(self, wanted: Mapping[str, Call]) -> dict[str, Answer]:
        if len(wanted) <= SINGLE_CALLS:
            return {subscriber: self.client.ask(call) for subscriber, call in wanted.items()}
        answers = {}
        for subscriber, answer in run_job(self.client, wanted).items():
            if isinstance(answer, Weather):
                answers[subscriber] = self.client.ask(wanted[subscriber])
            else:
                answers[subscriber] = answer
        return answers

    def _find_or_make(self, batch: TagBatch) -> tuple[Tag | None, bool]:
        if batch.on:
            return self.tag_ids.make(batch.tag, list(batch.on.values()))
        return self.tag_ids.find(batch.tag), False

    def _take_from_doubles(self, batch: TagBatch) -> None:
        """Take a tag off that is there twice under one name [observed]: people carry the name by either."""
        if not batch.off:
            return
        for double in self.tag_ids.doubles(batch.tag):
            with contextlib.suppress(Refused):  # nobody to take it from, or gone meanwhile
                emails = list(batch.off.values())
                self.client.send(calls.change_tag(self.audience_id, double, add=[], remove=emails))

    def _call(self, tag_id: int, batch: TagBatch) -> Call:
        add, remove = list(batch.on.values()), list(batch.off.values())
        return calls.change_tag(self.audience_id, tag_id, add, remove)

    def _own_call(self, subscriber: str, changes: Mapping[str, bool]) -> Call:
        return calls.set_member_tags(self.audience_id, subscriber, self.tag_ids.spelled(changes))
