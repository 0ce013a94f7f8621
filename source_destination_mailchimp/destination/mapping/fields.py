"""The merge-field types, one table: what each takes, what is sent for it, and what is refused."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, assert_never
from urllib.parse import urlsplit

from source_destination_mailchimp.destination.mapping.dates import as_birthday, as_date
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.mapping.phones import phone_converter
from source_destination_mailchimp.destination.mapping.postal import address_converter
from source_destination_mailchimp.destination.mapping.values import NO, YES, Cut, Unfit, as_number, as_text
from source_destination_mailchimp.mailchimp.members import Json, MergeField

Converter = Callable[[Any], Any]
"""Value of a record → value as Mailchimp takes it, "" where it is empty; raises `Unfit` or `Cut`.

What Mailchimp gives back, converted again, is what was sent: that makes a value comparable."""

MAX_BYTES: Final = 255
"""Mailchimp cuts a text there without a word. [documented]"""

_ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?", re.ASCII)
_FEWEST_ZIP_DIGITS = 3
"""The lowest zip code, 00501, has as many without its zeros."""

_FRACTION = ".0"
"""What tables append to a code that they take for a number, where a cell of its column is empty."""

_BLANK = re.compile(r"\s")


def as_field_text(value: Any) -> str:
    """Return a text that fits; raises `Cut` with the longest beginning that fits and ends at a whole character."""
    if value.__class__ is str:
        # Nearly every value, and so the tightest branch of the mapping: as_text would say the same.
        stripped: str = value.strip()
        if len(stripped) <= MAX_BYTES and stripped.isascii() and "\x00" not in stripped:
            return stripped
    text = as_text(value)
    encoded = text.encode()
    if len(encoded) <= MAX_BYTES:
        return text
    kept = encoded[:MAX_BYTES].decode("utf-8", "ignore").rstrip()
    raise Cut(kept, len(encoded))


def choice_converter(field: MergeField) -> Converter:
    """Return what makes a value one of the field's choices, in its spelling."""
    spelled = _spellings(field.choices)

    def convert(value: Any) -> str:
        text = as_text(value)
        if not text:
            return ""
        try:
            return spelled[same_name(text)]
        except KeyError:
            raise Unfit("not one of the field's choices") from None

    return convert


def _spellings(choices: Iterable[str]) -> dict[str, str]:
    """Return what a record may say → the choice it means.

    Where one choice is a yes and one a no, every other word for yes and no means them too.
    """
    spelled = {same_name(choice.strip()): choice for choice in choices}
    yes = spelled.keys() & YES
    no = spelled.keys() & NO
    if len(yes) == 1 and len(no) == 1:
        said_yes = spelled[yes.pop()]
        said_no = spelled[no.pop()]
        spelled.update(dict.fromkeys(YES, said_yes))
        spelled.update(dict.fromkeys(NO, said_no))
    return spelled


def as_url(value: Any) -> str:
    """Return an absolute http(s) address; raises `Unfit`."""
    text = as_text(value)
    if not text:
        return ""
    if not _is_absolute_url(text):
        raise Unfit("not an absolute http or https URL")
    if len(text.encode()) > MAX_BYTES:
        raise Unfit("a URL of more than 255 bytes, which cannot be shortened")
    return text


def _is_absolute_url(text: str) -> bool:
    if _BLANK.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:  # brackets that hold no IPv6 address
        return False


def as_zip(value: Any) -> str:
    """Return a US zip code of five digits; raises `Unfit`.

    The zeros that numbers lose are put back, ZIP+4 is cut.
    """
    text = as_text(value)
    if not text:
        return ""
    is_number = not isinstance(value, str) and text.isdigit()
    if text.endswith(_FRACTION):
        text = text.removesuffix(_FRACTION)
        is_number = text.isdigit()
    if is_number and len(text) >= _FEWEST_ZIP_DIGITS:
        text = text.zfill(5)
    match = _ZIP.fullmatch(text)
    if not match:
        raise Unfit("not a five-digit US zip code; text fields take any postal code")
    return match[1]


def _is_day_first(field: MergeField) -> bool:
    return field.date_format.upper().startswith("DD")


TypeName = Literal[
    "text", "number", "date", "birthday", "address", "phone", "zip", "url", "imageurl", "radio", "dropdown"
]
"""Mailchimp's names for the types of merge fields. [documented]"""


