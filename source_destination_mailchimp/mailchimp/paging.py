"""Collections other than an audience's members: all pages, in parallel, and again where rows moved or did not come."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any

from source_destination_mailchimp.mailchimp.calls import Call, read_page
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json
from source_destination_mailchimp.mailchimp.page_size import PageSize, read_rows


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its path, the key of its rows, and how it is asked for."""

    path: str
    key: str
    params: Mapping[str, Any]
    total_lies: bool = False
    """`total_items` may be too small (segment members with include flags [observed]): read until a page is short."""


FirstPage = tuple[list[Json], int]
"""The rows of a first page, and how many the collection says it has."""


def first_page(client: Client, collection: Collection) -> FirstPage:
    """Return the first page of a collection, for a task of its own: most collections have no other."""
    return _ask(client, collection, 0, PageSize(PAGE_SIZE))


def pages(
    client: Client,
    collection: Collection,
    pool: Executor,
    on_total: Callable[[int], None] = lambda total: None,
    *,
    on_difference: Callable[[str], None],
    first: FirstPage | None = None,
) -> Iterator[list[Json]]:
    """Yield the rows of a collection, page by page in any order; some may come twice where it changed meanwhile.

    `on_total` hears how many rows there are before the first is yielded. `on_difference` hears, in a sentence without
    personal data, of rows that are counted and did not come, before the last page is yielded. `first` is the first page
    where it was asked for already. Don't consume this in a task of `pool`.
    """
    size = PageSize(PAGE_SIZE)
    rows, total = first or _ask(client, collection, 0, size)
    on_total(max(total, len(rows)))
    yield rows
    if _is_all(rows, total):
        return
    last_offset = _last_offset(total)
    has_moved = False
    last_rows = rows
    short = [0] if _lacking(0, rows, total) else []
    offsets = range(last_offset, 0, -PAGE_SIZE)
    for offset, (found, now) in _in_parallel(client, collection, pool, offsets, size):
        if now != total:
            has_moved = True
        if _lacking(offset, found, now):
            short.append(offset)
        if offset == last_offset:
            last_rows = found
        yield found
    if collection.total_lies and len(last_rows) == PAGE_SIZE:
        yield from _onward(client, collection, last_offset + PAGE_SIZE, size)
    elif has_moved:
        yield from _backward(client, collection, size, on_difference)
        return
    yield from _again(client, collection, short, size, on_difference)


def _is_all(first_rows: list[Json], total: int) -> bool:
    """Return whether the first page is the only one."""
    return len(first_rows) < PAGE_SIZE and len(first_rows) >= total


def _lacking(offset: int, rows: list[Json], total: int) -> int:
    """Return how many rows a page lacks of those that the collection says it has."""
    expected = min(PAGE_SIZE, total - offset)
    return max(0, expected - len(rows))


def _again(
    client: Client,
    collection: Collection,
    offsets: list[int],
    size: PageSize,
    on_difference: Callable[[str], None],
) -> Iterator[list[Json]]:
    """Read pages once more that came short, and say what is missing still."""
    missing = 0
    for offset in offsets:
        rows, total = _ask(client, collection, offset, size)
        missing += _lacking(offset, rows, total)
        is_last = offset == offsets[-1]
        if missing and is_last:
            on_difference(_difference(collection, missing))
        yield rows


def _difference(collection: Collection, missing: int) -> str:
    rows = "row" if missing == 1 else "rows"
    return f"Mailchimp returned {missing} {rows} fewer of {collection.path} than it counts, even when asked again."


def _last_offset(total: int) -> int:
    last_row = max(total - 1, 0)
    return last_row // PAGE_SIZE * PAGE_SIZE


def _onward(client: Client, collection: Collection, offset: int, size: PageSize) -> Iterator[list[Json]]:
    before: list[Json] = []
    while True:
        found, _ = _ask(client, collection, offset, size)
        yield found
        if len(found) < PAGE_SIZE or found == before:  # where the offset is not heeded, the same page comes again
            return
        before = found
        offset += PAGE_SIZE


def _backward(
    client: Client, collection: Collection, size: PageSize, on_difference: Callable[[str], None]
) -> Iterator[list[Json]]:
    """Read from the last page to the first: rows that move left because others went are met all the same."""
    first_rows, total = _ask(client, collection, 0, size)
    missing = 0
    for offset in range(_last_offset(total), 0, -PAGE_SIZE):
        rows, now = _ask(client, collection, offset, size)
        missing += _lacking(offset, rows, now)
        yield rows
    if total > PAGE_SIZE:
        first_rows, total = _ask(client, collection, 0, size)
    missing += _lacking(0, first_rows, total)
    if missing:
        on_difference(_difference(collection, missing))
    yield first_rows


def _in_parallel(
    client: Client, collection: Collection, pool: Executor, offsets: Iterable[int], size: PageSize
) -> Iterator[tuple[int, tuple[list[Json], int]]]:
    waiting = iter(offsets)
    under_way: dict[Future[tuple[list[Json], int]], int] = {}

    def send(count: int) -> None:
        for offset in islice(waiting, count):
            under_way[pool.submit(_ask, client, collection, offset, size)] = offset

    send(client.max_connections + 1)
    try:
        while under_way:
            done = wait(under_way, return_when=FIRST_COMPLETED).done.pop()
            offset = under_way.pop(done)
            send(1)
            yield offset, done.result()
    finally:
        for future in under_way:
            future.cancel()


def _ask(client: Client, collection: Collection, offset: int, size: PageSize) -> tuple[list[Json], int]:
    """Return the rows of one page and how many the collection has; the lowest number where its pieces differ."""

    def call_of(count: int, at: int) -> Call:
        return read_page(collection.path, collection.key, {**collection.params, "count": count, "offset": at})

    rows: list[Json] = []
    totals = []
    for answer in read_rows(client, call_of, collection.key, offset, size):
        rows += answer.body.get(collection.key) or []
        totals.append(int(answer.body.get("total_items", 0 if offset else len(rows))))
    return rows, min(totals)
