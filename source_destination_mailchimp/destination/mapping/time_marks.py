"""Marks that are a yes or a time: deleted at, unsubscribed at. One table of what means "no" in them."""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.times import as_seconds, is_epoch
from source_destination_mailchimp.destination.mapping.values import MISSING, NO, YES, Unfit, as_text, is_empty

NULL_WORDS: Final = frozenset(
    {"null", "none", "nil", "n/a", "na", "nan", "nat", "-", "--", "never", "\\n", "(null)", "<null>", "infinity"}
)
"""What exports write where there is no value, in small letters; infinity is Postgres's word for never."""

AHEAD_SECONDS: Final = 48 * 3600.0
"""How far a time may be in the future and still count as now: sources write local times without a zone."""

_FIRST_YEAR_OF_NEVER: Final = 2200
"""Tables write 9999-12-31, 2999-12-31 and the like for "not yet", and nobody left that late."""

_DAY = 86400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_DAYS = (
    datetime(1601, 1, 1, tzinfo=UTC),
    datetime(1753, 1, 1, tzinfo=UTC),
    datetime(1899, 12, 30, tzinfo=UTC),
    datetime(1900, 1, 1, tzinfo=UTC),
    _EPOCH,
)
"""Days that a zero becomes: in Windows and Active Directory, as the first `datetime` of SQL Server, in Excel, Google
Sheets and Access, in SAP and older databases, and in Unix. [documented by each]"""

_ZERO_MOMENTS = tuple((day - _EPOCH).total_seconds() for day in _ZERO_DAYS)
_EXCELS_ZERO = "1/0/1900"
"""How Excel writes a zero in a cell that is formatted as a date. [observed]"""

_NEVER_FROM = (datetime(_FIRST_YEAR_OF_NEVER, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()
_LAST_MOMENT = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.]?\d{1,2}[-/.]?\d{1,2}(?:\D.*)?", re.ASCII | re.DOTALL)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?P<year>\d{4})(?:\D.*)?", re.ASCII | re.DOTALL)
_COMPACT_DAY = re.compile(r"(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)


class Mark(Enum):
    """What a mark says."""

    NO = auto()
    YES = auto()
    LATER = auto()
    """A time that is yet to come: not a yes, and no reason to treat the record as if nothing were said."""


def read_mark(value: Any, now: float) -> Mark:
    """Return what a mark says; raises `Unfit` for what is neither a yes, a no nor a time.

    `now`: seconds since 1970 UTC.
    """
    if value is MISSING or is_empty(value) or is_not_a_number(value):
        return Mark.NO
    if isinstance(value, list | dict):
        raise Unfit("not a yes or no, and not a time")
    if value == math.inf:  # how readers of JSON give back a time of Postgres that never comes
        return Mark.NO
    word = as_text(value).lower()
    if word in NO or word in NULL_WORDS or _is_no_date(word, value):
        return Mark.NO
    if word in YES:
        return Mark.YES
    try:
        seconds = as_seconds(_with_dashes(word, value))
    except Unfit:
        seconds = _earliest_reading(word)
        if seconds is None:
            raise Unfit("not a yes or no, and not a time") from None
    return _mark_of(seconds or 0.0, now)


def _earliest_reading(word: str) -> float | None:
    """Return the earlier of the moments that a date with its year at the end can mean; None if it is no such date.

    Whether the day or the month comes first does not matter for a mark.
    """
    found = _YEAR_LAST.fullmatch(word)
    if found is None:
        return None
    first, second, year = (int(number) for number in found.groups())
    readings = []
    for month, day in ((first, second), (second, first)):
        try:
            readings.append((datetime(year, month, day, tzinfo=UTC) - _EPOCH).total_seconds())
        except ValueError:
            continue
    return min(readings, default=None)


def is_not_a_number(value: Any) -> bool:
    """Return whether a value is NaN, which pandas writes for a missing time."""
    return isinstance(value, float | Decimal) and value != value


def _mark_of(seconds: float, now: float) -> Mark:
    """Return what a moment means as a mark. A zone may carry a no-date by a day to either side."""
    for zero in _ZERO_MOMENTS:
        if abs(seconds - zero) <= _DAY:
            return Mark.NO
    if seconds >= _NEVER_FROM:
        return Mark.NO
    if seconds > now + AHEAD_SECONDS:
        return Mark.LATER
    return Mark.YES


def _is_no_date(word: str, value: Any) -> bool:
    """Return whether a value is a date that stands for "never" and that cannot be read as a time otherwise."""
    if is_epoch(value) and not _COMPACT_DAY.fullmatch(word):
        return _is_last_moment(word)
    if word.partition(" ")[0] == _EXCELS_ZERO:
        return True
    found = _YEAR_FIRST.fullmatch(word) or _YEAR_LAST.fullmatch(word)
    if found is None:
        return False
    year = int(found["year"])
    return year <= 1 or year >= _FIRST_YEAR_OF_NEVER


def _with_dashes(word: str, value: Any) -> Any:
    """Return a day in eight digits, such as 20240501, as a date: as a number of seconds it would lie in 1970."""
    found = _COMPACT_DAY.fullmatch(word)
    if found is None:
        return value
    return "-".join(found.groups())


def _is_last_moment(number: str) -> bool:
    """Return whether a number since 1970 is the end of the year 9999, in whichever unit.

    By its size alone it would be read in the next smaller unit, as a day in 1978.
    """
    digits = float(number)
    return any(abs(digits / unit - _LAST_MOMENT) <= 2 * _DAY for unit in (1.0, 1e3, 1e6, 1e9))
