"""The cursor of a stream: a bookmark per partition, saved as a STATE behind the records that it stands for."""

import threading
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_destination_mailchimp.source.states import Bookmark, bookmarks, state_of

SECONDS_PER_ENTRY = 0.005
"""A state is printed whole each time: the more it holds, the longer the pause between two."""


class BookmarkCursor(Cursor):
    """Keeps the bookmarks of one stream; its messages go the way of the records, so they can't overtake them."""

    def __init__(
        self,
        stream_name: str,
        cursor_field: str,
        *,
        is_partitioned: bool,
        manager: ConnectorStateManager,
        messages: MessageRepository,
        account_id: Callable[[], str],
    ) -> None:
        self._name = stream_name
        self._is_partitioned = is_partitioned
        self._manager = manager
        self._messages = messages
        self._account_id = account_id
        self._lock = threading.Lock()
        self._found = bookmarks(manager.get_stream_state(stream_name, None), cursor_field)
        self._has_saved = False
        self._last_saved = 0.0

    @property
    def state(self) -> MutableMapping[str, Any]:
        """Return the state as it would be saved now."""
        return state_of(self._found, is_partitioned=self._is_partitioned, account_id=self._account_id())

    def bookmark(self, key: str) -> Bookmark:
        """Return what was saved of one partition; empty for a new one."""
        return dict(self._found.get(key) or self._found.get("") or {})

    def save(self, key: str, bookmark: Bookmark) -> None:
        """Take a bookmark, and print the state if the last one is long enough ago for its size."""
        with self._lock:
            self._found[key] = bookmark
            now = time.monotonic()
            if now - self._last_saved < SECONDS_PER_ENTRY * (len(self._found) - 1):
                self._has_saved = False
                return
            self._last_saved = now
            self._print()

    def observe(self, record: Record) -> None:
        """Do nothing: a bookmark says itself how far it stands."""

    def close_partition(self, partition: Partition) -> None:
        """Do nothing: a partition saves its own bookmark."""

    def ensure_at_least_one_state_emitted(self) -> None:
        """Print the last word of the stream."""
        with self._lock:
            if not self._has_saved:
                self._print()

    def should_be_synced(self, record: Record) -> bool:
        """Return True: what is not to be synced is not read."""
        return True

    def _print(self) -> None:
        self._has_saved = True
        self._manager.update_state_for_stream(self._name, None, self.state)
        message: AirbyteMessage = self._manager.create_state_message(self._name, None)
        self._messages.emit_message(message)
