"""How many members the state of a stream may hold, in all audiences together."""

import threading

ROSTER_LIMIT = 250_000
"""Most members, of all audiences together, that the state of one stream remembers one by one."""


class RosterRoom:
    """How many members a stream may still remember in its state; shared by the audiences of the stream."""

    def __init__(self, limit: int = ROSTER_LIMIT) -> None:
        self._limit = limit
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, audience_id: str, count: int) -> bool:
        """Reserve room for the members of an audience, in the place of what it had; False where it is too little."""
        with self._lock:
            others = sum(self._taken.values()) - self._taken.get(audience_id, 0)
            fits = others + count <= self._limit
            self._taken[audience_id] = count if fits else 0
            return fits
