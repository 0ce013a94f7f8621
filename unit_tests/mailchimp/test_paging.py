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


def _read(shelf: Shelf, pool: ThreadPoolExecutor, said: list[str] | None = None, **more: Any) -> list[int]:
    """Return the ids that are read; where nothing is to be said of missing rows, nothing may be."""
    heard: list[str] = []
    collection = Collection("/rows", "rows", {}, **more)
    found = [row["id"] for page in pages(shelf, collection, pool, on_difference=heard.append) for row in page]
    if said is None:
        assert heard == []
    else:
        said += heard
    return found


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


class Forgetful(Shelf):
    """Leaves some of its rows out of its answers, for ever or `times` times, and counts them all the same."""

    def __init__(self, count: int, hidden: set[int], times: int = 1000) -> None:
        super().__init__(count)
        self.hidden = hidden
        self.times = times

    def ask(self, call: Call, before_retry: Any = None, *, tries: int | None = None) -> Knowledge:
        answer = super().ask(call, before_retry, tries=tries)
        rows = [row for row in answer.body["rows"] if row["id"] not in self.hidden]
        if len(rows) < len(answer.body["rows"]) and self.times > 0:
            self.times -= 1
            answer.body["rows"] = rows
        return answer


@pytest.mark.parametrize("total_lies", [False, True])
@pytest.mark.parametrize(("count", "hidden"), [(5, {2}), (10, {9}), (25, {3}), (25, {12, 13}), (25, {24}), (31, {30})])
def test_rows_that_are_counted_and_do_not_come_are_said(
    count: int, hidden: set[int], pool: ThreadPoolExecutor, *, total_lies: bool
) -> None:
    """A page that is shorter than its total allows is read once more; what is missing still is said."""
    said: list[str] = []
    shelf = Forgetful(count, hidden)
    assert set(_read(shelf, pool, said, total_lies=total_lies)) == set(range(count)) - hidden
    rows = f"{len(hidden)} {'row' if len(hidden) == 1 else 'rows'} fewer of /rows"
    assert [rows in sentence for sentence in said] == [True]
    pages_of_it = max(1, -(-count // PAGE))
    assert len(shelf.asked) == pages_of_it + 1


@pytest.mark.parametrize("hidden", [{2}, {12}, {24}])
def test_rows_that_come_when_asked_again_are_read(hidden: set[int], pool: ThreadPoolExecutor) -> None:
    """A page that came short once costs one call more, and no row."""
    shelf = Forgetful(25, hidden, times=1)
    assert set(_read(shelf, pool)) == set(range(25))
    assert len(shelf.asked) == 4


def test_rows_that_leave_do_not_hide_those_that_do_not_come(pool: ThreadPoolExecutor) -> None:
    """Also where the total moves while pages are read, what is missing at the end is said."""
    said: list[str] = []

    def happens(one: Shelf) -> None:
        if len(one.asked) == 1:
            one.rows.pop()

    shelf = Forgetful(40, {11})
    shelf._before_each_read = happens
    _read(shelf, pool, said)
    assert ["1 row fewer" in sentence for sentence in said] == [True]


def test_the_total_is_told_first(pool: ThreadPoolExecutor) -> None:
    """A progress bar hears the number of rows before the first of them."""
    heard: list[int] = []
    found = pages(Shelf(25), Collection("/rows", "rows", {}), pool, heard.append, on_difference=pytest.fail)
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
