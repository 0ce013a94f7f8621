"""Work on threads: at most so many calls at once, answers home to the loop through one queue."""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

from source_destination_mailchimp.destination.work import Answered, Work


class Sends(Protocol):
    """What does one piece of work: the live sender, or the rehearsal of a dry run."""

    def send(self, work: Work) -> Answered:
        """Do the work and say what became of it."""


class Result(NamedTuple):
    """One piece of work that came home: whose it was, and its answer or what went wrong."""

    deliver: Callable[[Answered], None]
    answered: Answered | None
    error: BaseException | None


class Writer:
    """Runs work on threads and hands each answer to whoever gave the work, in the loop's own thread."""

    def __init__(self, pool: ThreadPoolExecutor, connections: int) -> None:
        self._pool = pool
        self._connections = connections
        self._home: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self.in_flight = 0

    @property
    def has_room(self) -> bool:
        """Whether a connection would be idle."""
        return self.in_flight < self._connections

    @property
    def is_full(self) -> bool:
        """Whether there is a second piece of work for every connection: more would only be memory."""
        return self.in_flight >= 2 * self._connections

    def submit(self, sends: Sends, work: Work, deliver: Callable[[Answered], None]) -> None:
        """Start one piece of work; `deliver` is called by `collect`, never from a thread."""
        self.in_flight += 1
        self._pool.submit(self._run, sends, work, deliver)

    def collect(self, *, wait: bool) -> bool:
        """Deliver what has come home; with `wait`, at least one answer if anything is under way.

        Raises what ended a piece of work. Returns whether something was delivered.
        """
        delivered = False
        while self.in_flight:
            try:
                result = self._home.get(block=wait and not delivered)
            except queue.Empty:
                return delivered
            self.in_flight -= 1
            delivered = True
            if result.error is not None:
                raise result.error
            if result.answered is not None:
                result.deliver(result.answered)
        return delivered

    def _run(self, sends: Sends, work: Work, deliver: Callable[[Answered], None]) -> None:
        try:
            self._home.put(Result(deliver, sends.send(work), None))
        except BaseException as error:  # whatever it is, the loop decides
            self._home.put(Result(deliver, None, error))
