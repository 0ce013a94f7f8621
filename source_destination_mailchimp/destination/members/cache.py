"""What is known of an audience's members, in a temporary file that SQLite keeps and the system deletes.

A million members are some hundred bytes each there, and a fixed cache in memory, whatever their number.
"""

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat

from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp.members import Status

CACHE_KIB = 48 * 1024

MOST_RECENT = 50_000
"""Members that are kept in memory, some 20 MiB of them, until they go to the file together."""

_STATUSES = tuple(Status)
_NUMBER = {status: number for number, status in enumerate(_STATUSES)}
_SEPARATOR, _ESCAPE = "\x1f", "\x1e"
_CHUNK = 500
_OUTSIDE = "NOT EXISTS (SELECT 1 FROM named_set WHERE name = ? AND named_set.hash = carrier.hash)"

# What is known of a member is appended, and only the small rows that point to it are kept in order: in one table every
# member would move its neighbours, which costs twice as much.
_TABLES = (
    "CREATE TABLE known (place INTEGER PRIMARY KEY, known BLOB)",
    "CREATE TABLE member (hash BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID",
    "CREATE TABLE named_set (name TEXT, hash BLOB, PRIMARY KEY (name, hash)) WITHOUT ROWID",
    "CREATE TABLE carrier (tag TEXT, hash BLOB, archived INT, PRIMARY KEY (tag, hash)) WITHOUT ROWID",
    "CREATE TABLE moved (earlier BLOB PRIMARY KEY, hash BLOB) WITHOUT ROWID",
    "CREATE INDEX moved_to ON moved (hash)",
    "CREATE TABLE owner (external_id TEXT, hash BLOB, PRIMARY KEY (external_id, hash)) WITHOUT ROWID",
)


