"""The merge-field types, one table: what each takes, what is sent for it, and what is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from source_destination_mailchimp.destination.mapping.phones import phone_converter
from source_destination_mailchimp.destination.mapping.postal import address_converter
from source_destination_mailchimp.destination.mapping.times import as_birthday, as_date
from source_destination_mailchimp.destination.mapping.values import NO, YES, Cut, Unfit, as_number, as_text
from source_destination_mailchimp.mailchimp.members import Json, MergeField

Converter = Callable[[Any], Any]
"""Value of a record → value as Mailchimp takes it, "" where it is empty; raises `Unfit` or `Cut`.

What Mailchimp gives back, converted again, is what was sent: that makes a value comparable."""

MAX_BYTES: Final = 255
"""Mailchimp cuts a text there without a word. [documented]"""

_ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?", re.ASCII)


def text_converter(field: MergeField) -> Converter:
    """Anything as text of at most 255 bytes."""
    return as_field_text


def as_field_text(value: Any) -> str:
    """A text that fits; raises `Cut` with the longest beginning that fits, which ends at a whole character."""
    if value.__class__ is str:
        text: str = value.strip()
        if len(text) <= MAX_BYTES and text.isascii() and "\x00" not in text:
            return text
    text = as_text(value)
    if len(text) * 4 <= MAX_BYTES or (size := len(text.encode())) <= MAX_BYTES:
        return text
    raise Cut(text.encode()[:MAX_BYTES].decode("utf-8", "ignore").rstrip(), size)


def number_converter(field: MergeField) -> Converter:
    """Finite numbers."""
    return as_number


def date_converter(field: MergeField) -> Converter:
    """Days, in the order of day and month that the field is set to."""
    if not _day_first(field):
        return as_date
    return lambda value: as_date(value, day_first=True)


def birthday_converter(field: MergeField) -> Converter:
    """Birthdays from dates, or as Mailchimp's API writes them."""
    if not _day_first(field):
        return as_birthday
    return lambda value: as_birthday(value, day_first=True)


def choice_converter(field: MergeField) -> Converter:
    """One of the field's choices, in its spelling."""
    spelled = {choice.strip().casefold(): choice for choice in field.choices}
    answers = [[spelled[word] for word in words if word in spelled] for words in (YES, NO)]
    if [len(choices) for choices in answers] == [1, 1]:
        spelled |= dict.fromkeys(YES, answers[0][0]) | dict.fromkeys(NO, answers[1][0])

    def convert(value: Any) -> str:
        text = as_text(value)
        try:
            return spelled[text.casefold()] if text else ""
        except KeyError:
            raise Unfit("not one of the field's choices") from None

    return convert


def url_converter(field: MergeField) -> Converter:
    """Absolute addresses of web pages."""
    return as_url


def as_url(value: Any) -> str:
    """An absolute http(s) address; raises `Unfit`."""
    text = as_text(value)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme.lower() in ("http", "https") and parts.hostname and not re.search(r"\s", text)
    except ValueError:
        usable = None
    if not usable:
        raise Unfit("not an absolute http or https address")
    if len(text.encode()) > MAX_BYTES:
        raise Unfit("an address of more than 255 bytes, which would lead nowhere if it were cut")
    return text


def zip_converter(field: MergeField) -> Converter:
    """Five digits."""
    return as_zip


def as_zip(value: Any) -> str:
    """A US zip code of five digits; the zeros that numbers lose are put back, ZIP+4 is cut; raises `Unfit`."""
    text = as_text(value)
    if not text:
        return ""
    if not isinstance(value, str) and 3 <= len(text) < 5 and text.isdigit():
        text = text.zfill(5)
    match = _ZIP.fullmatch(text)
    if not match:
        raise Unfit("not a US zip code of five digits; a text field takes any")
    return match[1]


def _day_first(field: MergeField) -> bool:
    return field.date_format.upper().startswith("DD")


@dataclass(frozen=True, slots=True)
class FieldType:
    """One merge-field type."""

    converter: Callable[[MergeField], Converter]
    schema: Json
    """JSON schema of a property that feeds it."""

    accepts: str
    sends: str
    refuses: str


_ANY_URL = "http and https addresses with a host"
_NO_URL = "everything else, and more than 255 bytes"
_CHOICES = "a choice in any case; yes, no, true, false, 1 and 0 where one choice is a yes and one a no"
TYPES: Final[dict[str, FieldType]] = {
    "text": FieldType(
        text_converter,
        {"type": "string"},
        "anything: numbers, booleans, lists (joined by a comma), objects (as JSON)",
        "text, trimmed, cut at 255 bytes on a whole character (reported)",
        "nothing",
    ),
    "number": FieldType(
        number_converter,
        {"type": "number"},
        "numbers, numbers as text, booleans as 1 and 0",
        "a number; beyond 2^53 the nearest that JSON readers can hold",
        "texts with letters, currency signs or thousands separators; NaN and infinity",
    ),
    "date": FieldType(
        date_converter,
        {"type": "string", "format": "date"},
        "dates, times with and without zone, epoch s, ms, µs and ns, 20240501, 05-01-2024 and 05.01.2024 (day first), "
        "05/01/2024 (in the order the field is set to), dates with a month's name",
        "YYYY-MM-DD: the day as it is written, whatever the zone; UTC for epoch numbers",
        "dates that do not exist, years before 1000, numbers too small for a time",
    ),
    "birthday": FieldType(
        birthday_converter,
        {"type": "string"},
        "everything a date takes; MM/DD, --MM-DD, DD.MM.",
        "MM/DD, the only form the API knows",
        "days that do not exist; 31/12, because 05/12 could then mean either",
    ),
    "address": FieldType(
        address_converter,
        {"type": "object"},
        "its parts from columns, or an object (also as JSON text) with addr1, addr2, city, state, zip, country",
        "the address when addr1, city, state and zip are there; country as two letters, else the field's default",
        "half an address (left alone and reported), countries that are none, plain text",
    ),
    "phone": FieldType(
        phone_converter,
        {"type": "string"},
        "phone numbers as text or number",
        "(###) ###-#### for the US format; else E.164 if the number says its country, if not as it came",
        "US format: other countries, extensions, area codes that cannot be; else texts that are no number",
    ),
    "zip": FieldType(
        zip_converter,
        {"type": "string"},
        "five digits, ZIP+4, numbers that lost their zeros",
        "five digits",
        "postal codes of other countries",
    ),
    "url": FieldType(url_converter, {"type": "string", "format": "uri"}, _ANY_URL, "the address", _NO_URL),
    "imageurl": FieldType(url_converter, {"type": "string", "format": "uri"}, _ANY_URL, "the address", _NO_URL),
    "radio": FieldType(choice_converter, {"type": "string"}, _CHOICES, "the choice as it is set up", "other values"),
    "dropdown": FieldType(choice_converter, {"type": "string"}, _CHOICES, "the choice as it is set up", "other values"),
}


def converter(field: MergeField) -> Converter:
    """What turns a record's value into this merge field's; a type Mailchimp has since invented is taken as text."""
    return TYPES.get(field.type, TYPES["text"]).converter(field)


def mapping_table() -> str:
    """The table for people: Markdown, one row per type."""
    head = "| merge field | takes | is sent as | refused |\n|---|---|---|---|\n"
    rows = (f"| `{name}` | {t.accepts} | {t.sends} | {t.refuses} |\n" for name, t in TYPES.items())
    return head + "".join(rows)
