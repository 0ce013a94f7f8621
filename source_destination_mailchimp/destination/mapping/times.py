"""Moments from whatever warehouses hold. No clock here: nothing depends on today."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from dateutil import parser as dateutil_parser

from source_destination_mailchimp.destination.mapping.invisible import trimmed
from source_destination_mailchimp.destination.mapping.values import Unfit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_MOMENT = "not a time"
TWO_DIGIT_YEAR = "a two-digit year, whose century is not known"
TIME = r"(?:[ T,]+\d{1,2}:\d{2}.*)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME}", re.ASCII)
_SHORT_HOUR = re.compile(r"^([ T])(\d):", re.ASCII)
SHORT_YEAR = re.compile(rf"\d{{1,2}}([-/. ])\d{{1,2}}\1'?\d{{2}}{TIME}", re.ASCII)
_WEEK = re.compile(r"\d{4}-?W", re.ASCII)
_DAY_OF_WEEK = re.compile(r"\d{4}-W\d\d-\d|\d{4}W\d{3}", re.ASCII)
"""A week is no day, although Python reads one as its Monday."""

EPOCH_TEXT = re.compile(r"-?\d{6,20}(?:\.\d+)?", re.ASCII)
_MONTH_NAME = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_UTC_BY_NAME = re.compile(r"\s*(?:UTC|GMT|Z)$")
LONGEST = 64
"""Characters of the longest text that is looked at: what browsers write, with the zone in words, has 62."""

_YEAR_1000 = datetime(1000, 1, 1, tzinfo=UTC).timestamp()
_YEAR_9999 = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_ENDS = (date(1000, 1, 1), date(9999, 12, 31))
LENGTH_OF_DAY = len("2024-05-01")
_TOO_LARGE_FOR_EPOCH = 1e20
_WRITTEN_OUT = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"
    r"|(?:0?[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d",
    re.ASCII,
)
_TOO_LONG_TO_BE_WRITTEN_OUT = 100_000_000
_SMALLEST_EPOCH = 1_000_000
"""Smaller numbers are years, counts of days, or days written as YYMMDD, rather than seconds since 1970."""


def as_seconds(value: Any) -> float | None:
    """Return a moment as seconds since 1970 UTC, None for an empty value; raises `Unfit`.

    A time without a zone is UTC; a day alone is its first moment in UTC; numbers are epoch s, ms, µs or ns.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return _epoch_seconds(value)
    text = trimmed(value)
    if not text:
        return None
    if len(text) > LONGEST:
        raise Unfit(_NO_MOMENT)
    if EPOCH_TEXT.fullmatch(text):
        return _epoch_seconds(float(text))
    return (moment(text) - _EPOCH).total_seconds()


def as_timestamp(value: Any) -> str:
    """Return a moment as Mailchimp writes it, `YYYY-MM-DDTHH:MM:SS+00:00`; "" for an empty value; raises `Unfit`."""
    seconds = as_seconds(value)
    if seconds is None:
        return ""
    return (_EPOCH + timedelta(seconds=int(seconds // 1))).isoformat()


def epoch_moment(value: Any) -> datetime:
    """Return the moment that a number since 1970 means, in UTC; raises `Unfit`."""
    return _EPOCH + timedelta(seconds=_epoch_seconds(value))


def _epoch_seconds(value: Any) -> float:
    """Return a number of seconds, ms, µs or ns since 1970 as seconds: its size tells which it is."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Unfit(_NO_MOMENT)
    if isinstance(value, Decimal):
        value = float(value)
    if _is_written_out(value):
        raise Unfit(_NO_MOMENT)
    size = abs(value)
    if not _SMALLEST_EPOCH <= size < _TOO_LARGE_FOR_EPOCH:
        raise Unfit(_NO_MOMENT)
    seconds = float(value) / _parts_of_a_second(size)
    if not _YEAR_1000 <= seconds <= _YEAR_9999:
        raise Unfit(_NO_MOMENT)
    return seconds


def _is_written_out(value: float) -> bool:
    """Return whether a number reads as YYYYMMDD, DDMMYYYY or MMDDYYYY: as seconds it would be in 1970 to 1973."""
    if not 0 < value < _TOO_LONG_TO_BE_WRITTEN_OUT or value != int(value):
        return False
    return bool(_WRITTEN_OUT.fullmatch(str(int(value))))


def _parts_of_a_second(size: float) -> float:
    """Return how many make a second: of seconds 1, of ms 1e3, of µs 1e6, of ns 1e9."""
    if size < 1e11:
        return 1.0
    if size < 1e14:
        return 1e3
    if size < 1e17:
        return 1e6
    return 1e9


def moment(text: str, *, with_zone: bool = True) -> datetime:
    """Return the moment that a text means, in UTC where it names no zone; raises `Unfit`."""
    if SHORT_YEAR.fullmatch(text):
        raise Unfit(TWO_DIGIT_YEAR)
    if _WEEK.match(text) and not _DAY_OF_WEEK.match(text):
        raise Unfit(_NO_MOMENT)
    written = _UTC_BY_NAME.sub("", text)
    day = YEAR_FIRST.fullmatch(written)
    if day:
        time = _SHORT_HOUR.sub(r"\g<1>0\2", written[day.end(3) :])
        written = f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}{time}"
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
    if not _MONTH_NAME.search(text):
        raise Unfit(_NO_MOMENT)
    try:
        found = _parse(text, datetime(2000, 1, 1), with_zone)
        with_other_gaps = _parse(text, datetime(2004, 2, 2), with_zone)
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, ArithmeticError):
        raise Unfit(_NO_MOMENT) from None
    if found.date() != with_other_gaps.date():
        raise Unfit(_NO_MOMENT)
    if not re.search(rf"(?<!\d){found.year}(?!\d)", text):
        # dateutil makes 2055 of 55, and people who were born in 1955 are no children.
        raise Unfit(TWO_DIGIT_YEAR)
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
    raise ValueError("an ambiguous time zone")


def is_epoch(value: Any) -> bool:
    """Return whether a value, in itself or as text, is a number that can be a moment."""
    if isinstance(value, str):
        return bool(EPOCH_TEXT.fullmatch(value.strip()))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    if isinstance(value, Decimal):
        value = float(value)
    return bool(abs(value) >= _SMALLEST_EPOCH)