@dataclass(frozen=True, slots=True)
class FieldType:
    """One merge-field type."""

    schema: Json
    """JSON schema of a property that feeds it."""

    accepts: str
    sends: str
    refuses: str


_ANY_URL = "http and https URLs with a host"
_NO_URL = "other values, and URLs of more than 255 bytes"
_CHOICES = "a choice, in upper or lower case; yes, no, true, false, 1 and 0 if one choice means yes and one means no"
TYPES: Final[dict[TypeName, FieldType]] = {
    "text": FieldType(
        {"type": "string"},
        "anything: numbers, booleans, lists (joined by a comma), objects (as JSON)",
        "text without surrounding spaces; text of more than 255 bytes is cut after a whole character, and reported",
        "nothing",
    ),
    "number": FieldType(
        {"type": "number"},
        "numbers, numbers as text, booleans as 1 and 0",
        "a number; above 2^53 the nearest one that JSON readers can represent",
        "text with letters, currency signs or thousands separators; NaN and infinity",
    ),
    "date": FieldType(
        {"type": "string", "format": "date"},
        "dates, times with and without a time zone, epoch s, ms, µs and ns, 20240501, 05-01-2024 and 05.01.2024 (day "
        "first), 05/01/2024 (in the order that the field uses), dates with the name of a month",
        "YYYY-MM-DD: the day as written, in any time zone; UTC for epoch numbers",
        "dates that do not exist, years before 1000, numbers too small for a time",
    ),
    "birthday": FieldType(
        {"type": "string"},
        "all forms of a date; MM/DD, --MM-DD, DD.MM.",
        "MM/DD, the only form that the API accepts",
        "days that do not exist; 31/12, because 05/12 would be ambiguous",
    ),
    "address": FieldType(
        {"type": "object"},
        "its parts from columns, or an object (or JSON text) with addr1, addr2, city, state, zip, country",
        "the address if it has addr1, city, state and zip; country as a two-letter code, or the field's default",
        "incomplete addresses (left out and reported), unknown countries, plain text",
    ),
    "phone": FieldType(
        {"type": "string"},
        "phone numbers, as text or as a number",
        "(###) ###-#### for the US format; otherwise E.164 if the number has a country code, or unchanged",
        "US format: other countries, extensions, impossible area codes; otherwise text that is not a number",
    ),
    "zip": FieldType(
        {"type": "string"},
        "five digits, ZIP+4, numbers that lost their leading zeros",
        "five digits",
        "postal codes of other countries",
    ),
    "url": FieldType({"type": "string", "format": "uri"}, _ANY_URL, "the address", _NO_URL),
    "imageurl": FieldType({"type": "string", "format": "uri"}, _ANY_URL, "the address", _NO_URL),
    "radio": FieldType({"type": "string"}, _CHOICES, "the choice as spelled in Mailchimp", "other values"),
    "dropdown": FieldType({"type": "string"}, _CHOICES, "the choice as spelled in Mailchimp", "other values"),
}


def type_of(field: MergeField) -> TypeName:
    """Return the type of a merge field; one that Mailchimp has since invented is taken as text."""
    for name in TYPES:
        if field.type == name:
            return name
    return "text"


def converter(field: MergeField) -> Converter:  # noqa: C901 - one arm per type
    """Return what turns a record's value into this merge field's."""
    name = type_of(field)
    match name:
        case "text":
            return as_field_text
        case "number":
            return as_number
        case "date":
            return partial(as_date, day_first=True) if _is_day_first(field) else as_date
        case "birthday":
            return partial(as_birthday, day_first=True) if _is_day_first(field) else as_birthday
        case "address":
            return address_converter(field)
        case "phone":
            return phone_converter(field)
        case "zip":
            return as_zip
        case "url" | "imageurl":
            return as_url
        case "radio" | "dropdown":
            return choice_converter(field)
        case _:
            assert_never(name)


def mapping_table() -> str:
    """Return the table for people: Markdown, one row per type."""
    lines = ["| merge field | takes | is sent as | refused |", "|---|---|---|---|"]
    for name, row in TYPES.items():
        lines.append(f"| `{name}` | {row.accepts} | {row.sends} | {row.refuses} |")
    return "\n".join(lines) + "\n"
