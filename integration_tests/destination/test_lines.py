"""Lines of input that are not as they should be: read with patience, or rejected; never passed over."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.destination.command_line import NAMES, kept, write
from integration_tests.destination.lists import carriers, list_stream, mirrored, seed_list, whole
from integration_tests.destination.syncing import Account, Json, Message, Result, Stream, feed
from source_destination_mailchimp.airbyte.lines import messages
from source_destination_mailchimp.airbyte.lossless_json import write_json

ANN = orjson.dumps(NAMES.record(email="ann@sandbox-people.org", FNAME="Ann"))
BOB = orjson.dumps(NAMES.record(email="bob@sandbox-people.org", FNAME="Bob"))
BROKEN = b'{"type": "RECORD", "record": {"stream": "people", "data": {"email": "eve@sandbox-people.org", oops'
SECRET = b"secret@sandbox-people.org is no JSON"


def state(cursor: Any, stream: Stream = NAMES) -> bytes:
    """A STATE line."""
    return orjson.dumps(stream.state(cursor))


def states(done: Result) -> list[Json]:
    """The STATEs that came out, as they did."""
    return [one["state"] for one in done.messages if one["type"] == "STATE"]


def sync(
    account: Account, folder: Path, lines: bytes | Sequence[bytes], catalog: Sequence[Stream] = (NAMES,), **keys: Any
) -> Result:
    """One sync of the lines of a file; lines are ended as they should be, bytes are left as they are."""
    file = folder / "lines"
    file.write_bytes(lines if isinstance(lines, bytes) else b"".join(one + b"\n" for one in lines))
    with file.open("rb") as given:
        return feed(account, messages(given.fileno()), catalog, **keys)


def line(data: str) -> bytes:
    """A RECORD line whose data is this JSON, whatever it holds."""
    record = '{"type": "RECORD", "record": {"stream": "people", "namespace": "", "emitted_at": 0, "data": HERE}}'
    return record.replace("HERE", data).encode()


PATIENT: dict[str, tuple[bytes, str]] = {
    "NaN": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "LNAME": NaN}'), "value-rejected"),
    "Infinity": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "LNAME": Infinity}'), "value-rejected"),
    "-Infinity": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "LNAME": -Infinity}'), "value-rejected"),
    "1E400": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "LNAME": 1E400}'), "value-rejected"),
    "half a character": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann\\ud83d"}'), "text-damaged"),
    "not UTF-8": (
        line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "x": "?"}').replace(b"?", b"\xfc"),
        "text-damaged",
    ),
    "byte order mark": (b"\xef\xbb\xbf" + ANN, ""),
    "deep": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "x": %s}' % ("[" * 5000 + "]" * 5000)), ""),
    "a tab in a text": (line('{"email": "ann@sandbox-people.org", "FNAME": "Ann", "x": "a\tb"}'), ""),
}


@pytest.mark.parametrize("name", PATIENT)
def test_what_can_be_read_with_patience_is_a_record_like_any_other(account: Account, tmp_path: Path, name: str) -> None:
    """The person is added with every value that is one, and what is no value is said beside the outcome."""
    first, reason = PATIENT[name]
    done = sync(account, tmp_path, [first, BOB, state(2)])
    assert done.error is None, done.complaint
    assert done.outcomes["created"] == 2
    beside = {key for key in done.reasons if key.startswith("beside-")}
    assert beside == ({f"beside-{reason}"} if reason else set())
    assert done.cursors == [2]
    assert account.people()["ann@sandbox-people.org"].values["FNAME"] == "Ann"


def test_digits_arrive_as_they_were_written(account: Account, tmp_path: Path) -> None:
    """Long numbers reach a text field with every digit, and a STATE comes out with all of its own."""
    numbers = ["123456789012345678901", "955031734.1681486901", "0.1", "1.50", "12345678901234567890.5"]
    lines = []
    for place, number in enumerate(numbers):
        lines.append(line(f'{{"email": "p{place}@sandbox-people.org", "FNAME": {number}}}'))
    cursor = b'{"big": 123456789012345678999, "long": 955031734.1681486901, "none": NaN, "half": "\\ud83d"}'
    done = write(account, tmp_path, [*lines, state("HERE").replace(b'"HERE"', cursor)])
    assert done.code == 0, done.error
    people = account.people()
    found = [people[f"p{place}@sandbox-people.org"].values["FNAME"] for place in range(len(numbers))]
    assert found == ["123456789012345678901", "955031734.1681486901", "0.1", "1.5", "12345678901234567890.5"]
    printed = next(one for one in done.out.splitlines() if b'"STATE"' in one)
    assert cursor.replace(b" ", b"") in printed


def test_two_long_ids_are_two_people(account: Account, tmp_path: Path) -> None:
    """Ids that a double cannot tell apart rename nobody to another person's address."""
    account.seed(merge_fields=[{"tag": "CRMID", "name": "ID", "type": "text"}])
    stream = Stream(columns=("email", "id"))
    keys = {"streams": [{"stream": "people", "external_id": "id -> CRMID"}]}
    first = line('{"email": "ann@sandbox-people.org", "id": 123456789012345678901}')
    second = line('{"email": "bob@sandbox-people.org", "id": 123456789012345678999}')
    refused = line('{"email": "eve@sandbox-people.org", "id": 12345678901234567890.0}')
    assert sync(account, tmp_path, [first, state(1)], [stream], **keys).error is None
    done = sync(account, tmp_path, [second, refused, state(2)], [stream], **keys)
    assert done.error is None, done.complaint
    people = account.people()
    assert people["ann@sandbox-people.org"].values["CRMID"] == "123456789012345678901"
    assert people["bob@sandbox-people.org"].values["CRMID"] == "123456789012345678999"
    assert "eve@sandbox-people.org" not in people
    assert done.reasons["rejected-invalid-external-id"] == 1


