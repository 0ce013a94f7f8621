"""What a run did, in words: a headline, a table per stream, progress lines, and counts for the platform."""

from collections.abc import Callable
from typing import Any

from source_destination_mailchimp.destination.model import Outcome, Settled, StreamId
from source_destination_mailchimp.destination.reporting.counts import Counts
from source_destination_mailchimp.destination.reporting.headline import headline
from source_destination_mailchimp.destination.reporting.progress import Progress
from source_destination_mailchimp.destination.reporting.stream_table import table
from source_destination_mailchimp.mailchimp.members import without_addresses


class Report:
    """Counts outcomes as they come and tells of them. `clock` gives seconds since 1970."""

    def __init__(self, *, dry_run: bool, clock: Callable[[], float]) -> None:
        self._dry_run = dry_run
        self._clock = clock
        self._progress = Progress(clock)
        self._streams: dict[StreamId, Counts] = {}
        self._remarks: dict[str, None] = {}
        self._records = 0

    def begin(self, stream: StreamId, audience: str = "") -> None:
        """Name a stream and its audience, so that the stream has its table even if nothing comes."""
        self._counts(stream).audience = audience

    def add(self, stream: StreamId, settled: Settled) -> None:
        """Count one record."""
        self._records += 1
        self._counts(stream).add(settled)

    def left(self, stream: StreamId, what: str, n: int) -> None:
        """Count people who left a mirrored list; `what` is the `mirror_removal` they got."""
        if n:
            self._counts(stream).left[what] += n

    def remark(self, sentence: str) -> None:
        """A sentence that stands above the tables: a merge field that was made, a fuse that would have blown."""
        self._remarks[without_addresses(sentence)] = None

    def expect(self, stream: StreamId | None, rows: float) -> None:
        """A source's estimate of how many records will come, of a stream or (None) altogether."""
        self._progress.expect(stream, rows)

    def progress_line(self) -> str | None:
        """A line for the log if one is due; cheap enough to be asked for after every record."""
        return self._progress.line(self._records, self._streams)

    def headline(self) -> str:
        """One sentence for a marketer."""
        return headline(self._streams.values(), dry_run=self._dry_run)

    def tables(self) -> list[str]:
        """The lines of all tables, remarks first."""
        lines = list(self._remarks)
        for stream in sorted(self._streams, key=str):
            lines.extend(table(stream, self._streams[stream], dry_run=self._dry_run))
        return lines

    def analytics(self) -> list[dict[str, Any]]:
        """The counts as raw TRACE messages of the run; no name of a stream or a person is in them."""
        counts: dict[str, int] = {}
        for stream in self._streams.values():
            for outcome, n in stream.outcomes.items():
                _add(counts, f"outcome-{outcome}", n)
            for (outcome, reason), n in stream.reasons.items():
                _add(counts, f"{outcome}-{reason}", n)
            for reason, n in stream.beside.items():
                _add(counts, f"beside-{reason}", n)
            for what, n in stream.left.items():
                _add(counts, f"left-{what}", n)
        return [self._trace(name, n) for name, n in sorted(counts.items())]

    @property
    def records(self) -> int:
        """Records that have an outcome."""
        return self._records

    def total(self, outcome: Outcome) -> int:
        """Records of all streams with this outcome."""
        return sum(counts.outcomes[outcome] for counts in self._streams.values())

    def rejected_percent(self) -> float:
        """How much of everything was rejected, for `max_rejected_percent`; held records are not."""
        return 100 * self.total(Outcome.REJECTED) / self._records if self._records else 0.0

    def failed_streams(self) -> list[StreamId]:
        """Streams of which something was rejected and nothing was accepted: their mapping must be wrong."""
        return [stream for stream, counts in self._streams.items() if _is_hopeless(counts)]

    def _counts(self, stream: StreamId) -> Counts:
        counts = self._streams.get(stream)
        if counts is None:
            counts = self._streams[stream] = Counts()
        return counts

    def _trace(self, name: str, n: int) -> dict[str, Any]:
        analytics = {"type": f"destination-mailchimp-{name.replace('_', '-')}", "value": str(n)}
        emitted_at = round(self._clock() * 1000)
        return {
            "type": "TRACE",
            "trace": {"type": "ANALYTICS", "emitted_at": float(emitted_at), "analytics": analytics},
        }


def _add(counts: dict[str, int], name: str, n: int) -> None:
    counts[name] = counts.get(name, 0) + n


def _is_hopeless(counts: Counts) -> bool:
    # A duplicate says nothing: it is what a record of the same address overtook.
    rejected = counts.outcomes[Outcome.REJECTED]
    return bool(rejected) and rejected + counts.outcomes[Outcome.DUPLICATE] == counts.records
