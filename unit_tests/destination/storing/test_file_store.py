"""Rows reach the storage in parts, and everything is there after a flush."""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.settings import FILE_NAME_FORMAT, PATH_FORMAT
from source_destination_mailchimp.destination.model import Contact, Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.model import StreamId as Stream
from source_destination_mailchimp.destination.storing.file_store import ROWS_IN_MEMORY, FileStore
from source_destination_mailchimp.destination.storing.naming import Naming
from source_destination_mailchimp.destination.storing.row_formats import Csv, JsonLines
from source_destination_mailchimp.destination.storing.rows import flat_row
from source_destination_mailchimp.mailchimp.errors import Misconfigured

USERS, BUYERS = Stream(None, "users"), Stream("shop", "buyers")
REJECTED = Settled(Outcome.REJECTED, Note(Reason.NO_EMAIL))


class Memory:
    """A storage that a test can look into: what was added, and what a crash would leave."""

    def __init__(self, room: int = 10**9) -> None:
        self.files: defaultdict[str, bytes] = defaultdict(bytes)
        self.durable: dict[str, bytes] = {}
        self.finished: set[str] = set()
        self.room = room
        self.failure: Exception | None = None
        self.closed = False

    def append(self, key: str, data: bytes) -> None:
        assert key not in self.finished
        self.files[key] += data

    def has_room(self, key: str) -> bool:
        return len(self.files[key]) < self.room

    def finish(self, key: str) -> None:
        self.finished.add(key)

    def flush(self) -> None:
        if self.failure:
            raise self.failure
        self.durable = dict(self.files)

    def check(self) -> None:
        """Nothing to try."""

    def close(self) -> None:
        self.closed = True


def store(
    storage: Memory,
    *,
    path: str = PATH_FORMAT,
    columns: Sequence[str] = (),
    jsonl: bool = False,
    compressed: bool = False,
) -> FileStore:
    naming = Naming("", path, FILE_NAME_FORMAT, 1, datetime(2026, 1, 2, tzinfo=UTC))
    return FileStore(storage, naming, lambda _: JsonLines() if jsonl else Csv(columns), flat_row, compressed=compressed)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_did_not_get_through_is_kept(outcome: Outcome) -> None:
    """Rejected, held and duplicate records are kept; the others are in Mailchimp or asked for nothing."""
    storage = Memory()
    kept = store(storage)
    kept.add(USERS, Settled(outcome), {"id": 1})
    kept.flush()
    assert bool(storage.durable) == (outcome in (Outcome.REJECTED, Outcome.HELD, Outcome.DUPLICATE))


def test_a_row_is_durable_after_a_flush_and_not_twice_after_two() -> None:
    """A STATE may leave after a flush, and a flush with nothing new does nothing."""
    storage = Memory()
    kept = store(storage)
    kept.add(USERS, REJECTED, {"id": 1})
    kept.flush()
    kept.flush()
    kept.add(USERS, REJECTED, {"id": 2})
    kept.close()
    (data,) = storage.durable.values()
    assert [row["id"] for row in rows(data)] == ["1", "2"]


def test_rows_do_not_pile_up_in_memory() -> None:
    """Without any flush, rows go to the storage after a bounded number."""
    storage = Memory()
    kept = store(storage)
    for number in range(ROWS_IN_MEMORY):
        kept.add(USERS, REJECTED, {"id": number})
    (data,) = storage.files.values()
    assert len(rows(data)) == ROWS_IN_MEMORY


def test_each_stream_has_its_own_file() -> None:
    """Two streams never mix, and two that share a path by its format get two names all the same."""
    storage = Memory()
    kept = store(storage, path="rejected/")
    kept.add(USERS, REJECTED, {"id": 1})
    kept.add(BUYERS, REJECTED, {"id": 2})
    kept.flush()
    assert sorted(key.rpartition("_")[2] for key in storage.durable) == ["1.csv", "2.csv"]
    assert [len(rows(data)) for data in storage.durable.values()] == [1, 1]


