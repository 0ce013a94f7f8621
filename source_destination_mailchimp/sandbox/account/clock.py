"""The sandbox's own time: it ticks like real time, can be moved, and prints itself as Mailchimp prints times."""

import time
from datetime import UTC, datetime
from urllib.parse import unquote


class Clock:
    """Real time plus a shift, or one frozen moment."""

    def __init__(self) -> None:
        self._shift_seconds = 0.0
        self._frozen_at: float | None = None

    def now(self) -> int:
        """The current whole unix second: Mailchimp's times have a resolution of one second (observed)."""
        return int(self.moment())

    def moment(self) -> float:
        """The current time as unix seconds with a fraction."""
        return time.time() + self._shift_seconds if self._frozen_at is None else self._frozen_at

    def move_to(self, moment: float) -> None:
        """Let it be `moment` now."""
        if self._frozen_at is None:
            self._shift_seconds = moment - time.time()
        else:
            self._frozen_at = moment

    def freeze(self) -> None:
        """Stop ticking at the present moment."""
        self._frozen_at = self.moment()

    def run(self) -> None:
        """Tick again, from the moment reached."""
        if self._frozen_at is not None:
            self._shift_seconds = self._frozen_at - time.time()
            self._frozen_at = None

    def back_to_real_time(self) -> None:
        """Forget every shift."""
        self._shift_seconds = 0.0
        self._frozen_at = None


def iso(seconds: int) -> str:
    """Print unix seconds as Mailchimp does; 0 stands for no time and prints as ""."""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""


def parse_time(text: str) -> float:
    """Read an ISO 8601 time as unix seconds; without an offset it is UTC. Raises ValueError for anything else.

    A time that is still percent-encoded is decoded once more: the recorded client sent it that way and was understood.
    """
    read = datetime.fromisoformat(unquote(text) if "%" in text else text)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
