"""Pages that are read once and followed by many, whoever is fast, slow, late or gone."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.source import shared_pages
from source_destination_mailchimp.source.shared_pages import Room, SharedPages

PAGES = [[{"n": n, "text": "x" * n}] for n in range(20)]


class Counted:
    """Pages, and how often each reading of them was begun."""

    def __init__(self, fails_at: int = 1000) -> None:
        self.begun = 0
        self.fails_at = fails_at

    def read(self) -> Iterator[list[dict[str, object]]]:
        """Yield the pages, or fail at one."""
        self.begun += 1
        for number, page in enumerate(PAGES):
            if number == self.fails_at:
                raise ValueError("gone")
            yield [dict(row) for row in page]


@settings(deadline=None)
@given(st.integers(1, 4), st.randoms(use_true_random=False))
def test_each_follower_gets_every_page_in_order(followers: int, chance: object) -> None:
    """In whatever turns they come, all of them get the pages of the one reading."""
    source = Counted()
    shared = SharedPages(source.read(), followers, Room())
    reading = {number: shared.follow(source.read) for number in range(followers)}
    found: dict[int, list[object]] = {number: [] for number in reading}
    while reading:
        number = chance.choice(sorted(reading))  # type: ignore[attr-defined]
        try:
            found[number].append(next(reading[number]))
        except StopIteration:
            del reading[number]
    assert list(found.values()) == [PAGES] * followers
    assert source.begun == 1


def test_on_threads_it_is_the_same() -> None:
    """Many threads at once read each page once."""
    source = Counted()
    shared = SharedPages(source.read(), 6, Room())
    start = threading.Barrier(6)

    def follow() -> list[object]:
        start.wait()
        return list(shared.follow(source.read))

    with ThreadPoolExecutor(6) as pool:
        found = [future.result() for future in [pool.submit(follow) for _ in range(6)]]
    assert found == [PAGES] * 6
    assert source.begun == 1


def test_a_page_is_each_followers_own() -> None:
    """What one follower does to a row is not seen by another."""
    source = Counted()
    shared = SharedPages(source.read(), 2, Room())
    for page in shared.follow(source.read):
        page[0]["n"] = "changed"
    assert list(shared.follow(source.read)) == PAGES


def test_who_leaves_does_not_stop_the_others() -> None:
    """A follower that goes away in the middle takes nothing with it."""
    source = Counted()
    shared = SharedPages(source.read(), 2, Room())
    first = shared.follow(source.read)
    assert next(first) == PAGES[0]
    first.close()  # type: ignore[attr-defined]
    assert list(shared.follow(source.read)) == PAGES
    assert source.begun == 1


def test_a_failure_reaches_everybody_at_its_place() -> None:
    """All followers get the pages before the failure, and then the failure itself."""
    source = Counted(fails_at=3)
    shared = SharedPages(source.read(), 2, Room())
    for _ in range(2):
        found = []
        with pytest.raises(ValueError, match="gone"):
            for page in shared.follow(source.read):
                found.append(page)
        assert found == PAGES[:3]
    assert source.begun == 1


@pytest.mark.parametrize("room", [0, 40, 200])
def test_where_there_is_no_room_a_follower_reads_alone(room: int) -> None:
    """Nothing is lost when the file is full: who is behind reads everything anew."""
    source = Counted()
    shared = SharedPages(source.read(), 2, Room(room))
    assert list(shared.follow(source.read)) == PAGES
    late = list(shared.follow(source.read))
    assert [page for page in PAGES if page not in late] == []
    assert late[-len(PAGES) :] == PAGES
    assert source.begun == 2


def test_a_full_disk_costs_a_reading_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file cannot be written, who is behind reads alone."""

    def full_disk(buffering: int) -> object:
        return Path("/dev/full").open("r+b", buffering)

    monkeypatch.setattr(shared_pages, "TemporaryFile", full_disk)
    source = Counted()
    shared = SharedPages(source.read(), 2, Room())
    assert list(shared.follow(source.read)) == PAGES
    assert list(shared.follow(source.read)) == PAGES
    assert source.begun == 2


def test_room_is_one_for_all_and_comes_back() -> None:
    """What one sequence holds, another cannot have until the first is through with."""
    room = Room(300)
    source = Counted()
    first = SharedPages(source.read(), 2, room)
    assert list(first.follow(source.read)) == PAGES
    assert not room.take(250)
    assert list(first.follow(source.read))[-len(PAGES) :] == PAGES
    assert room.take(300)


def test_the_file_is_given_back_by_the_last() -> None:
    """Closing it again, or while nobody followed, is no mistake."""
    source = Counted()
    shared = SharedPages(source.read(), 2, Room())
    assert list(shared.follow(source.read)) == PAGES
    shared.close()
    shared.close()
    assert list(shared.follow(source.read)) == PAGES