def test_a_new_column_begins_a_new_part() -> None:
    """A heading that was written cannot grow, so the rows with more columns have a file with their own heading."""
    storage = Memory()
    kept = store(storage)
    for record in ({"a": 1}, {"a": 2, "b": 3}, {"b": 4}):
        kept.add(USERS, REJECTED, record)
        kept.flush()
    first, second = (rows(storage.durable[key]) for key in sorted(storage.durable))
    assert [row["a"] for row in first] == ["1"]
    assert [(row["a"], row["b"]) for row in second] == [("2", "3"), ("", "4")]


def test_columns_that_are_announced_need_one_part() -> None:
    """With the schema known, records that leave out empty columns stay in one file."""
    storage = Memory()
    kept = store(storage, columns=["a", "b"])
    for record in ({"a": 1}, {"b": 3}):
        kept.add(USERS, REJECTED, record)
        kept.flush()
    assert len(storage.durable) == 1


def test_a_full_part_is_finished_before_the_next() -> None:
    """Parts stay small, each has its heading, and no row is lost between them."""
    storage = Memory(room=100)
    kept = store(storage)
    for number in range(10):
        kept.add(USERS, REJECTED, {"id": number})
        kept.flush()
    assert len(storage.durable) > 1
    assert len(storage.finished) == len(storage.durable) - 1
    assert sorted(int(row["id"]) for data in storage.durable.values() for row in rows(data)) == list(range(10))


def test_a_compressed_file_can_be_read_after_every_flush() -> None:
    """What a crash leaves is a whole gzip file, and its name says that it is one."""
    storage = Memory()
    kept = store(storage, compressed=True)
    for number in range(3):
        kept.add(USERS, REJECTED, {"id": number})
        kept.flush()
        ((key, data),) = storage.durable.items()
        assert key.endswith(".csv.gz")
        assert len(rows(gzip.decompress(data))) == number + 1


def test_a_place_that_failed_is_not_tried_again_at_the_end() -> None:
    """The first failure is the one to be told of; closing lets go and hides it behind no second one."""
    storage = Memory()
    kept = store(storage)
    kept.add(USERS, REJECTED, {"id": 1})
    storage.failure = Misconfigured("object_storage_config.path: the disk is full.")
    with pytest.raises(Misconfigured):
        kept.flush()
    kept.close()
    assert storage.closed


def test_the_plan_lies_beside_as_json_lines() -> None:
    """A plan is JSON even where rejected records are CSV, and has a file of its own."""
    storage = Memory()
    kept = store(storage)
    kept.add(USERS, REJECTED, {"id": 1})
    contact = Contact(USERS, {}, "ann@example.com", "hash")
    kept.plan(Operation(contact, Route.ADD, Settled(Outcome.CREATED)))
    kept.flush()
    (key,) = (key for key in storage.durable if "plan_" in key)
    assert key == "1/users/plan_2026_01_02_1767312000000_1.jsonl"
    assert orjson.loads(storage.durable[key])["email_address"] == "ann@example.com"
    assert len(storage.durable) == 2


@given(
    st.lists(st.tuples(st.sampled_from([USERS, BUYERS]), st.sets(st.sampled_from("abcd")), st.booleans()), max_size=40),
    st.integers(50, 500),
    st.booleans(),
)
def test_every_row_is_in_exactly_one_part(
    steps: list[tuple[Stream, set[str], bool]], room: int, compressed: bool
) -> None:
    """Whatever the columns, the flushes and the size of a part are: each kept record is there once, with its values."""
    storage = Memory(room)
    kept = store(storage, compressed=compressed)
    expected: list[str] = []
    for number, (stream, columns, flushed) in enumerate(steps):
        kept.add(stream, REJECTED, {"id": number, **dict.fromkeys(columns, number)})
        expected.append(str(number))
        if flushed:
            kept.flush()
    kept.close()
    found = [row for data in storage.durable.values() for row in rows(gzip.decompress(data) if compressed else data)]
    assert sorted((row["id"] for row in found), key=int) == expected
    for row in found:
        _, columns, _ = steps[int(row["id"])]
        assert all(row[column] == row["id"] for column in columns)
