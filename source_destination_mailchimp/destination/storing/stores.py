"""Where records go that did not get through: the store that the form names."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol

from source_destination_mailchimp.destination.form.settings import (
    CsvFormat,
    Gzip,
    JsonlFormat,
    LocalStore,
    NoStore,
    S3Store,
    Settings,
)
from source_destination_mailchimp.destination.model import Operation, Settled, StreamId
from source_destination_mailchimp.destination.storing import local
from source_destination_mailchimp.destination.storing.file_keeper import Shelf
from source_destination_mailchimp.destination.storing.naming import Naming
from source_destination_mailchimp.destination.storing.rows import flat_row, whole_row
from source_destination_mailchimp.destination.storing.sheets import Csv, JsonLines, Sheet
from source_destination_mailchimp.destination.storing.store import FileStore

Columns = Mapping[StreamId, Sequence[str]]

PATH_FORMAT = "{sync_id}/{namespace}/{stream_name}/"
FILE_NAME_FORMAT = "{date}_{timestamp}_{part_number}{format_extension}"


class Store(Protocol):
    """Keeps records that did not get through, and the plan of a dry run."""

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Keep a record if it was rejected, held or a duplicate; any other is passed over."""
        ...

    def plan(self, operation: Operation) -> None:
        """Keep what a dry run would have written, member by member."""
        ...

    def flush(self) -> None:
        """Return when everything that was added is durable: before a STATE leaves."""
        ...

    def check(self) -> None:
        """Raise `Misconfigured`, naming the setting, if nothing could be written."""
        ...

    def close(self) -> None:
        """Flush, and let go of what is held open."""
        ...


class KeepsNothing:
    """The store of somebody who wants none: records are counted and not kept."""

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Pass over."""

    def plan(self, operation: Operation) -> None:
        """Pass over."""

    def flush(self) -> None:
        """Nothing waits."""

    def check(self) -> None:
        """Nothing can fail."""

    def close(self) -> None:
        """Nothing is held open."""


def open_store(
    settings: Settings,
    *,
    sync_id: int | None,
    started: datetime,
    columns: Columns | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Store:
    """The store of `object_storage_config`; raises `Misconfigured` for what can be known without writing.

    `started` is in UTC. `columns`: the properties of each stream's schema, which a CSV file then begins with.
    """
    chosen = settings.object_storage_config
    if isinstance(chosen, NoStore):
        return KeepsNothing()
    shelf, naming = _place(chosen, sync_id, started, environ)
    flat = chosen.format.flattening == "Root level flattening"
    compressed = isinstance(chosen, S3Store) and isinstance(chosen.compression, Gzip)
    sheet = _sheet(chosen.format, columns or {}, flat=flat)
    return FileStore(shelf, naming, sheet, flat_row if flat else whole_row, compressed=compressed)


def _place(
    chosen: LocalStore | S3Store, sync_id: int | None, started: datetime, environ: Mapping[str, str]
) -> tuple[Shelf, Naming]:
    if isinstance(chosen, LocalStore):
        naming = Naming("", PATH_FORMAT, FILE_NAME_FORMAT, sync_id, started)
        return local.LocalShelf(local.folder(chosen.path, environ)), naming
    naming = Naming(chosen.bucket_path, chosen.path_format, chosen.file_name_format, sync_id, started)
    naming.check()
    # By its name, because importing botocore would slow down every command of everybody who has no bucket.
    shelf: Shelf = import_module(f"{local.__package__}.s3").S3Shelf(chosen, environ)
    return shelf, naming


def _sheet(chosen: CsvFormat | JsonlFormat, columns: Columns, *, flat: bool) -> Callable[[StreamId], Sheet]:
    if isinstance(chosen, JsonlFormat):
        return lambda stream: JsonLines()
    return lambda stream: Csv(columns.get(stream, ()) if flat else ())
