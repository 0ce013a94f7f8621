"""The target of a mapping: what of a member a column goes to."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.mapping.columns import Path
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.names import quoted_names, same_name
from source_destination_mailchimp.destination.mapping.postal import PARTS
from source_destination_mailchimp.destination.mapping.profile import LOCATION, PROPERTIES
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import MergeField

GROUP, PERMISSION = "group:", "permission:"
"""How the target of a group or a group category begins, and that of a marketing permission."""


class Kind(Enum):
    """What a target is."""

    MERGE_FIELD = "merge field"
    ADDRESS_PART = "part of an address"
    PROPERTY = "property"
    LOCATION = "coordinate"
    GROUP = "group"
    CATEGORY = "group category"
    PERMISSION = "marketing permission"


class Target(NamedTuple):
    """One place in a member."""

    kind: Kind
    name: str
    """Merge tag, property, coordinate, interest id, title of a category, text of a permission."""

    part: str = ""
    """Part of an address; the category of a group."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Columns of a stream, and where in a member they go: a mapping whose two sides were looked up."""

    paths: tuple[Path, ...]
    target: Target
    write: Write | None = None
    """When it is written; None where its entry does not say, so that `conflict` decides."""

    setting: str = ""
    """The entry of the form that it comes from, as a sentence names it; empty for one that was matched by name."""

    written_target: str = ""
    """The target as the user wrote it; empty for one that was matched by name."""

    is_external_id: bool = False

    @property
    def columns(self) -> str:
        """The columns as the user wrote them."""
        return " + ".join(path.text for path in self.paths)

    @property
    def plain_column(self) -> str | None:
        """The column where it is a single one and nothing is read inside it."""
        if len(self.paths) == 1 and self.paths[0].is_plain:
            return self.paths[0].root
        return None


def may_wait_for_a_gap(target: Target) -> bool:
    """Return whether `if_empty` and `only_new` make sense for a target: whether it can be empty at all.

    "No" in a group, a permission or `vip` is an answer and not an empty value, and Mailchimp shows no difference.
    """
    match target.kind:
        case Kind.GROUP | Kind.CATEGORY | Kind.PERMISSION:
            return False
        case Kind.PROPERTY:
            return target.name != "vip"
        case Kind.MERGE_FIELD | Kind.ADDRESS_PART | Kind.LOCATION:
            return True
        case _:
            assert_never(target.kind)


def names_group(target: str) -> bool:
    """Return whether a target, as a user wrote it, is a group or a group category."""
    return target.lower().startswith(GROUP)


def names_permission(target: str) -> bool:
    """Return whether a target, as a user wrote it, is a marketing permission."""
    return target.lower().startswith(PERMISSION)


def read_target(text: str, live: LiveAudience, setting: str) -> Target:
    """Return what a text names in this audience; raises `Misconfigured` with what there is."""
    if names_group(text):
        return _group(text[len(GROUP) :].strip(), live, setting)
    if names_permission(text):
        return _permission(text[len(PERMISSION) :].strip(), live, setting)
    if text.lower() in LOCATION:
        return Target(Kind.LOCATION, text.lower())
    tag, dot, part = text.partition(".")
    field = live.merge_field(tag)
    # LANGUAGE is the merge field where the audience has one; language is always the member's own.
    is_property = text in PROPERTIES or (field is None and text.lower() in PROPERTIES)
    if is_property:
        return Target(Kind.PROPERTY, text.lower())
    if field is None:
        raise Misconfigured(_unknown(tag, live, setting))
    if dot:
        return _part(field, part.lower(), setting)
    return Target(Kind.MERGE_FIELD, field.tag)


def _part(field: MergeField, part: str, setting: str) -> Target:
    if field.type != "address":
        raise Misconfigured(
            f'{setting}: {field.tag} has no parts, it is a {field.type} field. Write "{field.tag}" alone.'
        )
    if part not in PARTS:
        raise Misconfigured(f'{setting}: {field.tag} has no part "{part}". Its parts are {", ".join(PARTS)}.')
    return Target(Kind.ADDRESS_PART, field.tag, part)


def _unknown(tag: str, live: LiveAudience, setting: str) -> str:
    """Return a sentence about a target that the audience does not have."""
    if tag.lower() in ("email", "email_address"):
        return f"{setting}: the email address is not mapped here. Name its column in email_field."
    tags = ", ".join(sorted(field.tag for field in live.merge_fields)) or "none"
    return (
        f'{setting}: "{tag}" is not a merge field in audience "{live.audience.name}". '
        f"Its merge fields are {tags}. Check the spelling, or set unmapped_fields to create."
    )


def _group(text: str, live: LiveAudience, setting: str) -> Target:
    """Return the group, or else the category, that is called so in any case; a group's name may hold a slash."""
    wanted = same_name(text)
    for interest in live.interests:
        if same_name(f"{interest.category}/{interest.name}") == wanted:
            return Target(Kind.GROUP, interest.id, interest.category)
    for category in live.categories:
        if same_name(category) == wanted:
            return Target(Kind.CATEGORY, category)
    names = [f"{interest.category}/{interest.name}" for interest in live.interests]
    there = "It has no groups."
    if names:
        there = f"Its groups are {quoted_names(names)}."
    raise Misconfigured(f'{setting}: "{text}" is not a group in audience "{live.audience.name}". {there}')


def _permission(text: str, live: LiveAudience, setting: str) -> Target:
    if not live.audience.marketing_permissions:
        raise Misconfigured(
            f'{setting}: audience "{live.audience.name}" has no marketing permissions. Switch on its GDPR fields in '
            "Mailchimp, or remove the entry."
        )
    if not live.permissions:
        # With nobody in the audience the permissions cannot be read; the text is looked up when somebody is.
        return Target(Kind.PERMISSION, text)
    for spelled in live.permissions:
        if same_name(spelled) == same_name(text):
            return Target(Kind.PERMISSION, spelled)
    raise Misconfigured(
        f'{setting}: "{text}" is not a marketing permission in audience '
        f'"{live.audience.name}". It has {quoted_names(live.permissions)}.'
    )
