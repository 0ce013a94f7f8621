"""Work is written down before it is sent, and settled by its answer."""

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.changes.lines import (
    BY_MEMBER,
    BY_TAG,
    REFUSED,
    WRITTEN,
    member_answer,
    member_change,
    tag_change,
)
from source_destination_mailchimp.destination.work import (
    Answered,
    Batch,
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    TagAnswer,
    TagBatch,
    Work,
)
from source_destination_mailchimp.destination.writing.workers import Sends


class RecordingSender:
    """Sends work to one audience, and writes down what it changes."""

    def __init__(self, sender: Sends, log: ChangeLog, audience_id: str) -> None:
        self._sender = sender
        self._log = log
        self._audience_id = audience_id

    def send(self, work: Work) -> Answered:
        """Write down, send, and write down the answer; what raises stays unsettled."""
        match work:
            case Batch():
                return self._send_members(work)
            case TagBatch():
                return self._send_tag(work)
            case MemberTags():
                return self._send_own_tags(work)
            case CheckTags():
                return self._sender.send(work)
            case never:
                assert_never(never)

    def _send_members(self, batch: Batch) -> Answered:
        place = self._log.place(self._audience_id)
        changes = [member_change(operation, self._log.keys, place) for operation in batch.operations]
        numbers = self._log.leaving(changes)
        by_subscriber = {
            operation.subscriber: number for operation, number in zip(batch.operations, numbers, strict=True)
        }
        rows = self._sender.send(batch)
        if isinstance(rows, list):
            self._log.answered([(by_subscriber[row.operation.subscriber], member_answer(row)) for row in rows])
        return rows

    def _send_tag(self, batch: TagBatch) -> Answered:
        tags = {subscriber: {batch.tag: True} for subscriber in batch.on}
        tags.update({subscriber: {batch.tag: False} for subscriber in batch.off})
        numbers = self._leaving(tags, batch, BY_TAG)
        answer = self._sender.send(batch)
        if isinstance(answer, TagAnswer):
            self._settle_tags(numbers, answer.refused)
        return answer

    def _send_own_tags(self, work: MemberTags) -> Answered:
        numbers = self._leaving(work.changes, work, BY_MEMBER)
        answer = self._sender.send(work)
        if isinstance(answer, MemberTagsAnswer):
            self._settle_tags(numbers, answer.refused)
        return answer

    def _leaving(
        self, tags: Mapping[str, Mapping[str, bool]], work: TagBatch | MemberTags, call: str
    ) -> dict[str, int]:
        place = self._log.place(self._audience_id)
        changes = []
        for subscriber, wanted in tags.items():
            changes.append(tag_change(work.operations[subscriber], wanted, self._log.keys, place, call))
        return dict(zip(tags, self._log.leaving(changes), strict=True))

    def _settle_tags(self, numbers: Mapping[str, int], refused: Iterable[str]) -> None:
        left_out = set(refused)
        answers: list[tuple[int, dict[str, Any]]] = []
        for subscriber, number in numbers.items():
            result = REFUSED if subscriber in left_out else WRITTEN
            answers.append((number, {"result": result}))
        self._log.answered(answers)
