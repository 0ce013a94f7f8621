"""`changes.jsonl` while a run goes on: a change is on the disk before its call leaves."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from source_destination_mailchimp.destination.changes.chain import ANSWER, CHANGE, RUN, Chain, Head
from source_destination_mailchimp.destination.changes.layout import grouped, lines_of
from source_destination_mailchimp.destination.changes.lines import Place, PrimaryKeys
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.storing.run_folders import RunFolder
from source_destination_mailchimp.mailchimp.errors import MailchimpError

CHANGES = "changes.jsonl"
FORMAT_VERSION = 1
NOTHING: Mapping[str, Any] = {}


class LogClosed(Exception):
    """The run is over: nothing may leave that could not be written down any more."""


class ChangeLog:
    """Writes down what a run changes. Used from all threads that write."""

    def __init__(
        self,
        folder: RunFolder,
        keys: PrimaryKeys,
        now: Callable[[], str],
        *,
        file: str = CHANGES,
        about: Mapping[str, Any] = NOTHING,
    ) -> None:
        """`now` tells the time as ISO 8601 in UTC; `about` is said of the run in the first line."""
        self.keys = keys
        self.now = now
        self._folder = folder
        self._name = file
        self._chain = Chain()
        self._lock = threading.Lock()
        self._file = folder.open(file)
        self._is_closed = False
        self._failure: MailchimpError | None = None
        self._file.append(self._chain.line(RUN, {"run": folder.name, "format_version": FORMAT_VERSION, **about}))
        self._file.flush()

    @property
    def location(self) -> str:
        """Where a person finds the file."""
        return self._folder.locate(self._name)

    @property
    def head(self) -> Head:
        """How many changes were written down, and the hash of the last line."""
        with self._lock:
            return self._chain.head

    def sentence(self) -> str:
        """Return what the log says of the list at the end of a run."""
        head = self.head
        return f"{counted(head.changes, 'change', 'changes')} listed in {self.location}; head of the chain: {head.hash}"

    def place(self, audience_id: str) -> Place:
        """Return where and when a change is made that is made now."""
        return Place(audience_id, self.now())

    def leaving(self, changes: Sequence[Mapping[str, Any]]) -> list[int]:
        """Write changes down, durably, before their call leaves; returns the numbers of their lines.

        Raises what the store raises, then and every time after: what did not get through leaves a gap in the list, and
        behind it nothing could be read. Raises `LogClosed` after the end of the run. The call may not leave then.
        """
        numbers = []
        with self._lock:
            if self._is_closed:
                raise LogClosed
            with self._stopping_for_good():
                for kind, content in lines_of(changes):
                    if kind == CHANGE:
                        numbers.append(self._chain.next_number)
                    self._file.append(self._chain.line(kind, content))
                self._file.flush()
        return numbers

    def answered(self, answers: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Settle changes by the numbers of their lines; durable with the next changes, or at the end."""
        with self._lock:
            if self._is_closed:
                return  # what came home too late stays unsettled, as after a kill
            with self._stopping_for_good():
                for answer in grouped(answers):
                    self._file.append(self._chain.line(ANSWER, answer))

    @contextmanager
    def _stopping_for_good(self) -> Iterator[None]:
        """Raise what the store raised once, whatever it would do now: a disk may have room again."""
        if self._failure is not None:
            raise self._failure
        try:
            yield
        except MailchimpError as error:
            self._failure = error
            raise

    def close(self) -> None:
        """Write the total and end the file, once; raises what the store raises."""
        self._end(has_total=True)

    def abandon(self) -> None:
        """End the file without a total, as a killed process would have: what it was to list is not done."""
        self._end(has_total=False)

    def _end(self, *, has_total: bool) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            try:
                with self._stopping_for_good():
                    if has_total:
                        self._file.append(self._chain.total())
            finally:
                self._file.close()
