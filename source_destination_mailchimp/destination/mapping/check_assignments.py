"""What two assignments of a stream must not do: write one place, or send what is to be ignored."""

from collections.abc import Iterable
from typing import assert_never

from source_destination_mailchimp.destination.form.field_mapping import FieldMapping
from source_destination_mailchimp.destination.mapping.columns import Path
from source_destination_mailchimp.destination.mapping.names import quoted_names
from source_destination_mailchimp.destination.mapping.targets import Assignment, Kind, Target
from source_destination_mailchimp.mailchimp.errors import Misconfigured

_WHOLE = "*"


def check_once(setting: str, assignments: Iterable[Assignment]) -> None:
    """Raise `Misconfigured` where two write one place, or a whole address and its part, or a category and its group."""
    taken: dict[tuple[Kind, str], dict[str, str]] = {}
    for assignment in assignments:
        whole, part = _place(assignment.target)
        parts_taken = taken.setdefault(whole, {})
        clash = _clash(parts_taken, part)
        if clash is not None:
            name = assignment.target.name
            joined = FieldMapping(f"{clash} {assignment.columns}", name)
            raise Misconfigured(
                f"{setting}: {clash} and {assignment.columns} both go to {name}. Keep one of the "
                f"lines, or join the columns in one: {joined}."
            )
        parts_taken[part] = assignment.columns


def _clash(parts_taken: dict[str, str], part: str) -> str | None:
    """Return the columns that write a part already, or the whole that it is in; None if it is free."""
    for taken, columns in parts_taken.items():
        if part == taken or _WHOLE in (part, taken):
            return columns
    return None


def _place(target: Target) -> tuple[tuple[Kind, str], str]:
    """Return what a target writes: a whole, as (kind, name), and which part of it."""
    match target.kind:
        case Kind.ADDRESS_PART:
            return (Kind.MERGE_FIELD, target.name), target.part
        case Kind.GROUP:
            return (Kind.CATEGORY, target.part), target.name
        case Kind.MERGE_FIELD | Kind.PROPERTY | Kind.LOCATION | Kind.CATEGORY | Kind.PERMISSION:
            return (target.kind, target.name), _WHOLE
        case _:
            assert_never(target.kind)


def check_ignored(setting: str, used: Iterable[Path], ignored: Iterable[Path]) -> None:
    """Raise `Misconfigured` where a column that is to be ignored is used by another setting."""
    both = []
    for path in used:
        if any(path.is_inside(other) for other in ignored):
            both.append(path.text)
    if both:
        raise Misconfigured(
            f"{setting}: {quoted_names(both)} would be sent by another setting of the stream. "
            "Take the column out of one of the two."
        )
