"""What is known of an audience's members, in a temporary file that SQLite keeps and the system deletes.

A million members are some hundred bytes each there, and a fixed cache in memory, whatever their number.
"""

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence

from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp.members import Status

CACHE_KIB = 48 * 1024

MOST_RECENT = 50_000
"""Members that are kept in memory, some 20 MiB of them, until they go to the file together."""

_STATUSES = tuple(Status)
_NUMBER = {status: number for number, status in enumerate(_STATUSES)}
_SEPARATOR = "\x1f"
_CHUNK = 500
_UNMARKED = "NOT EXISTS (SELECT 1 FROM mark WHERE mark.name = ? AND mark.hash = holder.hash)"


class MemberCache:
    """Subscriber hash → `Known`, or → "is no member". Used from one thread only."""

    def __init__(self, tracked: Sequence[str], most_recent: int = MOST_RECENT) -> None:
        self._tracked = tuple(tracked)
        self._most_recent = most_recent
        self._recent: dict[bytes, bytes] = {}
        self._places = 0
        self._head = struct.Struct(f"<BBd{len(self._tracked)}q")
        # An empty name is a private temporary file that goes with the connection. [SQLite documentation]
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}", "temp_store=FILE"):
            self._file.execute(f"PRAGMA {pragma}")
        # What is known is appended, and only the small rows that point to it are kept in order: in one table every
        # member would move its neighbours, which costs twice as much.
        self._file.execute("CREATE TABLE known (place INTEGER PRIMARY KEY, known BLOB)")
        self._file.execute("CREATE TABLE member (hash BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID")
        self._file.execute("CREATE TABLE mark (name TEXT, hash BLOB, PRIMARY KEY (name, hash)) WITHOUT ROWID")
        self._file.execute(
            "CREATE TABLE holder (tag TEXT, hash BLOB, archived INT, PRIMARY KEY (tag, hash)) WITHOUT ROWID"
        )
        self._file.execute(
            "CREATE TABLE owner (external_id TEXT, hash BLOB, PRIMARY KEY (external_id, hash)) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def put(self, members: Iterable[tuple[str, Known | None]]) -> None:
        """Remember members; None for an address that is no member."""
        for key, known in members:
            self._recent[bytes.fromhex(key)] = self._pack(known) if known else b""
        if len(self._recent) > self._most_recent:
            self._file_away()

    def get(self, hashes: Sequence[str]) -> dict[str, Known | None]:
        """What is remembered of these; an address that was never heard of is missing in the answer."""
        found: dict[str, Known | None] = {}
        filed = []
        for key in hashes:
            packed = self._recent.get(bytes.fromhex(key))
            if packed is None:
                filed.append(key)
            else:
                found[key] = self._unpack(packed) if packed else None
        if self._places:
            found.update(self._filed(filed))
        return found

    def _filed(self, hashes: Sequence[str]) -> Iterator[tuple[str, Known | None]]:
        for start in range(0, len(hashes), _CHUNK):
            chunk = [bytes.fromhex(key) for key in hashes[start : start + _CHUNK]]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT hash, known FROM member JOIN known USING (place) WHERE hash IN ({marks})"
            for key, packed in self._file.execute(query, chunk):
                yield key.hex(), self._unpack(packed) if packed else None

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

    def mark(self, name: str, hashes: Iterable[str]) -> None:
        """Put addresses into a named set."""
        self._many("INSERT OR IGNORE INTO mark VALUES (?, ?)", [(name, bytes.fromhex(key)) for key in hashes])

    def marked(self, name: str, hashes: Sequence[str]) -> set[str]:
        """Which of the addresses are in a named set."""
        found = set()
        for key in hashes:
            row = self._file.execute("SELECT 1 FROM mark WHERE name = ? AND hash = ?", (name, bytes.fromhex(key)))
            if row.fetchone():
                found.add(key)
        return found

    def hold(self, tag: str, holders: Iterable[tuple[str, bool]]) -> None:
        """Remember who carries a mirror tag: (address, whether archived), the latest word counts."""
        rows = [(tag, bytes.fromhex(key), archived) for key, archived in holders]
        self._many("INSERT OR REPLACE INTO holder VALUES (?, ?, ?)", rows)

    def holders(self, tag: str) -> int:
        """How many carried a mirror tag when the audience was read, archived people not among them."""
        return self._count("SELECT count(*) FROM holder WHERE tag = ? AND NOT archived", (tag,))

    def count_not_marked(self, tag: str, name: str) -> int:
        """How many of `holders` are not in a named set."""
        return self._count(f"SELECT count(*) FROM holder WHERE tag = ? AND NOT archived AND {_UNMARKED}", (tag, name))

    def holders_not_marked(self, tag: str, name: str) -> Iterator[list[str]]:
        """Those who carry a tag and are not in a named set, archived ones too, in pieces of at most 500."""
        rows = self._file.cursor().execute(f"SELECT hash FROM holder WHERE tag = ? AND {_UNMARKED}", (tag, name))
        while chunk := rows.fetchmany(_CHUNK):
            yield [row[0].hex() for row in chunk]

    def own(self, owners: Iterable[tuple[str, str]]) -> None:
        """Remember (external id, subscriber hash)."""
        self._many("INSERT OR IGNORE INTO owner VALUES (?, ?)", [(one, bytes.fromhex(key)) for one, key in owners])

    def disown(self, external_id: str, subscriber: str) -> None:
        """A member carries an external id no more."""
        self._file.execute(
            "DELETE FROM owner WHERE external_id = ? AND hash = ?", (external_id, bytes.fromhex(subscriber))
        )

    def owners(self, external_id: str) -> list[str]:
        """Members that carry an external id."""
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
        digests = known.digests
        head = self._head.pack(
            _NUMBER[known.status],
            known.tags is None,
            known.changed_seconds,
            *[digests.get(key, 0) for key in self._tracked],
        )
        texts = (known.email, known.external_id, known.last_changed, *sorted(known.tags or ()))
        return head + _SEPARATOR.join(texts).encode()

    def _unpack(self, packed: bytes) -> Known:
        number, tags_unknown, changed_seconds, *digests = self._head.unpack_from(packed)
        email, external_id, last_changed, *tags = packed[self._head.size :].decode().split(_SEPARATOR)
        return Known(
            status=_STATUSES[number],
            email=email,
            changed_seconds=changed_seconds,
            last_changed=last_changed,
            digests=dict(zip(self._tracked, digests, strict=True)),
            tags=None if tags_unknown else frozenset(tags),
            external_id=external_id,
        )
