"""How many records were done when: a bounded number of steps, however long a run takes."""

from collections.abc import Callable
from typing import NamedTuple

MOST_STEPS = 120
"""Steps kept; when there would be more, two become one, so that they are at most twice as wide as needed."""


class Throughput(NamedTuple):
    """Records per step of time, from the start of the run on."""

    step_seconds: float
    records: tuple[int, ...]


class ThroughputMeter:
    """Counts records per step of time. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._step_seconds = 1.0
        self._records: list[int] = []

    def count(self) -> None:
        """Count one record, done now."""
        step = int((self._clock() - self._started) / self._step_seconds)
        while step >= MOST_STEPS:
            self._widen()
            step //= 2
        while len(self._records) <= step:
            self._records.append(0)
        self._records[step] += 1

    def measured(self) -> Throughput:
        """Return what was counted so far."""
        return Throughput(self._step_seconds, tuple(self._records))

    def _widen(self) -> None:
        """Make each step twice as wide."""
        pairs = range(0, len(self._records), 2)
        self._records = [sum(self._records[first : first + 2]) for first in pairs]
        self._step_seconds *= 2
