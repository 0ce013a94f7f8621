"""Windows of `last_changed` over an audience: their pages, and what the pages prove together."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from source_destination_mailchimp.mailchimp.members import NEVER, PAGE_SIZE, Json, changed_at, name_of

LAST_OFFSET = 50_000
"""Pages get slow with large offsets [observed]; none is read beyond this one."""

STEP_OFFSET = 10_000
"""The last page of a window of a large audience; only a crowded second is read further."""

ONE_WINDOW = 21_000
"""Most members that are read in one window: a second one is worth its overlap only beyond."""

MOST_SHARED = PAGE_SIZE // 10
"""Most rows of a page that two windows may share at a cut; where more were changed in one second, as by a bulk load,
the window goes on as far as offsets do."""

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Members with `since` < last_changed ≤ `before`; an end that is None is open."""

    since: datetime | None
    before: datetime | None

    def params(self) -> Json:
        """Return the window as Mailchimp's query parameters."""
        params: Json = {}
        if self.since is not None:
            params["since_last_changed"] = asked_time(self.since)
        if self.before is not None:
            params["before_last_changed"] = asked_time(self.before)
        return params


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a window sorted by last_changed, oldest first."""

    offset: int
    rows: list[Json]
    total: int
    asked_at: datetime
    """Mailchimp's clock when the page was asked for, at the earliest."""

    answered_at: datetime

    @property
    def newest(self) -> datetime:
        """Return when the newest of the rows was changed; where one without a time is sorted to nobody knows."""
        return moment_of(max(map(changed_at, self.rows)))

    @property
    def end(self) -> int:
        """Return the offset behind the last row."""
        return self.offset + len(self.rows)

    @property
    def is_full(self) -> bool:
        """Return whether it holds as many rows as were asked for, so that more may follow."""
        return len(self.rows) >= PAGE_SIZE

    def rows_after(self, moment: datetime) -> int:
        """Return how many rows were changed later than this."""
        return sum(time_of(row) > moment for row in self.rows)


