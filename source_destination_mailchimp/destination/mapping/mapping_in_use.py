"""What of a stream's records goes where, for people to read: a line of the log, and the rows of a report."""

from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.mapping.assignments import Assignments, SingleColumns
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.targets import GROUP, PERMISSION, Kind, Target

MOST_SHOWN = 20
"""Columns that are not synced, in one line."""

TAGS = "tags"


class MappedColumn(NamedTuple):
    """One or more columns of a stream, and where they go."""

    columns: str
    """As the user wrote them, or as the stream names them."""

    target: str
    """As the user would write it in `fields`; in words where a setting of its own reads the column."""

    key: str = ""
    """The merge tag that gets the value, where the target is a merge field or a part of one."""

    is_value: bool = False
    """Whether the contact gets a value from the columns; else they only decide what happens to it."""


class MappingInUse(NamedTuple):
    """The mapping of one stream, as it was decided."""

    mapped: tuple[MappedColumn, ...] = ()
    not_synced: tuple[str, ...] = ()
    """Columns that nothing reads, and that `ignore_fields` does not name."""

    def sentence(self) -> str:
        """Return the mapping in one line: `first_name → FNAME, value → LTV; not synced: shoe_size`."""
        line = ", ".join(f"{column.columns} → {column.target}" for column in self.mapped)
        if not self.not_synced:
            return line
        shown = ", ".join(self.not_synced[:MOST_SHOWN])
        more = len(self.not_synced) - MOST_SHOWN
        if more > 0:
            shown += f" and {more} more"
        return f"{line}; not synced: {shown}"


def mapping_in_use(assignments: Assignments, live: LiveAudience) -> MappingInUse:
    """Return what the assignments of a stream do, in the words of the form."""
    mapped = [MappedColumn(assignments.email.text, "email address")]
    for assignment in assignments.written:
        columns = " + ".join(path.text for path in assignment.paths)
        target = _target(assignment.target, live)
        mapped.append(MappedColumn(columns, target, _merge_tag(assignment.target), is_value=True))
    mapped.extend(_singles(assignments.singles))
    return MappingInUse(tuple(mapped), assignments.unmapped)


def _singles(singles: SingleColumns) -> list[MappedColumn]:
    """Return the columns that have a setting of their own, with what they are read for."""
    found = []
    for path, use in (
        (singles.tags, TAGS),
        (singles.opt_in, "opt-in"),
        (singles.opt_out, "opt-out"),
        (singles.consent_time, "time of consent"),
        (singles.deleted, "deletion mark"),
        (singles.list_size, "size of the list"),
    ):
        if path is not None:
            found.append(MappedColumn(path.text, use, is_value=use == TAGS))
    return found


def _target(target: Target, live: LiveAudience) -> str:
    """Return a target as the user would write it."""
    match target.kind:
        case Kind.MERGE_FIELD | Kind.PROPERTY | Kind.LOCATION:
            return target.name
        case Kind.ADDRESS_PART:
            return f"{target.name}.{target.part}"
        case Kind.GROUP:
            return f"{GROUP}{target.part}/{_group_name(target, live)}"
        case Kind.CATEGORY:
            return f"{GROUP}{target.name}"
        case Kind.PERMISSION:
            return f"{PERMISSION}{target.name}"
        case _:
            assert_never(target.kind)


def _group_name(target: Target, live: LiveAudience) -> str:
    for interest in live.interests:
        if interest.id == target.name:
            return interest.name
    return target.name


def _merge_tag(target: Target) -> str:
    if target.kind in (Kind.MERGE_FIELD, Kind.ADDRESS_PART):
        return target.name
    return ""
