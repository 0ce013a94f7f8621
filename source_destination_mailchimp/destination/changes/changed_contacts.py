"""What a run changed, contact by contact, in a temporary file that the system deletes.

A run may have changed a million contacts: memory holds one of them at a time, and a fixed cache.
"""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import orjson

from source_destination_mailchimp.destination.changes.chain import ANSWER, CHANGE
from source_destination_mailchimp.destination.changes.history import History, Where, history_of, new_address
from source_destination_mailchimp.destination.changes.lines import WRITTEN
from source_destination_mailchimp.mailchimp.members import Json, member_hash

CACHE_KIB = 16 * 1024

_TABLES = (
    "CREATE TABLE contact"
    " (id INTEGER PRIMARY KEY, audience TEXT, member TEXT, first_at TEXT, is_later INT, undone TEXT)",
    "CREATE UNIQUE INDEX contact_place ON contact (audience, member)",
    "CREATE TABLE change (number INTEGER PRIMARY KEY, contact INT, change BLOB, answer BLOB)",
)
_BY_CONTACT = "CREATE INDEX IF NOT EXISTS change_contact ON change (contact, number)"
_ADD_CONTACT = "INSERT OR IGNORE INTO contact (audience, member, first_at, is_later) VALUES (?, ?, ?, 0)"
_ADD_CHANGE = """
    INSERT INTO change (number, contact, change)
    SELECT ?, id, ? FROM contact WHERE audience = ? AND member = ?
"""
_IN_ORDER = """
    SELECT contact.id, audience, member, is_later, undone, change, answer
    FROM contact JOIN change ON change.contact = contact.id
    ORDER BY contact.id, change.number
"""
_FIND = "SELECT id FROM contact WHERE audience = ? AND member = ?"
_MOVE = "UPDATE contact SET member = ? WHERE id = ?"
_JOIN = "UPDATE change SET contact = ? WHERE contact = ?"
_FORGET = "DELETE FROM contact WHERE id = ?"
_MARK_LATER = "UPDATE contact SET is_later = 1 WHERE audience = ? AND member = ? AND first_at <= ?"
_MARK_UNDONE = "UPDATE contact SET undone = ? WHERE audience = ? AND member = ?"

_Row = tuple[int, str, str, int, str | None, bytes, bytes | None]


class Changed(NamedTuple):
    """One contact that a run changed, and what happened to them after it as far as the store tells."""

    history: History
    is_later: bool
    """Whether another sync of the store changed the contact after the run."""

    undone: str | None
    """What came of an earlier start of the undo: a result, "" where its answer is not known; None if there was none."""


class ChangedContacts:
    """Keeps the changes of one run by contact. Used from one thread at a time."""

    def __init__(self) -> None:
        # An empty name is a private temporary file that goes with the connection. [SQLite documentation]
        self._file = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}", "temp_store=FILE"):
            self._file.execute(f"PRAGMA {pragma}")
        for statement in _TABLES:
            self._file.execute(statement)
        # One transaction for everything: nothing here outlives the process.
        self._file.execute("BEGIN")
        self._renames: dict[int, tuple[Where, str]] = {}
        """Number of a change without an answer that gives a contact another address → the contact, and its new hash."""

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def take(self, entry: Json) -> None:
        """Take in the next line of the run's list, each change whole."""
        if entry["type"] == CHANGE:
            self._take_change(entry)
        elif entry["type"] == ANSWER:
            answer = orjson.dumps(entry)
            settled = [(answer, number) for number in entry["of"]]
            self._file.executemany("UPDATE change SET answer = ? WHERE number = ?", settled)
            for number in entry["of"]:
                renamed = self._renames.pop(number, None)
                if renamed is not None and entry["result"] == WRITTEN:
                    self._move(*renamed)

    def mark_later(self, where: Where, at: str) -> None:
        """Note that another sync changed a contact then; before the run's own first change it does not count."""
        self._file.execute(_MARK_LATER, (where.audience, where.member, at))

    def mark_undone(self, where: Where, result: str) -> None:
        """Note what came of an earlier start of the undo."""
        self._file.execute(_MARK_UNDONE, (result, where.audience, where.member))

    def audiences(self) -> list[str]:
        """Return the ids of all audiences in which a contact was changed."""
        rows = self._file.execute("SELECT DISTINCT audience FROM contact ORDER BY audience")
        return [audience for (audience,) in rows]

    def all(self) -> Iterator[Changed]:
        """Yield every contact of whom something was written, or may have been, in the order of their first changes."""
        self._file.execute(_BY_CONTACT)
        rows: Iterator[_Row] = self._file.execute(_IN_ORDER)
        for _, group in groupby(rows, itemgetter(0)):
            changed = _changed(list(group))
            if changed is not None:
                yield changed

    def _take_change(self, entry: Json) -> None:
        place = (entry["audience"], entry["member"])
        self._file.execute(_ADD_CONTACT, (*place, entry["at"]))
        self._file.execute(_ADD_CHANGE, (entry["n"], orjson.dumps(entry), *place))
        address = new_address(entry)
        if address:
            self._renames[entry["n"]] = (Where(*place), member_hash(address))

    def _move(self, where: Where, member: str) -> None:
        """Go on with a contact under their new address: what the run changes there is another change of them."""
        (contact,) = self._file.execute(_FIND, where).fetchone()
        there = self._file.execute(_FIND, (where.audience, member)).fetchone()
        if there is not None:
            self._file.execute(_JOIN, (contact, *there))
            self._file.execute(_FORGET, there)
        self._file.execute(_MOVE, (member, contact))


def _changed(rows: list[_Row]) -> Changed | None:
    """Return one contact from their rows; None where Mailchimp refused everything."""
    _, audience, member, is_later, undone, _, _ = rows[0]
    changes: list[tuple[Json, Json | None]] = []
    for *_, change, answer in rows:
        changes.append((orjson.loads(change), None if answer is None else orjson.loads(answer)))
    history = history_of(Where(audience, member), changes)
    if history is None:
        return None
    return Changed(history, bool(is_later), undone)
