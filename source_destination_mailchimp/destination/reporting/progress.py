"""How far a run is, how fast it goes and when it may be done."""

from collections.abc import Callable, Collection

from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.reporting.wording import counted, duration, number

EVERY_SECONDS = 10.0
"""A line at most this often: a log is read by people."""


class Progress:
    """Says now and then how far a run is. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._told_at = clock()
        self._told_records = 0
        self._whole: float | None = None
        self._streams: dict[StreamId, float] = {}

    def expect(self, stream: StreamId | None, rows: float) -> None:
        """Take a source's estimate of how many records will come, of a stream or (None) altogether."""
        if stream is None:
            self._whole = rows
        else:
            self._streams[stream] = rows

    def line(self, records: int, seen: Collection[StreamId]) -> str | None:
        """Return a line for the log if one is due; `seen` are the streams that records came from so far."""
        now = self._clock()
        passed = now - self._told_at
        if passed < EVERY_SECONDS:
            return None
        rate = (records - self._told_records) / passed
        self._told_at, self._told_records = now, records
        done = f"{counted(records, 'record', 'records')} processed"
        if not rate:
            return f"{done}, waiting for Mailchimp or for the source."
        return f"{done}, {_speed(rate)}{self._to_go(records, rate, seen)}."

    def _to_go(self, records: int, rate: float, seen: Collection[StreamId]) -> str:
        expected = self._expected(seen)
        if expected is None:
            return ""
        to_go = expected - records
        if to_go <= 0:
            return ""
        return f", {number(to_go)} to go: {duration(to_go / rate)}"

    def _expected(self, seen: Collection[StreamId]) -> float | None:
        """Return how many records will come; None while a stream came that nobody estimated."""
        if self._whole is not None:
            return self._whole
        if not self._streams:
            return None
        if not self._streams.keys() >= set(seen):
            return None
        return sum(self._streams.values())


def _speed(rate: float) -> str:
    if rate >= 1:
        return f"{number(rate)} a second"
    return f"{number(max(1, rate * 60))} a minute"
