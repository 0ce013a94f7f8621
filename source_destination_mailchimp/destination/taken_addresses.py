"""Records whose address another person's member has still: each waits for that person's own record to change it.

Pure: nothing here knows of calls. A record waits until the end of its window, the next STATE of its stream at most.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.work_item import WorkItem

MOST_WAITING = 5_000
"""Records that wait at once; more are refused as they come, so that memory stays bounded."""


class Ended(NamedTuple):
    """Those who have waited long enough."""

    refused: list[WorkItem]
    """Nobody who is still to come gives up the address of these."""

    rings: list[list[WorkItem]]
    """Records of people who pass their addresses round in a ring, so that none of them is free first."""


class TakenAddresses:
    """Keeps the records that wait for an address, at most one per external id."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._by_id: dict[str, WorkItem] = {}
        """External id → the record that waits for an address."""

        self._holder: dict[str, str] = {}
        """The same external id → that of the member at the address."""

        self._by_address: dict[str, list[WorkItem]] = {}
        self._windows: Counter[StreamId] = Counter()
        self._ending: dict[str, None] = {}
        """External ids whose window has ended."""

    @property
    def is_ending(self) -> bool:
        """Whether a window has ended of which somebody still waits."""
        return bool(self._ending)

    @property
    def has_room(self) -> bool:
        """Whether one more may wait."""
        return len(self._by_id) < self._most

    def wait(self, item: WorkItem, holder: str) -> None:
        """Let a record wait for its address, which is that of a member with the external id `holder`."""
        external_id = item.contact.external_id
        self._by_id[external_id] = item
        self._holder[external_id] = holder
        self._by_address.setdefault(item.contact.hash, []).append(item)
        if item.window < self.windows(item.contact.stream):
            self._ending[external_id] = None

    def leave(self, external_id: str) -> WorkItem | None:
        """Take the record of an external id out that waits; None if none does."""
        item = self._by_id.pop(external_id, None)
        if item is None:
            return None
        del self._holder[external_id]
        self._ending.pop(external_id, None)
        others = [one for one in self._by_address.pop(item.contact.hash) if one is not item]
        if others:
            self._by_address[item.contact.hash] = others
        return item

    def free(self, addresses: Iterable[str]) -> list[WorkItem]:
        """Take those out that wait for one of these addresses: something has changed there."""
        freed: list[WorkItem] = []
        for address in addresses:
            freed.extend(self._by_address.get(address, ()))
        for item in freed:
            self.leave(item.contact.external_id)
        return freed

    def windows(self, stream: StreamId) -> int:
        """Return how many windows of a stream have ended."""
        return self._windows.get(stream, 0)

    def end_window(self, stream: StreamId) -> None:
        """Let nobody who came from a stream so far wait longer than for what is in work already."""
        self._windows[stream] += 1
        for external_id, item in self._by_id.items():
            if item.contact.stream == stream:
                self._ending[external_id] = None

    def ended(self, ids_in_work: Collection[str]) -> Ended:
        """Take out and return those who have nothing left to wait for; `ids_in_work` may still free addresses."""
        refused: list[WorkItem] = []
        rings: list[list[WorkItem]] = []
        in_rings: set[str] = set()
        for external_id in list(self._ending):
            if external_id not in self._ending:
                continue  # taken out with another one
            path = [external_id]
            while (holder := self._holder[path[-1]]) in self._ending and holder not in path:
                path.append(holder)
            if holder in path:
                ring = path[path.index(holder) :]
                in_rings.update(ring)
                rings.append(self._take_out(ring))
            elif not (holder in ids_in_work or holder in self._by_id or holder in in_rings):
                # The last of them is refused, so the one before it gets no address either, and so on.
                refused.extend(self._take_out(reversed(path)))
        return Ended(refused, rings)

    def _take_out(self, external_ids: Iterable[str]) -> list[WorkItem]:
        items = [self.leave(external_id) for external_id in external_ids]
        return [item for item in items if item is not None]
