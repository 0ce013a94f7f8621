"""How many requests may be under way at once: a limit that shrinks when Mailchimp refuses and grows back slowly.

Mailchimp allows ten simultaneous connections per user, shared with every other integration of that user
[documented], and says nothing of how many are free. So the limit is halved at a refusal and raised by one
after a run of successes, as TCP does it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

SUCCESSES_BEFORE_GROWTH = 20


class ConnectionBudget:
    """Admits at most `limit` holders at once, where 1 ≤ limit ≤ maximum."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.limit = maximum
        self._in_use = 0
        self._successes = 0
        self._changed = threading.Condition()

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Hold one connection; waits until one is free."""
        with self._changed:
            self._changed.wait_for(lambda: self._in_use < self.limit)
            self._in_use += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_use -= 1
                self._changed.notify()

    def refused(self) -> None:
        """Go on with half the connections: Mailchimp was asked too much."""
        with self._changed:
            self.limit = max(1, self.limit // 2)
            self._successes = 0

    def succeeded(self) -> None:
        """Count one answer; after enough of them one connection more is tried."""
        with self._changed:
            self._successes += 1
            if self._successes >= SUCCESSES_BEFORE_GROWTH and self.limit < self.maximum:
                self.limit += 1
                self._successes = 0
                self._changed.notify()
