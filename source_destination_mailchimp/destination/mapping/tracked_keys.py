"""Which values of a member the records of a stream may write: the keys of `Known.digests`."""

from typing import assert_never

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.mapping.assignments import (
    Assignments,
    StreamToMap,
    written_assignments,
)
from source_destination_mailchimp.destination.mapping.digests import INTEREST, PERMISSION
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience, holds_one_group
from source_destination_mailchimp.destination.mapping.profile import KEYS
from source_destination_mailchimp.destination.mapping.targets import Kind, Target
from source_destination_mailchimp.mailchimp.members import Interest


def tracked_keys(live: LiveAudience, assignments: Assignments) -> tuple[str, ...]:
    """Return the keys of `Known.digests` that a stream's records write, each once."""
    keys: dict[str, None] = {}
    for assignment in assignments.written:
        keys.update(dict.fromkeys(_keys(live, assignment.target)))
    return tuple(keys)


def write_rules(stream: StreamToMap) -> dict[str, Write]:
    """Return, by key of `Known.digests`, when a value is written; only for entries of `fields` that say so."""
    rules: dict[str, Write] = {}
    for assignment in written_assignments(stream)[0]:
        if assignment.write is not None:
            rules.update(dict.fromkeys(_keys(stream.live, assignment.target), assignment.write))
    return rules


def _keys(live: LiveAudience, target: Target) -> list[str]:
    match target.kind:
        case Kind.MERGE_FIELD | Kind.ADDRESS_PART | Kind.PROPERTY:
            return [target.name]
        case Kind.LOCATION:
            return ["location"]
        case Kind.PERMISSION:
            return [f"{PERMISSION}{target.name}"]
        case Kind.CATEGORY:
            return [f"{INTEREST}{interest.id}" for interest in category_of(live, target)]
        case Kind.GROUP:
            category = category_of(live, target)
            if holds_one_group(category):
                # A yes for this group takes the others off.
                return [f"{INTEREST}{interest.id}" for interest in category]
            return [f"{INTEREST}{target.name}"]
        case _:
            assert_never(target.kind)


def every_key(stream: StreamToMap) -> tuple[str, ...]:
    """Return the keys that some record of a stream without a schema may write.

    Raises `Misconfigured` for a target that is not there.
    """
    permissions = set(stream.live.permissions)
    written, _ = written_assignments(stream)
    for assignment in written:
        if assignment.target.kind is Kind.PERMISSION:
            permissions.add(assignment.target.name)
    return (
        *(field.tag for field in stream.live.merge_fields),
        *sorted(KEYS),
        *(f"{INTEREST}{interest.id}" for interest in stream.live.interests),
        *(f"{PERMISSION}{text}" for text in sorted(permissions)),
    )


def category_of(live: LiveAudience, target: Target) -> list[Interest]:
    """Return the groups of the category that a target is, or is in."""
    title = target.name
    if target.kind is Kind.GROUP:
        title = target.part
    return live.categories[title]
