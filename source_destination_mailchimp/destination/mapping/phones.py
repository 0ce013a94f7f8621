"""Phone numbers in the two formats of a phone merge field."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import phonenumbers

from source_destination_mailchimp.destination.mapping.values import Unfit, as_text
from source_destination_mailchimp.mailchimp.members import MergeField

_NOT_US = "not a US phone number with area code; the field is set to (###) ###-####"
_NOT_A_PHONE = "not a phone number"
_US = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]?([2-9]\d\d)[ .-]?(\d{4})", re.ASCII)
_NORTH_AMERICA = 1
"""Country code of the United States, Canada and their neighbours."""

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# Digits with what people put between them, and perhaps an extension.
_LOOKS_LIKE_ONE = re.compile(
    r"(\+?[\d\s\u00a0().\-/]{5,30})(?:\s*(?:x|ext\.?|extension|#|;ext=)\s*\d{1,8})?", re.IGNORECASE | re.ASCII
)
_FEWEST_DIGITS = 5
_MOST_DIGITS = 18
"""Fifteen, which no number has more of [E.164], and up to three to dial abroad; what is longer is two numbers."""

_WITH_FRACTION = re.compile(r"(\d{5,15})\.0", re.ASCII)
"""How tables write a number of a column in which a cell is empty."""

_SCHEME = re.compile(r"(?:tel|callto|sms):", re.IGNORECASE)
_LABEL_BEFORE = re.compile(
    r"(?:\([^\W\d_]{1,20}\)|[^\W\d_]{1,20}\.?:|(?:tel|phone|ph|mobile|mob|cell|home|work|office)\b\.?)\s*(?=[+(\d])",
    re.IGNORECASE,
)
_LABEL_BEHIND = re.compile(r"\s+(?:\([^\W\d_][^()\d]{0,30}\)|mobile|cell|home|work|office)$", re.IGNORECASE)
_LONGEST_AS_WRITTEN = 200
_LONGEST = 64
"""Signs of the longest text that is looked at: thirty of a number, and its extension in words."""


def phone_converter(field: MergeField) -> Callable[[Any], str]:
    """Return what makes a value a number as the merge field takes it; that raises `Unfit`."""
    if field.phone_format.upper() == "US":
        return us_phone
    return international_phone


def us_phone(value: Any) -> str:
    """Return a number of North America as (###) ###-####; raises `Unfit`.

    One with an extension does not fit: it is no number to text.
    """
    text = _plain(_as_written(value))
    if not text:
        return ""
    usual = _US.fullmatch(text)
    if usual:
        return f"({usual[1]}) {usual[2]}-{usual[3]}"
    number = _valid_number(text, "US")
    if number is None or number.country_code != _NORTH_AMERICA:
        raise Unfit(_NOT_US)
    digits = str(number.national_number)
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def international_phone(value: Any) -> str:
    """Return E.164 where the number says its country; else the number as it came: its country would be a guess."""
    text = _plain(_as_written(value))
    if not text or _E164.fullmatch(text):
        return text
    if len(text) > _LONGEST:
        raise Unfit(_NOT_A_PHONE)
    written = _LOOKS_LIKE_ONE.fullmatch(text)
    if written is None:
        raise Unfit(_NOT_A_PHONE)
    digits = sum(map(str.isdigit, written[1]))
    if not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        raise Unfit(_NOT_A_PHONE)
    if text.startswith("00"):
        number = _valid_number(f"+{text[2:]}", None)
    elif text.startswith("+"):
        number = _valid_number(text, None)
    else:
        number = None
    if number is None:
        return text
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _as_written(value: Any) -> str:
    """Return a value as text, 2025550143.0 without its fraction; raises `Unfit` for any other fraction."""
    text = as_text(value)
    whole = _WITH_FRACTION.fullmatch(text)
    if whole:
        return whole[1]
    if isinstance(value, float | Decimal) and not text.isdigit():
        raise Unfit(_NOT_A_PHONE)
    return text


def _plain(text: str) -> str:
    """Return a number without what is written around it, in signs of ASCII; raises `Unfit` for a long text."""
    if _E164.fullmatch(text) or _US.fullmatch(text):
        return text
    if len(text) > _LONGEST_AS_WRITTEN:
        raise Unfit(_NOT_A_PHONE)
    text = "".join(map(_as_ascii, text)).strip().removeprefix("'")
    text = _SCHEME.sub("", text)
    text = _LABEL_BEFORE.sub("", text)
    return _LABEL_BEHIND.sub("", text).strip()


def _as_ascii(sign: str) -> str:
    """Return a digit of any script, a dash, a blank or a sign in double width as ASCII has it; no invisible signs."""
    if sign.isascii():
        return sign
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if category == "Pd" or sign == "\u2212":
        return "-"
    if category == "Cf":
        return ""
    if category == "Zs":
        return " "
    return unicodedata.normalize("NFKC", sign)


def _valid_number(text: str, region: str | None) -> Any:
    """Return the number that a text holds; None if it holds none that can exist, or one with an extension."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return number
