"""Values as warehouses hold them become text, numbers and answers."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.consent_and_deletion import opt_in_answer
from source_destination_mailchimp.destination.mapping.values import (
    Unfit,
    as_number,
    as_text,
    as_yes_or_no,
    is_empty,
)
from source_destination_mailchimp.destination.model import OptIn
from unit_tests.destination.people import UNTIMED

DECIMALS = st.decimals(allow_nan=False) | st.just(Decimal("NaN"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | DECIMALS | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Jane \n", "Jane"),
        ("\u00a0Jane\u00a0", "Jane"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (12345678901234567890123, "12345678901234567890123"),
        (5.0, "5"),
        (0.5, "0.5"),
        (-0.0, "0"),
        (1e22, "1e+22"),
        (["a", None, " b ", 3, [], [1, "x"]], 'a, b, 3, [1,"x"]'),
        ([], ""),
        ({}, ""),
        ({"a": [1]}, '{"a":[1]}'),
        ({"a": 2**70}, '{"a":1180591620717411303424}'),
        ({"a": Decimal("955031734.1681486901")}, '{"a":955031734.1681486901}'),
        (Decimal("955031734.1681486901"), "955031734.1681486901"),
        (Decimal("-0.10000000000000000000"), "-0.1"),
        (Decimal("12345678901234567.00"), "12345678901234567"),
        (Decimal("1234567890123456789E+3"), "1234567890123456789000"),
        (Decimal("1234567890123456789E-99"), "1.234567890123456789E-81"),
        (Decimal("1E-999999"), "1E-999999"),
        ([Decimal("0.12345678901234567890"), 2**64], "0.1234567890123456789, 18446744073709551616"),
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
    ],
)
def test_text(value: Any, text: str) -> None:
    """Everything has a text for people, on which JSON and Mailchimp agree."""
    assert as_text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1E+400"),
        Decimal("9" * 5000),
        ["a", Decimal("NaN")],
    ],
)
def test_a_number_that_is_none_has_no_text(value: Any) -> None:
    """NaN, infinity, and a number larger than any other reader takes are invalid values, in a text field too."""
    with pytest.raises(Unfit, match="not a finite number"):
        as_text(value)


@UNTIMED
@given(JSON)
def test_text_can_always_be_sent(value: Any) -> None:
    """Every value has a text, unless it is a number that is none; it is trimmed and encodes as UTF-8."""
    try:
        text = as_text(value)
    except Unfit:
        return
    assert text == text.strip()
    assert text.encode().decode() == text


def test_text_of_monsters() -> None:
    """Numbers that Python will not print and lists without a bottom have a text too."""
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert as_text(nested) == "[" * 100_000 + "]" * 100_000
    assert as_text(10**5000)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (3.5, 3.5),
        (True, 1),
        (False, 0),
        ("12.50", 12.5),
        (" -7 ", -7),
        ("0012", 12),
        ("1e3", 1000),
        (".5", 0.5),
        ("", ""),
        ("12345678901234567890", 12345678901234567890.0),
        (2**70, float(2**70)),
    ],
)
def test_number(value: Any, number: float | str) -> None:
    """Numbers, Decimals as text and booleans are numbers; what JSON cannot hold exactly is a float."""
    assert as_number(value) == number
    assert as_number(value).__class__ is number.__class__


@pytest.mark.parametrize(
    "value",
    ["1,234", "$5", "five", "1_000", "١٢", float("nan"), float("inf"), "1e999", "nan", 10**400, {"a": 1}, "0x10"],
)
def test_not_a_number(value: Any) -> None:
    """What could be read in two ways, and what no JSON number holds, is refused."""
    with pytest.raises(Unfit):
        as_number(value)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (True, True),
        ("YES", True),
        ("t", True),
        (1, True),
        (1.0, True),
        ("off", False),
        (0, False),
        ("", None),
        (None, None),
    ],
)
def test_yes_or_no(value: Any, answer: bool | None) -> None:
    """Booleans come as words and digits too; an empty value is no answer."""
    assert as_yes_or_no(value) is answer


@pytest.mark.parametrize("value", ["maybe", 2, "ja", ["yes", "no"]])
def test_neither_yes_nor_no(value: Any) -> None:
    """A word that is no answer is refused, not guessed."""
    with pytest.raises(Unfit):
        as_yes_or_no(value)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\ufeffJane\u200b", "Jane"),
        ("\u3164", ""),
        ("\u2800Jane\u115f", "Jane"),
        ("Team \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        ("I \u2764\ufe0f", None),
        ("\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),
    ],
)
def test_invisible_signs_at_the_ends_are_no_text(text: str, left: str | None) -> None:
    """A text of these alone is empty; what spells a flag, a red heart or a Persian word stays."""
    assert as_text(text) == (text if left is None else left)
    assert is_empty(text) is (left == "")


@pytest.mark.parametrize(("text", "answer"), [("no\u200b", False), ("\ufeffyes", True), ("0.0", False), ("1.0", True)])
def test_an_answer_is_one_however_a_table_holds_it(text: str, answer: bool) -> None:
    """Invisible signs, and the fraction that a table with gaps makes of a number, hide no answer."""
    assert as_yes_or_no(text) is answer
    assert opt_in_answer(text) is (OptIn.YES if answer else OptIn.NO)
