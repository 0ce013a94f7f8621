"""Chained lines: every damage is found, and nothing else is."""

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.changes.chain import ANSWER, CHANGE, RUN, Chain, Fault, check

EMAILS = st.lists(st.emails(), min_size=1, max_size=8)


def chain(emails: Sequence[str]) -> list[bytes]:
    """Return the lines of a run that changed these contacts, the total at the end."""
    made = Chain()
    lines = [made.line(RUN, {"run": "one"})]
    for email in emails:
        number = made.next_number
        lines.append(made.line(CHANGE, {"email": email}))
        lines.append(made.line(ANSWER, {"of": number, "result": "written"}))
    lines.append(made.total())
    return lines


@given(EMAILS, st.integers(1, 50))
def test_a_chain_is_whole_however_it_is_read(emails: list[str], size: int) -> None:
    """Pieces of any size give the same lines, and the head counts the changes."""
    data = b"".join(chain(emails))
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    checked = check(pieces)
    assert checked.is_whole
    assert checked.head.changes == len(emails)
    assert checked.lines == 2 * len(emails) + 2


@given(EMAILS, st.data())
def test_any_changed_byte_is_found(emails: list[str], data: st.DataObject) -> None:
    """One byte in any line, the total among them, is enough; the lines before it are not blamed."""
    lines = chain(emails)
    index = data.draw(st.integers(0, len(lines) - 1))
    line = bytearray(lines[index])
    place = data.draw(st.integers(0, len(line) - 2))
    line[place] = ord("x") if line[place] != ord("x") else ord("y")
    checked = check([*lines[:index], bytes(line), *lines[index + 1 :]])
    assert not checked.is_whole
    assert checked.fault is not None
    assert checked.fault.line in (index + 1, index)


@given(EMAILS, st.data())
def test_any_line_that_is_missing_or_moved_is_found(emails: list[str], data: st.DataObject) -> None:
    """A line cut out, and two lines in another order, do not fit their neighbours."""
    lines = chain(emails)
    index = data.draw(st.integers(0, len(lines) - 2))
    assert not check([*lines[:index], *lines[index + 1 :]]).is_whole
    assert not check([*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]]).is_whole


@given(EMAILS, st.data())
def test_an_end_that_is_cut_off_is_found(emails: list[str], data: st.DataObject) -> None:
    """Without the total the lines that are there are whole, and the list is not."""
    whole = b"".join(chain(emails))
    end = data.draw(st.integers(0, len(whole) - 1))
    checked = check([whole[:end]])
    assert checked.fault is None
    assert not checked.is_whole


def test_a_total_of_another_list_is_found() -> None:
    """The total is held against the changes before it, to the byte."""
    lines = chain(["ann@shop.com"])
    total = orjson.loads(lines[-1])
    lines[-1] = orjson.dumps({**total, "changes": 2}) + b"\n"
    assert check(lines).fault == Fault(4, "its total is not that of the 1 changes before it.")


@pytest.mark.parametrize("more", [b"{}\n", b"nonsense\n", b"[1]\n"])
def test_nothing_may_follow_the_total(more: bytes) -> None:
    """A line behind the end is damage, whatever it says."""
    checked = check([*chain(["ann@shop.com"]), more])
    assert checked.fault is not None
    assert checked.fault.line == 5
