"""The loop of a sync. Read this first: messages in, outcomes and STATEs out, one step at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from source_destination_mailchimp.airbyte.messages import Message, log
from source_destination_mailchimp.destination.checkpoints import Checkpoints
from source_destination_mailchimp.destination.mapping.spelling import AsAnnounced
from source_destination_mailchimp.destination.mirror.departures import Leaver, Leaving
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import Contact, Outcome, Rejected, Settled, StreamId
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.storing.stores import Store
from source_destination_mailchimp.destination.writing.workers import Writer

RECORDS_PER_TURN = 64
MOST_UNSETTLED = 25_000
"""Records in work at most; more would only be memory."""

FLUSH_AFTER_SECONDS = 5.0
"""Half-full member calls leave after so long, so that a slow source's STATEs are not kept waiting."""

FLUSH_TAGS_AFTER_SECONDS = 300.0
"""The same for tags, longer because each tag has a call of its own: twenty tags fill twenty calls more slowly than
their people fill one. Airbyte wants no gap of 15 minutes between STATEs. [documented]"""

GRACE_SECONDS = 60.0
"""How much longer a half-full call waits while every connection is in use."""

_KEPT = frozenset({Outcome.REJECTED, Outcome.HELD, Outcome.DUPLICATE})
_REFUSED = frozenset({Outcome.REJECTED, Outcome.HELD})


@dataclass(frozen=True, slots=True)
class Lane:
    """One stream on its way through the sync."""

    stream: StreamId
    mapper: AsAnnounced
    pipeline: Pipeline
    mirror: Mirror | None = None


