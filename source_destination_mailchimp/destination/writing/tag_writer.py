"""Tags are put on and taken off, by the tag for many people or by the member's own call."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from source_destination_mailchimp.destination.work import MemberTags, MemberTagsAnswer, TagAnswer, TagBatch
from source_destination_mailchimp.destination.writing.access import stop_unless_about_one
from source_destination_mailchimp.destination.writing.batches import SINGLE_CALLS
from source_destination_mailchimp.destination.writing.failing_contacts import (
    CallKind,
    FailingContacts,
    Failure,
    PassedCalls,
)
from source_destination_mailchimp.destination.writing.reading_answers import read_tag_change, refuse_everybody
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Answer, Refusal, RefusalKind, Weather
from source_destination_mailchimp.mailchimp.bulk import run_job
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Tag

Changes = Mapping[str, Mapping[str, bool]]
"""Subscriber hash → tag → whether it goes on."""


class _Untagged(NamedTuple):
    """One person over whose tags Mailchimp failed."""

    subscriber: str
    changes: Mapping[str, bool]
    failure: Failure


@dataclass(frozen=True, slots=True)
class TagWriter:
    """Changes tags of one audience, from whatever thread calls it."""

    client: Client
    audience_id: str
    tag_ids: TagIds
    failing: FailingContacts = field(default_factory=FailingContacts)
    passed: PassedCalls = field(default_factory=PassedCalls)

    # By the tag

    def change(self, batch: TagBatch) -> TagAnswer:
        """Change one tag for up to 500 people each way; raises what ends the run, and nothing for a refused tag."""
        try:
            tag, is_made = self._find_or_make(batch)
        except Refused as error:
            stop_unless_about_one(self.client, self.audience_id, error.refusal)
            return TagAnswer(batch, refuse_everybody(batch, error.refusal))
        if tag is None:
            return TagAnswer(batch, {})  # nobody carries what is not there
        people = {*batch.on, *batch.off}
        if is_made and tag.members == len(people):
            return TagAnswer(batch, {}, is_made)  # making it gave it to all of them
        failed: list[_Untagged] = []
        refused = self._change_in_parts(tag, batch, failed)
        for one in _once_more(failed):
            refused.update(self._change_in_parts(tag, _part(batch, [one.subscriber]), failed))
        refused.update(self._given_up(failed))
        return TagAnswer(batch, refused, is_made)

    def _change_in_parts(self, tag: Tag, batch: TagBatch, failed: list[_Untagged]) -> dict[str, str]:
        """Change a tag, in halves where Mailchimp fails over the whole; says who was not taken and why."""
        passed_before = self.passed.times(CallKind.TAG)
        try:
            refused = self._change_at_once(tag, batch)
        except Unavailable as error:
            failure = self.passed.failure(CallKind.TAG, error, passed_before)
            return self._change_halves(tag, batch, failure, failed)
        email = next(iter(batch.on.values()), "")
        self.passed.note(CallKind.TAG, calls.change_tag(self.audience_id, tag.id, [email], []) if email else None)
        return refused

    def _change_halves(self, tag: Tag, batch: TagBatch, failure: Failure, failed: list[_Untagged]) -> dict[str, str]:
        subscribers = [*batch.on, *batch.off]
        if len(subscribers) == 1:
            changes = {batch.tag: bool(batch.on)}
            self._set_aside(_Untagged(subscribers[0], changes, failure), failed)
            return {}
        middle = len(subscribers) // 2
        refused = {}
        for half in (subscribers[:middle], subscribers[middle:]):
            refused.update(self._change_in_parts(tag, _part(batch, half), failed))
        return refused

    def _change_at_once(self, tag: Tag, batch: TagBatch) -> dict[str, str]:
        try:
            self._take_from_doubles(batch)
            body = self.client.send(self._call(tag.id, batch)).body
        except Refused as error:
            stop_unless_about_one(self.client, self.audience_id, error.refusal)
            if error.refusal.kind is RefusalKind.NOT_FOUND:
                self.tag_ids.forget(batch.tag)  # somebody deleted the tag meanwhile
            return refuse_everybody(batch, error.refusal)
        return read_tag_change(batch, body)

    def _find_or_make(self, batch: TagBatch) -> tuple[Tag | None, bool]:
        if not batch.on:
            return self.tag_ids.find(batch.tag), False
        try:
            return self.tag_ids.make(batch.tag, list(batch.on.values()))
        except Unavailable as error:
            if not error.may_be_about_the_call:
                raise
            return self.tag_ids.make(batch.tag, [])  # it may have been about one of the people

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

    # By the member's own call

    def change_members(self, work: MemberTags) -> MemberTagsAnswer:
        """Change the tags of single members, each by a call of their own; says who was refused and why."""
        refused: dict[str, str] = {}
        failed: list[_Untagged] = []
        for subscriber, answer in self._answers(work.changes, failed):
            if isinstance(answer, Refusal):
                stop_unless_about_one(self.client, self.audience_id, answer)
                refused[subscriber] = answer.sentence()
        for one in _once_more(failed):
            for subscriber, answer in self._one_by_one({one.subscriber: one.changes}, failed):
                if isinstance(answer, Refusal):
                    refused[subscriber] = answer.sentence()
        refused.update(self._given_up(failed))
        return MemberTagsAnswer(work.changes, refused)

    def _answers(self, changes: Changes, failed: list[_Untagged]) -> Iterator[tuple[str, Answer]]:
        """Send every call, singly or as a job; what a job leaves open is asked once more, singly."""
        if len(changes) <= SINGLE_CALLS:
            yield from self._one_by_one(changes, failed)
            return
        wanted = {subscriber: self._own_call(subscriber, changes[subscriber]) for subscriber in changes}
        try:
            answers = run_job(self.client, wanted)
        except Unavailable as error:
            if not error.may_be_about_the_call:
                raise
            subscribers = list(changes)
            middle = len(subscribers) // 2
            for half in (subscribers[:middle], subscribers[middle:]):
                yield from self._answers({subscriber: changes[subscriber] for subscriber in half}, failed)
            return
        unanswered = {}
        for subscriber, answer in answers.items():
            if isinstance(answer, Weather):
                unanswered[subscriber] = changes[subscriber]
            else:
                self.passed.note(CallKind.TAG_ONE, wanted[subscriber])
                yield subscriber, answer
        yield from self._one_by_one(unanswered, failed)

    def _one_by_one(self, changes: Changes, failed: list[_Untagged]) -> Iterator[tuple[str, Answer]]:
        for subscriber, wanted in changes.items():
            passed_before = self.passed.times(CallKind.TAG_ONE)
            call = self._own_call(subscriber, wanted)
            try:
                answer = self.client.ask(call)
            except Unavailable as error:
                failure = self.passed.failure(CallKind.TAG_ONE, error, passed_before)
                self._set_aside(_Untagged(subscriber, wanted, failure), failed)
            else:
                self.passed.note(CallKind.TAG_ONE, call)
                yield subscriber, answer

    def _own_call(self, subscriber: str, changes: Mapping[str, bool]) -> Call:
        spelled = self.tag_ids.spelled(changes)
        return calls.set_member_tags(self.audience_id, subscriber, spelled)

    # Over whom Mailchimp fails

    def _set_aside(self, one: _Untagged, failed: list[_Untagged]) -> None:
        """Set a person aside until others have been tried.

        Raises for a tag that comes off, which may be somebody's removal, and where there are too many.
        """
        if not all(one.changes.values()):
            raise one.failure.error
        if len(failed) >= self.failing.most:
            raise one.failure.error
        failed.append(one)

    def _given_up(self, failed: list[_Untagged]) -> dict[str, str]:
        """Return who goes without the tag because Mailchimp fails over them; raises where others may fail too."""
        words = {}
        for one in {one.subscriber: one for one in failed}.values():
            if not self.failing.is_given_up(self.audience_id, one.subscriber):
                self.passed.check_others_pass(self.client, one.failure)
                if not self.failing.give_up(self.audience_id, one.subscriber):
                    raise one.failure.error
            words[one.subscriber] = str(one.failure.error)
        return words


def _once_more(failed: list[_Untagged]) -> list[_Untagged]:
    """Return those to be tried once more: before them nobody had got through, so it may have been Mailchimp."""
    first = [one for one in failed if not one.failure.passed_before]
    for one in first:
        failed.remove(one)
    return first


def _part(batch: TagBatch, subscribers: Sequence[str]) -> TagBatch:
    """Return the part of a tag call that is about these people."""
    on = {subscriber: batch.on[subscriber] for subscriber in subscribers if subscriber in batch.on}
    off = {subscriber: batch.off[subscriber] for subscriber in subscribers if subscriber in batch.off}
    return TagBatch(batch.tag, on, off)
