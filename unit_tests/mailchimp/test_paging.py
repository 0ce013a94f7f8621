"""Collections read page by page while rows come and go."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from source_destination_mailchimp.mailchimp import page_size, paging
from source_destination_mailchimp.mailchimp.answers import Knowledge, Weather
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call, read_page
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.mailchimp.transport import Reply, Request
from unit_tests.mailchimp.pretend import ROOT, PretendClock, reply

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

    def ask(self, call: Call, before_retry: Any = None, *, tries: int | None = None) -> Knowledge:
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


class SlowShelf(Shelf):
    """Never brings a page of more than `most` rows to an end."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(count)
        self.most = most
        self.sizes: list[int] = []
        self.failed = 0

    def ask(self, call: Call, before_retry: Any = None, *, tries: int | None = None) -> Knowledge:
        count = (call.params or {})["count"]
        if count <= self.most:
            self.sizes.append(count)
            return super().ask(call)
        for _ in range(7):
            self.failed += 1
            if before_retry is not None:
                before_retry()
        raise Unavailable("Mailchimp did not answer after 8 tries.")


@pytest.fixture
def large_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a thousand, as in earnest."""
    monkeypatch.setattr(paging, "PAGE_SIZE", 1000)


@pytest.mark.usefixtures("large_pages")
@pytest.mark.parametrize(("count", "most"), [(40, 500), (999, 500), (1000, 250), (1001, 100), (3456, 62), (300, 10)])
def test_pages_that_never_come_are_cut(count: int, most: int, pool: ThreadPoolExecutor) -> None:
    """Where a page of 1,000 rows never comes, halves of it are read, and halves of these: every row is there."""
    shelf = SlowShelf(count, most)
    assert set(_read(shelf, pool)) == set(range(count))
    assert max(shelf.sizes) <= most


@pytest.mark.usefixtures("large_pages")
def test_a_total_that_is_too_small_in_pieces(pool: ThreadPoolExecutor) -> None:
    """A page in pieces goes on past a `total_items` that is too small, as a whole one does."""
    shelf = SlowShelf(700, 100)
    shelf.understated = 300
    assert set(_read(shelf, pool, total_lies=True)) == set(range(700))


@pytest.mark.usefixtures("large_pages")
def test_nothing_comes_at_all(pool: ThreadPoolExecutor) -> None:
    """Where not even ten rows come the reading ends, after a few tries of each size and all of the last."""
    shelf = SlowShelf(2000, 9)
    with pytest.raises(Unavailable):
        _read(shelf, pool)
    sizes = 7  # 1000, 500, 250, 125, 62, 31, 15
    assert shelf.failed == sizes * page_size.TRIES_PER_SIZE + 7


class NeverInTime:
    """Brings no page of more than `most` rows before the client's timeout, by the client's own clock."""

    def __init__(self, clock: PretendClock, most: int) -> None:
        self.clock = clock
        self.most = most

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Return a page that is small enough; let the timeout pass for a larger one."""
        params = dict(request.params or {})
        count, offset = params["count"], params["offset"]
        if count > self.most:
            _, seconds = timeout_seconds
            self.clock.time += timedelta(seconds=seconds)
            return Weather("ReadTimeout")
        rows = [{"id": number} for number in range(offset, min(offset + count, 1000))]
        return reply(200, {"rows": rows, "total_items": 1000})

    def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize("most", [500, 250])
def test_pages_are_cut_before_the_patience_with_silence_ends(most: int) -> None:
    """With 130 s of timeout a try and nobody else who hears of Mailchimp, a quarter of a page is still asked for."""
    clock = PretendClock()
    transport = NeverInTime(clock, most)
    client = Client(Access(ROOT, "none"), max_connections=1, clock=clock, transport=transport)

    def call_of(count: int, offset: int) -> Call:
        return read_page("/rows", "rows", {"count": count, "offset": offset})

    answers = page_size.read_rows(client, call_of, "rows", 0, page_size.PageSize(1000))
    assert [row["id"] for answer in answers for row in answer.body["rows"]] == list(range(1000))


def test_a_size_grows_back_after_a_run_of_answers() -> None:
    """After eight answers in a row twice as many rows are asked for, up to the size that it began with."""
    size = page_size.PageSize(1000)
    assert size.did_not_come(1000) == 500
    assert size.did_not_come(500) == 250
    seen = []
    for _ in range(20):
        seen.append(size.rows)
        size.came(size.rows)
    assert seen == [250] * 8 + [500] * 8 + [1000] * 4


def test_another_threads_larger_answer_is_no_reason_to_grow() -> None:
    """An answer of a size that was given up meanwhile does not count, and a size never falls below ten."""
    size = page_size.PageSize(1000)
    size.did_not_come(1000)
    for _ in range(50):
        size.came(1000)
    assert size.rows == 500
    assert size.did_not_come(15) == page_size.SMALLEST


@pytest.mark.usefixtures("large_pages")
def test_rows_that_leave_between_two_pieces(pool: ThreadPoolExecutor) -> None:
    """Where the total moves between the pieces of a page they are read again: nobody slips through the gap."""

    class Leaky(SlowShelf):
        def ask(self, call: Call, before_retry: Any = None, *, tries: int | None = None) -> Knowledge:
            if (call.params or {})["offset"] == 100 and len(self.rows) == 300:
                self.rows.pop(0)
            return super().ask(call, before_retry)

    shelf = Leaky(300, 100)
    assert set(range(1, 300)) <= set(_read(shelf, pool))
