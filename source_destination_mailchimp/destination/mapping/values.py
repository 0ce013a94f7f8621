"""Values as warehouses hold them, read as text, numbers, and yes or no; knows no Mailchimp field."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from source_destination_mailchimp.airbyte.lossless_json import may_lose_digits, read_shallow_json, write_json
from source_destination_mailchimp.destination.mapping.invisible import trimmed

MISSING: Final = object()
"""What a reader returns where a record has no such column: not the same as null."""


class Unfit(ValueError):
    """A value that its target cannot take; the message says what the target takes, never the value."""


class Cut(Exception):
    """A text that was too long, with what is left of it."""

    def __init__(self, text: str, size: int) -> None:
        super().__init__()
        self.text = text
        self.size = size
        """Bytes it had."""


YES: Final = frozenset({"true", "1", "1.0", "yes", "y", "on", "t"})
NO: Final = frozenset({"false", "0", "0.0", "no", "n", "off", "f"})
"""In small letters. pandas writes a column of true, false and nothing as 1.0, 0.0 and nothing. [observed]"""

_NOT_FINITE: Final = "not a finite number"

# Beyond it a double, which is what JSON readers make of a number, no longer holds every whole number.
_EXACT = 2**53
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_MOST_DIGITS = 400
_LARGEST_EXPONENT = 308
"""Of a double: no other JSON reader takes a larger number."""

_MOST_ZEROS = 40
"""Zeros that are written out before the first digit of a very small number, or behind the last of a large one."""


def as_text(value: Any) -> str:
    """Return any JSON value as text for people: true, 12, "a, b" for a list, JSON for an object, "" for null.

    A number keeps its digits. Raises `Unfit` for one that is none, NaN or infinity, also in a list.
    """
    # Classes are compared because that is faster than `isinstance`, and JSON has no classes of their own.
    if value.__class__ is str:
        text: str = value.strip()
        if text.isascii() and "\x00" not in text:
            return text
        return _clean(text)
    if value is None:
        return ""
    if value.__class__ is bool:
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number_as_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(_item_text, value)))
    if not value:
        return ""
    return _clean(_json(value))


def as_number(value: Any) -> int | float | str:
    """Return a finite number, or "" for an empty text; raises `Unfit`."""
    if value.__class__ is int or value.__class__ is bool:
        if -_EXACT <= value <= _EXACT:
            return int(value)
        return _finite(value)
    if isinstance(value, float):
        if value - value == 0:
            return value
        return _finite(value)
    if isinstance(value, Decimal):
        return _double(float(value))
    text = _number_text(value)
    if not text:
        return ""
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        raise Unfit("not a number")
    return _double(float(text))


def as_yes_or_no(value: Any) -> bool | None:
    """Return True, False, or None for an empty value; raises `Unfit` for everything else."""
    if value.__class__ is bool:
        return bool(value)
    word = as_text(value).lower()
    if not word:
        return None
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unfit("not a yes or no")


def parsed(text: str) -> Any:
    """Return the object or array that a text holds as JSON; None if it holds neither."""
    text = text.strip()
    if text[:1] not in ("{", "["):
        return None
    try:
        if may_lose_digits(text.encode(errors="replace")):
            return read_shallow_json(text)
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return read_shallow_json(text)
    except ValueError:
        return None


def as_object(value: Any) -> Mapping[str, Any] | None:
    """Return an object, also one that a text holds as JSON; None if it is none."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str):
        opened = parsed(value)
        if isinstance(opened, dict):
            return opened
    return None


def is_empty(value: Any) -> bool:
    """Return whether a value says nothing: null, or a text without a visible character."""
    if value is None:
        return True
    return value.__class__ is str and not trimmed(value)


def _double(number: float) -> int | float:
    if number.is_integer() and abs(number) <= _EXACT:
        return int(number)
    return _finite(number)


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise Unfit("too large") from None
    # Infinity minus itself, and NaN minus anything, is NaN.
    if number - number != 0:
        raise Unfit(_NOT_FINITE)
    return number


def _number_text(value: Any) -> str:
    """Return what may be a number as it is written: a text is not cleaned, since "12" with a NUL in it is no number."""
    if isinstance(value, str):
        return value.strip()
    return as_text(value)


def _number_as_text(value: float | Decimal) -> str:
    """Return a number as people write it: 3 for 3.0; one beyond what a double holds exactly keeps its own form."""
    if isinstance(value, int):
        return _digits(value)
    if isinstance(value, Decimal):
        return _decimal_as_text(value)
    if value - value != 0:
        raise Unfit(_NOT_FINITE)
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)


def _decimal_as_text(value: Decimal) -> str:
    """Return the digits that were written, without the zeros that end a fraction."""
    if not value.is_finite() or value.adjusted() > _LARGEST_EXPONENT:
        raise Unfit(_NOT_FINITE)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not value.adjusted() >= -_MOST_ZEROS or exponent > _MOST_ZEROS:
        return str(value)
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to print whole numbers of more than 4300 digits
        return hex(value)


def _item_text(value: Any) -> str:
    """Return one item of a list as text; a list in a list is JSON."""
    if value and isinstance(value, list | tuple):
        return _clean(_json(value))
    return as_text(value)


def _clean(text: str) -> str:
    """Return a text without what JSON cannot carry, half characters and NUL, nor anything invisible at its ends."""
    return trimmed(text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8"))


def _json(value: Any) -> str:
    return write_json(value).decode()
