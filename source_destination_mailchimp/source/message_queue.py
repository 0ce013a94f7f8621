"""The one way out for messages that are not records: behind the records put there before them.

The CDK's own ConcurrentMessageRepository empties a shared deque from every thread that emits; two at once can find it
empty under their hands. Here a message goes straight onto the queue.
"""

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from queue import Full, Queue
from typing import Any

from airbyte_cdk.models import AirbyteMessage, Level
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem


class QueueMessageRepository(MessageRepository):
    """Puts messages onto the queue of the concurrent source; made on the thread that empties it."""

    def __init__(self, queue: Queue[QueueItem]) -> None:
        self._queue = queue
        self._consumer = threading.get_ident()
        self._kept: deque[AirbyteMessage] = deque()

    def emit_message(self, message: AirbyteMessage) -> None:
        """Queue a message; the thread that empties the queue keeps it where the queue is full, as it must not wait."""
        if threading.get_ident() != self._consumer:
            self._queue.put(message)
            return
        try:
            self._queue.put_nowait(message)
        except Full:
            self._kept.append(message)

    def release(self) -> None:
        """Let those who wait for room go: nobody empties the queue any more, and the process could not end."""
        with self._queue.not_full:
            self._queue.maxsize = sys.maxsize
            self._queue.not_full.notify_all()

    def log_message(self, level: Level, message_provider: Callable[[], dict[str, Any]]) -> None:
        """Do nothing: what is logged goes through the logger."""

    def consume_queue(self) -> Iterable[AirbyteMessage]:
        """Yield what the emptying thread kept for itself."""
        while self._kept:
            yield self._kept.popleft()
