"""Dates, birthdays and moments from whatever warehouses hold. No clock here: nothing depends on today."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from dateutil import parser as dateutil_parser

from source_destination_mailchimp.destination.mapping.values import Unfit, as_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DATE = "not a date"
_NO_MOMENT = "not a time"
_TIME = r"(?:[ T,]+\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_EPOCH_TEXT = re.compile(r"-?\d{6,20}(?:\.\d+)?", re.ASCII)
_MONTH_DAY = re.compile(r"(?:--)?(\d{1,2})[-/](\d{1,2})", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})\.(\d{1,2})\.?", re.ASCII)
_MONTH_NAME = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_UTC_BY_NAME = re.compile(r"\s*(?:UTC|GMT|Z)$")
_LONGEST = 64
_YEAR_1000 = datetime(1000, 1, 1, tzinfo=UTC).timestamp()
_YEAR_9999 = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_ENDS = (date(1000, 1, 1), date(9999, 12, 31))
_LENGTH_OF_DAY = len("2024-05-01")
_NO_DATE_OF_MYSQL = "0000-00-00"
_FIRST_CALENDAR_KEY, _LAST_CALENDAR_KEY = 19000101, 21001231
_TOO_LARGE_FOR_EPOCH = 1e20
_SMALLEST_EPOCH = 100_000
"""Smaller numbers are years or counts of days rather than seconds since 1970."""


def as_date(value: Any, *, day_first: bool = False) -> str:
    """Return a day as YYYY-MM-DD, "" for an empty value; raises `Unfit`.

    The day is the one that is written: a time and its zone are dropped, never converted. Epoch numbers
    (s, ms, µs, ns by their size) give the day in UTC. `day_first` says how to read 05/06/2024; 05-06-2024 and
    05.06.2024 always have the day first, as in Mailchimp's own list of formats.
    """
    if value.__class__ is str:
        # What nearly every warehouse sends is read without the table of forms below.
        if len(value) == _LENGTH_OF_DAY and value[4] == "-" == value[7]:
            return _checked(value)
        if len(value) > _LENGTH_OF_DAY and value[4] == "-" == value[7] and value[10] in "T ":
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
        text = value.strip()
        month_first = _MONTH_DAY.fullmatch(text)
        if month_first:
            return _month_day(int(month_first[1]), int(month_first[2]))
        with_dots = _DAY_MONTH.fullmatch(text)
        if with_dots:
            return _month_day(int(with_dots[2]), int(with_dots[1]))
    try:
        found = as_date(value, day_first=day_first)
    except Unfit:
        raise Unfit("not a birthday: a date, or month and day as MM/DD") from None
    if not found:
        return ""
    return f"{found[5:7]}/{found[8:10]}"


def as_seconds(value: Any) -> float | None:
    """Return a moment as seconds since 1970 UTC, None for an empty value; raises `Unfit`.

    A time without a zone is UTC; a day alone is its first moment in UTC; numbers are epoch s, ms, µs or ns.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return _epoch_seconds(value)
    text = value.strip()
    if not text:
        return None
    if _EPOCH_TEXT.fullmatch(text):
        return _epoch_seconds(float(text))
    return (_moment(text) - _EPOCH).total_seconds()


