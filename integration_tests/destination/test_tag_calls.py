"""How many calls tags cost: at most one per 400 changes with up to twenty tags, however the records come."""

import fnmatch
import time
from collections.abc import Iterator

import pytest

from integration_tests.destination.lists import numbered
from integration_tests.destination.syncing import Account, Json, Stream, feed, succeeded
from source_destination_mailchimp.destination import sync as loop

PEOPLE = Stream(columns=("email", "tags"))
CHANGES = 20_000
MOST = CHANGES // 400
TAG_CALLS = (
    "/3.0/lists/*/segments",
    "/3.0/lists/*/segments/*",
    "/3.0/lists/*/members/*/tags",
    "/3.0/lists/*/tag-search",
)


def tag_calls(account: Account) -> int:
    """Calls that read or wrote tags, except the one that lists them at the start."""
    rows = [(row["method"], row["path"]) for row in account.control.requests()]
    found = [row for row in rows if any(fnmatch.fnmatchcase(row[1], one) for one in TAG_CALLS)]
    return sum(not (method == "GET" and path.endswith("/segments")) for method, path in found)


def carried(account: Account) -> int:
    """How many tags all people carry together."""
    audience = account.sandbox.store.audience(account.audience)
    return sum(len(member.tags) for member in list(audience.by_digest.values()))


@pytest.mark.parametrize(
    ("people", "each", "tags", "there"),
    [(20_000, 1, 20, True), (1_000, 20, 20, False), (1_000, 20, 20, True), (5_000, 4, 7, False)],
)
def test_one_call_per_400_changes(account: Account, people: int, each: int, tags: int, there: bool) -> None:
    """Twenty thousand changes of tags that nobody has yet, making them included, to members and to new people."""
    if there:
        account.seed(members=people)
    emails = numbered(range(1, people + 1))
    rows = (
        PEOPLE.record(email=email, tags=[f"tag {(number + one) % tags}" for one in range(each)])
        for number, email in enumerate(emails)
    )
    succeeded(feed(account, rows, [PEOPLE], streams=[{"stream": "people", "tags_field": "tags"}]))
    assert carried(account) == CHANGES
    assert tag_calls(account) <= MOST


def test_states_that_come_often_cost_no_calls(account: Account) -> None:
    """A STATE after every hundred records and a source that stops for breath: the calls are as full as before."""
    account.control.latency(ms=3)
    account.seed(members=5_000)

    def rows() -> Iterator[Json | None]:
        for number, email in enumerate(numbered(range(1, 5_001)), 1):
            yield PEOPLE.record(email=email, tags=[f"tag {(number + one) % 20}" for one in range(4)])
            if number % 100 == 0:
                yield PEOPLE.state(number)
                yield None

    result = succeeded(feed(account, rows(), [PEOPLE], streams=[{"stream": "people", "tags_field": "tags"}]))
    assert carried(account) == CHANGES
    assert tag_calls(account) <= MOST
    assert result.cursors == list(range(100, 5_001, 100))


def test_a_slow_source_fills_its_tag_calls(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members go out after a few seconds, tags wait for full calls up to five minutes."""
    account.seed(members=5_000)
    monkeypatch.setattr(loop, "FLUSH_AFTER_SECONDS", 0.0)

    def rows() -> Iterator[Json | None]:
        for number, email in enumerate(numbered(range(1, 5_001)), 1):
            yield PEOPLE.record(email=email, tags=[f"tag {(number + one) % 20}" for one in range(4)])
            if number % 50 == 0:
                yield None

    succeeded(feed(account, rows(), [PEOPLE], streams=[{"stream": "people", "tags_field": "tags"}]))
    assert tag_calls(account) <= MOST


def test_tags_do_not_wait_for_ever(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that pauses gets its STATEs out once the tags are due, without another record."""
    monkeypatch.setattr(loop, "FLUSH_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(loop, "FLUSH_TAGS_AFTER_SECONDS", 0.0)
    waits = 0

    def rows() -> Iterator[Json | None]:
        nonlocal waits
        yield PEOPLE.record(email="ann@sandbox-people.org", tags=["a"])
        yield PEOPLE.state(1)
        while not carried(account):
            waits += 1
            assert waits < 10_000
            time.sleep(0.005)  # the calls run on threads of their own, which a spin would keep from running
            yield None

    succeeded(feed(account, rows(), [PEOPLE], streams=[{"stream": "people", "tags_field": "tags"}]))


def test_coming_and_going_share_calls(account: Account) -> None:
    """Four thousand people swap two tags: on and off of one tag are one call."""
    account.seed(members=2_000, tags=["own a"])
    account.seed(members=2_000, start=2_001, tags=["own b"])
    now = [(email, "own b" if number < 2_000 else "own a") for number, email in enumerate(numbered(range(1, 4_001)))]
    rows = (PEOPLE.record(email=email, tags=[tag]) for email, tag in now)
    entry = {"stream": "people", "tags_field": "tags", "tags_mode": "replace_owned", "owned_tags": ["own *"]}
    succeeded(feed(account, rows, [PEOPLE], streams=[entry]))
    assert carried(account) == 4_000
    assert tag_calls(account) <= 8_000 // 400
