"""How long a run lasts whose Mailchimp takes connections and never answers: `python -m benchmarks.giving_up`.

No second of it is waited for: the clock is one that only waiting moves, and each call waits as long as the client lets
it. At most 15 minutes, whatever is waiting for its turn.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Lock

from benchmarks.rig import Limit, judge, table
from source_destination_mailchimp.mailchimp.answers import Weather
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.transport import Reply, Request

PING = Call("GET", "/ping")
LIMIT_SECONDS = 15 * 60
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class WaitedClock:
    """Time that passes by waiting only."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._turn = Lock()

    def now(self) -> datetime:
        """Return the pretended time."""
        return BEGAN + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the pretended seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        with self._turn:
            self.seconds += seconds

    def jitter(self) -> float:
        """Return the longest wait there is."""
        return 1.0

    def wake(self) -> None:
        """Do nothing: nobody sleeps."""


class Silent:
    """Takes every request, and lets it wait until its time is up. Calls of several connections wait one after another.

    That is longer than they would together.
    """

    def __init__(self, clock: WaitedClock) -> None:
        self.asked = 0
        self._clock = clock

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Return that nothing came, after the time for an answer."""
        self.asked += 1
        self._clock.sleep(timeout_seconds[1])
        return Weather("ReadTimeout")

    def close(self) -> None:
        """There is nothing to free."""


def seconds_until_given_up(calls: int) -> tuple[float, int]:
    """Return how long it takes until so many calls are given up, and how many requests were sent."""
    clock = WaitedClock()
    silent = Silent(clock)
    client = Client(Access("http://127.0.0.1", "none"), max_connections=5, clock=clock, transport=silent)

    def ask(_: int) -> None:
        with suppress(Unavailable):
            client.ask(PING)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(ask, range(calls)))
    return clock.seconds, silent.asked


def main() -> None:
    """Print it for one call and for a thousand."""
    rows = []
    limits = []
    for calls in (1, 1_000):
        seconds, asked = seconds_until_given_up(calls)
        rows.append((f"{calls:,}", f"{seconds / 60:.1f}", asked))
        limits.append(Limit(f"giving up, {calls:,} calls waiting", "minutes", seconds / 60, LIMIT_SECONDS / 60))
    table("Mailchimp never answers", ("calls that wait", "minutes", "requests"), rows)
    judge(*limits)


if __name__ == "__main__":
    main()