def as_timestamp(value: Any) -> str:
    """Return a moment as Mailchimp writes it, `YYYY-MM-DDTHH:MM:SS+00:00`; "" for an empty value; raises `Unfit`."""
    seconds = as_seconds(value)
    if seconds is None:
        return ""
    return (_EPOCH + timedelta(seconds=int(seconds // 1))).isoformat()


def _checked(text: str) -> str:
    """Return a day that is written as YYYY-MM-DD, if there is such a day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        if text == _NO_DATE_OF_MYSQL:
            return ""
        raise Unfit(_NO_DATE) from None
    if text.startswith("0"):
        raise Unfit("a date before the year 1000")
    return text


def _written_day(text: str) -> str:
    """Return the day of a time that is written as YYYY-MM-DD and something."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        if not _YEAR_FIRST.fullmatch(text):
            raise Unfit(_NO_DATE) from None
    return _checked(text[:_LENGTH_OF_DAY])


def _day(value: Any, *, day_first: bool) -> date | None:
    """Return the day that a value means, None for an empty one."""
    if value is None:
        return None
    if not isinstance(value, str):
        return _day_of_number(value)
    text = value.strip()
    if not text or text.startswith(_NO_DATE_OF_MYSQL):
        return None
    if len(text) > _LONGEST:
        raise Unfit(_NO_DATE)
    return _day_of_text(text, day_first=day_first)


def _day_of_text(text: str, *, day_first: bool) -> date:
    year_first = _YEAR_FIRST.fullmatch(text)
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
    if _EPOCH_TEXT.fullmatch(text):
        return _day_of_number(float(text))
    return _moment(text, with_zone=False).date()


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
        raise Unfit("not a birthday: month and day are written MM/DD") from None
    return f"{month:02}/{day:02}"


def _day_of_number(value: Any) -> date:
    if isinstance(value, int) and _FIRST_CALENDAR_KEY <= value <= _LAST_CALENDAR_KEY:
        # The key of a calendar table; as seconds it would be a day of autumn 1970.
        text = str(value)
        return _made(text[:4], text[4:6], text[6:])
    return (_EPOCH + timedelta(seconds=_epoch_seconds(value))).date()


def _epoch_seconds(value: Any) -> float:
    """Return a number of seconds, ms, µs or ns since 1970 as seconds: its size tells which it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(_NO_MOMENT)
    size = abs(value)
    if not _SMALLEST_EPOCH <= size < _TOO_LARGE_FOR_EPOCH:
        raise Unfit(_NO_MOMENT)
    seconds = float(value) / _parts_of_a_second(size)
    if not _YEAR_1000 <= seconds <= _YEAR_9999:
        raise Unfit(_NO_MOMENT)
    return seconds


def _parts_of_a_second(size: float) -> float:
    """Return how many make a second: of seconds 1, of ms 1e3, of µs 1e6, of ns 1e9."""
    if size < 1e11:
        return 1.0
    if size < 1e14:
        return 1e3
    if size < 1e17:
        return 1e6
    return 1e9


def _moment(text: str, *, with_zone: bool = True) -> datetime:
    """Return the moment that a text means, in UTC where it names no zone."""
    written = _UTC_BY_NAME.sub("", text)
    if _YEAR_FIRST.fullmatch(written):
        day = written[:_LENGTH_OF_DAY].replace("/", "-").replace(".", "-")
        written = day + written[_LENGTH_OF_DAY:]
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = _guessed(text, with_zone)
    # A day is kept to either end: a zone must not carry a moment out of the years there are.
    if found.year < 1000 or found.date() in _ENDS:
        raise Unfit(_NO_MOMENT)
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found


def _guessed(text: str, with_zone: bool) -> datetime:
    """Return what dateutil reads where the month is written as a name, so that nobody can mistake it for the day.

    Only if it found year, month and day in the text: it fills gaps from its default.
    """
    if len(text) > _LONGEST or not _MONTH_NAME.search(text):
        raise Unfit(_NO_MOMENT)
    try:
        found = _parse(text, datetime(2000, 1, 1), with_zone)
        with_other_gaps = _parse(text, datetime(2004, 2, 2), with_zone)
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, ArithmeticError):
        raise Unfit(_NO_MOMENT) from None
    if found.date() != with_other_gaps.date():
        raise Unfit(_NO_MOMENT)
    return found


def _parse(text: str, default: datetime, with_zone: bool) -> datetime:
    if not with_zone:
        return dateutil_parser.parse(text, default=default, ignoretz=True)
    return dateutil_parser.parse(text, default=default, tzinfos=_zone)


def _zone(name: str | None, offset: int | None) -> tzinfo | int | None:
    """Return the zone that dateutil found in a text; raises `ValueError` for letters that could be several zones."""
    if offset is not None:
        return offset
    if name in (None, "UTC", "GMT", "Z"):
        return UTC
    raise ValueError("letters that could be several zones")


def is_epoch(value: Any) -> bool:
    """Return whether a value, in itself or as text, is a number that can be a moment."""
    if isinstance(value, str):
        return bool(_EPOCH_TEXT.fullmatch(as_text(value)))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(abs(value) >= _SMALLEST_EPOCH)
