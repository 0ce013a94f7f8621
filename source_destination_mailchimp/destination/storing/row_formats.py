"""The formats of a file's rows: lines of JSON, or CSV with a heading that may have to grow."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from source_destination_mailchimp.destination.storing.rows import (
    VERDICT,
    Row,
    cell,
    csv_line,
    json_line,
    text_cell,
)

OTHER_COLUMNS = "other_columns"
"""Column that takes, as JSON, what comes after a heading has grown often enough."""

MOST_CHANGES = 20
"""New headings per stream, each of which begins a new file."""

MOST_COLUMNS = 2000


class RowFormat(Protocol):
    """Turns rows into the bytes of a file."""

    extension: str

    def fit(self, rows: Iterable[Row]) -> bool:
        """Make room for the columns of these rows; returns whether that needs a new file."""
        ...

    def head(self) -> bytes:
        """Return what every file begins with."""
        ...

    def lines(self, rows: Iterable[Row]) -> bytes:
        """Return rows as text; they were fitted before."""
        ...


class JsonLines:
    """One JSON object per line; any row fits."""

    extension = ".jsonl"

    def fit(self, rows: Iterable[Row]) -> bool:
        """Return that no new file is needed: every row fits."""
        return False

    def head(self) -> bytes:
        """Return nothing: lines of JSON have no heading."""
        return b""

    def lines(self, rows: Iterable[Row]) -> bytes:
        """Return a line per row."""
        return b"".join(json_line(row) for row in rows)


class Csv:
    """Comma-separated values: the columns known beforehand first, then those that turn up, ours last."""

    extension = ".csv"

    def __init__(self, columns: Sequence[str] = ()) -> None:
        self._columns: dict[str, None] = {}
        self._changes = 0
        for name in columns:
            if name not in VERDICT:
                self._columns[name] = None

    def fit(self, rows: Iterable[Row]) -> bool:
        """Take up columns that are new; a row can never make more than a bounded number of files or columns."""
        if OTHER_COLUMNS in self._columns:
            return False
        new = self._new_columns(rows)
        if not new:
            return False
        has_changed_often = self._changes >= MOST_CHANGES
        would_be_too_wide = len(self._columns) + len(new) > MOST_COLUMNS
        if has_changed_often or would_be_too_wide:
            new = {OTHER_COLUMNS: None}
        self._columns.update(new)
        self._changes += 1
        return True

    def _new_columns(self, rows: Iterable[Row]) -> dict[str, None]:
        new: dict[str, None] = {}
        for row in rows:
            for name in row:
                if name not in self._columns and name not in VERDICT:
                    new[name] = None
        return new

    def head(self) -> bytes:
        """Return the heading."""
        return csv_line([text_cell(name) for name in (*self._columns, *VERDICT)]).encode(errors="replace")

    def lines(self, rows: Iterable[Row]) -> bytes:
        """Return a line per row."""
        return "".join(self._line(row) for row in rows).encode(errors="replace")

    def _line(self, row: Row) -> str:
        columns = (*self._columns, *VERDICT)
        others = {}
        if OTHER_COLUMNS in self._columns:
            others = {name: value for name, value in row.items() if name not in columns}
        if others:
            row = {**row, OTHER_COLUMNS: others}
        return csv_line([cell(row.get(name)) for name in columns])
