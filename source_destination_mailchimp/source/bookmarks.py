"""The cursor of a stream: what is saved of each partition, printed as a STATE behind the records that it stands for."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_destination_mailchimp.source.roster_room import RosterRoom
from source_destination_mailchimp.source.states import PACKED_KEY, Bookmark, bookmarks, global_cursor, state_of

PAUSE_PER_PRINTING = 20
"""A state is printed whole each time: the longer that takes, the longer the pause between two."""


QUIET_KEYS = ("turn", "swept")
"""What moves at each sync, also with nothing new: no reason for a state of its own."""


def _lasting(bookmark: Bookmark) -> Bookmark:
    return {key: value for key, value in bookmark.items() if key not in QUIET_KEYS}


class BookmarkCursor(Cursor):
    """Keeps the bookmarks of one stream; its messages go the way of the records, so they can't overtake them."""

    def __init__(
        self,
        stream_name: str,
        cursor_field: str,
        *,
        manager: ConnectorStateManager,
        messages: MessageRepository,
        account_id: Callable[[], str],
    ) -> None:
        self._name = stream_name
        self._manager = manager
        self._messages = messages
        self._account_id = account_id
        self._lock = threading.Lock()
        saved = manager.get_stream_state(stream_name, None)
        self.is_ours = PACKED_KEY in saved
        self._found = bookmarks(saved, cursor_field)
        self._everywhere: Bookmark = {cursor_field: global_cursor(saved, cursor_field)}
        self.room = RosterRoom()
        self._awaited: set[str] | None = None
        self._has_printed = False
        self._has_news = False
        self._next_printing = 0.0

    @property
    def state(self) -> MutableMapping[str, Any]:
        """Return the state as it would be saved now."""
        return state_of(self._bookmarks(), self._account_id())

    def known(self) -> Mapping[str, Bookmark]:
        """Return what was saved, by partition."""
        with self._lock:
            return dict(self._found)

    def bookmark(self, key: str) -> Bookmark:
        """Return what was saved of one partition; empty for a new one."""
        with self._lock:
            return dict(self._found.get(key) or self._found.get("") or {})

    def everywhere(self) -> Bookmark:
        """Return what an official state says of all partitions together, which nothing is read from."""
        return self._everywhere

    def expect(self, keys: Iterable[str]) -> None:
        """Hear of all partitions that there are: when each of them was saved, the stream is through."""
        with self._lock:
            self._awaited = set(keys)

    def save(self, key: str, bookmark: Bookmark, *, is_last: bool = False) -> None:
        """Take a bookmark, the last one of its partition or not; print the state if it is time for one.

        A bookmark that says nothing new is not printed, as it stood in the state before.
        """
        with self._lock:
            if is_last and self._awaited is not None:
                self._awaited.discard(key)
            if not self._take(key, bookmark):
                return
            self._has_news = True
            if time.monotonic() >= self._next_printing:
                self._print()

    def forget(self, key: str) -> None:
        """Drop what was saved of a partition that is not there any more."""
        with self._lock:
            if self._found.pop(key, None) is not None:
                self._has_news = True

    def observe(self, record: Record) -> None:
        """Do nothing: a bookmark says itself how far it stands."""

    def close_partition(self, partition: Partition) -> None:
        """Do nothing: a partition saves its own bookmark."""

    def ensure_at_least_one_state_emitted(self) -> None:
        """Print the last word of the stream."""
        with self._lock:
            if self._awaited is not None and not self._awaited:
                self._conclude()
            if self._has_news or not self._has_printed:
                self._print()

    def should_be_synced(self, record: Record) -> bool:
        """Return True: what is not to be synced is not read."""
        return True

    def _take(self, key: str, bookmark: Bookmark) -> bool:
        """Note a bookmark; returns whether it says anything new."""
        before = _lasting(self._found.get(key) or {})
        self._found[key] = bookmark
        return before != _lasting(bookmark)

    def _conclude(self) -> None:
        """Take the end of a stream in, of which every partition was read."""
        if len(self._found) > 1 and self._found.pop("", None) is not None:
            # What an official global cursor said of every partition; each of them has its own now.
            self._has_news = True

    def _bookmarks(self) -> Mapping[str, Bookmark]:
        """Return what stands in a state."""
        return self._found

    def _print(self) -> None:
        started = time.monotonic()
        self._has_printed = True
        self._has_news = False
        self._manager.update_state_for_stream(self._name, None, self.state)
        message: AirbyteMessage = self._manager.create_state_message(self._name, None)
        ended = time.monotonic()
        self._next_printing = ended + PAUSE_PER_PRINTING * (ended - started)
        self._messages.emit_message(message)
