"""What is done with every record of a stream, compiled once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.fields import Converter
from source_destination_mailchimp.destination.mapping.steps import Step
from source_destination_mailchimp.destination.mapping.time_marks import NULL_WORDS
from source_destination_mailchimp.destination.mapping.values import MISSING, Cut, Unfit, as_text
from source_destination_mailchimp.destination.model import Note, OptIn, Reason, StreamId

_NO_KEY: Final = (
    "a fraction, a yes or no, a list, an object, damaged text, or a value that its merge field would change, so two "
    "IDs could become one. Send a whole number or text, to a text field"
)
_STANDS_FOR_NONE: Final = NULL_WORDS | {"00000000-0000-0000-0000-000000000000"}
"""What exports write where there is no key: else all who have none would be one contact. 0 is a key like any other."""

_DAMAGED = re.compile("[\ud800-\udfff\ufffd\x00]")
"""Half of a character, what stands for bytes that were no UTF-8, and NUL: without it the key is another's."""


class NoKey(Exception):
    """A record's own key cannot be believed, so nobody knows whose record it is."""

    def __init__(self, tag: str) -> None:
        super().__init__(_NO_KEY)
        self.note = Note(Reason.INVALID_EXTERNAL_ID, tag, _NO_KEY)
        """Why the record is rejected."""


class Column(NamedTuple):
    """A column that a setting names."""

    read: Reader
    name: str


@dataclass(frozen=True, slots=True)
class ExternalId:
    """Where a stream's own key is, and the merge field that keeps it."""

    read: Reader
    convert: Converter
    tag: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done with every record of a stream."""

    stream: StreamId
    email: Column
    columns: tuple[tuple[str, Converter, str], ...]
    """Column, converter, merge tag: by far the most."""

    steps: tuple[Step, ...]
    external_id: ExternalId | None
    tags: Column | None
    opt_in: Column | None
    opt_in_no: OptIn
    """What a no in that column asks for."""

    opt_out: Column | None
    """A column whose yes, or time, is a no."""

    consent_time: Column | None
    deleted: Column | None
    clear: bool
    """`empty_values: clear`."""

    now: Callable[[], float]
    """Seconds since 1970 UTC: a mark with a later time is not a yes."""

    whole_records: bool
    """`invalid_values: reject_record`."""

    @property
    def is_asking(self) -> bool:
        """Whether a record says more than values: tags, consent, or the stream's own key."""
        columns = (self.external_id, self.tags, self.opt_in, self.opt_out, self.consent_time, self.deleted)
        return any(column is not None for column in columns)


def external_id_of(external_id: ExternalId, record: Record) -> str:
    """Return the key as the merge field keeps it, as text; empty if there is none or it does not fit.

    Raises `NoKey` for one that may be two: a number that came through a double, a text that lost a part, and what the
    merge field would change, as a number field does to 007.
    """
    try:
        value = external_id.read(record)
    except Unfit:  # several columns, of which one holds no number
        raise NoKey(external_id.tag) from None
    if value is MISSING or value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise NoKey(external_id.tag)
    text = as_text(value)
    if text.lower() in _STANDS_FOR_NONE:
        return ""
    if isinstance(value, str) and _DAMAGED.search(value):
        raise NoKey(external_id.tag)
    try:
        key = as_text(external_id.convert(value))
    except (Unfit, Cut):
        return ""
    if key != text:
        raise NoKey(external_id.tag)
    return key
