"""Deletions of one stream between two STATEs: each waits until it shows whether another record has taken its place.

A database tells of a changed key as a deletion and an insert, in either order; of two rows with one address one may be
deleted; a table that is loaded anew deletes everything first. So nobody is removed before the window has ended.
"""

import json
import pickle
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from source_destination_mailchimp.airbyte.lossless_json import read_json, write_json
from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.mapping.deleted_records import CDC_DELETED
from source_destination_mailchimp.destination.mapping.values import Unfit, as_text
from source_destination_mailchimp.destination.model import NOTHING_SAID, Contact, Reason, Rejected

MOST_IN_MEMORY = 5_000
"""Rows that are kept in memory, about 2 MiB of them, before they go to the file."""

_CACHE_KIB = 8 * 1024

# `packed` is the deletion itself; NULL for a living record, and empty for a deletion that was rejected.
_ROWS = "CREATE TABLE word (seq INTEGER PRIMARY KEY, key TEXT, hash TEXT, external_id TEXT, packed BLOB)"

# With max() the other columns are those of the row that holds the maximum. [SQLite documentation]
_LIVING = """
    CREATE TABLE living AS
    SELECT key, hash, external_id
    FROM (SELECT key, hash, external_id, packed, max(seq) FROM word GROUP BY key)
    WHERE packed IS NULL
"""
_INDEXES = (
    "CREATE INDEX living_key ON living (key)",
    "CREATE INDEX living_hash ON living (hash)",
    "CREATE INDEX living_external_id ON living (external_id)",
)
_DELETIONS = """
    SELECT
        packed,
        EXISTS (SELECT 1 FROM living WHERE living.key = word.key),
        hash != '' AND EXISTS (SELECT 1 FROM living WHERE living.hash = word.hash),
        external_id != '' AND EXISTS (SELECT 1 FROM living WHERE living.external_id = word.external_id)
    FROM word
    WHERE length(packed) > 0
    ORDER BY seq
"""

_Row = tuple[str, str, str, bytes | None]


class Waited(NamedTuple):
    """A deletion whose window has ended."""

    contact: Contact
    ticket: Ticket
    is_replaced: bool
    """Whether another record has taken its place, so that nobody is removed."""

    gives_up_address: bool
    """Whether that record has its address and another external id, and none has this one's: the id is nobody's now."""


