"""Small collections: all of their rows are read on each sync, and handed on where new or changed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.packing import UnreadableState, digest, pack_digests, unpack_digests
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages
from source_destination_mailchimp.source.states import moment

ROWS_KEY = "rows"
_TIME = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def read_snapshot(partition: OpenPartition) -> Pages:
    """Yield all rows of one parent; with a cursor, those that differ from what was handed on before.

    The official cursor follows creation, and says nothing of what changed since. So a digest of each row is kept, and
    without any, which is the case behind a state of the official connector, everything is handed on once. A start date
    leaves out only rows in which every time is earlier.
    """
    rows = partition.account.rows(partition.stream, partition.parent)
    if partition.stream.cursor_field is None:
        partition.expect(len(rows))
        yield rows
        return
    known = unpack_digests(partition.saved.get(ROWS_KEY))
    digests = set()
    news = []
    for row in _since_the_start(partition, rows):
        number = _digest(partition, row)
        digests.add(number)
        if number not in known:
            news.append(row)
    partition.expect(len(news))
    yield news
    partition.bookmark = {ROWS_KEY: pack_digests(digests)}


def _digest(partition: OpenPartition, row: Json) -> int:
    """Return a number that stands for a row, but for what changes without the row having changed."""
    watched = {name: value for name, value in row.items() if name not in partition.stream.unwatched}
    return digest(watched)


def _since_the_start(partition: OpenPartition, rows: list[Json]) -> list[Json]:
    start = partition.account.settings.start_date
    if start is None:
        return rows
    before = start - timedelta(seconds=1)
    return [row for row in rows if _mentions_later(row, before)]


def _mentions_later(row: Json, border: datetime) -> bool:
    """Return whether any time in a row is later; where it has none nobody can say that it was not."""
    times = list(_times(row))
    return not times or max(times) > border


def _times(value: Any) -> Iterator[datetime]:
    """Yield every time anywhere in a value."""
    if isinstance(value, str) and _TIME.match(value):
        with suppress(UnreadableState):
            yield moment(value)
        return
    inner: Iterable[Any] = ()
    if isinstance(value, Mapping):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    for item in inner:
        yield from _times(item)
