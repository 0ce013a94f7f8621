"""Rows of many streams into files, in parts, with a bounded number of rows in memory."""

import gzip
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from source_destination_mailchimp.destination.model import Operation, Settled, StreamId
from source_destination_mailchimp.destination.storing.file_keeper import Shelf
from source_destination_mailchimp.destination.storing.naming import Naming
from source_destination_mailchimp.destination.storing.rows import Row, planned_rows
from source_destination_mailchimp.destination.storing.sheets import JsonLines, Sheet

ROWS_IN_MEMORY = 100
"""Rows of one file that wait for their text: a heading is made of the columns of all of them."""


class FileStore:
    """Keeps records that did not get through, a file per stream, and in a dry run the plan beside it.

    What was added is durable after `flush`, which must therefore come before a STATE leaves. Used by one thread.
    """

    def __init__(
        self,
        shelf: Shelf,
        naming: Naming,
        sheet: Callable[[StreamId], Sheet],
        make_row: Callable[[Mapping[str, Any], Settled], Row],
        *,
        compressed: bool = False,
    ) -> None:
        self._shelf = shelf
        self._naming = naming
        self._sheet = sheet
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
        self._shelf.flush()
        self._is_broken = False

    def check(self) -> None:
        """Raise `Misconfigured` if nothing could be written."""
        self._shelf.check()

    def close(self) -> None:
        """Flush unless that failed before, and let go of what is held open."""
        try:
            if not self._is_broken:
                self.flush()
        finally:
            self._shelf.close()

    def _file(self, beginning: str, stream: StreamId) -> "_File":
        file = self._files.get((beginning, stream))
        if file is None:
            sheet: Sheet = JsonLines() if beginning else self._sheet(stream)
            file = _File(self._shelf, sheet, lambda: self._new_key(beginning, stream, sheet), self._compressed)
            self._files[beginning, stream] = file
        return file

    def _new_key(self, beginning: str, stream: StreamId, sheet: Sheet) -> str:
        """The first name that is free: formats need not tell streams apart, and parts are counted from 1."""
        extension = sheet.extension + (".gz" if self._compressed else "")
        while True:
            self._parts[beginning, stream] += 1
            part = self._parts[beginning, stream]
            key = self._naming.key(stream, part, extension, beginning=beginning)
            if key not in self._keys:
                self._keys.add(key)
                return key


class _File:
    """The rows of one stream, spread over parts."""

    def __init__(self, shelf: Shelf, sheet: Sheet, new_key: Callable[[], str], compressed: bool) -> None:
        self._shelf = shelf
        self._sheet = sheet
        self._new_key = new_key
        self._compressed = compressed
        self._rows: list[Row] = []
        self._key: str | None = None

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= ROWS_IN_MEMORY:
            self.write()

    def write(self) -> None:
        """Hand the waiting rows to the shelf, in a new part where the present one is full or lacks a column."""
        if not self._rows:
            return
        if self._sheet.fit(self._rows) or (self._key and not self._shelf.has_room(self._key)):
            self._finish()
        text = b""
        if self._key is None:
            self._key = self._new_key()
            text = self._sheet.head()
        text += self._sheet.lines(self._rows)
        # A gzip file may have several members, so each piece is one: the file is whole after every flush.
        self._shelf.append(self._key, gzip.compress(text, mtime=0) if self._compressed else text)
        self._rows = []

    def _finish(self) -> None:
        if self._key is not None:
            self._shelf.finish(self._key)
            self._key = None
