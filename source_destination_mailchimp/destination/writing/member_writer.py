"""Members are written, in bulk or one by one, and each gets an answer of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.destination.work import Batch, RowAnswer
from source_destination_mailchimp.destination.writing.batches import SINGLE_CALLS, Way, way_of
from source_destination_mailchimp.destination.writing.member_calls import single_call, subscribe_call
from source_destination_mailchimp.destination.writing.reading_answers import read_batch, read_single, refused_row
from source_destination_mailchimp.destination.writing.recheck import AlreadyWritten, ChangedMeanwhile, check_unchanged
from source_destination_mailchimp.mailchimp.answers import Answer, Knowledge, Refusal, RefusalKind, Weather
from source_destination_mailchimp.mailchimp.bulk import run_job
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import MemberRefusal, Misconfigured
from source_destination_mailchimp.mailchimp.members import without_addresses


@dataclass(frozen=True, slots=True)
class MemberWriter:
    """Writes members of one audience, from whatever thread calls it."""

    client: Client
    audience_id: str
    skip_merge_validation: bool

    def write(self, batch: Batch) -> list[RowAnswer]:
        """Write a batch the way its route is written; raises what ends the run, and nothing for a refused member."""
        operations = batch.operations
        match way_of(batch.route):
            case Way.BULK:
                return list(self._subscribe(batch.route, operations))
            case Way.SINGLE:
                if len(operations) > SINGLE_CALLS:
                    return list(self._by_job(operations))
                return [self._write_one(operation) for operation in operations]
            case Way.CHECKED:
                return [self._write_checked(operation) for operation in operations]
            case never:
                assert_never(never)

    def _subscribe(self, route: Route, operations: tuple[Operation, ...]) -> Iterator[RowAnswer]:
        call = subscribe_call(self.audience_id, route, operations, skip_merge_validation=self.skip_merge_validation)
        match self.client.ask(call):
            case Knowledge() as known:
                yield from read_batch(operations, known)
            case Refusal() as refusal:
                stop_if_about_the_audience(refusal)
                yield from self._refused_whole(route, operations, refusal)
            case never:
                assert_never(never)

    def _refused_whole(self, route: Route, operations: tuple[Operation, ...], refusal: Refusal) -> Iterator[RowAnswer]:
        """Find out who spoils the call for all: halve it until they stand alone. [observed]"""
        if len(operations) == 1:
            yield refused_row(operations[0], refusal)
            return
        if route is Route.UPDATE:
            # Each goes by PATCH after this, which says what is wrong with whom.
            for operation in operations:
                yield RowAnswer(operation, None, MemberRefusal.OTHER, "", refusal.sentence())
            return
        middle = len(operations) // 2
        yield from self._subscribe(route, operations[:middle])
        yield from self._subscribe(route, operations[middle:])

    def _by_job(self, operations: tuple[Operation, ...]) -> Iterator[RowAnswer]:
        wanted = {operation.subscriber: self._call(operation) for operation in operations}
        answers = run_job(self.client, wanted)
        for operation in operations:
            answer = answers[operation.subscriber]
            if isinstance(answer, Weather):
                yield self._write_one(operation)
            else:
                yield read_single(operation, answer)

    def _write_one(self, operation: Operation) -> RowAnswer:
        answer = self.client.ask(self._call(operation))
        return _read_or_stop(operation, answer)

    def _write_checked(self, operation: Operation) -> RowAnswer:
        """Write one member only if they are as they were planned for, before the first try and before each other."""
        check = partial(check_unchanged, self.client, self.audience_id, operation)
        check_again = partial(check, is_retry=True)
        try:
            check(is_retry=False)
            answer = self.client.ask(self._call(operation), before_retry=check_again)
        except ChangedMeanwhile:
            return RowAnswer(operation, refusal=MemberRefusal.MOVED)
        except AlreadyWritten as found:
            return RowAnswer(operation, found.member, tries=2)
        return _read_or_stop(operation, answer)

    def _call(self, operation: Operation) -> Call:
        return single_call(self.audience_id, operation, skip_merge_validation=self.skip_merge_validation)


def stop_if_about_the_audience(refusal: Refusal) -> None:
    """Raise `Misconfigured` for a refusal that every member would get: a right is missing, or the audience is gone."""
    match refusal.kind:
        case RefusalKind.CREDENTIALS | RefusalKind.PERMISSION:
            raise Misconfigured(
                f"Mailchimp does not let the user of these credentials write: {without_addresses(refusal.sentence())} "
                "Use the key of a user whose role may manage the audience."
            )
        case RefusalKind.NOT_FOUND:
            raise Misconfigured("The audience is not there any more. Choose another one in audience.")
        case RefusalKind.REQUEST:
            return
        case never:
            assert_never(never)


def _read_or_stop(operation: Operation, answer: Answer) -> RowAnswer:
    """Read the answer to one member's call. Its 404 is about the member, its 403 is not."""
    if isinstance(answer, Refusal) and answer.kind is RefusalKind.PERMISSION:
        stop_if_about_the_audience(answer)
    return read_single(operation, answer)