@pytest.mark.parametrize("broken", [SECRET, BROKEN, b'["a list"]', b"17", b"null", ANN + ANN, b"\x00" * 9, ANN[:-1]])
def test_without_a_store_no_state_leaves_behind_an_unreadable_line(
    account: Account, tmp_path: Path, broken: bytes
) -> None:
    """What came before it is passed on, what comes after it is written and comes again; the run fails in a sentence."""
    done = sync(account, tmp_path, [b"", ANN, state(1), broken, BOB, state(2)])
    assert done.error is not None and str(done.error.failure_type).endswith("config_error")
    assert done.complaint.startswith("object_storage_config: 1 line of the input could not be read")
    assert done.cursors == [1]
    assert done.outcomes["rejected"] == 1
    assert account.status("bob@sandbox-people.org") == "subscribed"
    assert_nothing_is_told(done)


def assert_nothing_is_told(done: Result) -> None:
    """No address is in what is printed, and the error is a sentence of ours."""
    printed = b"".join(map(write_json, done.messages)).decode() + done.complaint
    assert "secret@" not in printed
    assert "eve@" not in printed
    assert "Something went wrong" not in printed


@pytest.mark.parametrize(("broken", "counted"), [(BROKEN, [1.0, 1.0]), (SECRET, [1.0, 0.0])])
def test_with_a_store_it_is_one_rejected_record_and_kept_raw(
    account: Account, tmp_path: Path, broken: bytes, counted: list[float]
) -> None:
    """It counts for the stream that it seems to name, for no stream and in no STATE where it names none."""
    done = sync(account, tmp_path, [ANN, broken, state(2)], object_storage_config=kept(tmp_path / "kept"))
    assert done.error is None, done.complaint
    stats = states(done)[0]["destinationStats"]
    assert [stats["recordCount"], stats["rejectedRecordCount"]] == counted
    assert "1 rejected: 2 records." in done.log
    files = [path for path in (tmp_path / "kept").rglob("*.jsonl") if path.stat().st_size]
    rows = [json.loads(row) for path in files for row in path.read_text().splitlines()]
    assert [(row["line"], row["raw"].encode(), row["rejected_reason"]) for row in rows] == [
        (2, broken, "unreadable_line")
    ]
    assert_nothing_is_told(done)


