"""Days that are in no certain year, and phone numbers as people write them."""

from decimal import Decimal
from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.dates import as_birthday, as_date
from source_destination_mailchimp.destination.mapping.phones import international_phone, us_phone
from source_destination_mailchimp.destination.mapping.times import as_timestamp
from source_destination_mailchimp.destination.mapping.values import Unfit

NO_CERTAIN_DAY: list[Any] = ["25-DEC-55", "Dec 25, 55", "December 25 '55", "25-DEC-55 10:00 +0200", "25.12.55"]
NO_CERTAIN_DAY += ["12/25/55", "2024-Q1", "Q1 2024", "2024-W05", "2024W05", "10:30", "10:30 AM", "251255", 251255]
NO_CERTAIN_DAY += [25122024, 12252024, "May 2024", "2024-05"]


@pytest.mark.parametrize("value", NO_CERTAIN_DAY)
def test_no_certain_day_is_no_day(value: Any) -> None:
    """A year of two digits, a week, a quarter, a month, a time alone, and a day as a number are refused."""
    for convert in (as_date, as_birthday, as_timestamp):
        with pytest.raises(Unfit):
            convert(value)


def test_days_in_words_with_a_whole_year_are_days() -> None:
    """The century is written, so nothing is guessed."""
    assert as_date("25-DEC-1955") == "1955-12-25"
    assert as_date("Dec 25, 1955 10:30 +0200") == "1955-12-25"
    assert as_date("2024-W05-3") == "2024-01-31"


@pytest.mark.parametrize(
    "text",
    [
        "tel:+1-202-555-0143",
        "+1\u2011202\u2011555\u20110143",
        "+1 202\u2013555\u22120143",
        "\u202a+1 202-555-0143\u202c",
        "+١٢٠٢٥٥٥٠١٤٣",
        "+۱۲۰۲۵۵۵۰۱۴۳",
        "+१२०२५५५०१४३",
        "＋１（２０２）５５５－０１４３",
        "+1 202 555 0143 (home)",
        "(home) +1 202 555 0143",
        "Mobile: +1 202 555 0143",
        "Tel. +1 202 555 0143",
        "'+1\u00a0202\u00a0555\u00a00143",
    ],
)
def test_a_phone_number_as_people_write_it(text: str) -> None:
    """Schemes, labels, dashes, marks of direction and digits of other scripts do not make another number."""
    assert international_phone(text) == "+12025550143"
    assert us_phone(text) == "(202) 555-0143"


@pytest.mark.parametrize("value", ["2025550143.0", 2025550143.0, Decimal("2025550143.0"), 2025550143])
def test_a_phone_number_that_a_table_took_for_a_fraction(value: Any) -> None:
    """Its .0 is no part of it."""
    assert international_phone(value) == "2025550143"
    assert us_phone(value) == "(202) 555-0143"


@pytest.mark.parametrize(
    "value", ["202-555-0143/202-555-0144", "+4930123456789012345", Decimal("2025550143.5"), 1.5e30]
)
def test_what_is_no_single_number_is_refused(value: Any) -> None:
    """Two numbers in one, more digits than any number has, and fractions are no number to call."""
    for convert in (international_phone, us_phone):
        with pytest.raises(Unfit):
            convert(value)


def test_nothing_invisible_makes_another_day() -> None:
    """Marks of direction, joiners and byte order marks around a date do not change it."""
    assert as_date("\u200e2024-05-01\u200f") == "2024-05-01"
    assert as_birthday("\ufeff05/06\u200b") == "05/06"
    assert as_timestamp("\u20682024-05-01 9:05\u2069") == "2024-05-01T09:05:00+00:00"


def test_a_time_with_short_numbers() -> None:
    """Spreadsheets leave the zeros out."""
    assert as_timestamp("2024/5/1 9:05") == "2024-05-01T09:05:00+00:00"
    assert as_timestamp("2024-5-1") == "2024-05-01T00:00:00+00:00"


def test_an_extension_is_kept_or_refused() -> None:
    """A number to which an extension belongs is never shortened to another."""
    assert international_phone("+1 202 555 0143 ext. 12") == "+1 202 555 0143 ext. 12"
    with pytest.raises(Unfit):
        us_phone("+1 202 555 0143 ext. 12")
