"""What the engine hands out of its queue, and in which order."""

import logging
from queue import Queue
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.concurrent_source.thread_pool_manager import ThreadPoolManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger

from source_destination_mailchimp.source.engine import PagedConcurrentSource
from source_destination_mailchimp.source.progress import Progress


class _Processor:
    """Stands for the CDK's, of which one stream has ended."""

    def _is_stream_done(self, name: str) -> bool:
        return name == "ended"


def _engine() -> PagedConcurrentSource:
    pool: Any = ThreadPoolManager
    messages = InMemoryMessageRepository()
    return PagedConcurrentSource(pool, logging.getLogger("airbyte"), DebugSliceLogger(), Queue(), messages, 1)


@pytest.mark.parametrize(("stream", "handed_out"), [("ended", 0), ("going", 1)])
def test_the_end_of_a_stream_is_its_last_status(stream: str, handed_out: int) -> None:
    """A wait that is said when its stream has ended is dropped; of a stream under way it is handed out."""
    waits: list[AirbyteMessage] = []
    progress = Progress(waits.append)
    with progress.reading(stream):
        progress.waits("HTTP 429", 1.0)
    processor: Any = _Processor()
    assert len(list(_engine()._handle_item(waits[0], processor))) == handed_out


def test_a_catalog_without_streams_ends_at_once() -> None:
    """There is nothing to wait for."""
    assert list(_engine().read([])) == []