class Sync:
    """One run of `write`. Everything but the calls themselves happens in the caller's thread."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        report: Report,
        store: Store,
        writer: Writer,
        clock: Callable[[], float],
    ) -> None:
        self.lanes: dict[StreamId, Lane] = {}
        self.leaving: Leaving | None = None
        self._checkpoints = checkpoints
        self._report = report
        self._store = store
        self._writer = writer
        self._clock = clock
        self._members_flushed_at = self._tags_flushed_at = clock()
        self._failed: BaseException | None = None

    def run(self, messages: Iterable[Message | None]) -> Iterator[Message]:
        """Take every message and yield what goes to the platform; None among the messages means that none came."""
        count = 0
        for message in messages:
            if message is not None and message.get("type") == "RECORD":
                self._record(message["record"])
                count += 1
                if count % RECORDS_PER_TURN:
                    continue
            elif message is not None:
                self._other(message)
            yield from self._turn()
            if self.is_stopped:
                break
        yield from self._finish()

    def settle(self, contact: Contact | Rejected, settled: Settled, ticket: Any = None) -> None:
        """A record has its one outcome; somebody who left a list is counted apart, in no STATE."""
        if isinstance(contact, Contact):
            ticket = contact.ticket
        if isinstance(ticket, Leaver) and self.leaving is not None and isinstance(contact, Contact):
            self.leaving.settle(contact, ticket, settled)
            return
        self._report.add(contact.stream, settled)
        if settled.outcome in _KEPT:
            self._store.add(contact.stream, settled, contact.record)
        self._checkpoints.settle(ticket, settled.outcome not in _REFUSED)

    @property
    def is_stopped(self) -> bool:
        """Whether a fuse has blown: nothing more is taken."""
        return any(pipeline.fuse_blown_at is not None for pipeline in self.pipelines())

    def _record(self, wire: Mapping[str, Any]) -> None:
        stream = StreamId(wire.get("namespace"), wire["stream"])
        lane = self.lanes[stream]
        ticket = self._checkpoints.record(stream)
        mapped = lane.mapper.map(wire.get("data"))
        if lane.mirror is not None:
            lane.mirror.saw(mapped, mapped.record)
        if isinstance(mapped, Rejected):
            self.settle(mapped, Settled(Outcome.REJECTED, mapped.note), ticket)
            return
        mapped.ticket = ticket
        lane.pipeline.take(mapped)

    def _other(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "STATE":
            self._checkpoints.state(message)
        elif kind == "TRACE":
            self._trace(message.get("trace") or {})

    def _trace(self, trace: Mapping[str, Any]) -> None:
        status = trace.get("stream_status") if trace.get("type") == "STREAM_STATUS" else None
        estimate = trace.get("estimate") if trace.get("type") == "ESTIMATE" else None
        if status:
            descriptor = status.get("stream_descriptor") or {}
            lane = self.lanes.get(StreamId(descriptor.get("namespace"), descriptor.get("name", "")))
            if lane is not None and lane.mirror is not None:
                lane.mirror.is_complete |= status.get("status") == "COMPLETE"
                lane.mirror.was_interrupted |= status.get("status") == "INCOMPLETE"
        elif estimate and estimate.get("row_estimate"):
            is_of_stream = estimate.get("type") == "STREAM"
            stream = StreamId(estimate.get("namespace"), estimate["name"]) if is_of_stream else None
            self._report.expect(stream, estimate["row_estimate"])

    def _turn(self) -> Iterator[Message]:
        """Answers home, calls out where it is time, STATEs on their way."""
        self._writer.collect(wait=False)
        self._flush_what_is_due()
        while self._writer.is_full or self._checkpoints.unsettled > MOST_UNSETTLED:
            if not self._writer.in_flight:
                self._flush_members()
                self._flush_tags()
            if not self._writer.collect(wait=True):
                break
        yield from self._passed()
        yield from self._progress()

    def _flush_what_is_due(self) -> None:
        now = self._clock()
        if self._is_due(now - self._members_flushed_at, FLUSH_AFTER_SECONDS):
            self._flush_members()
        if self._is_due(now - self._tags_flushed_at, FLUSH_TAGS_AFTER_SECONDS):
            self._flush_tags()

    def _is_due(self, waited_seconds: float, after_seconds: float) -> bool:
        """Half-full calls wait for an idle connection, but not for ever: a few of one kind may hold a STATE back."""
        return waited_seconds > after_seconds + (0 if self._writer.has_room else GRACE_SECONDS)

    def _flush_members(self) -> None:
        for pipeline in self.pipelines():
            pipeline.flush()
        self._members_flushed_at = self._clock()

    def _flush_tags(self) -> None:
        for pipeline in self.pipelines():
            pipeline.flush_tags()
        self._tags_flushed_at = self._clock()

    def _passed(self) -> Iterator[Message]:
        passed = self._checkpoints.passed()
        if passed:
            self._store.flush()  # the refused records first: a STATE says that they are kept
            yield from passed

    def _finish(self) -> Iterator[Message]:
        """Everything that came is settled; then people who left their list; then the last STATEs."""
        yield from self._drain()
        if self.is_stopped:
            self._checkpoints.stop()
        elif self.leaving is not None:
            for lane in self.lanes.values():
                if lane.mirror is not None:
                    yield from self._take_off(self.leaving, lane.mirror)
            for stream in self.leaving.may_release():
                self._checkpoints.release(stream)
        yield from self._passed()
        self._store.flush()

    def _take_off(self, leaving: Leaving, mirror: Mirror) -> Iterator[Message]:
        """Who left one list goes before the next list is looked at: they may have left that one too."""
        objection = leaving.judge(mirror)
        if objection:
            yield log(objection, "WARN")
        for _ in leaving.remove(mirror):
            yield from self._turn()
        yield from self._drain()
        yield from (log(sentence, "WARN") for sentence in leaving.stuck())

    def _drain(self) -> Iterator[Message]:
        """Settle everything. Tags wait for the last member, so that their calls are as full as can be."""
        settled = -1
        while any(pipeline.has_work for pipeline in self.pipelines()):
            self._flush_members()
            if not self._writer.in_flight:
                self._flush_tags()
            if not self._writer.collect(wait=True) and self._report.records == settled:
                raise RuntimeError("records wait for one another: this is a fault of the connector")
            settled = self._report.records
            yield from self._passed()
            yield from self._progress()

    def _progress(self) -> Iterator[Message]:
        line = self._report.progress_line()
        if line:
            yield log(line)

    def pipelines(self) -> list[Pipeline]:
        """The pipelines of all lanes, one per audience."""
        return list({id(lane.pipeline): lane.pipeline for lane in self.lanes.values()}.values())
