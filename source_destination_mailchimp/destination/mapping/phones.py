"""Phone numbers in the two formats of a phone merge field."""

import re
from collections.abc import Callable
from typing import Any

import phonenumbers

from source_destination_mailchimp.destination.mapping.values import Unfit, as_text
from source_destination_mailchimp.mailchimp.members import MergeField

_NOT_US = "not a US phone number with area code; the field is set to (###) ###-####"
_NOT_A_PHONE = "not a phone number"
_US = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]?([2-9]\d\d)[ .-]?(\d{4})", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# Digits with what people put between them, and perhaps an extension.
_LOOKS_LIKE_ONE = re.compile(
    r"\+?[\d\s\u00a0().\-/]{5,30}(?:\s*(?:x|ext\.?|extension|#|;ext=)\s*\d{1,8})?", re.IGNORECASE | re.ASCII
)
_FEWEST_DIGITS = 5


def phone_converter(field: MergeField) -> Callable[[Any], str]:
    """Value → number as the merge field takes it; raises `Unfit`."""
    return us_phone if field.phone_format.upper() == "US" else international_phone


def us_phone(value: Any) -> str:
    """A number of North America as (###) ###-####. One with an extension does not fit and is no number to text."""
    text = as_text(value)
    if not text:
        return ""
    if match := _US.fullmatch(text):
        return f"({match[1]}) {match[2]}-{match[3]}"
    number = _parse(text, "US")
    if number is None or number.country_code != 1 or number.extension or not phonenumbers.is_valid_number(number):
        raise Unfit(_NOT_US)
    digits = str(number.national_number)
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def international_phone(value: Any) -> str:
    """E.164 where the number says its country; else as it came, because its country would be a guess."""
    text = as_text(value)
    if not text or _E164.fullmatch(text):
        return text
    if not _LOOKS_LIKE_ONE.fullmatch(text) or sum(c.isdigit() for c in text) < _FEWEST_DIGITS:
        raise Unfit(_NOT_A_PHONE)
    if text.startswith("+") or text.startswith("00"):
        number = _parse("+" + text[2:] if text.startswith("00") else text, None)
        if number is not None and not number.extension and phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return text


def _parse(text: str, region: str | None) -> Any:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