@pytest.mark.parametrize("stores", [True, False])
@pytest.mark.parametrize("cut", [ANN[:40], ANN[:-1], b'{"type"', b"{"])
def test_a_last_line_that_breaks_off_is_the_senders_death(
    account: Account, tmp_path: Path, cut: bytes, stores: bool
) -> None:
    """The platform is to try again, store or no store; what was settled before it leaves."""
    keys: dict[str, Any] = {"object_storage_config": kept(tmp_path / "kept")} if stores else {}
    done = sync(account, tmp_path, b"\n".join([BOB, state(1), cut]), **keys)
    assert done.error is not None and str(done.error.failure_type).endswith("transient_error")
    assert "ended in the middle of a line" in done.complaint
    assert done.cursors == [1]
    assert_nothing_is_told(done)


@pytest.mark.parametrize("last", [state(1), state(1) + b"\r", b"\xef\xbb\xbf" + state(1), state(1) + b"\n  "])
def test_a_whole_line_that_only_lacks_its_end_is_fine(account: Account, tmp_path: Path, last: bytes) -> None:
    """Not everybody ends the last line."""
    done = sync(account, tmp_path, b"\n".join([ANN, last]))
    assert done.error is None, done.complaint
    assert done.cursors == [1]


@pytest.mark.parametrize("broken", [SECRET, BROKEN, BROKEN.replace(b'"people"', b'"another"')])
def test_an_unreadable_line_stops_every_list(account: Account, tmp_path: Path, broken: bytes) -> None:
    """It may have been anybody's record: nobody is taken off a list, whichever stream the line names."""
    people = seed_list(account, 12)
    stream = list_stream()
    other = Stream("another", columns=("email",))
    given = [orjson.dumps(one) for one in whole(stream, people[:8])]
    given.append(orjson.dumps(other.record(email="zoe@sandbox-people.org")))
    keys: dict[str, Any] = {
        "streams": [mirrored(), {"stream": "another"}],
        "object_storage_config": kept(tmp_path / "k"),
    }
    done = sync(account, tmp_path, [*given[:4], broken, *given[4:]], [stream, other], **keys)
    assert done.error is None, done.complaint
    assert "a line of the input could not be read" in done.log
    assert carriers(account) == set(people)
    done = sync(account, tmp_path, given, [stream, other], **keys)
    assert done.error is None, done.complaint
    assert carriers(account) == set(people[:8])


NONSENSE: dict[str, Any] = {
    "no record": {"type": "RECORD"},
    "record null": {"type": "RECORD", "record": None},
    "record a list": {"type": "RECORD", "record": [1]},
    "record a text": {"type": "RECORD", "record": "eve@sandbox-people.org"},
    "no stream": {"type": "RECORD", "record": {"data": {"email": "eve@sandbox-people.org"}}},
    "stream null": {"type": "RECORD", "record": {"stream": None, "data": {}}},
    "stream a list": {"type": "RECORD", "record": {"stream": ["people"], "data": {}}},
    "stream an object": {"type": "RECORD", "record": {"stream": {"name": "people"}, "data": {}}},
    "stream unknown": {
        "type": "RECORD",
        "record": {"stream": "strangers", "data": {"email": "eve@sandbox-people.org"}},
    },
    "stream an address": {"type": "RECORD", "record": {"stream": "eve@sandbox-people.org", "data": {}}},
    "namespace unknown": {"type": "RECORD", "record": {"stream": "people", "namespace": "db", "data": {}}},
    "namespace a number": {"type": "RECORD", "record": {"stream": "people", "namespace": 7, "data": {}}},
    "namespace zero": {"type": "RECORD", "record": {"stream": "people", "namespace": 0, "data": {}}},
    "namespace a list": {"type": "RECORD", "record": {"stream": "people", "namespace": [], "data": {}}},
    "no state": {"type": "STATE"},
    "state null": {"type": "STATE", "state": None},
    "state a text": {"type": "STATE", "state": "eve@sandbox-people.org"},
    "state a list": {"type": "STATE", "state": []},
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_message_that_makes_no_sense_ends_in_one_sentence(account: Account, tmp_path: Path, name: str) -> None:
    """The run fails; no STATE behind it leaves, and nothing of a person is told."""
    done = sync(account, tmp_path, [ANN, orjson.dumps(NONSENSE[name]), BOB, state(2)])
    assert done.complaint.startswith("The input has a ")
    assert done.complaint.count(".") <= 2
    assert done.cursors == []
    assert_nothing_is_told(done)


def test_the_command_says_it_without_a_traceback(account: Account, tmp_path: Path) -> None:
    """A line, or a message, that ends a run: one sentence in the log and in the TRACE, and nothing of what it held."""
    for broken in (SECRET, orjson.dumps(NONSENSE["record a text"])):
        done = write(account, tmp_path, [broken])
        printed = done.out + done.err
        assert done.code == 1
        assert done.error["message"] in done.log
        assert b"Traceback" not in printed
        assert b"eve@" not in printed
        assert b"secret@" not in printed


HARMLESS: list[Any] = [
    {},
    {"type": None},
    {"type": ["RECORD"]},
    {"type": "CONTROL"},
    {"type": "LOG", "log": "text"},
    {"type": "TRACE"},
    {"type": "TRACE", "trace": None},
    {"type": "TRACE", "trace": "text"},
    {"type": "TRACE", "trace": {"type": "STREAM_STATUS"}},
    {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": ["COMPLETE"]}},
    {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": {"status": "COMPLETE"}}},
    {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": {"stream_descriptor": {"name": [1]}}}},
    {"type": "TRACE", "trace": {"type": "ESTIMATE"}},
    {"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": 5}},
    {"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": {"type": "STREAM", "row_estimate": 5}}},
    {"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": {"type": "SYNC", "row_estimate": "many"}}},
    {"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": {"type": "STREAM", "name": [], "row_estimate": 5}}},
    {"type": "TRACE", "trace": {"type": "ESTIMATE", "estimate": {"type": "SYNC", "row_estimate": 1e300}}},
]


