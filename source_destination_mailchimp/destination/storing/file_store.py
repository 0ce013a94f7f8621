"""Rows of many streams into files, in parts, with a bounded number of rows in memory."""

import gzip
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from source_destination_mailchimp.destination.model import Operation, Settled, StreamId
from source_destination_mailchimp.destination.storing.naming import Naming
from source_destination_mailchimp.destination.storing.row_formats import JsonLines, RowFormat
from source_destination_mailchimp.destination.storing.rows import Row, planned_rows
from source_destination_mailchimp.destination.storing.storage import Storage

ROWS_IN_MEMORY = 100
"""Rows of one file that wait for their text: a heading is made of the columns of all of them."""

MakeRow = Callable[[Mapping[str, Any], Settled], Row]
"""Makes the row of a record, as its columns were, with what became of it."""


class FileStore:
    """Keeps records that did not get through, a file per stream, and in a dry run the plan beside it.

    What was added is durable after `flush`, which must therefore come before a STATE leaves. Used by one thread.
    """

    keeps = True

    def __init__(
        self,
        storage: Storage,
        naming: Naming,
        row_format: Callable[[StreamId], RowFormat],
        make_row: MakeRow,
        *,
        compressed: bool = False,
    ) -> None:
        self._storage = storage
        self._naming = naming
        self._row_format = row_format
        self._make_row = make_row
        self._compressed = compressed
        self._is_broken = False
        self._files: dict[tuple[str, StreamId], _File] = {}
        self._keys: set[str] = set()
        self._parts: Counter[tuple[str, StreamId]] = Counter()

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Keep a record if its outcome is one that is kept; any other is passed over."""
        if settled.outcome.is_kept:
            self._file("", stream).add(self._make_row(record, settled))

    def plan(self, operation: Operation) -> None:
        """Keep what a dry run would have written, a line of JSON per member whatever the format is."""
        for row in planned_rows(operation):
            self._file("plan_", operation.contact.stream).add(row)

    def flush(self) -> None:
        """Return when everything that was added is durable."""
        self._is_broken = True
        for file in self._files.values():
            file.write()
        self._storage.flush()
        self._is_broken = False

    def check(self) -> None:
        """Raise `Misconfigured` if nothing could be written."""
        self._storage.check()

    def files(self) -> list[str]:
        """Return the keys of the files with records that did not get through; the plan of a dry run is none."""
        return sorted(key for key in self._keys if not key.rpartition("/")[2].startswith("plan_"))

    def close(self) -> None:
        """Flush unless that failed before, and let go of what is held open."""
        try:
            if not self._is_broken:
                self.flush()
        finally:
            self._storage.close()

    def _file(self, beginning: str, stream: StreamId) -> "_File":
        file = self._files.get((beginning, stream))
        if file is None:
            row_format = self._format_of(beginning, stream)
            new_key = partial(self._new_key, beginning, stream, row_format.extension)
            file = _File(self._storage, row_format, new_key, compressed=self._compressed)
            self._files[beginning, stream] = file
        return file

    def _format_of(self, beginning: str, stream: StreamId) -> RowFormat:
        """Return how a file's rows are written: a plan has nested values, so it is JSON whatever the form says."""
        if beginning:
            return JsonLines()
        return self._row_format(stream)

    def _new_key(self, beginning: str, stream: StreamId, extension: str) -> str:
        """Return the first name that is free: formats need not tell streams apart, and parts are counted from 1."""
        if self._compressed:
            extension += ".gz"
        while True:
            self._parts[beginning, stream] += 1
            part = self._parts[beginning, stream]
            key = self._naming.key(stream, part, extension, beginning=beginning)
            if key not in self._keys:
                self._keys.add(key)
                return key


class _File:
    """The rows of one stream, spread over parts."""

    def __init__(
        self, storage: Storage, row_format: RowFormat, new_key: Callable[[], str], *, compressed: bool
    ) -> None:
        self._storage = storage
        self._row_format = row_format
        self._new_key = new_key
        self._compressed = compressed
        self._rows: list[Row] = []
        self._key: str | None = None

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= ROWS_IN_MEMORY:
            self.write()

    def write(self) -> None:
        """Hand the waiting rows to the storage, in a new part where the present one is full or lacks a column."""
        if not self._rows:
            return
        needs_new_heading = self._row_format.fit(self._rows)
        is_full = self._key is not None and not self._storage.has_room(self._key)
        if needs_new_heading or is_full:
            self._finish()
        text = b""
        if self._key is None:
            self._key = self._new_key()
            text = self._row_format.head()
        text += self._row_format.lines(self._rows)
        if self._compressed:
            # A gzip file may have several members, so each piece is one: the file is whole after every flush.
            text = gzip.compress(text, mtime=0)
        self._storage.append(self._key, text)
        self._rows = []

    def _finish(self) -> None:
        if self._key is not None:
            self._storage.finish(self._key)
            self._key = None
