"""A clock that nobody waits for: a wait is over at once, and its seconds have passed all the same."""

import threading

from source_destination_mailchimp.mailchimp.waiting import Patience, SystemClock

TIRELESS = Patience(timeout_seconds=(2.0, 10.0))
"""The patience of a real run, but for the time that an answer over this machine's own network may take."""

HURRIED = Patience(timeout_seconds=(2.0, 0.4))
"""The same where answers never come: sockets know no clock but the machine's."""


class ClockWithoutWaits(SystemClock):
    """The time of this machine, plus all the seconds that were waited for, by however many threads."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_seconds = 0.0
        self._turn = threading.Lock()

    def monotonic(self) -> float:
        """Return seconds since some moment, waits included."""
        return super().monotonic() + self.waited_seconds

    def sleep(self, seconds: float) -> None:
        """Let the seconds have passed."""
        with self._turn:
            self.waited_seconds += seconds
        super().sleep(0)
