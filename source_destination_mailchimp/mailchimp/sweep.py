"""Read every member of an audience while the audience changes, and prove it by count.

Why nothing is lost:

- Rows are sorted by `last_changed`, which every change sets to now. [observed] In a window that ends at a second that
  has passed rows can therefore only leave, and `total_items` only fall.
- A row that leaves moves the rows behind it to the left. A page that was read while `total_items` was higher than
  when its right neighbour was read may have missed rows between the two: it is read once more, which covers every
  such row as long as fewer rows left than one page holds.
- Where more left, or where there are fewer distinct ids than `total_items` (the order within one second is not
  promised), the window is read again from its last page to its first, which no row that moves left can escape.
- Who left a window was changed, and is read in one window more at the end.
- Large audiences are read in windows of 11,000, each beginning at the second that the last one reached, because pages
  get slower with their offset; none exceeds 50,000.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from source_destination_mailchimp.mailchimp.answers import Knowledge
from source_destination_mailchimp.mailchimp.calls import Call, list_members
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json, changed_at, name_of
from source_destination_mailchimp.mailchimp.page_size import PageSize, read_rows
from source_destination_mailchimp.mailchimp.windows import (
    LAST_OFFSET,
    ONE_WINDOW,
    SECOND,
    STEP_OFFSET,
    Page,
    Run,
    Tally,
    Window,
    full_second,
    iso,
    last_offset_of,
)

ROUNDS = 12
"""How often what changed during the reading is read after it, before the sweep gives up."""

Say = Callable[[str], None]
Pages = Iterator[list[Json]]
Round = Generator[list[Json], None, datetime | None]
"""Pages, and at their end the second from which on something changed while they were read, or None."""

_LONGEST_WAIT = timedelta(seconds=2)


def sweep_members(
    client: Client,
    audience_id: str,
    *,
    fields: Sequence[str],
    pool: Executor,
    status: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    on_difference: Say,
    on_window: Callable[[datetime], None] = lambda reached: None,
) -> Pages:
    """Yield lists of members, in any order, until everybody who matches was yielded at least once.

    Who matched when the sweep began and still does when it ends is certainly there, as they were at most a moment
    before the end; who came in between may be. A member comes again where it changed meanwhile or where two windows
    touch, always newer than before.

    - `fields`: names of member properties (`email_address`, `merge_fields.FNAME`); none means all but `_links`.
      `id`, `contact_id` and `last_changed` always come with them.
    - `status`: Mailchimp's filter; None is everybody but archived people. [inferred, weakly observed]
    - `since`, `before`: bounds of last_changed; `since` is asked with one second of overlap, because nobody has proved
      whether Mailchimp's bound includes its own second.
    - `pool` runs the reads; at most `client.max_connections` + 1 pages are under way or waiting in memory. A sweep must
      not be consumed by a task of the same pool.
    - `on_difference` hears, in a sentence without personal data, of members that could not be read.
    - `on_window` hears, between two pages, up to which last_changed everybody has been yielded, so that a reading of a
      large audience can be taken up there.
    - N members cost ⌈N/1000⌉ calls as long as nobody changes; over 21,000 a page per window comes on top, which it
      shares in part with the one before, and two calls without `before`.
    - If somebody changed within the very second, a read of more than one page waits until that second has passed.
    """
    sweep = _Sweep(client, audience_id, _fixed_params(fields, status), pool, on_difference, on_window)
    yield from sweep.run(Window(since - SECOND if since else None, before))


@dataclass(slots=True)
class _Sweep:
    """One reading of one audience under one filter; consumed by one thread."""

    client: Client
    audience_id: str
    fixed_params: Json
    pool: Executor
    on_difference: Say
    on_window: Callable[[datetime], None]
    size: PageSize = field(default_factory=lambda: PageSize(PAGE_SIZE))
    seen: dict[str, str] = field(default_factory=dict)
    """id → last_changed as yielded, of the current window and of what overlaps it."""

    def run(self, window: Window) -> Pages:
        """Read the window, then what changed meanwhile, until something holds still."""
        for _ in range(ROUNDS):
            changed_since = yield from self._round(window)
            if changed_since is None:
                return
            window = replace(window, since=changed_since - SECOND)
            self._forget_before(changed_since - SECOND)
        self.on_difference(
            f"Audience {self.audience_id} changes faster than it can be read. Members that "
            f"changed after {window.since} are missing if they changed again during the read."
        )

    def _round(self, window: Window) -> Round:
        first = self._ask(window, 0)
        if first.end >= first.total:
            yield self._new(first)
            return None
        if window.before is not None and window.before < full_second(first.asked_at):
            yield from self._chain(window, first)
            return None
        if first.total > ONE_WINDOW:
            horizon = full_second(first.asked_at) - SECOND
            closed = replace(window, before=horizon)
            yield from self._chain(closed, self._ask(closed, 0))
            return horizon
        return (yield from self._open(window, first))

    def _open(self, window: Window, first: Page) -> Round:
        """Close a window that still receives rows at the newest change on its last page, and read it."""
        last = self._ask(window, last_offset_of(first.total))
        if not last.rows:
            yield self._new(first)
            return first.newest
        close = last.newest
        self._wait_until_past(close, last.answered_at)
        size = last.end
        tally = Tally(last.offset)
        is_untouched = close < full_second(first.asked_at) and first.total == last.total
        yield self._new(first)
        if is_untouched:
            tally.add(replace(first, total=size))
        yield self._new(last)
        tally.add(replace(last, total=size))
        yield from self._closed(replace(window, before=close), tally)
        if tally.fewest() < size:
            return close
        if size < last.total:
            return close
        return None

    def _chain(self, window: Window, first: Page) -> Pages:
        """Read windows one after the other, below one end that is past; while one ends the next is read already."""
        runs = deque([Run.begin(window, first.total, STEP_OFFSET)])
        runs[0].waiting.remove(0)
        under_way: dict[Future[Page], Run] = {}
        yield from self._take(runs, runs[0], first)
        try:
            while runs:
                self._fill(runs, under_way)
                if under_way:
                    done = wait(under_way, return_when=FIRST_COMPLETED).done.pop()
                    run = under_way.pop(done)
                    run.under_way -= 1
                    yield from self._take(runs, run, done.result())
                while runs and runs[0].is_read():
                    yield from self._finish(runs.popleft(), runs)
        finally:
            for future in under_way:
                future.cancel()

    def _fill(self, runs: deque[Run], under_way: dict[Future[Page], Run]) -> None:
        for run in runs:
            while run.waiting and len(under_way) <= self.client.max_connections:
                offset = run.waiting.popleft()
                asked = self.pool.submit(self._ask, run.window, offset)
                under_way[asked] = run
                run.under_way += 1

    def _take(self, runs: deque[Run], run: Run, page: Page) -> Pages:
        run.tally.add(page)
        run.skip_shared()
        yield self._new(page)
        if page.offset != run.tally.last_offset:
            return
        following = run.goes_on(page)
        if following is not None:
            runs.append(following)

    def _finish(self, run: Run, later: deque[Run]) -> Pages:
        """Prove a window whose pages have all come; the next one need not read again whom both hold."""
        yield from self._closed(run.window, run.tally)
        if run.crowded:
            yield from self._crowded_second(run.window, run.crowded)
        if run.following:
            later[0].take_over(run, self.seen)
            self.on_window(run.following)
            self._forget_before(run.following)

    def _closed(self, window: Window, tally: Tally) -> Pages:
        """Read what the tally lacks, then prove it or read again, then say what stays unproved."""
        yield from self._read(window, tally.unread(), tally)
        yield from self._read(window, tally.overtaken(), tally)
        for sort_dir in ("ASC", "DESC"):
            if tally.is_proved():
                return
            tally.start_again()
            for offset in range(tally.last_offset, -1, -PAGE_SIZE):
                page = self._ask(window, offset, sort_dir)
                tally.add(page)
                yield self._new(page)
        if tally.missing() > 0:
            self._say_missing(tally.missing(), tally.fewest(), window)

    def _crowded_second(self, window: Window, second: datetime) -> Pages:
        """Read a second from its other end too: more people share it than offsets reach."""
        crowd = replace(window, before=second)
        tally = Tally(LAST_OFFSET)
        yield from self._read(crowd, tally.unread(), tally, "DESC")
        total = tally.fewest()
        wanted = iso(second)
        found = sum(changed == wanted for changed in self.seen.values())
        if found < total:
            self._say_missing(total - found, total, crowd)

    def _say_missing(self, missing: int, total: int, window: Window) -> None:
        self.on_difference(
            f"{missing} of {total} members of audience {self.audience_id} with last_changed "
            f"after {window.since} and until {window.before} were not returned by Mailchimp, even when asked "
            "again."
        )

    def _read(self, window: Window, offsets: Iterable[int], tally: Tally, sort_dir: str = "ASC") -> Pages:
        """Read pages in parallel, in the order they come; the next is asked for before one is handed on."""
        waiting = iter(offsets)
        limit = self.client.max_connections + 1
        under_way = {self.pool.submit(self._ask, window, o, sort_dir) for o in islice(waiting, limit)}
        try:
            while under_way:
                done: Future[Page] = wait(under_way, return_when=FIRST_COMPLETED).done.pop()
                under_way.remove(done)
                under_way.update(self.pool.submit(self._ask, window, o, sort_dir) for o in islice(waiting, 1))
                page = done.result()
                tally.add(page)
                yield self._new(page)
        finally:
            for future in under_way:
                future.cancel()

    def _ask(self, window: Window, offset: int, sort_dir: str = "ASC") -> Page:
        """Read one page; once more where it shows more than Mailchimp counts, which may be a change in between."""
        page = self._page(window, offset, sort_dir)
        if page.is_full and page.end > page.total:
            page = self._page(window, offset, sort_dir)
        if page.is_full and page.end > page.total:
            self.on_difference(
                f"Mailchimp counts {page.total} members of audience {self.audience_id} where it returned at least "
                f"{page.end}. Members may be missing."
            )
        return page

    def _page(self, window: Window, offset: int, sort_dir: str) -> Page:
        params = {**self.fixed_params, **window.params(), "sort_dir": sort_dir}

        def call_of(count: int, at: int) -> Call:
            return list_members(self.audience_id, {**params, "count": count, "offset": at})

        answers = read_rows(self.client, call_of, "members", offset, self.size)
        rows: list[Json] = []
        for answer in answers:
            rows += answer.body.get("members") or []
        # Where a page came in pieces that differ, its total is that of the first one: the neighbour to the right, read
        # when there were fewer, has the page read again then.
        total = answers[0].body["total_items"]
        asked_at = self._time_of(answers[0]) - timedelta(seconds=answers[0].seconds)
        return Page(offset, rows, total, asked_at, self._time_of(answers[-1]))

    def _time_of(self, answer: Knowledge) -> datetime:
        """Return Mailchimp's clock when it answered."""
        return answer.server_time or self.client.clock.now()

    def _new(self, page: Page) -> list[Json]:
        """Return the rows that were not yielded yet as they are now."""
        new = []
        for row in page.rows:
            name, changed = name_of(row), changed_at(row)
            yielded = self.seen.get(name)
            # Whoever has neither id nor contact_id cannot be told from others: rather twice than not at all.
            if yielded is None or changed > yielded or not name:
                self.seen[name] = changed
                new.append(row)
        return new

    def _forget_before(self, since: datetime) -> None:
        bound = iso(since)
        before = self.seen
        self.seen = {member_id: changed for member_id, changed in before.items() if changed >= bound}

    def _wait_until_past(self, second: datetime, now: datetime) -> None:
        """Wait for the end of a second: until then a change could still come into a window that ends with it."""
        rest = second + SECOND - now
        if timedelta(0) < rest <= _LONGEST_WAIT:
            self.client.rest(rest.total_seconds())


def _fixed_params(fields: Sequence[str], status: str | None) -> dict[str, Any]:
    params: dict[str, Any] = {"sort_field": "last_changed"}
    if fields:
        names = dict.fromkeys(("id", "contact_id", "last_changed", *fields))
        members = [f"members.{name}" for name in names]
        params["fields"] = ",".join([*members, "total_items"])
    else:
        params["exclude_fields"] = "members._links,_links"
    if status:
        params["status"] = status
    return params
