"""Collections read page by page while rows come and go."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from source_destination_mailchimp.mailchimp import paging
from source_destination_mailchimp.mailchimp.answers import Knowledge
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.paging import Collection, pages

PAGE = 10


class Shelf(Client):
    """Answers one collection, and lets something happen before each answer."""

    def __init__(self, count: int, *, before_each_read: Callable[["Shelf"], None] = lambda shelf: None) -> None:
        super().__init__(Access("http://127.0.0.1", "none"), max_connections=3)
        self.rows = [{"id": n} for n in range(count)]
        self.asked: list[int] = []
        self.understated = 0
        self._before_each_read = before_each_read
        self._turn = threading.Lock()

    def ask(self, call: Call, before_retry: Any = None) -> Knowledge:
        params = call.params or {}
        time.sleep(random.random() * 0.0005)
        with self._turn:
            self._before_each_read(self)
            self.asked.append(params.get("offset", 0))
            offset, count = params.get("offset", 0), params.get("count", len(self.rows))
            total = max(len(self.rows) - self.understated, 0)
            return Knowledge(200, {"rows": self.rows[offset : offset + count], "total_items": total})


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten."""
    monkeypatch.setattr(paging, "PAGE_SIZE", PAGE)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as executor:
        yield executor


def _read(shelf: Shelf, pool: ThreadPoolExecutor, **more: Any) -> list[int]:
    return [row["id"] for page in pages(shelf, Collection("/rows", "rows", {}, **more), pool) for row in page]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (9, 1), (10, 1), (11, 2), (30, 3), (31, 4)])
def test_one_call_per_page(count: int, calls: int, pool: ThreadPoolExecutor) -> None:
    """Every row once, no page too many."""
    shelf = Shelf(count)
    assert sorted(_read(shelf, pool)) == list(range(count))
    assert len(shelf.asked) == calls


def test_what_has_no_pages_is_asked_once(pool: ThreadPoolExecutor) -> None:
    """A collection without `count` and `offset` comes whole, however long."""
    shelf = Shelf(35)
    assert _read(shelf, pool, is_paged=False) == list(range(35))
    assert shelf.asked == [0]


@pytest.mark.parametrize("count", [10, 25, 40])
def test_a_total_that_is_too_small(count: int, pool: ThreadPoolExecutor) -> None:
    """Where `total_items` may lie, reading goes on until a page is short."""
    shelf = Shelf(count)
    shelf.understated = 9
    assert set(_read(shelf, pool, total_lies=True)) == set(range(count))


def test_rows_that_leave_take_none_along(pool: ThreadPoolExecutor) -> None:
    """A row that goes while the pages are read moves the others; all of those are met."""

    def happens(shelf: Shelf) -> None:
        if len(shelf.asked) in (1, 2, 4):
            shelf.rows.pop(0)

    shelf = Shelf(60, before_each_read=happens)
    found = set(_read(shelf, pool))
    assert {row["id"] for row in shelf.rows} <= found


def test_the_total_is_told_first(pool: ThreadPoolExecutor) -> None:
    """A progress bar hears the number of rows before the first of them."""
    heard: list[int] = []
    found = pages(Shelf(25), Collection("/rows", "rows", {}), pool, heard.append)
    next(found)
    assert heard == [25]
