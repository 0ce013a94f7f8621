"""Lines of input: messages, signs of silence, and values for what is not a message."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import orjson
import pytest

from source_destination_mailchimp.airbyte import lines as reading
from source_destination_mailchimp.airbyte.lines import KEPT_BYTES, messages, read_line
from source_destination_mailchimp.airbyte.messages import Damaged, Unreadable


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """Give the two ends of a pipe: what reads, what writes."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    "line",
    [b"no JSON", b'["a list"]', b"1", b"null", b'"text"', b'{"type": "RECORD"', b"\xff\xfe", b'{"a": 1} {"b": 2}'],
)
def test_what_is_not_an_object_is_unreadable(line: bytes) -> None:
    """The value has the number and the bytes of the line, for whoever decides about it."""
    assert read_line(line, 7) == Unreadable(7, line)
    assert read_line(line, 7, is_last=True) == Unreadable(7, line, is_cut=True)


def test_an_object_is_a_message() -> None:
    """Nothing of it is lost, whatever is in it."""
    message = {"type": "ANYTHING", "id": 1, "more": {"a": [None, 1.5]}}
    assert read_line(orjson.dumps(message), 1) == message


def test_only_the_beginning_of_a_line_is_kept() -> None:
    """A line without an end does not fill the memory of whoever keeps it."""
    found = read_line(b"x" * (KEPT_BYTES + 5), 1)
    assert isinstance(found, Unreadable)
    assert found.raw == b"x" * KEPT_BYTES


def test_its_content_is_in_no_print() -> None:
    """An unreadable line may hold an address: its representation does not show it."""
    assert "person@" not in repr(read_line(b"person@example.com", 1))


def test_lines_are_counted_from_one_and_blank_ones_too() -> None:
    """Blank lines are passed over; the number of a line is the one that an editor shows."""
    with pipe() as (reading, writing):
        os.write(writing, b'{"n": 1}\n\n  \nbroken\n{"n": 2}')
        os.close(writing)
        found = list(messages(reading))
    assert found == [{"n": 1}, Unreadable(4, b"broken"), {"n": 2}]


def test_silence_is_a_none_and_no_line() -> None:
    """Each time nothing came there is a None; the count of lines goes on behind it."""
    with pipe() as (reading, writing):
        lines = messages(reading, idle_seconds=0.01)
        assert next(lines) is None
        assert next(lines) is None
        os.write(writing, b"broken\n")
        found = next(one for one in lines if one is not None)
        os.close(writing)
    assert found == Unreadable(1, b"broken")


def test_a_line_in_pieces_is_one_line() -> None:
    """A message that comes in two reads is put together."""
    with pipe() as (reading, writing):
        lines = messages(reading, idle_seconds=0.01)
        os.write(writing, b'{"a"')
        assert next(lines) is None
        os.write(writing, b": 1}\n")
        os.close(writing)
        assert [one for one in lines if one is not None] == [{"a": 1}]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"a": 123456789012345678901}', 123456789012345678901),
        (b'{"a": 955031734.1681486901}', Decimal("955031734.1681486901")),
        (b'{"a": 1732500000000000000}', 1732500000000000000),
        (b'{"a": 0.30000000000000004}', 0.30000000000000004),
        (b'{"a": "1234567890.123456789"}', "1234567890.123456789"),
        (b'{"a": 9007199254740993e0}', Decimal("9007199254740993")),
        (b'\xef\xbb\xbf{"a": 1}', 1),
        (b'{"a": "x\ty"}', "x\ty"),
        (b'{"a": "\\\\ud83d"}', "\\ud83d"),
        (b'{"a": "\\ud83d\\ude00"}', "\U0001f600"),
    ],
)
def test_a_line_is_read_with_patience(line: bytes, value: object) -> None:
    """Every digit stays, and what the fast reader refuses for its form is a message all the same."""
    assert read_line(line, 1) == {"a": value}


@pytest.mark.parametrize("line", [b'{"a": "\\ud83d"}', b'{"a": "\xfc"}', b'{"\\udc00": [1, "b"]}'])
def test_a_message_with_damaged_text_says_so(line: bytes) -> None:
    """Half a character, or bytes that are not UTF-8: the message is read, and the damage is not silent."""
    assert isinstance(read_line(line, 1), Damaged)


def test_a_state_with_other_bytes_than_utf_8_is_no_state() -> None:
    """With characters put in their place it would be another STATE than the one that was sent."""
    assert isinstance(read_line(b'{"type": "STATE", "state": {"data": "\xfc"}}', 1), Unreadable)
    assert isinstance(read_line(b'{"type": "STATE", "state": {"data": "\\ud83d"}}', 1), Damaged)
    assert isinstance(read_line(b'{"type": "RECORD", "record": {"data": "\xfc"}}', 1), Damaged)


@pytest.mark.parametrize(
    ("line", "stream", "namespace"),
    [
        (b'{"record": {"stream": "people", "namespace": "db", "data": {oops', "people", "db"),
        (b'{"record": {"stream" : "p\\u0065ople", "data": {"stream": "a column", oops', "people", None),
        (b'{"record": {"data": {"a": oops}, "stream": "people"', "people", None),
        (b'{"record": {"data": {"stream": "a column", oops}, "stream": "people"', None, None),
        (b'{"record": {"namespace": "a", "stream": "people", "x": {"namespace": "b"}, oops', None, None),
        (b'{"state": {"stream": {"stream_descriptor": {"name": "people"}}, oops', None, None),
        (b'{"record": {"stream": "\xfc", oops', None, None),
        (b"no JSON at all", None, None),
    ],
)
def test_a_lenient_look_finds_the_stream(line: bytes, stream: str | None, namespace: str | None) -> None:
    """Of a broken record, where there is one answer; a column of that name in its data is none."""
    found = read_line(line, 1)
    assert isinstance(found, Unreadable)
    assert (found.stream, found.namespace) == (stream, namespace)


def test_a_line_longer_than_any_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its beginning is kept, its rest is passed over, and the line behind it is read; also where it is the last."""
    monkeypatch.setattr(reading, "LONGEST_LINE_BYTES", 1000)
    monkeypatch.setattr(reading, "CHUNK_BYTES", 100)
    long = b'{"a": "' + b"x" * 3000 + b'"}'
    with pipe() as (descriptor, writing):
        os.write(writing, long + b'\n{"b": 1}\n' + long)
        os.close(writing)
        first, second, third = [line for line in messages(descriptor) if line is not None]
    assert isinstance(first, Unreadable) and long.startswith(first.raw) and first.raw
    assert second == {"b": 1}
    assert isinstance(third, Unreadable) and third.is_cut and third.number == 3


def test_a_long_line_is_put_together_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pieces are kept as they come: bytes are joined as often as there are lines, not as there are pieces."""
    monkeypatch.setattr(reading, "CHUNK_BYTES", 1000)
    whole = orjson.dumps({"a": "x" * 500_000}) + b"\n"
    with pipe() as (descriptor, writing):

        def send() -> None:
            with os.fdopen(writing, "wb") as out:
                out.write(whole * 2)

        sender = threading.Thread(target=send)
        sender.start()
        found = [line for line in messages(descriptor) if line is not None]
        sender.join()
    assert found == [orjson.loads(whole)] * 2
