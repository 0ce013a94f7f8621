"""The records that did not get through, for the page of a run: kept small, and no more of them than a page can hold."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.airbyte.lossless_json import write_json
from source_destination_mailchimp.destination.model import Settled, StreamId
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS

MOST_BYTES = 19 * 1000 * 1000
"""How long the rows of the page may be, as HTML: with everything around them they stay below 20 MB."""

ROW_BYTES = 250
"""What a row of the page takes beside its texts."""

_PIECE_BYTES = 256 * 1024
_LONGEST_TEXT = {"&": 5, "<": 4, ">": 4, '"': 5, "'": 5}


class RefusedRecord(NamedTuple):
    """One record that did not get through, as texts for people."""

    stream: str
    outcome: str
    reason: str
    field: str
    detail: str
    columns: tuple[tuple[str, str], ...]
    """The record's own columns, each with its value."""


class RefusedRecords:
    """Keeps the first records that did not get through, compressed in memory."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._room = most_bytes
        self._compressor = zlib.compressobj(level=1)
        self._pieces: list[bytes] = []
        self.kept = 0
        self.left_out = 0
        """Records that came when the page was full."""

    def add(self, stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> None:
        """Keep a record if its outcome is one that is kept, and if there is room for it."""
        if not settled.outcome.is_kept:
            return
        row = _row(stream, settled, record)
        size = _size(row)
        if self.left_out or size > self._room:
            self.left_out += 1
            return
        self._room -= size
        self.kept += 1
        self._pieces.append(self._compressor.compress(orjson.dumps(tuple(row)) + b"\n"))

    def rows(self) -> Iterator[RefusedRecord]:
        """Yield the records that were kept, in the order in which they came."""
        end = self._compressor.copy().flush()
        decompressor = zlib.decompressobj()
        rest = b""
        for piece in (*self._pieces, end):
            *lines, rest = (rest + decompressor.decompress(piece)).split(b"\n")
            for line in lines:
                stream, outcome, reason, field, detail, columns = orjson.loads(line)
                pairs = tuple((name, value) for name, value in columns)
                yield RefusedRecord(stream, outcome, reason, field, detail, pairs)


def _row(stream: StreamId, settled: Settled, record: Mapping[str, Any]) -> RefusedRecord:
    reason, field, detail = "", "", ""
    if settled.note is not None:
        reason = EXPLANATIONS[settled.note.reason].log
        field, detail = settled.note.field, settled.note.detail
    columns = tuple((_clean(name), _text(value)) for name, value in record.items())
    return RefusedRecord(str(stream), settled.outcome.value, reason, _clean(field), _clean(detail), columns)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _clean(value)
    return write_json(value).decode(errors="replace")


def _clean(text: object) -> str:
    """Return a text without half characters, which no file can hold."""
    return str(text).encode(errors="replace").decode()


def _size(row: RefusedRecord) -> int:
    """Return at most how many bytes of HTML a row takes."""
    size = ROW_BYTES + sum(_escaped_size(text) for text in row[:5])
    for name, value in row.columns:
        size += 40 + _escaped_size(name) + _escaped_size(value)
    return size


def _escaped_size(text: str) -> int:
    size = len(text.encode())
    for character, length in _LONGEST_TEXT.items():
        size += length * text.count(character)
    return size
