"""JSON that loses nothing: what is read is what was written, digit for digit and at any depth."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.airbyte.lossless_json import (
    has_half_characters,
    is_whole_text,
    may_lose_digits,
    read_json,
    write_json,
)

DEEP = 3000
NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=8,
)


def deep(value: str) -> str:
    """A value so deep that Python's own reader refuses it."""
    return "[" * DEEP + value + "]" * DEEP


def innermost(value: Any) -> Any:
    """What is in all the lists."""
    while isinstance(value, list):
        value = value[0]
    return value


@given(NUMBERS)
def test_a_number_keeps_its_value(text: str) -> None:
    """Whatever its length; and what is written of it is the same number, at any depth."""
    for found in (read_json(text), innermost(read_json(deep(text)))):
        assert Decimal(str(found)) == Decimal(text)
        assert Decimal(write_json(found).decode()) == Decimal(text)


@given(NUMBERS)
def test_what_may_lose_digits_is_known_beforehand(text: str) -> None:
    """A number that the fast check lets through is exact in a double, or a whole number of 64 bit."""
    if not may_lose_digits(text.encode()):
        assert Decimal(repr(float(text))) == Decimal(text) or "e" in text.lower() or abs(int(text)) < 2**63


@given(JSON)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    """Half characters too, which only an escape can carry."""
    assert read_json(write_json(value).decode()) == value


@given(JSON)
def test_both_readers_read_the_same(value: Any) -> None:
    """The one for great depth agrees with Python's own."""
    text = json.dumps(value)
    assert innermost_of(read_json(deep(text))) == read_json(text)


def innermost_of(value: Any) -> Any:
    """What is in as many lists as `deep` puts around a value."""
    for _ in range(DEEP):
        value = value[0]
    return value


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_stays_what_it_is(text: str) -> None:
    """A STATE that holds one goes out as it came."""
    assert write_json({"a": read_json(text)}) == b'{"a":%s}' % text.encode()
    assert write_json({"a": innermost(read_json(deep(text)))}) == b'{"a":%s}' % text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "[1,]",
        "[,1]",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        "[1 2]",
        "[1}",
        "1 2",
        "tru",
        '"abc',
        "01",
        "1.",
        "--1",
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    """By both readers."""
    for broken in (text, deep(text) if text else "[" * DEEP):
        with pytest.raises(ValueError):
            read_json(broken)


@pytest.mark.parametrize(
    "digits", ["9" * 5000, "-" + "9" * 5000, "1E999999999", "1E-999999999", "1e99999999999999999999"]
)
def test_monsters_are_numbers_too(digits: str) -> None:
    """More digits than Python makes an int of, and exponents beyond any double."""
    assert isinstance(read_json(digits), Decimal)


def test_what_json_has_no_form_for_is_written_as_text() -> None:
    """Callers from Python may bring anything."""
    assert read_json(write_json({1: {2}, "x": Decimal("1.10")}).decode()) == {"1": "{2}", "x": 1.1}
    assert read_json(write_json([10**5000, 2**64]).decode()) == [hex(10**5000), 2**64]


def test_half_characters_are_found_wherever_they_are() -> None:
    """In names and in values, at any depth; a whole one of two surrogates is none."""
    assert is_whole_text("\U0001f600")
    assert not is_whole_text("\ud83d")
    for value in ("\ud83d", ["\ud83d"], {"\ud83d": 1}, {"a": [{"b": "x\udc00"}]}):
        assert has_half_characters(value)
    assert not has_half_characters({"a": ["whole", 1, None, True]})
