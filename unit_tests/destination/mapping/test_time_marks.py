"""Marks that are a yes or a time: the table of what means no, and times that are yet to come."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.time_marks import AHEAD_SECONDS, NULL_WORDS, Mark, read_mark
from source_destination_mailchimp.destination.mapping.values import MISSING, Unfit
from source_destination_mailchimp.destination.model import OptIn, Reason
from unit_tests.destination.people import NOW, mapped, noted, rejected

JANE = {"email": "jane@shop.com"}


@pytest.mark.parametrize(
    "value",
    [
        *(True, "true", 1, "1", "1.0", "yes", "2024-05-01", "2024-05-01T10:00:00Z", 1714602600, "1714602600000"),
        *("01/05/2024", "31.12.2024 23:59", "5/31/2024", "20240501", "1970-06-01", "1899-06-01"),
        *(1.0, "2024/5/1", "2024-05-01 9:05", "\u200e2024-05-01\u200b", "yes\u00a0"),
    ],
)
def test_a_yes_or_a_time_is_a_mark(value: Any) -> None:
    """In whatever form; whether day or month comes first does not matter."""
    assert read_mark(value, NOW) is Mark.YES


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            MISSING,
            "",
            "  ",
            False,
            "false",
            0,
            "0",
            0.0,
            "no",
            "NULL",
            "None",
            "N/A",
            "-",
            "never",
            "NaT",
            "\\N",
        ),
        *("0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "01/01/0001", "1/1/0001 12:00:00 AM"),
        *("infinity", Decimal("Infinity"), Decimal("0.0"), "no\u200b", "\ufeffNULL"),
        *("1753-01-01T00:00:00+01:00", "1899-12-31", -11644473600),
        *("1900-01-01", "1900-01-01 00:00:00", "1900-01-01T00:00:00+01:00", "01/01/1900"),
        *("1899-12-30", "1899-12-30 00:00:00", "12/30/1899", "1/0/1900", "1/0/1900 0:00", "1753-01-01 00:00:00"),
        *("1601-01-01T00:00:00Z", "0.0"),
        *("1970-01-01", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "1969-12-31T16:00:00-08:00"),
        *("9999-12-31", "9999-12-31T23:59:59.999Z", "99991231", "31/12/9999", "12-31-9999", "2200-01-01", "2999-12-31"),
        *(253402300799, 253402300799000, "253402300799", 253402214400, 7258118400, float("nan")),
    ],
)
def test_no_dates(value: Any) -> None:
    """Null words, zero dates of databases and Excel, the year 1, 1900-01-01, epoch 0 and years from 2200 on mean no."""
    assert read_mark(value, NOW) is Mark.NO


@pytest.mark.parametrize(
    "value", ["perhaps", 7, "active", "1.05", "10", "-infinity", ["yes"], {"a": 1}, "32/13/2024", "2024-13-45"]
)
def test_a_mark_nobody_can_read(value: Any) -> None:
    """A mark that is neither is refused: it must not remove somebody, nor add somebody who may be deleted."""
    with pytest.raises(Unfit):
        read_mark(value, NOW)


@pytest.mark.parametrize(("hours", "mark"), [(-1, Mark.YES), (0, Mark.YES), (48, Mark.YES), (49, Mark.LATER)])
def test_up_to_two_days_ahead_count_as_now(hours: int, mark: Mark) -> None:
    """Sources write local times without a zone; what lies further ahead is not a yes."""
    assert AHEAD_SECONDS == 48 * 3600
    moment = datetime.fromtimestamp(NOW, UTC) + timedelta(hours=hours)
    assert read_mark(moment.isoformat(), NOW) is mark
    assert read_mark(moment.timestamp(), NOW) is mark


@given(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30)))
def test_every_day_is_read_in_every_spelling_alike(moment: datetime) -> None:
    """Year first or last, with and without a time: a date is the same mark."""
    day = f"{moment:%Y-%m-%d}"
    spellings = (day, day.replace("-", "/"), f"{day} 00:00:00", f"{day}T00:00:00Z")
    assert len({read_mark(text, NOW) for text in spellings}) == 1


@pytest.mark.parametrize("word", sorted(NULL_WORDS))
@pytest.mark.parametrize("column", ["gone", "_ab_cdc_deleted_at"])
def test_the_table_is_that_of_every_deletion_mark(word: str, column: str) -> None:
    """The column of the setting and that of Airbyte's own sources read the same no-dates."""
    keys = {"deleted_field": "gone"}
    for value in (word, word.upper(), "9999-12-31", "0000-00-00 00:00:00"):
        assert not mapped({**JANE, "gone": None, column: value}, keys).deleted


@pytest.mark.parametrize("column", ["gone", "_ab_cdc_deleted_at"])
def test_a_deletion_to_come_adds_nobody_and_removes_nobody(column: str) -> None:
    """The record is a living one that says nothing to whether they may be emailed, and the time is reported."""
    contact = mapped({**JANE, "gone": None, column: "2031-01-01"}, {"deleted_field": "gone"})
    assert not contact.deleted
    assert contact.opt_in is OptIn.MISSING
    assert noted(contact) == [(Reason.TIME_TO_COME, column)]


@pytest.mark.parametrize("column", ["gone", "_ab_cdc_deleted_at"])
def test_a_deletion_mark_nobody_can_read_rejects_the_record(column: str) -> None:
    """Neither removed nor added."""
    assert rejected({**JANE, "gone": None, column: "?"}, {"deleted_field": "gone"})[0] is Reason.INVALID_VALUE
