"""A stream that is a whole list: who is no longer in it, and whether that may be believed.

Four conditions guard every removal; the first that fails is said, and nobody is removed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from source_destination_mailchimp.destination.mapping.columns import Reader
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.model import Contact, Rejected, StreamId

_MARKS_AT_ONCE = 500
_MOST_SIZES = 3


@dataclass(slots=True)
class Mirror:
    """What one mirrored stream has shown of its list so far."""

    stream: StreamId
    tag: str
    members: Members
    is_full_refresh: bool
    list_size_field: str | None = None
    read_size: Reader | None = None
    """Reads that column."""

    rows: int = 0
    living: int = 0
    """Rows that are not marked as deleted."""

    without_address: int = 0
    is_complete: bool = False
    """A COMPLETE status for the stream arrived."""

    was_interrupted: bool = False
    """An INCOMPLETE status for the stream arrived."""

    has_unreadable_lines: bool = False
    """A line of the input, of whatever stream, could not be read: it may have been anybody of the list."""

    sizes: set[int | None] = field(default_factory=set)
    """What list_size_field said: one number if all is well. None is a value that is no number."""

    _unmarked: list[str] = field(default_factory=list)

    def saw(self, mapped: Contact | Rejected, record: Mapping[str, Any]) -> None:
        """Take note of one record.

        A deleted one is not in the list. Whoever it names is passed over by departures all the same: they get
        `removal`, which takes the tag off too, and nothing stricter.
        """
        self.rows += 1
        if self.read_size is not None:
            self._note_size(self.read_size(record))
        if not mapped.deleted:
            self.living += 1
            if not mapped.hash:
                self.without_address += 1
        if mapped.hash:
            self._unmarked.append(mapped.hash)
        if isinstance(mapped, Contact) and mapped.external_id:
            # With a changed address they may still be a member under the old one.
            self._unmarked.extend(self.members.owners(mapped.external_id))
        if len(self._unmarked) >= _MARKS_AT_ONCE:
            self._write_marks()

    @property
    def holds_states(self) -> bool:
        """Whether a STATE that left now could turn a repeated attempt into a remainder that looks like the whole."""
        return self.is_full_refresh and not self.is_proven

    @property
    def is_proven(self) -> bool:
        """Whether the whole list was seen in this process. A STATE proves nothing: one follows a failed stream too."""
        if self.was_interrupted:
            return False
        by_status = self.is_full_refresh and self.is_complete
        if self.list_size_field:
            # A size that contradicts a COMPLETE status is believed: rows were lost on the way, whoever lost them.
            return self.sizes == {self.rows} or (by_status and not self.sizes)
        return by_status

    def objection(self) -> str | None:
        """The first condition that does not hold, and how to meet it; None where people who left may be removed."""
        if self.has_unreadable_lines:
            return (
                "a line of the input could not be read, and may have held a contact of the list. "
                "Correct it in the source and run the sync again."
            )
        if not self.is_proven:
            return self._unproven()
        if self.living == 0:
            if self.rows == 0:
                return "no records were received. An empty list is treated as a mistake, so no contact is removed."
            return (
                "only deleted records were received. An empty list is treated as a mistake, so no contact is removed."
            )
        if self.without_address:
            people = "record has" if self.without_address == 1 else "records have"
            return (
                f"{self.without_address:,} {people} no valid email address, so it is not known "
                "whose they are. Fix or remove them in the source; the rejected records show which ones."
            )
        return None

    def gone(self) -> Iterator[list[str]]:
        """Subscriber hashes of those who carry the tag and were not in the stream, archived ones too, 500 at a time."""
        self._end_marks()
        return self.members.carriers_not_seen(same_name(self.tag))

    def count_gone(self) -> int:
        """How many they are; archived people, who lose no more than the tag, are not counted."""
        self._end_marks()
        return self.members.count_carriers_not_seen(same_name(self.tag))

    def holders(self) -> int:
        """How many people carried the tag at the start, archived people not among them."""
        return self.members.count_carriers(same_name(self.tag))

    def _unproven(self) -> str:
        if self.was_interrupted:
            return "the source reports the stream as incomplete. Run the sync again."
        if self.list_size_field:
            return self._wrong_size()
        if not self.is_full_refresh:
            return (
                "the stream is incremental, so it contains only changes, not the whole list. "
                "Sync it as full refresh, or name a column with the size of the whole list in list_size_field."
            )
        return (
            "no COMPLETE status was received for the stream, so it is not known whether the "
            "list is complete. Name a column with the size of the whole list (count(*) over ()) in "
            "list_size_field."
        )

    def _wrong_size(self) -> str:
        said = ", ".join("nothing readable" if size is None else f"{size:,}" for size in self.sizes) or "nothing"
        way_out = (
            (
                "Run the sync again. If this does not help, let the column hold the number of "
                "all rows (count(*) over ())."
            )
            if self.is_full_refresh
            else "An incremental stream contains only changes. Sync it as full refresh."
        )
        return f"{self.rows:,} records came and list_size_field ({self.list_size_field}) says {said}. {way_out}"

    def _note_size(self, value: Any) -> None:
        if len(self.sizes) < _MOST_SIZES:
            self.sizes.add(_whole_number(value))

    def _end_marks(self) -> None:
        self._write_marks()
        self.members.mark_renamed(same_name(self.tag))

    def _write_marks(self) -> None:
        self.members.mark_seen(same_name(self.tag), self._unmarked)
        self._unmarked = []


def _whole_number(value: Any) -> int | None:
    """A count as databases send it: 3, 3.0, "3", "3.0"; None for what is no whole number."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
        return int(number) if number == number.to_integral_value() else None
    except (ArithmeticError, ValueError):
        return None
