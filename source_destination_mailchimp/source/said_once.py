"""Warnings of one sync: each sentence once, however many partitions come upon the same thing."""

import threading
from collections.abc import Callable


class SaidOnce:
    """Hands a sentence on the first time that it is said; safe from any number of threads."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, sentence: str) -> None:
        """Say a sentence, unless it was said."""
        with self._lock:
            if sentence in self._said:
                return
            self._said.add(sentence)
        self._say(sentence)
