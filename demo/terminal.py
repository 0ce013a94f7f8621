"""What the demo says, and how far it is."""

import shutil
import sys
import textwrap
import time
from collections.abc import Iterable

COLUMNS = 100
"""Width of a line: a terminal that is a little larger than the oldest ones."""


def act(number: int, title: str) -> None:
    """Begin a step of the story."""
    print(f"\n\033[1m{number}. {title}\033[0m" if sys.stdout.isatty() else f"\n{number}. {title}", flush=True)


def say(text: str) -> None:
    """A sentence of the story."""
    _print(text, "   ")


def quote(lines: Iterable[str]) -> None:
    """What a connector said, set apart."""
    for line in lines:
        _print(line, "   │ ")


def _print(text: str, margin: str) -> None:
    """Print a text in lines of at most `COLUMNS`; further lines stand below the text of the first, a step inside."""
    indent = " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(
        text.strip(),
        COLUMNS,
        initial_indent=margin + indent,
        subsequent_indent=margin + indent + "    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    print("\n".join(lines or [margin]), flush=True)


class Progress:
    """A bar that moves in place on a terminal, and a line now and then where output goes to a file."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(total, 1)
        self._begun = time.monotonic()
        self._moves = sys.stdout.isatty()
        self._shown = 0

    def at(self, done: int) -> None:
        """Show that `done` of all are through."""
        tenths = min(10, done * 10 // self._total)
        if self._moves:
            seconds = time.monotonic() - self._begun
            line = f"{self._bar(tenths, done)}, {seconds:.0f} s"
            width = shutil.get_terminal_size().columns
            print(f"\r{line[:width]:<{width - 1}}", end="", flush=True)
            return
        # The same lines in every run, however many records come at once: one per fifth.
        for passed in range(self._shown + 2, tenths + 1, 2):
            print(self._bar(passed, self._total * passed // 10), flush=True)
            self._shown = passed

    def _bar(self, tenths: int, done: int) -> str:
        return f"   {'█' * tenths}{'░' * (10 - tenths)} {done:,} of {self._total:,} {self._what}"

    def end(self) -> None:
        """Leave the bar where it is."""
        if self._moves:
            print(flush=True)
