"""What the platform shows while a sync runs: how much is to come, and that Mailchimp asked to wait."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import time
from typing import Any

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteStreamStatus,
    AirbyteStreamStatusReason,
    AirbyteStreamStatusReasonType,
    AirbyteStreamStatusTraceMessage,
    AirbyteTraceMessage,
    EstimateType,
    StreamDescriptor,
    TraceType,
    Type,
)


class Progress:
    """Estimates and waits of one sync, told through `emit`; may be called from any thread."""

    def __init__(self, emit: Callable[[AirbyteMessage], None]) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._expected: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()

    def expect(self, stream: str, count: int) -> None:
        """Announce that more records of a stream are to come."""
        if not count:
            return
        with self._lock:
            self._expected[stream] += count
            total = self._expected[stream]
        estimate = AirbyteEstimateTraceMessage(name=stream, type=EstimateType.STREAM, row_estimate=total)
        self._trace(TraceType.ESTIMATE, estimate=estimate)

    @contextmanager
    def reading(self, stream: str) -> Iterator[None]:
        """Count a stream as under way while one of its partitions is read."""
        with self._lock:
            self._under_way[stream] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[stream] -= 1

    def waits(self, reason: str, seconds: float) -> None:
        """Say of every stream under way that it runs slower, where Mailchimp refused a call as one too many."""
        if reason not in ("HTTP 429", "HTTP 403"):
            return
        with self._lock:
            streams = [stream for stream, parts in self._under_way.items() if parts]
        for stream in streams:
            status = AirbyteStreamStatusTraceMessage(
                stream_descriptor=StreamDescriptor(name=stream),
                status=AirbyteStreamStatus.RUNNING,
                reasons=[AirbyteStreamStatusReason(type=AirbyteStreamStatusReasonType.RATE_LIMITED)],
            )
            self._trace(TraceType.STREAM_STATUS, stream_status=status)

    def _trace(self, kind: TraceType, **content: Any) -> None:
        trace = AirbyteTraceMessage(type=kind, emitted_at=time() * 1000, **content)
        self._emit(AirbyteMessage(type=Type.TRACE, trace=trace))