@dataclass(slots=True)
class Tally:
    """What the pages of one closed window say about its completeness."""

    last_offset: int
    totals: dict[int, int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    most: int = 0
    has_moved: bool = False
    """Whether its pages did not fit together once, so that it was read again."""

    def add(self, page: Page) -> None:
        """Take a page in; a later reading of one counts in place of the earlier."""
        self.totals[page.offset] = page.total
        self.most = max(self.most, page.total)
        self.ids.update(map(name_of, page.rows))

    def unread(self) -> list[int]:
        """Return offsets still to be read, the last one first."""
        everything = range(self.last_offset, -1, -PAGE_SIZE)
        return [offset for offset in everything if offset not in self.totals]

    def overtaken(self) -> list[int]:
        """Return pages read before rows left that their right neighbour did not see any more."""
        with_a_neighbour = range(self.last_offset - PAGE_SIZE, -1, -PAGE_SIZE)
        return [offset for offset in with_a_neighbour if self._was_overtaken(offset)]

    def _was_overtaken(self, offset: int) -> bool:
        return self.totals[offset] > self.totals[offset + PAGE_SIZE]

    def fewest(self) -> int:
        """Return the lowest `total_items` seen."""
        return min(self.totals.values())

    def missing(self) -> int:
        """Return by how many the ids are fewer than there must be."""
        within_reach = self.last_offset + PAGE_SIZE
        expected = min(self.fewest(), within_reach)
        return expected - len(self.ids)

    def is_proved(self) -> bool:
        """Return whether ids and totals leave room for nobody unseen, once overtaken pages were read again."""
        if self.missing() > 0:
            return False
        left_meanwhile = self.most - self.fewest()
        return left_meanwhile <= PAGE_SIZE

    def start_again(self) -> None:
        """Forget the totals before the window is read backwards, which needs no other proof than its ids."""
        self.has_moved = True
        self.most = self.fewest()
        self.totals = {self.last_offset: self.most}


@dataclass(slots=True)
class Run:
    """One window of a chain while its pages come in, in whatever order."""

    window: Window
    tally: Tally
    waiting: deque[int]
    under_way: int = 0
    following: datetime | None = None
    """Where the next window begins, once that is known; None to the end where this one holds the rest."""

    crowded: datetime | None = None
    """A second that fills the whole window, however wide."""

    shared: set[str] = field(default_factory=set)
    """Ids of members whom the window before has read and who are the first of this one, where nobody has left."""

    expected_total: int = 0
    """What this window's `total_items` is as long as nobody has left since they were read."""

    @classmethod
    def begin(cls, window: Window, expected: int, step: int) -> "Run":
        """Begin a window that is expected to hold so many: all its pages or, where they are many, the first few."""
        last_offset = step
        if expected <= ONE_WINDOW:
            last_offset = last_offset_of(expected)
        tally = Tally(last_offset)
        return cls(window, tally, deque(tally.unread()))

    def is_read(self) -> bool:
        """Return whether every page has come."""
        return not self.waiting and not self.under_way

    def goes_on(self, page: Page) -> "Run | None":
        """Take in what the last page says of the rest; returns the window that follows, if one is known to."""
        if not page.rows or page.total <= self.tally.last_offset + PAGE_SIZE:
            self._holds_the_rest(page)
            return None
        following = page.newest - SECOND
        is_stuck = self._has_reached_no_further_than(following)
        is_narrow = is_stuck or page.rows_after(following) > MOST_SHARED
        if is_narrow and self.tally.last_offset < LAST_OFFSET:
            self._widen(page)
            return None
        if is_stuck:
            self.crowded = page.newest
            following = page.newest + timedelta(milliseconds=999)
        return self._followed_at(following, page)

    def take_over(self, earlier: "Run", changed: Mapping[str, str]) -> None:
        """Note whom of this window the one before has read, so that their pages need no reading; `changed` is by id.

        Rows are sorted by time, so whoever both windows hold comes first here. A bulk load changes thousands in the
        second at which a window ends.
        """
        tally = earlier.tally
        nobody_left = tally.most == tally.fewest() and not tally.has_moved
        holds_every_row = len(tally.ids) == tally.last_offset + PAGE_SIZE
        if earlier.following is None or not nobody_left or not holds_every_row:
            return
        since = iso(earlier.following)
        self.shared = {name for name in tally.ids if changed.get(name, NEVER) > since}
        self.expected_total = tally.fewest() - len(tally.ids) + len(self.shared)
        self.skip_shared()

    def skip_shared(self) -> None:
        """Take pages as read that hold only members whom the window before has read.

        The totals of both windows agree only if nobody has left either, so nobody has moved. Were the order within a
        second another one by now, the ids would be fewer than the rows, and the window would be read again.
        """
        totals = set(self.tally.totals.values())
        if not self.shared or totals != {self.expected_total}:
            return
        skipped = [offset for offset in self.waiting if offset + PAGE_SIZE <= len(self.shared)]
        self.tally.totals |= dict.fromkeys(skipped, self.expected_total)
        self.tally.ids |= self.shared
        self.shared = set()
        self.waiting = deque(offset for offset in self.waiting if offset not in skipped)

    def _holds_the_rest(self, page: Page) -> None:
        """Take pages behind the end as read: rows only move left."""
        first_behind = max(page.total, 1)
        empty = [offset for offset in self.waiting if offset >= first_behind]
        self.tally.totals |= dict.fromkeys(empty, page.total)
        self.waiting = deque(offset for offset in self.waiting if offset < first_behind)

    def _has_reached_no_further_than(self, second: datetime) -> bool:
        if self.window.since is None:
            return False
        return second <= self.window.since

    def _widen(self, page: Page) -> None:
        """Go on as far as offsets do, behind the page that was the last."""
        self.tally.last_offset = last_offset_of(page.total)
        self.waiting.extend(range(self.tally.last_offset, page.offset, -PAGE_SIZE))

    def _followed_at(self, following: datetime, page: Page) -> "Run":
        """Begin the next window; where a second is crowded, take more at once."""
        self.following = following
        shared = page.rows_after(following)
        is_crowded = shared == len(page.rows)
        step = LAST_OFFSET if is_crowded else STEP_OFFSET
        expected = page.total - page.end + shared
        return Run.begin(Window(following, self.window.before), expected, step)


def last_offset_of(total: int) -> int:
    """Return the offset of the last page of so many rows, as far as offsets go."""
    last_row = max(total - 1, 0)
    offset = last_row // PAGE_SIZE * PAGE_SIZE
    return min(offset, LAST_OFFSET)


def full_second(moment: datetime) -> datetime:
    """Return the second that a moment is in."""
    return moment.replace(microsecond=0)


def time_of(row: Json) -> datetime:
    """Return when a member was last changed."""
    return moment_of(changed_at(row))


def moment_of(printed: str) -> datetime:
    """Return a time as Mailchimp prints it."""
    return datetime.fromisoformat(printed).astimezone(UTC)


def iso(moment: datetime) -> str:
    """Write a time as Mailchimp prints it, so that texts can be compared."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def asked_time(moment: datetime) -> str:
    """Write a time as Mailchimp takes it; fractions only where one is meant."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    text = moment.astimezone(UTC).isoformat(timespec=precision)
    return text.replace("+00:00", "Z")
