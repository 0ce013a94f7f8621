"""What a run leaves in its folder: figures for machines from its start on, and at its end also the page for people."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import orjson

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.form.settings import LocalStore, S3Store, Settings
from source_destination_mailchimp.destination.model import Contact, Settled, StreamId
from source_destination_mailchimp.destination.reporting.field_values import FieldValues
from source_destination_mailchimp.destination.reporting.refused_records import RefusedRecords
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.reporting.run_page.page import Refused, page
from source_destination_mailchimp.destination.reporting.run_summary import (
    Exit,
    MappedField,
    RunFigures,
    StreamFigures,
    settings_without_secrets,
    summary,
)
from source_destination_mailchimp.destination.reporting.throughput import ThroughputMeter
from source_destination_mailchimp.destination.storing.run_folders import RunFolder
from source_destination_mailchimp.destination.work import Departure, Settlement

SUMMARY, PAGE = "summary.json", "report.html"
DISTRIBUTION = "source-destination-mailchimp"


class RunRecord:
    """Listens to a run and writes its folder. Used by the thread of the loop."""

    def __init__(
        self,
        folder: RunFolder,
        settings: Settings,
        report: Report,
        kept_files: Callable[[], Sequence[str]],
        started: datetime,
        account_id: str,
    ) -> None:
        """`kept_files` names the files of the store with the records that did not get through."""
        self.folder = folder
        self.changes: ChangeLog | None = None
        self._settings = settings
        self._report = report
        self._kept_files = kept_files
        self._started = started
        self._account_id = account_id
        self._begun = time.monotonic()
        self._throughput = ThroughputMeter(time.monotonic)
        self._refused = RefusedRecords()
        self._values: dict[StreamId, FieldValues] = {}
        self._audiences: dict[StreamId, tuple[str, str]] = {}
        self._names: dict[StreamId, Mapping[str, str]] = {}
        self._warnings: list[str] = []
        self._is_finished = False

    def begin(self) -> None:
        """Write that the run is going on, so that one that is killed leaves a trace too."""
        self._write_summary(Exit("running"))

    def add_stream(self, stream: StreamId, audience: tuple[str, str], names: Mapping[str, str]) -> None:
        """Name a stream: ID and name of its audience, and the names of the audience's fields by their keys."""
        self._audiences[stream] = audience
        self._names[stream] = names
        self._values[stream] = FieldValues()

    def warn(self, sentence: str) -> None:
        """Take a sentence that was logged before the first record."""
        self._warnings.append(sentence)

    def hear(self, settlement: Settlement) -> None:
        """Take in the end of one record; a departure is no record."""
        if isinstance(settlement.origin, Departure):
            return
        self._throughput.count()
        contact, settled = settlement.contact, settlement.settled
        if isinstance(contact, Contact) and contact.stream in self._values:
            self._values[contact.stream].count(contact, settled)
        if settled.outcome.is_kept:
            self.refuse(contact.stream, settled, contact.record)

    def refuse(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Keep a record that did not get through for the page."""
        self._refused.add(stream, settled, record)

    def finish(self, ending: Exit) -> None:
        """Write the page and the last figures, once; raises what the folder raises."""
        if self._is_finished:
            return
        self._is_finished = True
        if self.changes is not None:
            self.changes.close()
        figures = self._figures(ending, datetime.now(UTC).isoformat())
        refused = Refused(self._refused.rows(), self._refused.kept, self._refused.left_out, tuple(self._kept_files()))
        self.folder.write(SUMMARY, [orjson.dumps(summary(figures), option=orjson.OPT_INDENT_2)])
        self.folder.write(PAGE, page(figures, refused))

    def _write_summary(self, ending: Exit) -> None:
        content = orjson.dumps(summary(self._figures(ending, None)), option=orjson.OPT_INDENT_2)
        self.folder.write(SUMMARY, [content])

    def _figures(self, ending: Exit, ended: str | None) -> RunFigures:
        return RunFigures(
            run=self.folder.name,
            connector_version=version(DISTRIBUTION),
            account_id=self._account_id,
            dry_run=self._settings.dry_run,
            started=self._started.isoformat(),
            ended=ended,
            seconds=time.monotonic() - self._begun,
            exit=ending,
            headline=self._report.headline(),
            streams=self._streams(),
            warnings=[*self._warnings, *self._report.warnings()],
            settings=settings_without_secrets(self._settings),
            throughput=self._throughput.measured(),
            changes=self.changes.head if self.changes is not None else None,
        )

    def _streams(self) -> list[StreamFigures]:
        found = []
        for stream, counts in sorted(self._report.counts().items(), key=lambda item: str(item[0])):
            audience_id, audience_name = self._audiences.get(stream, ("", ""))
            found.append(StreamFigures(stream, audience_id, audience_name, counts, self._mapping(stream)))
        return found

    def _mapping(self, stream: StreamId) -> list[MappedField]:
        """Return the fields that columns go to, and those that got a value by a setting of their own."""
        in_use = self._report.mappings().get(stream)
        if stream not in self._names or in_use is None:
            return []
        names, counted = self._names[stream], dict(self._values[stream].counted())
        keys = {name: key for key, name in names.items()}
        sources: dict[str, list[str]] = {}
        for column in in_use.mapped:
            if column.is_value:
                key = column.key or keys.get(column.target, column.target)
                sources.setdefault(key, []).append(column.columns)
        fields = []
        for key, columns_of_field in sources.items():
            values = counted.pop(key, 0)
            fields.append(MappedField(", ".join(columns_of_field), names.get(key, key), values))
        for key, values in counted.items():
            fields.append(MappedField("", names.get(key, key), values))
        return fields


def store_location(settings: Settings) -> str:
    """Return where the store of a run is, as a person would look for it."""
    chosen = settings.object_storage_config
    match chosen:
        case LocalStore():
            return chosen.path
        case S3Store():
            return f"s3://{chosen.s3_bucket_name}"
        case _:
            return ""
