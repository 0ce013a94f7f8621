"""How long nothing of Mailchimp's own has come, over all calls of a client: they give up together."""

import threading


class Silence:
    """Begins with a try that brought nothing from Mailchimp, ends with its next word, and is final once it is too long.

    Each call has tries of its own. Where Mailchimp takes connections and says nothing, a thousand items that wait their
    turn would spend them one after the other; so the time that all of them may spend is one. Times are seconds of a
    monotonic clock; safe to use from any number of threads.
    """

    def __init__(self, longest_seconds: float) -> None:
        self._longest_seconds = longest_seconds
        self._since: float | None = None
        self._is_final = False
        self._was_heard = False
        self._turn = threading.Lock()

    @property
    def was_heard(self) -> bool:
        """Return whether Mailchimp has said anything yet."""
        return self._was_heard

    def end(self) -> None:
        """Take note of a word of Mailchimp's."""
        with self._turn:
            self._was_heard = True
            self._since = None

    def begin(self, tried_at: float) -> None:
        """Take note of a try that began then and brought nothing; the earliest since the last word counts."""
        with self._turn:
            if self._since is None:
                self._since = tried_at
            self._since = min(self._since, tried_at)

    def is_final(self, now: float) -> bool:
        """Return whether waiting is spent for every call; once it is, it stays so."""
        with self._turn:
            if self._since is not None and now - self._since >= self._longest_seconds:
                self._is_final = True
            return self._is_final
