"""A stream that is a whole list: who is no longer in it, and whether that may be believed.

Four conditions guard every removal; the first that fails is said, and nobody is removed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from source_destination_mailchimp.destination.memory import Memory
from source_destination_mailchimp.destination.model import Contact, Rejected, StreamId

_MARKS_AT_ONCE = 500


@dataclass(slots=True)
class Mirror:
    """What one mirrored stream has shown of its list so far."""

    stream: StreamId
    tag: str
    memory: Memory
    is_full_refresh: bool
    list_size_field: str | None = None
    rows: int = 0
    without_address: int = 0
    is_complete: bool = False
    """A COMPLETE status for the stream arrived."""

    was_interrupted: bool = False
    """An INCOMPLETE status for the stream arrived."""

    sizes: set[int] = field(default_factory=set)
    _unmarked: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """Name of the set of people who were seen in the stream."""
        return f"in {self.tag.lower()}"

    def saw(self, mapped: Contact | Rejected, record: Mapping[str, Any]) -> None:
        """Take note of one record. A deleted one is not in the list."""
        self.rows += 1
        if self.list_size_field:
            self._read_size(record.get(self.list_size_field))
        if isinstance(mapped, Contact) and mapped.deleted:
            return
        if not mapped.hash:
            self.without_address += 1
            return
        self._unmarked.append(mapped.hash)
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
        by_size = bool(self.list_size_field) and self.sizes == {self.rows}
        return by_status or by_size

    def objection(self) -> str | None:
        """The first condition that does not hold, and how to meet it; None where people who left may be removed."""
        if not self.is_proven:
            return self._unproven()
        if self.rows == 0:
            return "no record came. An empty list is taken for a mistake; nobody is removed for it."
        if self.without_address:
            people = "record has" if self.without_address == 1 else "records have"
            return (
                f"{self.without_address:,} {people} no usable address, so it is not known whose they are. Mend or "
                "remove them in the source; the rejected records say which."
            )
        return None

    def gone(self) -> Iterator[list[str]]:
        """Subscriber hashes of those who carry the tag and were not in the stream, 500 at a time."""
        self._write_marks()
        return self.memory.holders_not_marked(self.tag.lower(), self.mark)

    def holders(self) -> int:
        """How many people carried the tag at the start."""
        return self.memory.holders(self.tag.lower())

    def _unproven(self) -> str:
        if self.was_interrupted:
            return "the source says that the stream did not end. Run the sync again."
        if self.list_size_field:
            said = ", ".join(f"{size:,}" for size in sorted(self.sizes)) or "nothing"
            return f"{self.rows:,} records came and list_size_field ({self.list_size_field}) says {said}."
        if not self.is_full_refresh:
            return (
                "the stream is incremental, so it shows changes and not the whole list. Sync it as full refresh, or "
                "name a column with the size of the whole list in list_size_field."
            )
        return (
            "no COMPLETE status came for the stream, so it is not known whether the whole list was seen. Name a column "
            "with the size of the whole list (count(*) over ()) in list_size_field."
        )

    def _read_size(self, value: Any) -> None:
        try:
            self.sizes.add(int(value))
        except (TypeError, ValueError):
            self.sizes.add(-1)  # unreadable: it equals no number of rows

    def _write_marks(self) -> None:
        self.memory.mark(self.mark, self._unmarked)
        self._unmarked = []
