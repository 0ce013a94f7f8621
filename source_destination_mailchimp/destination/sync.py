"""The loop of a sync. Read this first: messages in, outcomes and STATEs out, one step at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from source_destination_mailchimp.airbyte.messages import Damaged, InputError, Line, Message, log, part
from source_destination_mailchimp.destination.checkpoints import Checkpoints
from source_destination_mailchimp.destination.deletion_window import DeletionWindow, Waited
from source_destination_mailchimp.destination.mirror.departures import Departures
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import (
    Contact,
    Note,
    Outcome,
    Reason,
    Rejected,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.settling import Settling
from source_destination_mailchimp.destination.storing.store import Store
from source_destination_mailchimp.destination.unreadable_lines import UnreadableLines
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

MOST_ROWS = 1e15
"""A larger estimate is a mistake, and none of its digits would be worth a line."""

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
    window: DeletionWindow | None = None
    """Where deletions wait; None where each is taken as it comes."""


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
        mirrors = {lane.stream: lane.mirror for lane in self._lanes.values()}
        windows = {lane.stream: lane.window for lane in self._lanes.values() if lane.window is not None}
        self.unreadable = UnreadableLines(mirrors, windows, checkpoints, settling, store)
        self._members_flushed_at = clock()
        self._tags_flushed_at = clock()

    def run(self, messages: Iterable[Line | None]) -> Iterator[Message]:
        """Take every message and yield what goes to the platform; None among the messages means that none came.

        Raises `InputError` for a message that makes no sense, and `Stopped` after `stop`.
        """
        for message in messages:
            if isinstance(message, dict) and message.get("type") == "STATE":
                yield from self._end_windows(self._lanes_before(message))
            if not self._take(message):
                continue
            yield from self._turn()
            if self.is_stopped:
                break
        yield from self._finish()

    def stop(self) -> None:
        """Let the run end with `Stopped` at the next safe point; safe in a signal handler."""
        self._workers.stop()

    def settled_states(self) -> Iterator[Message]:
        """Yield the STATEs that may leave a run that was stopped: those whose records have all been settled."""
        yield from self._passed()

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

    def _take(self, line: Line | None) -> bool:
        """Take one message in; whether it is time for a turn: behind records only now and then."""
        if line is None:
            return True
        if isinstance(line, dict):
            return self._take_message(line, ())
        if isinstance(line, Damaged):
            return self._take_message(line.message, (Note(Reason.TEXT_DAMAGED),))
        self.unreadable.reject(line)
        return True

    def _take_message(self, message: Message, beside: tuple[Note, ...]) -> bool:
        """Take in what was read of a line, and what is to be said beside the outcome of a record."""
        if message.get("type") == "RECORD":
            self._record(message.get("record"), beside)
            self._records += 1
            return self._records % RECORDS_PER_TURN == 0
        self._other(message)
        return True

    def _record(self, wire: Any, beside: tuple[Note, ...]) -> None:
        lane = self._lane_of(wire)
        ticket = self._checkpoints.record(lane.stream)
        mapped = lane.mapper.map(wire.get("data"))
        if lane.mirror is not None:
            lane.mirror.saw(mapped, mapped.record)
        if isinstance(mapped, Contact) and beside:
            mapped = mapped._replace(notes=(*mapped.notes, *beside))
        if lane.window is not None and lane.window.takes(mapped, ticket):
            return
        if isinstance(mapped, Rejected):
            self._settling.settle(Settlement(mapped, ticket, Settled(Outcome.REJECTED, mapped.note, beside)))
        else:
            lane.pipeline.take(mapped, ticket)

    def _lane_of(self, wire: Any) -> Lane:
        """Return where a record goes; raises `InputError` where that is nowhere."""
        try:
            namespace = wire.get("namespace")
            if namespace == "":
                namespace = None
            return self._lanes[StreamId(namespace, wire["stream"])]
        except (AttributeError, KeyError, TypeError):
            raise _nowhere_to_go(wire) from None

    def _other(self, message: Message) -> None:
        match message.get("type"):
            case "STATE":
                self._checkpoints.state(message)
            case "TRACE":
                self._trace(part(message, "trace"))

    def _trace(self, trace: Mapping[str, Any]) -> None:
        match trace.get("type"):
            case "STREAM_STATUS":
                self._stream_status(part(trace, "stream_status"))
            case "ESTIMATE":
                self._estimate(part(trace, "estimate"))

    def _stream_status(self, status: Mapping[str, Any]) -> None:
        descriptor = part(status, "stream_descriptor")
        stream = StreamId.of_wire(descriptor.get("namespace"), descriptor.get("name"))
        if stream is None or stream not in self._lanes:
            return
        lane = self._lanes[stream]
        if lane.mirror is None:
            return
        match status.get("status"):
            case "COMPLETE":
                lane.mirror.is_complete = True
            case "INCOMPLETE":
                lane.mirror.was_interrupted = True

    def _estimate(self, estimate: Mapping[str, Any]) -> None:
        rows = estimate.get("row_estimate")
        if not isinstance(rows, int | float) or isinstance(rows, bool) or not 0 < rows < MOST_ROWS:
            return
        stream = None
        if estimate.get("type") == "STREAM":
            stream = StreamId.of_wire(estimate.get("namespace"), estimate.get("name"))
            if stream is None:
                return
        self._report.expect(stream, rows)

    # Deletions wait until the STATE after them, or the end of the stream

    def _lanes_before(self, state: Message) -> list[Lane]:
        """Return the lanes whose records a STATE covers."""
        stream = self._checkpoints.covered_stream(state)
        if stream is None:
            return list(self._lanes.values())
        lane = self._lanes.get(stream)
        return [lane] if lane is not None else []

    def _end_windows(self, lanes: Iterable[Lane]) -> Iterator[Message]:
        """Let the deletions pass that waited for the end of their window, and whoever waited for another's address."""
        ended = 0
        for lane in lanes:
            for waited in self._waited(lane):
                self._end_deletion(lane, waited)
                ended += 1
                if ended % RECORDS_PER_TURN == 0:
                    yield from self._turn()
                if self.is_stopped:
                    return
            lane.pipeline.end_window(lane.stream)

    def _waited(self, lane: Lane) -> Iterable[Waited]:
        """Return the deletions whose window has ended; none where the input broke off before more could follow."""
        if lane.window is None or self.unreadable.is_cut:
            return ()
        return lane.window.close()

    def _end_deletion(self, lane: Lane, waited: Waited) -> None:
        contact = waited.contact
        if waited.gives_up_address:
            lane.pipeline.give_up_address(contact)
        if waited.is_replaced:
            replaced = Settled(Outcome.SKIPPED, Note(Reason.REPLACED), contact.notes)
            self._settling.settle(Settlement(contact, waited.ticket, replaced))
        else:
            lane.pipeline.take(contact, waited.ticket)

    @property
    def _unsettled(self) -> int:
        """Records in work; those that wait for the end of their window are in a file."""
        waiting = sum(lane.window.waiting for lane in self._lanes.values() if lane.window is not None)
        return self._checkpoints.unsettled - waiting

    # Calls go out, answers come home

    def _turn(self) -> Iterator[Message]:
        """Take answers home, send calls where it is time, let STATEs pass."""
        self._workers.collect(wait=False)
        self._flush_what_is_due()
        while self._workers.is_full or self._unsettled > MOST_UNSETTLED:
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
        yield from (log(news.text, news.level) for news in self._report.take_news())
        line = self._report.progress_line()
        if line:
            yield log(line)

    # The end

    def _finish(self) -> Iterator[Message]:
        """Settle everything that came; then take people off the lists they left; then let the last STATEs pass."""
        if not self.is_stopped:
            yield from self._end_windows(self._lanes.values())
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
                raise RuntimeError("Internal error: deadlocked records. Please report this")
            settled = self._report.records
            yield from self._passed()
            yield from self._progress()


def _nowhere_to_go(wire: Any) -> InputError:
    """Return what is wrong with a record that goes to no stream of this sync; no value of the record is in it."""
    if not isinstance(wire, Mapping):
        return InputError("The input has a RECORD message without a record in it.")
    stream = StreamId.of_wire(wire.get("namespace"), wire.get("stream"))
    if stream is None:
        return InputError("The input has a RECORD message that does not say which stream it belongs to.")
    return InputError(
        f'The input has a RECORD message of stream "{stream}", which is not in the configured catalog of this sync.'
    )
