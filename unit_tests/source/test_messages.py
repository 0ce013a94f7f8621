"""What goes out beside the records: nulls that survive, states at their place, estimates."""

import threading
from queue import Queue
from typing import Any

import orjson
import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, AirbyteStateMessageSerializer, Type
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository

from source_destination_mailchimp.source import bookmarks
from source_destination_mailchimp.source.bookmarks import BookmarkCursor
from source_destination_mailchimp.source.engine import with_nulls
from source_destination_mailchimp.source.message_queue import QueueMessageRepository
from source_destination_mailchimp.source.progress import Progress
from source_destination_mailchimp.source.states import bookmarks as bookmarks_of


def _log(text: str) -> AirbyteMessage:
    return AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(stream=text, data={}, emitted_at=0))


def test_a_null_is_printed() -> None:
    """The CDK's serializer leaves out columns that are None; ours reach the line as null, others as they are."""
    row = with_nulls({"a": None, "b": {"c": None}, "d": 0})
    message = AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(stream="s", data=row, emitted_at=0))
    printed = orjson.loads(AirbyteEntrypoint.airbyte_message_to_string(message))
    assert printed["record"]["data"] == {"a": None, "b": {"c": None}, "d": 0}


def test_the_emptying_thread_never_waits_for_itself() -> None:
    """On a full queue its message is kept and handed over when it asks; other threads wait for room."""
    queue: Queue[Any] = Queue(maxsize=1)
    repository = QueueMessageRepository(queue)
    repository.emit_message(_log("first"))
    repository.emit_message(_log("kept"))
    other = threading.Thread(target=repository.emit_message, args=(_log("waits"),), daemon=True)
    other.start()
    assert [message.record.stream for message in repository.consume_queue() if message.record] == ["kept"]
    assert queue.get().record.stream == "first"
    assert queue.get(timeout=5).record.stream == "waits"
    other.join()


def _cursor(messages: InMemoryMessageRepository, manager: ConnectorStateManager | None = None) -> BookmarkCursor:
    return BookmarkCursor(
        "s",
        "changed",
        manager=manager or ConnectorStateManager(),
        messages=messages,
        account_id=lambda: "acc",
    )


def _states(messages: InMemoryMessageRepository) -> list[int]:
    found = [message.state.stream for message in messages.consume_queue() if message.state]
    return [len(bookmarks_of(vars(stream.stream_state), "changed")) for stream in found if stream]


def test_small_states_are_printed_each_time() -> None:
    """One partition, one state; the last word is not said twice."""
    messages = InMemoryMessageRepository()
    cursor = _cursor(messages)
    cursor.save("a", {"changed": "2026-01-01"})
    cursor.ensure_at_least_one_state_emitted()
    assert _states(messages) == [1]


def test_nothing_new_is_said_once() -> None:
    """Bookmarks that are as they were saved make one state, at the end, whatever their number."""
    messages = InMemoryMessageRepository()
    first = _cursor(messages)
    for key in "abc":
        first.save(key, {"changed": "2026-01-01"})
    saved = AirbyteStateMessageSerializer.load(
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": "s"}, "stream_state": dict(first.state)}}
    )
    messages = InMemoryMessageRepository()
    second = _cursor(messages, ConnectorStateManager([saved]))
    for key in "abc":
        second.save(key, {"changed": "2026-01-01"}, is_last=True)
    second.ensure_at_least_one_state_emitted()
    assert _states(messages) == [3]


def test_many_partitions_do_not_print_a_state_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state is printed whole: of a thousand partitions only now and then, and always at the end."""
    monkeypatch.setattr(bookmarks, "PAUSE_PER_PRINTING", 1e6)
    messages = InMemoryMessageRepository()
    cursor = _cursor(messages)
    for number in range(1000):
        cursor.save(str(number), {"changed": "2026-01-01"})
    cursor.ensure_at_least_one_state_emitted()
    found = _states(messages)
    assert len(found) < 50
    assert found[-1] == 1000


def test_estimates_add_up_and_waits_name_who_waits() -> None:
    """Partitions add to the estimate of their stream; throttling is reported for the streams that are under way."""
    found: list[AirbyteMessage] = []
    progress = Progress(found.append)
    progress.expect("a", 3)
    progress.expect("a", 4)
    progress.expect("b", 0)
    with progress.reading("a"):
        progress.waits("HTTP 500", 1)
        progress.waits("HTTP 429", 1)
    progress.waits("HTTP 429", 1)
    traces = [message.trace for message in found if message.trace]
    assert [trace.estimate.row_estimate for trace in traces if trace.estimate] == [3, 7]
    waits = [trace.stream_status for trace in traces if trace.stream_status]
    assert [(wait.stream_descriptor.name, wait.reasons[0].type.value) for wait in waits if wait.reasons] == [
        ("a", "RATE_LIMITED")
    ]
