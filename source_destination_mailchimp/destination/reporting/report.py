"""What a run did, in words: a headline, a table per stream, progress lines, and counts for the platform."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.mapping.mapping_in_use import MappingInUse
from source_destination_mailchimp.destination.model import NO_STREAM, Settled, StreamId
from source_destination_mailchimp.destination.reporting.counts import Counts, analytics, total
from source_destination_mailchimp.destination.reporting.headline import headline
from source_destination_mailchimp.destination.reporting.levels import Level
from source_destination_mailchimp.destination.reporting.progress import Progress
from source_destination_mailchimp.destination.reporting.stream_table import TableLine, table
from source_destination_mailchimp.destination.reporting.tally import Tally
from source_destination_mailchimp.mailchimp.members import without_addresses


class Report:
    """Counts outcomes as they come and tells of them. `clock` gives seconds since 1970."""

    def __init__(self, *, dry_run: bool, clock: Callable[[], float]) -> None:
        self.records = 0
        """Records that have an outcome."""

        self._dry_run = dry_run
        self._clock = clock
        self._progress = Progress(clock)
        self._streams: defaultdict[StreamId, Tally] = defaultdict(Tally)
        self._audiences: dict[StreamId, str] = {}
        self._remarks: dict[str, None] = {}
        self._warnings: dict[str, None] = {}
        self._mappings: dict[StreamId, MappingInUse] = {}
        self._news: list[TableLine] = []

    def begin(self, stream: StreamId, audience: str = "") -> None:
        """Name a stream and its audience, so that the stream has its table even if nothing comes."""
        self._streams.setdefault(stream, Tally())
        self._audiences[stream] = audience

    def mapped(self, stream: StreamId, mapping: MappingInUse, warnings: Sequence[str]) -> None:
        """Take what goes where in a stream, once that is decided, for the log to say soon."""
        self._mappings[stream] = mapping
        self._news.extend(TableLine(Level.WARN, without_addresses(sentence)) for sentence in warnings)
        self._news.append(TableLine(Level.INFO, without_addresses(f"Stream {stream}: {mapping.sentence()}.")))

    def mappings(self) -> Mapping[StreamId, MappingInUse]:
        """Return what goes where, of the streams for which it is decided by now."""
        return self._mappings

    def take_news(self) -> list[TableLine]:
        """Return the lines that have come up since the last time, for the log."""
        news, self._news = self._news, []
        return news

    def add(self, stream: StreamId, settled: Settled, *, takes_away: bool = False) -> None:
        """Count one record; `takes_away` says whether it is marked as deleted, or says no to mail."""
        self.records += 1
        self._streams[stream].add(settled, takes_away=takes_away)

    def left(self, stream: StreamId, removal: MirrorRemoval, n: int) -> None:
        """Count people who left a mirrored list and got this `mirror_removal`."""
        if n:
            self._streams[stream].leave(removal, n)

    def warn(self, sentence: str) -> None:
        """Take a sentence about what came up on the way and needs a person; the same one counts once."""
        self._warnings[without_addresses(sentence)] = None

    def warnings(self) -> list[str]:
        """Return what came up on the way and needs a person."""
        return list(self._warnings)

    def remark(self, sentence: str) -> None:
        """Keep a sentence to stand above the tables: a merge field that was made, a fuse that would have blown."""
        self._remarks[without_addresses(sentence)] = None

    def expect(self, stream: StreamId | None, rows: float) -> None:
        """Take a source's estimate of how many records will come, of a stream or (None) altogether."""
        self._progress.expect(stream, rows)

    def progress_line(self) -> str | None:
        """Return a line for the log if one is due; cheap enough to be asked for after every record."""
        return self._progress.line(self.records, self._streams)

    def counts(self) -> Mapping[StreamId, Counts]:
        """Return what happened so far, stream by stream."""
        return {stream: tally.counts() for stream, tally in self._streams.items()}

    def headline(self) -> str:
        """Return what became of all records, in one sentence that adds up."""
        return headline(self._total(), dry_run=self._dry_run)

    def tables(self) -> list[TableLine]:
        """Return the lines of all tables, remarks first."""
        lines = [TableLine(Level.INFO, remark) for remark in self._remarks]
        counts = self.counts()
        for stream in sorted(counts, key=str):
            audience = self._audiences.get(stream, "")
            lines.extend(table(stream, audience, counts[stream], dry_run=self._dry_run))
        return lines

    def analytics(self) -> list[dict[str, Any]]:
        """Return the counts as raw TRACE messages of the run."""
        named = analytics(self._total())
        return [self._trace(name, n) for name, n in sorted(named.items())]

    def rejected_percent(self) -> float:
        """Return how much of everything was rejected, for `max_rejected_percent`."""
        return self._total().rejected_percent

    def failed_streams(self) -> list[StreamId]:
        """Return the streams of which something was rejected and nothing accepted, and for more than a bad address."""
        failed = []
        for stream, counts in self.counts().items():
            if stream != NO_STREAM and counts.is_hopeless and not counts.is_a_few_bad_addresses:
                failed.append(stream)
        return failed

    def forgiven_streams(self) -> list[StreamId]:
        """Return the streams of which nothing was accepted, for a few bad addresses: a warning, no failure."""
        return [stream for stream, counts in self.counts().items() if counts.is_a_few_bad_addresses]

    def _total(self) -> Counts:
        return total(self.counts().values())

    def _trace(self, name: str, n: int) -> dict[str, Any]:
        emitted_at = round(self._clock() * 1000)
        return {
            "type": "TRACE",
            "trace": {
                "type": "ANALYTICS",
                "emitted_at": float(emitted_at),
                "analytics": {
                    "type": f"destination-mailchimp-{name.replace('_', '-')}",
                    "value": str(n),
                },
            },
        }
