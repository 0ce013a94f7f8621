"""Collections other than an audience's members: all pages, in parallel, and read again where the total moved."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any

from source_destination_mailchimp.mailchimp.calls import read_page
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its path, the key of its rows, and how it is asked for."""

    path: str
    key: str
    params: Mapping[str, Any]
    is_paged: bool = True
    total_lies: bool = False
    """`total_items` may be too small (segment members with include flags [observed]): read until a page is short."""


def pages(
    client: Client, collection: Collection, pool: Executor, on_total: Callable[[int], None] = lambda total: None
) -> Iterator[list[Json]]:
    """Yield the rows of a collection, page by page in any order; some may come twice where it changed meanwhile.

    `on_total` hears how many rows there are before the first is yielded. Don't consume this in a task of `pool`.
    """
    rows, total = _ask(client, collection, 0)
    on_total(max(total, len(rows)))
    yield rows
    if not collection.is_paged or _is_all(rows, total):
        return
    last_offset = _last_offset(total)
    has_moved = False
    last_rows = rows
    offsets = range(last_offset, 0, -PAGE_SIZE)
    for offset, (found, now) in _in_parallel(client, collection, pool, offsets):
        if now != total:
            has_moved = True
        if offset == last_offset:
            last_rows = found
        yield found
    if collection.total_lies and len(last_rows) == PAGE_SIZE:
        yield from _onward(client, collection, last_offset + PAGE_SIZE)
    elif has_moved:
        yield from _backward(client, collection)


def _is_all(first_rows: list[Json], total: int) -> bool:
    """Return whether the first page is the only one."""
    return len(first_rows) < PAGE_SIZE and len(first_rows) >= total


def _last_offset(total: int) -> int:
    last_row = max(total - 1, 0)
    return last_row // PAGE_SIZE * PAGE_SIZE


def _onward(client: Client, collection: Collection, offset: int) -> Iterator[list[Json]]:
    while True:
        found, _ = _ask(client, collection, offset)
        yield found
        if len(found) < PAGE_SIZE:
            return
        offset += PAGE_SIZE


def _backward(client: Client, collection: Collection) -> Iterator[list[Json]]:
    """Read from the last page to the first: rows that move left because others went are met all the same."""
    first_rows, total = _ask(client, collection, 0)
    for offset in range(_last_offset(total), 0, -PAGE_SIZE):
        rows, _ = _ask(client, collection, offset)
        yield rows
    if total > PAGE_SIZE:
        first_rows, _ = _ask(client, collection, 0)
    yield first_rows


def _in_parallel(
    client: Client, collection: Collection, pool: Executor, offsets: Iterable[int]
) -> Iterator[tuple[int, tuple[list[Json], int]]]:
    waiting = iter(offsets)
    under_way: dict[Future[tuple[list[Json], int]], int] = {}

    def send(count: int) -> None:
        for offset in islice(waiting, count):
            under_way[pool.submit(_ask, client, collection, offset)] = offset

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


def _ask(client: Client, collection: Collection, offset: int) -> tuple[list[Json], int]:
    paging = {"count": PAGE_SIZE, "offset": offset} if collection.is_paged else {}
    asked = read_page(collection.path, collection.key, {**collection.params, **paging})
    body = client.send(asked).body
    rows = body.get(collection.key) or []
    found_here = 0 if offset else len(rows)
    return rows, int(body.get("total_items", found_here))
