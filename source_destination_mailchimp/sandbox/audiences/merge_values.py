"""What each type of merge field takes and what it keeps. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

MergeValue = str | int | float | dict[str, str]

TEXT_BYTES: Final = 255
REQUIRED: Final = "Please enter a value"
REQUIRED_IN: Final = {"en": REQUIRED, "de": "Bitte gib einen Wert ein."}  # observed: in the account's language
ADDRESS_PARTS: Final = ("addr1", "addr2", "city", "state", "zip", "country")
ADDRESS_REQUIRED: Final = ("addr1", "city", "state", "zip")
COMPLETE_ADDRESS: Final = "Please enter a complete address"

_NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_BIRTHDAY: Final = re.compile(r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])")
_URL: Final = re.compile(r"https?://[^\s/$.?#][^\s]*", re.IGNORECASE)
DATE_AND_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d.*")
_DATES: Final = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})"),
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})"),
)


class Refused(Exception):
    """The value does not fit; the message is what Mailchimp says of the field."""


class Options(NamedTuple):
    """What of a merge field's options decides about its values."""

    choices: Sequence[str] = ()
    phone_format: str = "none"
    country: str = "US"


def read(kind: str, value: MergeValue, options: Options) -> MergeValue:
    """The value as it is stored; raises Refused. The empty string never comes here: it clears a field."""
    return READERS[kind](value, options)


def as_text(value: MergeValue) -> str:
    """A value where a text is wanted; numbers print without a needless fraction (inferred)."""
    if isinstance(value, dict):
        raise Refused(REQUIRED)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def cut(text: str) -> str:
    """The first 255 bytes, without half a character at the end (documented: truncated without an error)."""
    encoded = text.encode()
    return text if len(encoded) <= TEXT_BYTES else encoded[:TEXT_BYTES].decode(errors="ignore")


def _text(value: MergeValue, options: Options) -> MergeValue:
    return cut(as_text(value))


def _number(value: MergeValue, options: Options) -> MergeValue:
    """Numbers and numeric strings (inferred); the message is observed."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    raise Refused("Please enter a number")


def _choice(value: MergeValue, options: Options) -> MergeValue:
    """One of the choices; the message, which begins with the empty choice, was observed for a dropdown."""
    text = as_text(value)
    if text in options.choices:
        return text
    raise Refused(f"Value must be one of: {', '.join(('', *options.choices))} (not {text})")


def _date(value: MergeValue, options: Options) -> MergeValue:
    """The four documented notations, and a date with a time; returned as YYYY-MM-DD (observed)."""
    text = DATE_AND_TIME.sub(r"\1", value.strip()) if isinstance(value, str) else ""
    for notation in _DATES:
        found = notation.fullmatch(text)
        if found:
            parts = {name: int(part) for name, part in found.groupdict().items()}
            try:
                return date(**parts).isoformat()
            except ValueError:
                break
    raise Refused("Please enter the date")


def _birthday(value: MergeValue, options: Options) -> MergeValue:
    if isinstance(value, str) and _BIRTHDAY.fullmatch(value):
        return value
    raise Refused("Please enter a month (01-12) and a day (01-31)")


def _address(value: MergeValue, options: Options) -> MergeValue:
    """All of addr1, city, state and zip (documented); a missing country is the field's default one."""
    if not isinstance(value, dict) or any(not value.get(part, "").strip() for part in ADDRESS_REQUIRED):
        raise Refused(COMPLETE_ADDRESS)
    kept = {part: value.get(part, "") for part in ADDRESS_PARTS}
    kept["country"] = kept["country"].upper() or options.country
    return kept


def _zip(value: MergeValue, options: Options) -> MergeValue:
    text = as_text(value)
    if re.fullmatch(r"\d{5}", text):
        return text
    raise Refused("Please enter a zip code (5 digits)")


def _phone(value: MergeValue, options: Options) -> MergeValue:
    """Any text, unless the field's format is US: then ten digits, kept as (###) ###-#### (inferred)."""
    text = as_text(value)
    if options.phone_format.upper() != "US":
        return cut(text)
    digits = re.sub(r"[\s().+-]", "", text)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if not re.fullmatch(r"\d{10}", digits):
        raise Refused("Please enter a phone number in the format (###) ###-####")
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def _url(value: MergeValue, options: Options) -> MergeValue:
    if isinstance(value, str) and _URL.fullmatch(value):
        return value
    raise Refused("Please enter a valid URL")


READERS: Final[Mapping[str, Callable[[MergeValue, Options], MergeValue]]] = {
    "text": _text,
    "number": _number,
    "address": _address,
    "phone": _phone,
    "date": _date,
    "url": _url,
    "imageurl": _url,
    "radio": _choice,
    "dropdown": _choice,
    "birthday": _birthday,
    "zip": _zip,
}
"""What reads a value of each type; the order is that in which the types are listed to a caller."""


def full_name(first: Any, last: Any) -> str:
    """First and last name as Mailchimp joins them."""
    return f"{first} {last}".strip()
