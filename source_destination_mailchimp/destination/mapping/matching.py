"""Columns that are mapped nowhere, paired with merge fields by tag or name."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from source_destination_mailchimp.destination.mapping.names import normal_name, quoted_names
from source_destination_mailchimp.mailchimp.members import MergeField


class Matches(NamedTuple):
    """Which column feeds which merge field, and what could not be decided."""

    pairs: tuple[tuple[str, MergeField], ...]
    undecided: tuple[str, ...]
    """Sentences for the log."""


def match_columns(
    columns: Iterable[str], fields: Iterable[MergeField], without_parts: frozenset[str] = frozenset()
) -> Matches:
    """Pair columns with merge fields, a tag before a name; case, `_`, `-` and spaces aside.

    Where two columns would fit one field equally well neither does: a guess would overwrite people's data. An
    address does not come from a column `without_parts`.
    """
    by_name = defaultdict(list)
    for column in columns:
        by_name[normal_name(column)].append(column)
    pairs: list[tuple[str, MergeField]] = []
    undecided: list[str] = []
    left = list(fields)
    for name_of in (_tag, _name):
        for field in list(left):
            found = by_name.get(normal_name(name_of(field)), [])
            if not found:
                continue
            left.remove(field)
            problem = _problem(found, field, without_parts)
            if problem:
                undecided.append(problem)
            else:
                pairs.append((found.pop(), field))
    return Matches(tuple(pairs), tuple(undecided))


def _problem(found: list[str], field: MergeField, without_parts: frozenset[str]) -> str:
    """Return why columns of a field's name do not feed it, as a sentence; empty if one does."""
    if len(found) > 1:
        return f"{quoted_names(found)} all match {field.tag}; name the one to use in fields."
    (column,) = found
    if field.type == "address" and column in without_parts:
        return (
            f'"{column}" does not hold an address with parts; map the parts to {field.tag}.addr1 and so on in fields.'
        )
    return ""


def _tag(field: MergeField) -> str:
    return field.tag


def _name(field: MergeField) -> str:
    return field.name or field.tag
