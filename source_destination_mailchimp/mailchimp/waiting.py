"""How long is waited for Mailchimp, and the clock that is waited by."""

import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

# Mailchimp ends a call after 120 s [documented]; giving up earlier would leave the call running
# over there, holding one of the user's ten connections.
TIMEOUT_SECONDS = (15.0, 130.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried, how long is waited between two tries, and how a batch job is waited for."""

    tries: int = 8
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0
    timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS
    """To connect, and between two pieces of an answer."""

    tries_of_a_setting: int = 3
    """How often a call is tried that fails over what looks like a setting, before Mailchimp was ever heard: a name that
    is not found, a certificate that is not trusted."""

    longest_silence_seconds: float = 600.0
    """All calls give up after this long without a word of Mailchimp's. A wait, a connection and an answer that never
    comes may follow, so a run ends within 15 minutes."""

    first_poll_seconds: float = 0.2
    longest_poll_seconds: float = 20.0
    longest_job_seconds: float = 6 * 3600.0

    def wait_seconds(self, failures: int, jitter: float) -> float:
        """Return a backoff with jitter: between half and the whole of 0.5, 1, 2, 4 … s for jitter in [0, 1)."""
        whole = min(self.longest_wait_seconds, self.first_wait_seconds * 2.0 ** (failures - 1))
        return float(whole * (0.5 + jitter / 2))

    def next_poll_seconds(self, poll_seconds: float) -> float:
        """Return how long to wait for a batch job after a wait of `poll_seconds` was not enough."""
        return min(self.longest_poll_seconds, poll_seconds * 1.6)


class Clock(Protocol):
    """What time it is, how time is spent, and a bit of chance: everything of a run that a test must not wait for."""

    def now(self) -> datetime:
        """Return the time, with its zone."""

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back, however the machine's time is set."""

    def sleep(self, seconds: float) -> None:
        """Let time pass, until `wake` is called at the latest."""

    def jitter(self) -> float:
        """Return a number in [0, 1)."""

    def wake(self) -> None:
        """End every sleep at once, those under way and those to come."""


class SystemClock:
    """The time of this machine."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now(self) -> datetime:
        """Return the time of this machine."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the seconds of this machine's steady clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, unless woken."""
        self._woken.wait(seconds)

    def jitter(self) -> float:
        """Return a number by chance."""
        return random.random()

    def wake(self) -> None:
        """End every wait."""
        self._woken.set()
