"""How long the parents of one stream may go without an answer: one after the other they would take for ever."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.silence import Silence
from source_destination_mailchimp.mailchimp.waiting import Clock


class SharedPatience:
    """The patience that the parents of each stream share; safe from any number of threads.

    The client gives up where nothing comes at all. Where other calls are answered and those of one stream are not, each
    of a thousand campaigns would spend all of its tries. So they have `longest_seconds` together, from the first that
    failed on; an answer to any of them begins the time anew.
    """

    def __init__(self, clock: Clock, longest_seconds: float) -> None:
        self._clock = clock
        self._longest_seconds = longest_seconds
        self._silences: dict[str, Silence] = {}
        self._lock = threading.Lock()

    def is_spent(self, stream: str) -> bool:
        """Return whether the parents of a stream that are left are not asked for any more."""
        return self._of(stream).is_final(self._clock.monotonic())

    @contextmanager
    def trying(self, stream: str) -> Iterator[Callable[[], None]]:
        """Give what is to be called with each answer while one parent is read.

        Raises `Unavailable` at once where the patience is spent.
        """
        if self.is_spent(stream):
            minutes = self._longest_seconds / 60
            raise Unavailable(
                f"Mailchimp has not answered any call of this stream for {minutes:g} minutes. What was left of it was "
                "not asked for."
            )
        silence = self._of(stream)
        since = self._clock.monotonic()

        def heard() -> None:
            nonlocal since
            since = self._clock.monotonic()
            silence.end()

        try:
            yield heard
        except Unavailable:
            silence.begin(since)
            raise

    def _of(self, stream: str) -> Silence:
        with self._lock:
            return self._silences.setdefault(stream, Silence(self._longest_seconds))
