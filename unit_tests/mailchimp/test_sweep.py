"""A sweep against an audience in memory that changes between any two reads."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.mailchimp import sweep, windows
from source_destination_mailchimp.mailchimp.answers import Knowledge
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json
from unit_tests.mailchimp.pretend import PretendClock

PAGE = 10
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


@dataclass
class Account:
    """Members by id with their last_changed, a clock, and what happens before each read."""

    changed: dict[str, str] = field(default_factory=dict)
    now: datetime = START
    before_each_read: Callable[["Account"], None] = lambda account: None
    unstable: random.Random | None = None
    tells_time: bool = True
    understated: int = 0
    """By how many `total_items` is too small."""
    since_is_included: bool = False
    """Whether `since_last_changed` returns its own second too; it was seen not to, and nothing relies on it."""

    def touch(self, member_id: str) -> None:
        self.changed[member_id] = iso(self.now)


class AccountClock(PretendClock):
    """Lets the account's time pass where the sweep waits."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account

    def sleep(self, seconds: float) -> None:
        """Move the account's clock."""
        super().sleep(seconds)
        self._account.now += timedelta(seconds=seconds)


class AudienceInMemory(Client):
    """Answers `GET /lists/…/members` as Mailchimp does: sorted, filtered, paged, without a snapshot."""

    def __init__(self, account: Account, *, max_connections: int = 3, pause_seconds: float = 0.0) -> None:
        super().__init__(
            Access("http://127.0.0.1", "none"), max_connections=max_connections, clock=AccountClock(account)
        )
        self.account = account
        self.asked: list[Json] = []
        self._turn = threading.Lock()
        self._pause_seconds = pause_seconds

    def ask(self, call: Call, before_retry: Any = None, *, tries: int | None = None) -> Knowledge:
        params = call.params or {}
        if self._pause_seconds:
            time.sleep(random.random() * self._pause_seconds)
        with self._turn:
            account = self.account
            account.before_each_read(account)
            self.asked.append(dict(params))
            rows = sorted(((c, i) for i, c in account.changed.items()), key=self._order)
            if params["sort_dir"] == "DESC":
                rows.reverse()
            rows = [row for row in rows if _within(row[0], params, since_is_included=account.since_is_included)]
            page = rows[params["offset"] : params["offset"] + params["count"]]
            members = [{"id": member_id, "last_changed": changed} for changed, member_id in page]
            clock = account.now.replace(microsecond=0) if account.tells_time else None
            return Knowledge(
                200, {"members": members, "total_items": max(0, len(rows) - account.understated)}, server_time=clock
            )

    def _order(self, row: tuple[str, str]) -> Any:
        unstable = self.account.unstable
        return (row[0], unstable.random()) if unstable else row

    def offsets(self) -> list[int]:
        return [params["offset"] for params in self.asked]


