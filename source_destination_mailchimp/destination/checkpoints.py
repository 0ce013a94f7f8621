"""When a STATE may pass, and with which counts: only after every record that it covers has its outcome."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from source_destination_mailchimp.airbyte.messages import InputError, Message, part
from source_destination_mailchimp.destination.model import StreamId


class Ticket:
    """The records of one stream between two states, as counters: all of them share one ticket."""

    __slots__ = ("accepted", "cut_off", "refused", "unsettled")

    def __init__(self, *, cut_off: bool = False) -> None:
        self.unsettled = 0
        self.accepted = 0
        self.refused = 0
        self.cut_off = cut_off
        """Given after a stop: its records never settle."""


@dataclass(slots=True)
class _Waiting:
    """A STATE that has not left, with the tickets it closed and so counts."""

    arrived: int
    message: Message
    tickets: list[Ticket]

    def is_settled(self) -> bool:
        return not any(ticket.unsettled for ticket in self.tickets)

    def with_counts(self) -> Message:
        """The message as it came, and how many of its records Mailchimp has (doubles, as the protocol wants)."""
        counts = {
            "recordCount": float(sum(ticket.accepted for ticket in self.tickets)),
            "rejectedRecordCount": float(sum(ticket.refused for ticket in self.tickets)),
        }
        return {**self.message, "state": {**self.message["state"], "destinationStats": counts}}


@dataclass(slots=True)
class _Stretch:
    """The states up to and with one that covers every stream.

    Within it streams do not wait for each other; the closing state waits for all of them, and everything after it
    waits for the closing state.
    """

    lanes: dict[StreamId, deque[_Waiting]] = field(default_factory=dict)
    closing: _Waiting | None = None


class Checkpoints:
    """Lets each STATE pass once, in order, when nothing before it is unsettled.

    Constant work per record; memory grows with the states that wait, not with the records. Used by one thread.
    `drop` keeps every STATE back (a dry run). The states of `held_streams`, and every state that covers all streams,
    wait until those streams are released. A state of a stream that is not among `streams` (None: every stream is
    known) is taken for one that covers all streams.
    """

    def __init__(
        self,
        *,
        drop: bool = False,
        held_streams: Collection[StreamId] = (),
        streams: Collection[StreamId] | None = None,
    ) -> None:
        self.unsettled = 0
        """Records without an outcome, those that a stop cut off among them."""

        self._drop = drop
        self._held = set(held_streams)
        self._streams = streams
        self._stopped = False
        self._open: dict[StreamId, Ticket] = {}
        self._stretches: deque[_Stretch] = deque([_Stretch()])
        self._ready: list[Message] = []
        self._states = 0
        self._changed = False

    def record(self, stream: StreamId) -> Ticket:
        """Take note of one record; what it returns goes to `settle` once, for this record."""
        ticket = self._open.get(stream)
        if ticket is None:
            ticket = self._open[stream] = Ticket(cut_off=self._stopped)
        ticket.unsettled += 1
        self.unsettled += 1
        return ticket

    def record_of_no_stream(self) -> Ticket:
        """Take note of one record that no STATE covers."""
        self.unsettled += 1
        ticket = Ticket()
        ticket.unsettled = 1
        return ticket

    def settle(self, ticket: Ticket, accepted: bool) -> None:
        """One record of this ticket has its outcome; `accepted` is false for rejected and held ones."""
        if ticket.cut_off:
            return
        if not ticket.unsettled:
            raise ValueError("Internal error: a record was counted twice. Please report this.")
        ticket.unsettled -= 1
        self.unsettled -= 1
        if accepted:
            ticket.accepted += 1
        else:
            ticket.refused += 1
        if not ticket.unsettled:
            self._changed = True

    def state(self, message: Message) -> None:
        """Take a STATE message as it was parsed: it covers what came before it, of its stream or of all streams.

        Raises `InputError` for one without a state, which nobody could pass on with its counts.
        """
        if not isinstance(message.get("state"), Mapping):
            raise InputError("The input has a STATE message without a state in it.")
        if self._drop or self._stopped:
            return
        self._states += 1
        self._changed = True
        stream = self.covered_stream(message)
        last = self._stretches[-1]
        if stream is None:
            last.closing = _Waiting(self._states, message, list(self._open.values()))
            self._open = {}
            self._stretches.append(_Stretch())
        else:
            ticket = self._open.pop(stream, None)
            waiting = _Waiting(self._states, message, [ticket] if ticket else [])
            last.lanes.setdefault(stream, deque()).append(waiting)

    def release(self, stream: StreamId) -> None:
        """A held stream has ended: its states may pass like any other's."""
        self._held.discard(stream)
        self._changed = True

    def keep_back(self) -> None:
        """Let no STATE pass that comes from now on; records settle as before, and what came before may still pass."""
        self._drop = True

    def stop(self) -> None:
        """Nothing that comes from now on settles or passes; what came before may still do both."""
        self._stopped = True
        # Tickets that are open now belong to no state that could still pass.
        self._open = {}

    def passed(self) -> list[Message]:
        """The states that may leave now, oldest first; each is returned once."""
        self._collect()
        ready, self._ready = self._ready, []
        return ready

    def _collect(self) -> None:
        if not self._changed:
            return
        self._changed = False
        while True:
            first = self._stretches[0]
            self._collect_lanes(first)
            closing = first.closing
            if closing is None:
                return
            covers_unsettled = first.lanes or self._held or not closing.is_settled()
            if covers_unsettled:
                return
            self._ready.append(closing.with_counts())
            self._stretches.popleft()

    def _collect_lanes(self, stretch: _Stretch) -> None:
        found: list[_Waiting] = []
        for stream in list(stretch.lanes):
            if stream in self._held:
                continue
            lane = stretch.lanes[stream]
            while lane and lane[0].is_settled():
                found.append(lane.popleft())
            if not lane:
                del stretch.lanes[stream]
        found.sort(key=lambda waiting: waiting.arrived)
        self._ready.extend(waiting.with_counts() for waiting in found)

    def covered_stream(self, message: Message) -> StreamId | None:
        """Return the stream that a STATE speaks of; None where it speaks of all, of an unknown one, or does not say."""
        state = part(message, "state")
        if state.get("type") != "STREAM":
            return None
        descriptor = part(part(state, "stream"), "stream_descriptor")
        stream = StreamId.of_wire(descriptor.get("namespace"), descriptor.get("name"))
        if self._streams is not None and stream not in self._streams:
            return None
        return stream
