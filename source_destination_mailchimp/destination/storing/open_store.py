"""Open the store that the form names: where records go that did not get through, and where runs leave their folders."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import assert_never

from source_destination_mailchimp.destination.form.settings import (
    FILE_NAME_FORMAT,
    PATH_FORMAT,
    CsvFormat,
    Gzip,
    JsonlFormat,
    LocalStore,
    NoCompression,
    NoStore,
    S3Store,
    Settings,
)
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.storing import local
from source_destination_mailchimp.destination.storing.file_store import FileStore, MakeRow
from source_destination_mailchimp.destination.storing.local_runs import LocalRuns
from source_destination_mailchimp.destination.storing.naming import Naming
from source_destination_mailchimp.destination.storing.row_formats import Csv, JsonLines, RowFormat
from source_destination_mailchimp.destination.storing.rows import flat_row, whole_row
from source_destination_mailchimp.destination.storing.run_folders import RunFolders
from source_destination_mailchimp.destination.storing.storage import Storage
from source_destination_mailchimp.destination.storing.store import KeepsNothing, Store

Columns = Mapping[StreamId, Sequence[str]]


def open_store(
    settings: Settings,
    *,
    sync_id: int | None,
    started: datetime,
    columns: Columns | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Store:
    """Return the store of `object_storage_config`; raises `Misconfigured` for what can be known without writing.

    `started` is in UTC. `columns`: the properties of each stream's schema, which a CSV file then begins with.
    """
    chosen = settings.object_storage_config
    match chosen:
        case NoStore():
            return KeepsNothing()
        case LocalStore():
            storage: Storage = local.LocalStorage(local.folder(chosen.path, environ))
            naming = Naming("", PATH_FORMAT, FILE_NAME_FORMAT, sync_id, started)
        case S3Store():
            naming = Naming(chosen.bucket_path, chosen.path_format, chosen.file_name_format, sync_id, started)
            naming.check()
            storage = _bucket(chosen, environ)
        case _:
            assert_never(chosen)
    return FileStore(
        storage,
        naming,
        _row_format(chosen.format, columns or {}),
        _make_row(chosen.format),
        compressed=_is_compressed(chosen),
    )


def open_runs(settings: Settings, *, environ: Mapping[str, str] = os.environ) -> RunFolders | None:
    """Return the folders of the runs in the store of `object_storage_config`; None without a store.

    Raises `Misconfigured` for what can be known without writing.
    """
    chosen = settings.object_storage_config
    match chosen:
        case NoStore():
            return None
        case LocalStore():
            return LocalRuns(local.folder(chosen.path, environ))
        case S3Store():
            runs: RunFolders = _module_with_botocore("s3_runs").S3Runs(chosen, environ)
            return runs
        case _:
            assert_never(chosen)


def _bucket(chosen: S3Store, environ: Mapping[str, str]) -> Storage:
    storage: Storage = _module_with_botocore("s3").S3Storage(chosen, environ)
    return storage


def _module_with_botocore(name: str) -> ModuleType:
    """Return a module of this room by its name: botocore would slow down every command of those who have no bucket."""
    return import_module(f"{local.__package__}.{name}")


def _row_format(chosen: CsvFormat | JsonlFormat, columns: Columns) -> Callable[[StreamId], RowFormat]:
    """Return what makes the format of a stream's files; a CSV file with one column per record begins with ours only."""
    match chosen:
        case JsonlFormat():
            return lambda stream: JsonLines()
        case CsvFormat(flattening="Root level flattening"):
            return lambda stream: Csv(columns.get(stream, ()))
        case CsvFormat():
            return lambda stream: Csv()
        case _:
            assert_never(chosen)


def _make_row(chosen: CsvFormat | JsonlFormat) -> MakeRow:
    match chosen.flattening:
        case "Root level flattening":
            return flat_row
        case "No flattening":
            return whole_row
        case _:
            assert_never(chosen.flattening)


def _is_compressed(chosen: LocalStore | S3Store) -> bool:
    if isinstance(chosen, LocalStore):
        return False
    match chosen.compression:
        case Gzip():
            return True
        case NoCompression():
            return False
        case _:
            assert_never(chosen.compression)