class MemberCache:
    """Remembers members by their hash, who is in which set, and who has which tag or external id.

    Everywhere an address is meant by its hash, as in Mailchimp's paths. Used from one thread only.
    """

    def __init__(
        self,
        tracked: Sequence[str],
        permission_ids: Mapping[str, str] | None = None,
        most_recent: int = MOST_RECENT,
    ) -> None:
        """Open the file. `permission_ids` goes with everybody who comes out of it: it is the same for a whole audience.

        `tracked` are the keys of `Known.digests` that are kept.
        """
        self._tracked = tuple(tracked)
        self._permission_ids = {} if permission_ids is None else permission_ids
        self._most_recent = most_recent
        self._recent: dict[bytes, bytes] = {}
        self._places = 0
        self._head = struct.Struct(f"<BBd{len(self._tracked)}q")
        # An empty name is a private temporary file that goes with the connection. [SQLite documentation]
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}", "temp_store=FILE"):
            self._file.execute(f"PRAGMA {pragma}")
        for table in _TABLES:
            self._file.execute(table)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    # What is known of each

    def put(self, members: Iterable[tuple[str, Known | None]]) -> None:
        """Remember members; None for an address that is no member."""
        for key, known in members:
            packed = b""
            if known is not None:
                packed = self._pack(known)
            self._recent[bytes.fromhex(key)] = packed
        if len(self._recent) > self._most_recent:
            self._file_away()

    def get(self, hashes: Sequence[str]) -> dict[str, Known | None]:
        """Return what is remembered of these; an address that was never heard of is missing in the answer."""
        found: dict[str, Known | None] = {}
        filed = []
        for key in hashes:
            packed = self._recent.get(bytes.fromhex(key))
            if packed is None:
                filed.append(key)
            else:
                found[key] = self._unpack(packed)
        if self._places:
            found.update(self._filed(filed))
        return found

    def _filed(self, hashes: Sequence[str]) -> Iterator[tuple[str, Known | None]]:
        for start in range(0, len(hashes), _CHUNK):
            chunk = [bytes.fromhex(key) for key in hashes[start : start + _CHUNK]]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT hash, known FROM member JOIN known USING (place) WHERE hash IN ({marks})"
            for key, packed in self._file.execute(query, chunk):
                yield key.hex(), self._unpack(packed)

    def _file_away(self) -> None:
        """Everything recent goes to the file at once and in the order of the index: that is a third of the work."""
        rows = sorted(self._recent.items())
        places = range(self._places, self._places + len(rows))
        self._many(
            "INSERT INTO known VALUES (?, ?)",
            [(place, packed) for place, (_, packed) in zip(places, rows, strict=True)],
        )
        self._many(
            "INSERT OR REPLACE INTO member VALUES (?, ?)",
            [(key, place) for place, (key, _) in zip(places, rows, strict=True)],
        )
        self._places = places.stop
        self._recent = {}

    # Named sets of addresses

    def add_to_set(self, name: str, hashes: Iterable[str]) -> None:
        """Put addresses into a named set."""
        self._many("INSERT OR IGNORE INTO named_set VALUES (?, ?)", [(name, bytes.fromhex(key)) for key in hashes])

    def is_in_set(self, name: str, subscriber: str) -> bool:
        """Return whether an address is in a named set."""
        values = (name, bytes.fromhex(subscriber))
        row = self._file.execute("SELECT 1 FROM named_set WHERE name = ? AND hash = ?", values).fetchone()
        return row is not None

    # Who carries a mirror tag

    def add_carriers(self, tag: str, carriers: Iterable[tuple[str, bool]]) -> None:
        """Remember who carries a mirror tag, as (address, whether archived); what is said last counts."""
        rows = [(tag, bytes.fromhex(key), archived) for key, archived in carriers]
        self._many("INSERT OR REPLACE INTO carrier VALUES (?, ?, ?)", rows)

    def move(self, old: str, new: str, tags: Iterable[str]) -> None:
        """Remember that a member has another address by now, and that it carries its tags there."""
        before, after = bytes.fromhex(old), bytes.fromhex(new)
        self._file.execute("UPDATE moved SET hash = ? WHERE hash = ?", (after, before))
        self._file.execute("INSERT OR REPLACE INTO moved VALUES (?, ?)", (before, after))
        for tag in tags:
            self._file.execute(
                "UPDATE OR REPLACE carrier SET hash = ? WHERE tag = ? AND hash = ?", (after, tag, before)
            )

    def add_moved_to_set(self, name: str) -> None:
        """Put the present addresses of those into a named set who are in it under an earlier one."""
        self._file.execute(
            "INSERT OR IGNORE INTO named_set SELECT named_set.name, moved.hash FROM moved "
            "JOIN named_set ON named_set.name = ? AND named_set.hash = moved.earlier",
            (name,),
        )

    def count_carriers(self, tag: str) -> int:
        """Return how many carried a mirror tag when the audience was read, archived people not among them."""
        return self._count("SELECT count(*) FROM carrier WHERE tag = ? AND NOT archived", (tag,))

    def count_carriers_outside(self, tag: str, name: str) -> int:
        """Return how many of them are not in a named set."""
        return self._count(f"SELECT count(*) FROM carrier WHERE tag = ? AND NOT archived AND {_OUTSIDE}", (tag, name))

    def carriers_outside(self, tag: str, name: str) -> Iterator[list[str]]:
        """Yield those who carry a tag and are not in a named set, archived ones too, in pieces of at most 500."""
        rows = self._file.cursor().execute(f"SELECT hash FROM carrier WHERE tag = ? AND {_OUTSIDE}", (tag, name))
        while chunk := rows.fetchmany(_CHUNK):
            yield [row[0].hex() for row in chunk]

    # Who has an external id

    def add_owners(self, owners: Iterable[tuple[str, str]]) -> None:
        """Remember members by their external id, as (external id, address)."""
        rows = [(external_id, bytes.fromhex(key)) for external_id, key in owners]
        self._many("INSERT OR IGNORE INTO owner VALUES (?, ?)", rows)

    def remove_owner(self, external_id: str, subscriber: str) -> None:
        """Forget that a member has an external id: it carries another by now, or none."""
        values = (external_id, bytes.fromhex(subscriber))
        self._file.execute("DELETE FROM owner WHERE external_id = ? AND hash = ?", values)

    def owners(self, external_id: str) -> list[str]:
        """Return the addresses of the members that have an external id."""
        rows = self._file.execute("SELECT hash FROM owner WHERE external_id = ?", (external_id,))
        return [row[0].hex() for row in rows]

    def _count(self, query: str, values: tuple[str, ...]) -> int:
        return int(self._file.execute(query, values).fetchone()[0])

    def _many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            self._file.execute("BEGIN")
            self._file.executemany(statement, rows)
            self._file.execute("COMMIT")

    def _pack(self, known: Known) -> bytes:
        head = self._head.pack(
            _NUMBER[known.status],
            known.tags is None,
            known.changed_seconds,
            *map(known.digests.get, self._tracked, repeat(0)),
        )
        values = known.values.decode()
        texts = (known.email, known.external_id, known.last_changed, values, *sorted(known.tags or ()))
        joined = _SEPARATOR.join(texts)
        if joined.count(_SEPARATOR) >= len(texts) or _ESCAPE in joined:
            joined = _SEPARATOR.join([_escaped(text) for text in texts])
        return head + joined.encode()

    def _unpack(self, packed: bytes) -> Known | None:
        """Return what was packed; None for an address that is no member."""
        if not packed:
            return None
        number, tags_unknown, changed_seconds, *digests = self._head.unpack_from(packed)
        texts = packed[self._head.size :].decode()
        parts = texts.split(_SEPARATOR)
        if _ESCAPE in texts:
            parts = [_unescaped(part) for part in parts]
        email, external_id, last_changed, values, *tag_names = parts
        tags = None
        if not tags_unknown:
            tags = frozenset(tag_names)
        # By position: keywords would cost as much again.
        return Known(
            _STATUSES[number],
            email,
            changed_seconds,
            last_changed,
            dict(zip(self._tracked, digests, strict=True)),
            tags,
            external_id,
            values.encode(),
            self._permission_ids,
        )


def _escaped(text: str) -> str:
    """Return a text without the separator: an external id may hold any character."""
    return text.replace(_ESCAPE, f"{_ESCAPE}e").replace(_SEPARATOR, f"{_ESCAPE}s")


def _unescaped(text: str) -> str:
    """Return the text that was escaped."""
    return text.replace(f"{_ESCAPE}s", _SEPARATOR).replace(f"{_ESCAPE}e", _ESCAPE)
