"""Lines of input: messages, signs of silence, and values for what is not a message."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest

from source_destination_mailchimp.airbyte.lines import KEPT_BYTES, messages, read_line
from source_destination_mailchimp.airbyte.messages import Unreadable


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
    found = read_line(line, 7)
    assert found == Unreadable(7, line, None)


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
