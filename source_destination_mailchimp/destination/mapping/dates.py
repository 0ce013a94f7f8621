"""Days and birthdays from whatever warehouses hold. No clock here: nothing depends on today."""

import re
from datetime import date, datetime
from typing import Any

from source_destination_mailchimp.destination.mapping.invisible import trimmed
from source_destination_mailchimp.destination.mapping.times import (
    EPOCH_TEXT,
    LENGTH_OF_DAY,
    LONGEST,
    TIME,
    YEAR_FIRST,
    epoch_moment,
    moment,
)
from source_destination_mailchimp.destination.mapping.values import Unfit

_NO_DATE = "not a date"
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){TIME}", re.ASCII)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_MONTH_DAY = re.compile(r"(?:--)?(\d{1,2})[-/](\d{1,2})", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})\.(\d{1,2})\.?", re.ASCII)
_NO_DATE_OF_MYSQL = "0000-00-00"
_FIRST_CALENDAR_KEY, _LAST_CALENDAR_KEY = 19000101, 21001231


def as_date(value: Any, *, day_first: bool = False) -> str:
    """Return a day as YYYY-MM-DD, "" for an empty value; raises `Unfit`.

    The day is the one that is written: a time and its zone are dropped, never converted. Epoch numbers
    (s, ms, µs, ns by their size) give the day in UTC. `day_first` says how to read 05/06/2024; 05-06-2024 and
    05.06.2024 always have the day first, as in Mailchimp's own list of formats.
    """
    if value.__class__ is str:
        # What nearly every warehouse sends is read without the table of forms below.
        if len(value) == LENGTH_OF_DAY and value[4] == "-" == value[7]:
            return _checked(value)
        if len(value) > LENGTH_OF_DAY and value[4] == "-" == value[7] and value[10] in "T ":
            return _written_day(value)
    found = _day(value, day_first=day_first)
    if found is None:
        return ""
    return found.isoformat()


def as_birthday(value: Any, *, day_first: bool = False) -> str:
    """Return a birthday as MM/DD, "" for an empty value; raises `Unfit`.

    Without a year, 05/06 is May 6 whatever the field shows to people: that is how Mailchimp's API writes and reads
    birthdays [documented], so what was read there can be mapped back.
    """
    if isinstance(value, str):
        text = trimmed(value)
        month_first = _MONTH_DAY.fullmatch(text)
        if month_first:
            return _month_day(int(month_first[1]), int(month_first[2]))
        with_dots = _DAY_MONTH.fullmatch(text)
        if with_dots:
            return _month_day(int(with_dots[2]), int(with_dots[1]))
    try:
        found = as_date(value, day_first=day_first)
    except Unfit:
        raise Unfit("not a birthday: send a date, or month and day as MM/DD") from None
    if not found:
        return ""
    return f"{found[5:7]}/{found[8:10]}"


def _checked(text: str) -> str:
    """Return a day that is written as YYYY-MM-DD, if there is such a day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        if text == _NO_DATE_OF_MYSQL:
            return ""
        raise Unfit(_NO_DATE) from None
    if text[0] == "0":
        raise Unfit("a date before the year 1000")
    return text


def _written_day(text: str) -> str:
    """Return the day of a time that is written as YYYY-MM-DD and something."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        if not YEAR_FIRST.fullmatch(text):
            raise Unfit(_NO_DATE) from None
    return _checked(text[:LENGTH_OF_DAY])


def _day(value: Any, *, day_first: bool) -> date | None:
    """Return the day that a value means, None for an empty one."""
    if value is None:
        return None
    if not isinstance(value, str):
        return _day_of_number(value)
    text = trimmed(value)
    if not text or text.startswith(_NO_DATE_OF_MYSQL):
        return None
    if len(text) > LONGEST:
        raise Unfit(_NO_DATE)
    return _day_of_text(text, day_first=day_first)


def _day_of_text(text: str, *, day_first: bool) -> date:
    year_first = YEAR_FIRST.fullmatch(text)
    if year_first:
        return _made(year_first[1], year_first[2], year_first[3])
    year_last = _YEAR_LAST.fullmatch(text)
    if year_last:
        one, separator, other, year = year_last.groups()
        has_day_first = day_first or separator != "/"
        if has_day_first:
            return _made(year, other, one)
        return _made(year, one, other)
    if _COMPACT.fullmatch(text):
        return _made(text[:4], text[4:6], text[6:])
    if EPOCH_TEXT.fullmatch(text):
        return _day_of_number(float(text))
    return moment(text, with_zone=False).date()


def _made(year: str, month: str, day: str) -> date:
    try:
        made = date(int(year), int(month), int(day))
    except ValueError:
        raise Unfit(_NO_DATE) from None
    if made.year < 1000:
        raise Unfit("a date before the year 1000")
    return made


def _month_day(month: int, day: int) -> str:
    try:
        date(2000, month, day)  # a leap year: some people were born on February 29
    except ValueError:
        raise Unfit("not a birthday: write month and day as MM/DD") from None
    return f"{month:02}/{day:02}"


def _day_of_number(value: Any) -> date:
    if isinstance(value, int) and _FIRST_CALENDAR_KEY <= value <= _LAST_CALENDAR_KEY:
        # The key of a calendar table; as seconds it would be a day of autumn 1970.
        text = str(value)
        return _made(text[:4], text[4:6], text[6:])
    return epoch_moment(value).date()