def _within(changed: str, params: Mapping[str, Any], *, since_is_included: bool) -> bool:
    moment = datetime.fromisoformat(changed)
    since, before = params.get("since_last_changed"), params.get("before_last_changed")
    if since and moment < datetime.fromisoformat(since):
        return False
    if since and moment == datetime.fromisoformat(since) and not since_is_included:
        return False
    return not before or moment <= datetime.fromisoformat(before)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten members and no offset over fifty, so that a few hundred members are a large audience."""
    for module in (sweep, windows):
        monkeypatch.setattr(module, "PAGE_SIZE", PAGE)
        monkeypatch.setattr(module, "LAST_OFFSET", 5 * PAGE)
        monkeypatch.setattr(module, "STEP_OFFSET", 2 * PAGE)
        monkeypatch.setattr(module, "ONE_WINDOW", 6 * PAGE)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def quiet(count: int, *, per_second: int = 1) -> Account:
    """An audience whose last change is an hour ago."""
    first = START - timedelta(hours=1, seconds=count // per_second)
    changed = {f"m{n:05}": iso(first + timedelta(seconds=n // per_second)) for n in range(count)}
    return Account(changed)


def read(client: AudienceInMemory, pool: ThreadPoolExecutor, **arguments: Any) -> tuple[list[Json], list[str]]:
    differences: list[str] = []
    pages = sweep.sweep_members(client, "abc", fields=("id",), pool=pool, on_difference=differences.append, **arguments)
    return [row for page in pages for row in page], differences


@pytest.mark.parametrize(("members", "calls"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (60, 6)])
def test_a_quiet_audience_costs_one_call_per_page(members: int, calls: int, pool: ThreadPoolExecutor) -> None:
    """N members cost ⌈N/page⌉ calls: no probe, no empty page at a round total, nobody twice."""
    client = AudienceInMemory(quiet(members))
    rows, differences = read(client, pool)
    assert sorted(row["id"] for row in rows) == sorted(client.account.changed)
    assert (len(client.asked), differences) == (max(calls, 1), [])


def test_a_large_audience_is_read_in_windows(pool: ThreadPoolExecutor) -> None:
    """No offset exceeds the limit, and windows cost at most one call each on top of the pages."""
    client = AudienceInMemory(quiet(1000, per_second=3))
    rows, differences = read(client, pool)
    assert {row["id"] for row in rows} == set(client.account.changed)
    assert len(rows) == 1000
    assert (max(client.offsets()), differences) == (50, [])
    assert len(client.asked) <= 100 + 2 + 1000 // 60


def test_bounds_go_to_mailchimp_with_a_second_of_overlap(pool: ThreadPoolExecutor) -> None:
    """`since` is asked one second earlier, so that its own second is read whatever the bound means."""
    client = AudienceInMemory(quiet(100))
    since = START - timedelta(hours=1, seconds=30)
    rows, _ = read(client, pool, since=since, before=since + timedelta(seconds=9))
    assert sorted(row["last_changed"] for row in rows) == [iso(since + timedelta(seconds=n)) for n in range(10)]
    assert client.asked[0]["since_last_changed"] == "2026-03-01T10:59:29Z"


@pytest.mark.parametrize("per_second", [15, 25, 37])
def test_members_of_a_bulk_load_are_read_once(per_second: int, pool: ThreadPoolExecutor) -> None:
    """Where a window ends within a crowded second, the next one leaves out the pages that both hold."""
    client = AudienceInMemory(quiet(300, per_second=per_second))
    rows, differences = read(client, pool)
    assert (len(rows), differences) == (300, [])
    assert {row["id"] for row in rows} == set(client.account.changed)
    partly_shared = len({params.get("since_last_changed") for params in client.asked})
    assert len(client.asked) <= 30 + 2 + partly_shared


@pytest.mark.parametrize("crowd", [61, 90, 120])
def test_a_second_with_more_members_than_offsets_reach(crowd: int, pool: ThreadPoolExecutor) -> None:
    """A crowd of one second is read from both ends, and the reading goes on behind it."""
    account = quiet(30)
    crowded = START - timedelta(minutes=30)
    account.changed |= {f"c{n:03}": iso(crowded) for n in range(crowd)}
    account.changed |= {f"z{n:03}": iso(crowded + timedelta(seconds=1 + n)) for n in range(30)}
    client = AudienceInMemory(account)
    rows, differences = read(client, pool)
    assert {row["id"] for row in rows} == set(account.changed)
    assert (max(client.offsets()), differences) == (50, [])


def test_what_cannot_be_read_is_said(pool: ThreadPoolExecutor) -> None:
    """More members in one second than both ends reach are missing, and a sentence says how many."""
    account = quiet(0)
    account.changed |= {f"c{n:03}": iso(START - timedelta(hours=1)) for n in range(150)}
    client = AudienceInMemory(account)
    rows, differences = read(client, pool)
    assert len({row["id"] for row in rows}) == 120
    assert len(differences) == 1
    assert "30 of 150 members of audience abc" in differences[0]


def test_an_unstable_order_is_noticed_by_count(pool: ThreadPoolExecutor) -> None:
    """Members of one second come in any order on each read: the window is read again, and what lacks is said."""
    account = quiet(40, per_second=1000)
    account.unstable = random.Random(7)
    client = AudienceInMemory(account)
    rows, differences = read(client, pool)
    found = {row["id"] for row in rows}
    assert len(client.asked) > 4
    assert len(rows) == len(found)
    assert bool(differences) == (len(found) < 40)


def test_a_change_of_this_very_second_is_waited_out(pool: ThreadPoolExecutor) -> None:
    """Where the newest member changed a moment ago, the window is closed only when that second is over."""
    account = quiet(25)
    account.touch("m00003")
    client = AudienceInMemory(account)
    rows, _ = read(client, pool)
    assert {row["id"] for row in rows} == set(account.changed)
    assert account.now == START + timedelta(seconds=1)


def test_a_clock_far_behind_the_members_is_not_waited_for(pool: ThreadPoolExecutor) -> None:
    """A server whose clock is days behind its data (a sandbox) is read without waiting for days."""
    account = quiet(25)
    account.changed = {key: iso(START + timedelta(days=3)) for key in account.changed}
    rows, differences = read(AudienceInMemory(account), pool)
    assert ({row["id"] for row in rows}, differences) == (set(account.changed), [])
    assert account.now == START


def test_without_a_clock_the_own_one_is_used(pool: ThreadPoolExecutor) -> None:
    """An answer without a Date header is read as if it came now."""
    account = quiet(25)
    account.tells_time = False
    client = AudienceInMemory(account)
    rows, _ = read(client, pool)
    assert (len(rows), len(client.asked)) == (25, 3)


def test_a_page_read_too_early_is_read_again(pool: ThreadPoolExecutor) -> None:
    """Somebody who leaves the first page while it is the only one read makes room for somebody nobody saw."""
    account = quiet(30)

    def happens(account: Account) -> None:
        account.now += timedelta(seconds=1)
        if len(client.asked) == 1:
            account.touch("m00002")

    account.before_each_read = happens
    client = AudienceInMemory(account)
    rows, differences = read(client, pool)
    assert ({row["id"] for row in rows}, differences) == (set(account.changed), [])
    assert rows.count({"id": "m00002", "last_changed": account.changed["m00002"]}) == 1


def test_many_departures_make_the_window_be_read_backwards(pool: ThreadPoolExecutor) -> None:
    """When more members leave than a page holds, the window is read from its last page to its first."""
    account = quiet(60)
    leavers = iter([f"m{n:05}" for n in range(40)])

    def happens(account: Account) -> None:
        account.now += timedelta(seconds=1)
        for member_id in [next(leavers, "") for _ in range(7)]:
            account.changed.pop(member_id, None)

    account.before_each_read = happens
    client = AudienceInMemory(account)
    rows, differences = read(client, pool)
    assert set(account.changed) <= {row["id"] for row in rows}
    assert differences == []


def test_an_audience_that_never_rests_is_reported(pool: ThreadPoolExecutor) -> None:
    """A sweep ends even if everybody changes before every read, and says so."""
    account = quiet(40)

    def happens(account: Account) -> None:
        account.now += timedelta(seconds=1)
        for member_id in account.changed:
            account.touch(member_id)

    account.before_each_read = happens
    _, differences = read(AudienceInMemory(account), pool)
    assert differences
    assert "changes faster than it can be read" in differences[-1]


def test_pages_waiting_in_memory_are_bounded() -> None:
    """A consumer who stops reading holds at most one page more than there are connections."""
    client = AudienceInMemory(quiet(60), max_connections=2)
    with ThreadPoolExecutor(8) as pool:
        pages = sweep.sweep_members(client, "abc", fields=(), pool=pool, on_difference=lambda text: None)
        assert [len(next(pages)) for _ in range(3)] == [10, 10, 10]
        del pages
        assert len(client.asked) <= 2 + 1 + 3


Event = tuple[str, int]
KINDS = st.sampled_from(["change", "add", "remove", "exodus", "tick"])
EVENTS = st.lists(
    st.lists(st.tuples(KINDS, st.integers(0, 120)), max_size=4),
    max_size=60,
)


def _playing(script: list[list[Event]], survivors: set[str]) -> Callable[[Account], None]:
    added = iter(range(10_000))

    def happens(account: Account) -> None:
        account.now += timedelta(milliseconds=300)
        for kind, number in script.pop(0) if script else []:
            ids = sorted(account.changed)
            if kind == "tick":
                account.now += timedelta(seconds=1)
            elif kind == "add":
                account.touch(f"n{next(added):05}")
            elif kind == "change" and ids:
                account.touch(ids[number % len(ids)])
            else:
                for leaver in ids[number : number + (25 if kind == "exodus" else 1)]:
                    del account.changed[leaver]
                    survivors.discard(leaver)

    return happens


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=st.integers(0, 200), per_second=st.integers(1, 30), script=EVENTS, included=st.booleans())
def test_nobody_is_missed_while_the_audience_changes(
    members: int, per_second: int, script: list[list[Event]], included: bool, pool: ThreadPoolExecutor
) -> None:
    """Whoever is there from the first read to the last is yielded, with every change up to the last window.

    Where a window returned its first second too, nobody is missed either, though some may be said to be.
    """
    account = quiet(members, per_second=per_second)
    account.since_is_included = included
    survivors = set(account.changed)
    account.before_each_read = _playing([list(step) for step in script], survivors)
    client = AudienceInMemory(account, pause_seconds=0.0003)
    rows, differences = read(client, pool)
    assert survivors <= {row["id"] for row in rows}
    assert differences == [] or included
    assert max(client.offsets()) <= 50


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=st.integers(0, 200), script=EVENTS)
def test_two_syncs_with_a_closed_window_see_every_change(
    members: int, script: list[list[Event]], pool: ThreadPoolExecutor
) -> None:
    """What a window closed at a past second leaves out is in the next one: together they end as the audience is."""
    account = quiet(members)
    account.before_each_read = _playing([list(step) for step in script], set())
    client = AudienceInMemory(account, pause_seconds=0.0003)
    closed = account.now - timedelta(seconds=1)
    rows, differences = read(client, pool, before=closed)
    account.before_each_read = lambda account: None
    later, _ = read(client, pool, since=closed)
    newest = {row["id"]: row["last_changed"] for row in [*rows, *later]}
    assert account.changed.items() <= newest.items()
    assert differences == []


@pytest.mark.parametrize("count", [10, 15, 30, 45])
def test_a_total_that_is_smaller_than_what_comes_is_said(count: int, pool: ThreadPoolExecutor) -> None:
    """A full page that reaches beyond the total shows that the total lies: nobody takes the reading for whole."""
    account = quiet(count)
    account.understated = count - 5
    said: list[str] = []
    list(sweep.sweep_members(AudienceInMemory(account), "a", fields=("id",), pool=pool, on_difference=said.append))
    assert ["Members may be missing" in sentence for sentence in said] == [True]


def test_a_total_that_is_too_small_once_is_no_difference(pool: ThreadPoolExecutor) -> None:
    """Somebody who left between the count and the rows of one answer is no reason to distrust the next."""
    account = quiet(10)
    account.understated = 5

    def tells_the_truth_later(one: Account) -> None:
        one.understated = 5 if len(audience.asked) == 0 else 0

    account.before_each_read = tells_the_truth_later
    audience = AudienceInMemory(account)
    pages = sweep.sweep_members(audience, "a", fields=("id",), pool=pool, on_difference=pytest.fail)
    assert sum(map(len, pages)) == 10
