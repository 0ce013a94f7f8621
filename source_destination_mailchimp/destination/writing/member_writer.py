"""Members are written, in bulk or one by one, and each gets an answer of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.destination.work import Batch, RowAnswer
from source_destination_mailchimp.destination.writing.access import stop_if_about_the_audience
from source_destination_mailchimp.destination.writing.batches import SINGLE_CALLS, Way, way_of
from source_destination_mailchimp.destination.writing.failing_contacts import (
    FailingContacts,
    Failure,
    PassedCalls,
    is_settled_by_failing,
    kind_of,
)
from source_destination_mailchimp.destination.writing.member_calls import repeatable_call, single_call, subscribe_call
from source_destination_mailchimp.destination.writing.reading_answers import (
    failed_row,
    read_batch,
    read_single,
    refused_row,
)
from source_destination_mailchimp.destination.writing.recheck import AlreadyWritten, ChangedMeanwhile, check_unchanged
from source_destination_mailchimp.mailchimp.answers import Answer, Knowledge, Refusal, RefusalKind, Weather
from source_destination_mailchimp.mailchimp.bulk import run_job
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import TOO_LARGE, MemberRefusal, Unavailable


class Suspect(NamedTuple):
    """A contact that stood alone in a call over which Mailchimp failed."""

    operation: Operation
    failure: Failure


@dataclass(frozen=True, slots=True)
class MemberWriter:
    """Writes members of one audience, from whatever thread calls it."""

    client: Client
    audience_id: str
    skip_merge_validation: bool
    failing: FailingContacts = field(default_factory=FailingContacts)
    passed: PassedCalls = field(default_factory=PassedCalls)

    def write(self, batch: Batch) -> list[RowAnswer]:
        """Write a batch the way its route is written; raises what ends the run, and nothing for a refused member."""
        suspects: list[Suspect] = []
        rows = list(self._written(batch, suspects))
        for suspect in suspects:
            rows.append(self._settled(suspect))
        return rows

    def _written(self, batch: Batch, suspects: list[Suspect]) -> Iterator[RowAnswer]:
        """Write everybody, and leave those over whom Mailchimp fails among the suspects."""
        operations = batch.operations
        match way_of(batch.route):
            case Way.BULK:
                yield from self._subscribe(batch.route, operations, suspects)
            case Way.SINGLE:
                yield from self._by_job(operations, suspects)
            case Way.CHECKED:
                yield from self._one_by_one(operations, suspects)
            case never:
                assert_never(never)

    # In bulk

    def _subscribe(
        self, route: Route, operations: tuple[Operation, ...], suspects: list[Suspect]
    ) -> Iterator[RowAnswer]:
        passed_before = self.passed.times(kind_of(route))
        try:
            answer = self.client.ask(self._subscribe_call(route, operations))
        except Unavailable as error:
            if len(operations) == 1:
                self._suspect(operations[0], self.passed.failure(kind_of(route), error, passed_before), suspects)
                return
            for half in _halves_unless_down(operations, error):
                yield from _tried_before(self._subscribe(route, half, suspects))
            return
        self._note_passed(operations[-1])
        match answer:
            case Knowledge():
                yield from read_batch(operations, answer)
            case Refusal():
                stop_if_about_the_audience(answer)
                yield from self._refused_whole(route, operations, answer, suspects)
            case never:
                assert_never(never)

    def _refused_whole(
        self, route: Route, operations: tuple[Operation, ...], refusal: Refusal, suspects: list[Suspect]
    ) -> Iterator[RowAnswer]:
        """Find out who spoils the call for all: halve it until they stand alone. [observed]"""
        if len(operations) == 1:
            yield refused_row(operations[0], refusal)
            return
        if route is Route.UPDATE and refusal.status not in TOO_LARGE:
            # Each goes by PATCH after this, which says what is wrong with whom.
            for operation in operations:
                yield RowAnswer(operation, None, MemberRefusal.OTHER, "", refusal.sentence())
            return
        for half in _halves(operations):
            yield from self._subscribe(route, half, suspects)

    def _subscribe_call(self, route: Route, operations: tuple[Operation, ...]) -> Call:
        return subscribe_call(self.audience_id, route, operations, skip_merge_validation=self.skip_merge_validation)

    # One by one

    def _by_job(self, operations: tuple[Operation, ...], suspects: list[Suspect]) -> Iterator[RowAnswer]:
        """Write many members by one job of calls; few of them, and those whom the job leaves open, by a call each."""
        if len(operations) <= SINGLE_CALLS:
            yield from self._one_by_one(operations, suspects)
            return
        wanted = {operation.subscriber: self._call(operation) for operation in operations}
        try:
            answers = run_job(self.client, wanted)
        except Unavailable as error:
            for half in _halves_unless_down(operations, error):
                yield from _tried_before(self._by_job(half, suspects))
            return
        unanswered = []
        for operation in operations:
            answer = answers[operation.subscriber]
            if isinstance(answer, Weather):
                unanswered.append(operation)
            else:
                yield self._read(operation, answer)
        yield from self._one_by_one(tuple(unanswered), suspects)

    def _one_by_one(self, operations: tuple[Operation, ...], suspects: list[Suspect]) -> Iterator[RowAnswer]:
        for operation in operations:
            passed_before = self.passed.times(kind_of(operation.route))
            try:
                yield self._write_one(operation)
            except Unavailable as error:
                failure = self.passed.failure(kind_of(operation.route), error, passed_before)
                self._suspect(operation, failure, suspects)

    def _write_one(self, operation: Operation) -> RowAnswer:
        if way_of(operation.route) is Way.CHECKED:
            return self._write_checked(operation)
        return self._read(operation, self.client.ask(self._call(operation)))

    def _write_checked(self, operation: Operation) -> RowAnswer:
        """Write one member only if they are as they were planned for, before the first try and before each other."""
        check = partial(check_unchanged, self.client, self.audience_id, operation)
        check_again = partial(check, is_retry=True)
        try:
            check(is_retry=False)
        except ChangedMeanwhile:
            return RowAnswer(operation, refusal=MemberRefusal.MOVED)
        try:
            answer = self.client.ask(self._call(operation), before_retry=check_again)
        except ChangedMeanwhile:
            # Before the second try: the first may have been taken, and then somebody else came.
            return RowAnswer(operation, refusal=MemberRefusal.MOVED, tries=2)
        except AlreadyWritten as found:
            return RowAnswer(operation, found.member, tries=2)
        return self._read(operation, answer)

    def _call(self, operation: Operation) -> Call:
        return single_call(self.audience_id, operation, skip_merge_validation=self.skip_merge_validation)

    def _read(self, operation: Operation, answer: Answer) -> RowAnswer:
        """Read the answer to one member's call. Its 404 is about the member, its 403 is not."""
        if isinstance(answer, Refusal) and answer.kind is RefusalKind.PERMISSION:
            stop_if_about_the_audience(answer)
        self._note_passed(operation)
        return read_single(operation, answer)

    # Over whom Mailchimp fails

    def _suspect(self, operation: Operation, failure: Failure, suspects: list[Suspect]) -> None:
        """Set a contact aside until others have been tried; raises where its record may not end this way."""
        if not is_settled_by_failing(operation):
            raise failure.error
        if len(suspects) >= self.failing.most:
            raise failure.error
        suspects.append(Suspect(operation, failure))

    def _settled(self, suspect: Suspect) -> RowAnswer:
        """Return the end of a suspect; raises where Mailchimp may fail over others too."""
        operation, failure = suspect
        if not failure.passed_before:
            # It may have been Mailchimp that failed, until others were tried.
            again: list[Suspect] = []
            for row in _tried_before(self._written(Batch(operation.route, (operation,)), again)):
                return row
            operation, failure = again[0]
        self.passed.check_others_pass(self.client, failure)
        if not self.failing.give_up(self.audience_id, operation.subscriber):
            raise failure.error
        return failed_row(operation, failure.error)

    def _note_passed(self, operation: Operation) -> None:
        repeatable = repeatable_call(self.audience_id, operation, skip_merge_validation=self.skip_merge_validation)
        self.passed.note(kind_of(operation.route), repeatable)


def _halves_unless_down(
    operations: tuple[Operation, ...], error: Unavailable
) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Return the halves of a call over which Mailchimp failed; raises the error where it cannot be about the call."""
    if not error.may_be_about_the_call:
        raise error
    return _halves(operations)


def _tried_before(rows: Iterable[RowAnswer]) -> Iterator[RowAnswer]:
    """Yield rows of a call whose members were in one before: that one may have taken effect although it failed."""
    for row in rows:
        yield row._replace(tries=row.tries + 1)


def _halves(operations: tuple[Operation, ...]) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    middle = len(operations) // 2
    return operations[:middle], operations[middle:]
