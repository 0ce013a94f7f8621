"""Workers without threads: what is submitted is done later, in any order, in the loop's own thread."""

from random import Random

from source_destination_mailchimp.destination.work import Batch, Work
from source_destination_mailchimp.destination.writing.workers import Deliver, Sends, Stopped


class InlineWorkers:
    """Does one piece of work at a time, whichever `luck` picks, when the loop collects."""

    def __init__(self, luck: Random, connections: int = 3) -> None:
        self._luck = luck
        self._connections = connections
        self._waiting: list[tuple[Sends, Work, Deliver]] = []
        self._is_stopped = False

    @property
    def in_flight(self) -> int:
        """Work that has not come home."""
        return len(self._waiting)

    @property
    def has_room(self) -> bool:
        """Whether a connection would be idle."""
        return self.in_flight < self._connections

    @property
    def is_full(self) -> bool:
        """Whether every connection has a second piece of work."""
        return self.in_flight >= 2 * self._connections

    def submit(self, sends: Sends, work: Work, deliver: Deliver) -> None:
        """Take one piece of work; no member may be in two calls at once."""
        if isinstance(work, Batch):
            there = {one.subscriber for _, w, _ in self._waiting if isinstance(w, Batch) for one in w.operations}
            assert not there & {one.subscriber for one in work.operations}, "a member is in two calls at once"
        self._waiting.append((sends, work, deliver))

    def collect(self, *, wait: bool) -> bool:
        """Do some work, at least one piece with `wait`, and deliver its answer."""
        if self._is_stopped:
            raise Stopped
        delivered = False
        while self._waiting and ((wait and not delivered) or self._luck.random() < 0.3):
            sends, work, deliver = self._waiting.pop(self._luck.randrange(len(self._waiting)))
            deliver(sends.send(work))
            delivered = True
        return delivered

    def stop(self) -> None:
        """Let the loop end at its next look."""
        self._is_stopped = True

    def die(self) -> None:
        """The process is killed: what was under way may still take effect, and nobody hears of it."""
        for sends, work, _ in self._waiting:
            if self._luck.random() < 0.5:
                sends.send(work)
        self._waiting = []
