"""Work on threads: at most so many calls at once, answers home to the loop through one queue."""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

from source_destination_mailchimp.destination.work import Answered, Work


class Sends(Protocol):
    """What does one piece of work: the live sender, or its stand-in in a dry run."""

    def send(self, work: Work) -> Answered:
        """Do the work and say what became of it."""


Deliver = Callable[[Answered], None]


class Workers(Protocol):
    """What the loop asks of whoever works for it; `Threads`, or in tests a stand-in that uses no thread."""

    @property
    def in_flight(self) -> int:
        """How many pieces of work have not come home."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether a connection would be idle."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether more work would only be memory."""
        ...

    def submit(self, sends: Sends, work: Work, deliver: Deliver) -> None:
        """Start one piece of work; `deliver` is called by `collect`."""
        ...

    def collect(self, *, wait: bool) -> bool:
        """Deliver what has come home; with `wait`, at least one answer if anything is under way.

        Raises what ended a piece of work, and `Stopped` once `stop` was called. Returns whether something was
        delivered.
        """
        ...

    def stop(self) -> None:
        """Let every `collect` from now on raise `Stopped`, also one that waits; safe in a signal handler."""
        ...


class Stopped(Exception):
    """The process was told to end: the answers that have not come home are not waited for."""


class _Home(NamedTuple):
    """One piece of work that came home: who waits for it, and its answer or what went wrong."""

    deliver: Deliver
    answered: Answered | None
    error: BaseException | None


class Threads:
    """Runs work on threads and hands each answer to whoever gave the work, in the loop's own thread."""

    def __init__(self, pool: ThreadPoolExecutor, connections: int) -> None:
        self._pool = pool
        self._connections = connections
        self._home: queue.SimpleQueue[_Home | None] = queue.SimpleQueue()
        self._in_flight = 0
        self._is_stopped = False

    @property
    def in_flight(self) -> int:
        """How many pieces of work have not come home."""
        return self._in_flight

    @property
    def has_room(self) -> bool:
        """Whether a connection would be idle."""
        return self._in_flight < self._connections

    @property
    def is_full(self) -> bool:
        """Whether there is a second piece of work for every connection: more would only be memory."""
        return self._in_flight >= 2 * self._connections

    def submit(self, sends: Sends, work: Work, deliver: Deliver) -> None:
        """Start one piece of work; `deliver` is called by `collect`, never from a thread."""
        self._in_flight += 1
        self._pool.submit(self._run, sends, work, deliver)

    def collect(self, *, wait: bool) -> bool:
        """Deliver what has come home; with `wait`, at least one answer if anything is under way.

        Raises what ended a piece of work, and `Stopped` once `stop` was called. Returns whether something was
        delivered.
        """
        delivered = False
        if self._is_stopped:
            raise Stopped
        while self._in_flight:
            try:
                home = self._home.get(block=wait and not delivered)
            except queue.Empty:
                return delivered
            if home is None:
                raise Stopped
            self._in_flight -= 1
            delivered = True
            if home.error is not None:
                raise home.error
            if home.answered is not None:
                home.deliver(home.answered)
        return delivered

    def stop(self) -> None:
        """Let every `collect` from now on raise `Stopped`, also one that waits; safe in a signal handler."""
        self._is_stopped = True
        self._home.put(None)

    def _run(self, sends: Sends, work: Work, deliver: Deliver) -> None:
        try:
            self._home.put(_Home(deliver, sends.send(work), None))
        except BaseException as error:  # whatever it is, the loop decides
            self._home.put(_Home(deliver, None, error))
