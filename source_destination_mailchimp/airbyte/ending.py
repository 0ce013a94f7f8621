"""The end of the process before its work is done: a signal, or nobody left who reads standard output."""

import os
import select
import signal
import stat
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 2.0
"""How long the work may take to come to a safe point; then the process ends wherever it is."""

CLOSED_OUTPUT = 128 + signal.SIGPIPE
"""What a shell shows of a process that ended because nobody read its output."""


class Ending:
    """Ends the process within `GRACE_SECONDS` of SIGINT, SIGTERM, or the end of whoever reads standard output.

    Everything that may be waited for without an end is in the hands of others: a call under way, a store, a lock. So
    the time is kept by a thread of its own.
    """

    def __init__(self) -> None:
        self.exit_code = 0
        """What the process is to end with; 0 until it was told to."""

        self.reason = ""
        self._stop: Callable[[], None] | None = None
        self._reading, self._writing = os.pipe()

    def watch(self, output: int) -> None:
        """Begin to listen; to be called in the main thread, where Python handles signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)
        threading.Thread(target=self._keep_time, args=(output,), name="ending", daemon=True).start()

    def stops(self, stop: Callable[[], None]) -> None:
        """Name what asks the work to end at a safe point; without it the process ends at once."""
        self._stop = stop

    def exit(self) -> NoReturn:
        """End the process without a look at threads and files."""
        os._exit(self.exit_code or CLOSED_OUTPUT)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._begin(signal.Signals(number).name, 128 + number)

    def _begin(self, reason: str, exit_code: int) -> None:
        was_told_before = self.exit_code != 0
        self.reason = reason
        self.exit_code = exit_code
        if was_told_before or self._stop is None:
            self.exit()
        os.write(self._writing, b"!")
        self._stop()

    def _keep_time(self, output: int) -> None:
        waiting = select.poll()
        waiting.register(self._reading, select.POLLIN)
        if _can_be_closed_elsewhere(output):
            waiting.register(output, 0)  # an end of the other side is reported without being asked for
        told = [descriptor for descriptor, _ in waiting.poll()]
        if self._reading not in told:
            self._begin("the output was closed", CLOSED_OUTPUT)
        time.sleep(GRACE_SECONDS)
        self.exit()


def _can_be_closed_elsewhere(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
