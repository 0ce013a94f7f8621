"""The text of one file: lines of JSON, or CSV with a heading that may have to grow."""

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


class Sheet(Protocol):
    """Turns rows into the bytes of a file."""

    extension: str

    def fit(self, rows: Iterable[Row]) -> bool:
        """Make room for the columns of these rows; whether that needs a new file."""
        ...

    def head(self) -> bytes:
        """What every file begins with."""
        ...

    def lines(self, rows: Iterable[Row]) -> bytes:
        """Rows as text; they were fitted before."""
        ...


class JsonLines:
    """One JSON object per line; any row fits."""

    extension = ".jsonl"

    def fit(self, rows: Iterable[Row]) -> bool:
        """Every row fits."""
        return False

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def lines(self, rows: Iterable[Row]) -> bytes:
        """A line per row."""
        return b"".join(json_line(row) for row in rows)


class Csv:
    """Comma-separated values: the columns known beforehand first, then those that turn up, ours last."""

    extension = ".csv"

    def __init__(self, columns: Sequence[str] = ()) -> None:
        self._columns = {name: None for name in columns if name not in VERDICT}
        self._changes = 0

    def fit(self, rows: Iterable[Row]) -> bool:
        """Take up columns that are new; a row can never make more than a bounded number of files or columns."""
        known = self._columns
        new = dict.fromkeys(name for row in rows for name in row if name not in known and name not in VERDICT)
        if not new or OTHER_COLUMNS in known:
            return False
        if self._changes >= MOST_CHANGES or len(known) + len(new) > MOST_COLUMNS:
            new = {OTHER_COLUMNS: None}
        known.update(new)
        self._changes += 1
        return True

    def head(self) -> bytes:
        """The heading."""
        return csv_line([text_cell(name) for name in (*self._columns, *VERDICT)]).encode(errors="replace")

    def lines(self, rows: Iterable[Row]) -> bytes:
        """A line per row."""
        return "".join(self._line(row) for row in rows).encode(errors="replace")

    def _line(self, row: Row) -> str:
        columns = (*self._columns, *VERDICT)
        if OTHER_COLUMNS in self._columns:
            others = {name: value for name, value in row.items() if name not in columns}
            row = {**row, OTHER_COLUMNS: others} if others else row
        return csv_line([cell(row.get(name)) for name in columns])
