"""The loop of a sync. Read this first: messages in, outcomes and STATEs out, one step at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from source_destination_mailchimp.airbyte.messages import Message, log
from source_destination_mailchimp.destination.checkpoints import Checkpoints
from source_destination_mailchimp.destination.mirror.departures import Departures
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import Contact, Outcome, Rejected, Settled, StreamId
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.settling import Settling
from source_destination_mailchimp.destination.storing.store import Store
from source_destination_mailchimp.destination.work import Settlement
from source_destination_mailchimp.destination.writing.workers import Workers

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


class MapsRecords(Protocol):
    """What turns the records of one stream into contacts."""

    def map(self, record: Any) -> Contact | Rejected:
        """Return a record as a contact, or why it is none; never raises, whatever the record holds."""
        ...


@dataclass(frozen=True, slots=True)
class Lane:
    """One stream on its way through the sync."""

    stream: StreamId
    mapper: MapsRecords
    pipeline: Pipeline
    mirror: Mirror | None = None


class Sync:
    """One run of `write`. Everything but the calls themselves happens in the caller's thread."""

    def __init__(
        self,
        lanes: Iterable[Lane],
        departures: Departures,
        checkpoints: Checkpoints,
        settling: Settling,
        report: Report,
        store: Store,
        workers: Workers,
        clock: Callable[[], float],
    ) -> None:
        """`clock` gives seconds that never go back; only their differences count."""
        self.departures = departures
        self._lanes = {lane.stream: lane for lane in lanes}
        self._pipelines = list({id(lane.pipeline): lane.pipeline for lane in self._lanes.values()}.values())
        self._checkpoints = checkpoints
        self._settling = settling
        self._report = report
        self._store = store
        self._workers = workers
        self._clock = clock
        self._records = 0
        self._members_flushed_at = clock()
        self._tags_flushed_at = clock()

    def run(self, messages: Iterable[Message | None]) -> Iterator[Message]:
        """Take every message and yield what goes to the platform; None among the messages means that none came."""
        for message in messages:
            if not self._take(message):
                continue
            yield from self._turn()
            if self.is_stopped:
                break
        yield from self._finish()

    @property
    def is_stopped(self) -> bool:
        """Whether a fuse has blown: nothing more is taken."""
        return any(pipeline.fuse_is_blown for pipeline in self._pipelines)

    @property
    def pipelines(self) -> list[Pipeline]:
        """The pipelines of all lanes, one per audience."""
        return self._pipelines

    @property
    def _has_work(self) -> bool:
        return any(pipeline.has_work for pipeline in self._pipelines)

    # Messages come in

    def _take(self, message: Message | None) -> bool:
        """Take one message in; whether it is time for a turn: behind records only now and then."""
        if message is None:
            return True
        if message.get("type") == "RECORD":
            self._record(message["record"])
            self._records += 1
            return self._records % RECORDS_PER_TURN == 0
        self._other(message)
        return True

    def _record(self, wire: Mapping[str, Any]) -> None:
        stream = StreamId(wire.get("namespace"), wire["stream"])
        lane = self._lanes[stream]
        ticket = self._checkpoints.record(stream)
        mapped = lane.mapper.map(wire.get("data"))
        if lane.mirror is not None:
            lane.mirror.saw(mapped, mapped.record)
        if isinstance(mapped, Rejected):
            self._settling.settle(Settlement(mapped, ticket, Settled(Outcome.REJECTED, mapped.note)))
        else:
            lane.pipeline.take(mapped, ticket)

    def _other(self, message: Message) -> None:
        match message.get("type"):
            case "STATE":
                self._checkpoints.state(message)
            case "TRACE":
                self._trace(message.get("trace") or {})

    def _trace(self, trace: Mapping[str, Any]) -> None:
        match trace.get("type"):
            case "STREAM_STATUS":
                self._stream_status(trace.get("stream_status") or {})
            case "ESTIMATE":
                self._estimate(trace.get("estimate") or {})

    def _stream_status(self, status: Mapping[str, Any]) -> None:
        descriptor = status.get("stream_descriptor") or {}
        lane = self._lanes.get(StreamId(descriptor.get("namespace"), descriptor.get("name", "")))
        if lane is None or lane.mirror is None:
            return
        match status.get("status"):
            case "COMPLETE":
                lane.mirror.is_complete = True
            case "INCOMPLETE":
                lane.mirror.was_interrupted = True

    def _estimate(self, estimate: Mapping[str, Any]) -> None:
        rows = estimate.get("row_estimate")
        if not rows:
            return
        is_of_stream = estimate.get("type") == "STREAM"
        stream = StreamId(estimate.get("namespace"), estimate["name"]) if is_of_stream else None
        self._report.expect(stream, rows)

    # Calls go out, answers come home

    def _turn(self) -> Iterator[Message]:
        """Take answers home, send calls where it is time, let STATEs pass."""
        self._workers.collect(wait=False)
        self._flush_what_is_due()
        while self._workers.is_full or self._checkpoints.unsettled > MOST_UNSETTLED:
            if not self._workers.in_flight:
                self._flush_members()
                self._flush_tags()
            if not self._workers.collect(wait=True):
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
        grace = 0.0 if self._workers.has_room else GRACE_SECONDS
        return waited_seconds > after_seconds + grace

    def _flush_members(self) -> None:
        for pipeline in self._pipelines:
            pipeline.flush()
        self._members_flushed_at = self._clock()

    def _flush_tags(self) -> None:
        for pipeline in self._pipelines:
            pipeline.flush_tags()
        self._tags_flushed_at = self._clock()

    # STATEs go out

    def _passed(self) -> Iterator[Message]:
        passed = self._checkpoints.passed()
        if passed:
            self._store.flush()  # the refused records first: a STATE says that they are kept
            yield from passed

    def _progress(self) -> Iterator[Message]:
        line = self._report.progress_line()
        if line:
            yield log(line)

    # The end

    def _finish(self) -> Iterator[Message]:
        """Settle everything that came; then take people off the lists they left; then let the last STATEs pass."""
        yield from self._drain()
        if self.is_stopped:
            self._checkpoints.stop()
        else:
            for mirror in self.departures.mirrors.values():
                yield from self._take_off(mirror)
            for stream in self.departures.may_release():
                self._checkpoints.release(stream)
        yield from self._passed()
        self._store.flush()

    def _take_off(self, mirror: Mirror) -> Iterator[Message]:
        """Who left one list goes before the next list is looked at: they may have left that one too."""
        objection = self.departures.judge(mirror)
        if objection:
            yield log(objection, "WARN")
        for _ in self.departures.remove(mirror):
            yield from self._turn()
        yield from self._drain()
        for sentence in self.departures.stuck():
            yield log(sentence, "WARN")

    def _drain(self) -> Iterator[Message]:
        """Settle everything. Tags wait for the last member, so that their calls are as full as can be."""
        settled = -1
        while self._has_work:
            self._flush_members()
            if not self._workers.in_flight:
                self._flush_tags()
            has_moved = self._workers.collect(wait=True) or self._report.records != settled
            if not has_moved and self._has_work:
                raise RuntimeError("records wait for one another: this is a fault of the connector")
            settled = self._report.records
            yield from self._passed()
            yield from self._progress()
