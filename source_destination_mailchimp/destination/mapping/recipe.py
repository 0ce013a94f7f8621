"""What is done with every record of a stream, compiled once."""

from dataclasses import dataclass
from typing import NamedTuple

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.fields import Converter
from source_destination_mailchimp.destination.mapping.steps import Step
from source_destination_mailchimp.destination.mapping.values import MISSING, Cut, Unfit, as_text
from source_destination_mailchimp.destination.model import StreamId


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
    consent_time: Column | None
    deleted: Column | None
    clear: bool
    """`empty_values: clear`."""

    whole_records: bool
    """`invalid_values: reject_record`."""

    @property
    def is_asking(self) -> bool:
        """Whether a record says more than values: tags, consent, or the stream's own key."""
        columns = (self.external_id, self.tags, self.opt_in, self.consent_time)
        return any(column is not None for column in columns)


def external_id_of(external_id: ExternalId, record: Record) -> str:
    """Return the key as the merge field keeps it, as text; empty if there is none or it does not fit."""
    value = external_id.read(record)
    if value is MISSING or value is None:
        return ""
    try:
        return as_text(external_id.convert(value))
    except (Unfit, Cut):
        return ""