class DeletionWindow:
    """Keeps the deletions of one stream until its window ends, with what the living records of the window say.

    A stream's last word of each primary key counts, keys compared as text. A deletion is replaced where the last word
    of its key is a living record, and where a living last word has its address or its external id. Next to a line that
    could not be read the others are in doubt. Memory is bounded: what is more goes to a temporary file that the system
    deletes.
    """

    def __init__(
        self,
        primary_key: Sequence[Sequence[str]],
        *,
        has_deletions: bool,
        most_in_memory: int = MOST_IN_MEMORY,
    ) -> None:
        """`primary_key`: the path of each column of the key; without one nothing waits, because nothing is replaced.

        `has_deletions`: whether settings or schema say that records may be deleted; else the first that could be shows.
        """
        self.waiting = 0
        """Deletions without an outcome, because their window is open."""

        self.has_unreadable_lines = False
        """Whether a line came that may have held any record of the window: no deletion of it is certain."""

        self._primary_key = [tuple(path) for path in primary_key]
        self._is_watching = has_deletions
        self._most_in_memory = most_in_memory
        self._rows: list[_Row] = []
        self._count = 0
        self._ticket: Ticket | None = None
        self._file: sqlite3.Connection | None = None

    def takes(self, mapped: Contact | Rejected, ticket: Ticket) -> bool:
        """Take note of one record; return whether it is a deletion that waits. Its ticket is that of the window."""
        if not self._primary_key:
            return False
        if _names_nobody(mapped):
            self.has_unreadable_lines = True
        tells_of_deletions = mapped.deleted or CDC_DELETED in mapped.record
        if tells_of_deletions:
            self._is_watching = True
        if not self._is_watching:
            return False
        waits = isinstance(mapped, Contact) and mapped.deleted
        if waits:
            self.waiting += 1
            self._ticket = ticket
        self._append(mapped)
        return waits

    def close(self) -> Iterator[Waited]:
        """Yield the deletions of the window in the order they came, each with what became of it; then begin anew."""
        ticket = self._ticket
        try:
            if ticket is not None:
                yield from self._decided(ticket)
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget the window and give the temporary file back."""
        if self._file is not None:
            self._file.close()
        self._file = None
        self._rows = []
        self._count = 0
        self._ticket = None
        self.waiting = 0
        self.has_unreadable_lines = False

    def _append(self, mapped: Contact | Rejected) -> None:
        packed = None
        if isinstance(mapped, Contact):
            if mapped.deleted:
                packed = _packed(mapped)
        elif mapped.deleted:
            packed = b""
        self._count += 1
        key = _key_of(mapped.record, self._primary_key)
        if key is None:
            # A record that lacks a part of its key is the last word of no other one.
            key = f"row {self._count}"
        self._rows.append((key, mapped.hash, mapped.external_id, packed))
        if len(self._rows) >= self._most_in_memory:
            self._file_away()

    def _file_away(self) -> None:
        if self._file is None:
            # An empty name is a private temporary file that goes with the connection. [SQLite documentation]
            self._file = sqlite3.connect("", isolation_level=None)
            for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_CACHE_KIB}", "temp_store=FILE"):
                self._file.execute(f"PRAGMA {pragma}")
            self._file.execute(_ROWS)
        self._file.execute("BEGIN")
        self._file.executemany("INSERT INTO word (key, hash, external_id, packed) VALUES (?, ?, ?, ?)", self._rows)
        self._file.execute("COMMIT")
        self._rows = []

    def _decided(self, ticket: Ticket) -> Iterator[Waited]:
        self._file_away()
        if self._file is None:
            return
        self._file.execute(_LIVING)
        for index in _INDEXES:
            self._file.execute(index)
        with closing(self._file.cursor()) as rows:
            for packed, has_key, has_address, has_id in rows.execute(_DELETIONS):
                contact = _unpacked(packed)
                is_replaced = bool(has_key or has_address or has_id)
                gives_up_address = bool(has_address) and not has_key and not has_id
                if self.has_unreadable_lines:
                    contact = contact._replace(in_doubt=True)
                    gives_up_address = False
                self.waiting -= 1
                yield Waited(contact, ticket, is_replaced, gives_up_address)


def _names_nobody(mapped: Contact | Rejected) -> bool:
    """Return whether a record may have been anybody's: neither its address nor its external id can be believed."""
    if isinstance(mapped, Contact) or mapped.deleted:
        return False
    return mapped.note.reason is Reason.NOT_A_RECORD or mapped.note.reason is Reason.INVALID_EXTERNAL_ID


def _key_of(record: Mapping[str, Any], primary_key: Sequence[tuple[str, ...]]) -> str | None:
    """Return the primary key of a record as one text; None where a part of it is missing or null."""
    parts = []
    for path in primary_key:
        value: Any = record
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            return None
        parts.append(_key_text(value))
    return json.dumps(parts)


def _key_text(value: Any) -> str:
    """Return one part of a key as text: 7, 7.0 and "7" are one, because sources write deletions in other types."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return write_json(value).decode()
    try:
        return as_text(value)
    except Unfit:  # NaN
        return str(value)


def _packed(contact: Contact) -> bytes:
    """Return a deletion as bytes for the file, without what it says nothing of."""
    said = {name: value for name, value in contact._asdict().items() if value is not NOTHING_SAID}
    # Pickle calls itself for each level of a record, and so gives up at a depth that JSON may well have.
    said["record"] = write_json(contact.record)
    return pickle.dumps(said, protocol=pickle.HIGHEST_PROTOCOL)


def _unpacked(packed: bytes) -> Contact:
    """Return the deletion that was packed by this process; the file is private to it."""
    said = pickle.loads(packed)
    said["record"] = read_json(said["record"].decode())
    return Contact(**said)
