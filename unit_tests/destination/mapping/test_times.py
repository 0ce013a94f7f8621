"""Dates, birthdays and moments from whatever warehouses hold."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.dates import as_birthday, as_date
from source_destination_mailchimp.destination.mapping.times import as_seconds, as_timestamp
from source_destination_mailchimp.destination.mapping.values import Unfit
from unit_tests.destination.people import UNTIMED

MAY_FIRST = datetime(2024, 5, 1, 22, 30, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-01",
        " 2024-05-01 ",
        "2024/05/01",
        "2024-5-1",
        "2024-05-01T22:30:00Z",
        "2024-05-01T22:30:00.123456789+02:00",
        "2024-05-01 22:30:00 UTC",
        "2024-05-01 22:30:00+00",
        "2024-W18-3",
        "20240501",
        20240501,
        "01-05-2024",
        "01.05.2024",
        "1.5.2024 22:30",
        "05/01/2024",
        "05/01/2024 10:30:00",
        "May 1, 2024",
        "1 May 2024 10:00 CET",
        "Wed, 01 May 2024 10:00:00 GMT",
        MAY_FIRST.timestamp(),
        int(MAY_FIRST.timestamp()),
        int(MAY_FIRST.timestamp() * 1e3),
        int(MAY_FIRST.timestamp() * 1e6),
        int(MAY_FIRST.timestamp()) * 10**9,
        str(int(MAY_FIRST.timestamp())),
    ],
)
def test_date(value: Any) -> None:
    """A day comes in many forms; it leaves as YYYY-MM-DD, the day that is written."""
    assert as_date(value) == "2024-05-01"


@UNTIMED
@given(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES))
def test_zone_never_moves_a_day(moment: datetime) -> None:
    """The day of a time with a zone is the day on that zone's calendar."""
    assert as_date(moment.isoformat()) == moment.date().isoformat()


@UNTIMED
@given(st.dates(date(1000, 1, 1)))
def test_mailchimps_own_formats(day: date) -> None:
    """The four formats that Mailchimp lists mean the same day here as there."""
    written = [f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%d-%m-%Y}", f"{day:%m/%d/%Y}"]
    assert {as_date(text) for text in written} == {day.isoformat()}


def test_slashes_follow_the_field() -> None:
    """A field that shows the day first reads slashes that way."""
    assert as_date("05/06/2024", day_first=True) == "2024-06-05"
    assert as_date("05/06/2024") == "2024-05-06"


def test_nobody_guesses_the_order() -> None:
    """31/12/2024 in a month-first field is refused: accepted, 05/12/2024 beside it would be read wrong in silence."""
    with pytest.raises(Unfit):
        as_date("31/12/2024")


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("year", [1980, 2024, 2060])
def test_epoch_units_are_told_by_their_size(unit: int, year: int) -> None:
    """Seconds, ms, µs and ns of any year that a person's data is from are told apart."""
    assert as_date(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * unit) == f"{year}-01-01"


@pytest.mark.parametrize("value", [None, "", "  ", "0000-00-00", "0000-00-00 00:00:00"])
def test_no_date(value: Any) -> None:
    """Null, blanks and MySQL's zero date are empty."""
    assert as_date(value) == ""


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-30",
        "0001-01-01",
        "2024-13-01",
        "tomorrow",
        "05/06/24",
        "May 2024",
        "12:30",
        1985,
        0,
        True,
        "x" * 500,
        1e30,
        -1e20,
        -3.0610224000000004e16,
        {"year": 2024},
        "२०२४-०५-०१",
    ],
)
def test_not_a_date(value: Any) -> None:
    """Days that do not exist, half dates and numbers that are no time are refused."""
    with pytest.raises(Unfit):
        as_date(value)


@pytest.mark.parametrize(
    "value",
    ["1985-05-17", "05/17", "5/17", "05-17", "--05-17", "17.05.", "17.5.1985", "1985-05-17T00:00:00Z", "17-05-1985"],
)
def test_birthday(value: Any) -> None:
    """Birthdays leave as MM/DD."""
    assert as_birthday(value) == "05/17"


def test_birthday_on_a_leap_day() -> None:
    """February 29 is a birthday."""
    assert as_birthday("02/29") == "02/29"


@pytest.mark.parametrize("day_first", [True, False])
def test_birthday_reads_back_as_it_was(day_first: bool) -> None:
    """What Mailchimp's API gives, MM/DD, is taken as that whatever the field shows, so a loop never swaps it."""
    assert as_birthday("05/06", day_first=day_first) == "05/06"


@pytest.mark.parametrize("value", ["31/12", "02/30", "13/13", "0517", "May", 17])
def test_not_a_birthday(value: Any) -> None:
    """A day and month that cannot be told apart, or do not exist, are refused."""
    with pytest.raises(Unfit):
        as_birthday(value)


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-01T22:30:00Z",
        "2024-05-01T22:30:00",
        "2024-05-01 22:30:00 UTC",
        "2024/05/01 22:30:00",
        "2024-05-02T00:30:00+02:00",
        "Wed, 01 May 2024 22:30:00 GMT",
        1714602600,
        1714602600000,
        1714602600000000,
        "1714602600",
        "1714602600.0",
    ],
)
def test_moment(value: Any) -> None:
    """A moment comes as epoch number or ISO text; without a zone it is UTC."""
    assert as_seconds(value) == MAY_FIRST.timestamp()


def test_moment_of_a_day() -> None:
    """A day without a time is its first moment: too early holds a person back, too late would mail them."""
    assert as_seconds("2024-05-01") == datetime(2024, 5, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "value", ["yesterday", "1 May 2024 10:00 CET", "May 2024", True, 5, float("nan"), [], "05/06/2024"]
)
def test_not_a_moment(value: Any) -> None:
    """A time whose zone or order could be several is refused."""
    with pytest.raises(Unfit):
        as_seconds(value)


@UNTIMED
@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES))
def test_timestamp_is_mailchimps(moment: datetime) -> None:
    """A moment is written as Mailchimp writes it, to the second, and reads back the same."""
    text = as_timestamp(moment.isoformat())
    assert text == moment.astimezone(UTC).replace(microsecond=0).isoformat()
    assert as_timestamp(text) == text


ANYTHING = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.from_regex(r"[0-9 :/.TZ+-]{0,25}")
)


@UNTIMED
@given(ANYTHING)
def test_nothing_else_is_raised(value: Any) -> None:
    """Whatever comes, a date is valid or refused."""
    for read in (as_date, as_birthday, as_seconds, as_timestamp):
        try:
            found = read(value)
        except Unfit:
            continue
        if read is as_date and found:
            date.fromisoformat(str(found))
