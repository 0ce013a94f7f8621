"""The CDK's concurrent source, fed with pages of records in place of single ones.

One turn of its queue per record costs more than everything that Mailchimp's answer needs (see benchmarks/source.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from time import time
from typing import Any

from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.concurrent_source.concurrent_read_processor import ConcurrentReadProcessor
from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.concurrent_source.stream_thread_exception import StreamThreadException
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.types import Record
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.failures import together


@dataclass(slots=True)
class RecordPage:
    """Some records of one stream, in their order."""

    stream_name: str
    rows: list[Json]


class Null(Enum):
    """A null that survives: the CDK's serializer leaves out columns that are None, and orjson prints an enum's value.

    Without it a cleared value would be an absent one, which an upserting destination takes for "as before".
    """

    NULL = None


def with_nulls(row: Json) -> Json:
    """Return a record whose empty columns are printed as null."""
    return {name: Null.NULL if value is None else value for name, value in row.items()}


class PagedConcurrentSource(ConcurrentSource):
    """Takes pages from its queue; their first record goes the CDK's whole way, which marks the stream as RUNNING."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._failures: dict[str, list[Exception]] = {}

    def read(self, streams: list[AbstractStream]) -> Iterator[AirbyteMessage]:
        """Yield messages of streams; raises, when all of them are through, one error for those that failed."""
        if not streams:
            return  # the CDK would wait for the first message of none, for ever
        try:
            yield from super().read(streams)
        except AirbyteTracedException as error:
            if not self._failures:
                raise
            raise together(self._failures) from error

    def _handle_item(
        self, queue_item: QueueItem | RecordPage, concurrent_stream_processor: ConcurrentReadProcessor
    ) -> Iterable[AirbyteMessage]:
        if isinstance(queue_item, StreamThreadException):
            self._failures.setdefault(queue_item.stream_name, []).append(queue_item.exception)
        if isinstance(queue_item, AirbyteMessage) and _comes_too_late(queue_item, concurrent_stream_processor):
            return
        if not isinstance(queue_item, RecordPage):
            yield from super()._handle_item(queue_item, concurrent_stream_processor)
            return
        name, rows = queue_item.stream_name, queue_item.rows
        yield from concurrent_stream_processor.on_record(Record(with_nulls(rows[0]), name))
        now = int(time() * 1000)
        for row in rows[1:]:
            record = AirbyteRecordMessage(stream=name, data=with_nulls(row), emitted_at=now)
            yield AirbyteMessage(type=Type.RECORD, record=record)
        # The only use of this number is the line "Read n records" in the log.
        concurrent_stream_processor._record_counter[name] += len(rows) - 1


def _comes_too_late(message: AirbyteMessage, processor: ConcurrentReadProcessor) -> bool:
    """Return whether a message says how a stream is going that has ended: its end must stay its last word.

    Whoever waits for Mailchimp says so from a thread of its own, of every stream that is under way at that moment.
    """
    status = message.trace.stream_status if message.trace else None
    return status is not None and processor._is_stream_done(status.stream_descriptor.name)
