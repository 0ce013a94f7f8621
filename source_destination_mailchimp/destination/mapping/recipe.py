"""What is done with every record of a stream, compiled once."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.fields import Converter
from source_destination_mailchimp.destination.mapping.steps import Step
from source_destination_mailchimp.destination.mapping.values import MISSING, Cut, Unfit, as_text
from source_destination_mailchimp.destination.model import Note, OptIn, Reason, StreamId

_NO_KEY: Final = (
    "a number with a decimal point or an exponent, or with more digits than a number "
    "field holds. Send it as a whole number or as text, to a text field"
)


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

    Raises `NoKey` for a number with a point or an exponent: two keys may have become one on its way through a double.
    """
    try:
        value = external_id.read(record)
    except Unfit:  # several columns, of which one holds no number
        raise NoKey(external_id.tag) from None
    if value is MISSING or value is None:
        return ""
    if isinstance(value, float | Decimal):
        raise NoKey(external_id.tag)
    try:
        key = external_id.convert(value)
    except (Unfit, Cut):
        return ""
    if isinstance(key, float):
        raise NoKey(external_id.tag)
    return as_text(key)