def test_what_says_nothing_is_passed_over(account: Account, tmp_path: Path) -> None:
    """Unknown types and parts that are not there cost nobody a sync."""
    done = sync(account, tmp_path, [ANN, *map(orjson.dumps, HARMLESS), state(1)])
    assert done.error is None, done.complaint
    assert done.cursors == [1]
    assert done.outcomes["created"] == 1


def test_a_state_of_an_unknown_stream_waits_for_everything_before_it(account: Account, tmp_path: Path) -> None:
    """It counts the records of all streams, and comes out behind them."""
    stranger = Stream("strangers")
    odd: Message = {"type": "STATE", "state": {"type": "STREAM", "stream": ["people"], "data": 5}}
    done = sync(account, tmp_path, [ANN, BOB, state(7, stranger), orjson.dumps(odd)])
    assert done.error is None, done.complaint
    assert [one["destinationStats"]["recordCount"] for one in states(done)] == [2.0, 0.0]


IN_LITTLE_MEMORY = """
import os, resource, sys
from source_destination_mailchimp.airbyte.lines import messages
from source_destination_mailchimp.airbyte.messages import Unreadable
most = int(sys.argv[2]) << 20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for line in messages(os.open(sys.argv[1], os.O_RDONLY)):
    print(line if isinstance(line, Unreadable) else line["type"])
"""


@pytest.mark.parametrize("mebibytes", [300, 350, 400, 500])
def test_a_line_for_which_memory_ran_out_is_unreadable(mebibytes: int, tmp_path: Path) -> None:
    """The lines behind it are read, wherever memory ends; it is one rejected record of the stream that it names."""
    many = b"[" + b",".join([b"{}"] * 8_000_000) + b"]"
    huge = line('{"email": "eve@sandbox-people.org", "x": HERE}').replace(b"HERE", many)
    (tmp_path / "lines").write_bytes(b"\n".join([ANN, huge, BOB]) + b"\n")
    program = [sys.executable, "-c", IN_LITTLE_MEMORY, str(tmp_path / "lines"), str(mebibytes)]
    done = subprocess.run(program, capture_output=True, check=True, timeout=60, text=True)
    assert done.stdout.splitlines() == [
        "RECORD",
        "Unreadable(number=2, stream='people', namespace='', is_cut=False)",
        "RECORD",
    ]
