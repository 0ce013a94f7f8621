"""What assignments of a stream must not do: write one place twice, by two rules, or send what is to be ignored."""

from collections.abc import Iterable
from typing import assert_never

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.mapping.columns import Path
from source_destination_mailchimp.destination.mapping.names import quoted_names
from source_destination_mailchimp.destination.mapping.targets import Assignment, Kind, Target, may_wait_for_a_gap
from source_destination_mailchimp.mailchimp.errors import Misconfigured

_WHOLE = "*"


def check_once(assignments: Iterable[Assignment]) -> None:
    """Raise `Misconfigured` where two write one place, or a whole address and its part, or a category and its group."""
    taken: dict[tuple[Kind, str], dict[str, str]] = {}
    for assignment in assignments:
        whole, part = _place(assignment.target)
        parts_taken = taken.setdefault(whole, {})
        clash = _clash(parts_taken, part)
        if clash is not None:
            raise Misconfigured(
                f"{assignment.setting}: {clash} and {assignment.columns} both go to {_place_name(assignment)}. "
                f"{_ways_out(assignment, clash)}"
            )
        parts_taken[part] = assignment.columns


def _place_name(assignment: Assignment) -> str:
    """Return what a user calls a target: a group by its name, because Mailchimp's own pages show no ID."""
    if assignment.target.kind is Kind.GROUP and assignment.written_target:
        return assignment.written_target
    return assignment.target.name


def _ways_out(assignment: Assignment, other_columns: str) -> str:
    """Return what to do about two entries for one target; only texts can be joined, and never an ID with anything."""
    match assignment.target.kind:
        case Kind.MERGE_FIELD | Kind.ADDRESS_PART if not assignment.is_external_id:
            joined = f"{other_columns} + {assignment.columns}"
            return f'Keep one of the entries, or join the columns in one: "{joined}".'
        case Kind.MERGE_FIELD | Kind.ADDRESS_PART | Kind.PROPERTY | Kind.LOCATION:
            return "Keep one of the entries."
        case Kind.GROUP | Kind.CATEGORY | Kind.PERMISSION:
            return "Keep one of the entries."
        case _:
            assert_never(assignment.target.kind)


def check_writes(assignments: Iterable[Assignment], otherwise: Write) -> None:
    """Raise `Misconfigured` for a rule that its target cannot have, and for two rules for one field.

    An address and a place are written whole, so all of their parts have one rule. `otherwise`: the rule of an entry
    that names none.
    """
    rules: dict[tuple[Kind, str], Write] = {}
    for assignment in assignments:
        target = assignment.target
        if assignment.write in ("if_empty", "only_new") and not may_wait_for_a_gap(target):
            raise Misconfigured(
                f'{assignment.setting}: write "{assignment.write}" is not possible for a {_called(target)}, where "no" '
                "is an answer and not an empty value. Remove write, or choose always."
            )
        whole = _written_whole(target)
        rule = assignment.write or otherwise
        if rules.setdefault(whole, rule) != rule:
            raise Misconfigured(
                f"{assignment.setting}: {whole[1]} is written as a whole, and another entry for it has the write rule "
                f"{rules[whole]}. Give all of its entries the same."
            )


def _called(target: Target) -> str:
    """Return what a target is called in a sentence."""
    if target.kind is Kind.PROPERTY:
        return f"value such as {target.name}"
    name: str = target.kind.value
    return name


def _written_whole(target: Target) -> tuple[Kind, str]:
    """Return what is written as one value when the target is written."""
    if target.kind is Kind.LOCATION:
        return (target.kind, "location")
    return _place(target)[0]


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
            "Remove the column from one of the two."
        )
