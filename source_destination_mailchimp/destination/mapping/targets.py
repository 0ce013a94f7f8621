"""The right-hand side of a line in `fields`: what of a member a column goes to."""

from enum import Enum
from typing import NamedTuple

from source_destination_mailchimp.destination.mapping.columns import listed
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.postal import PARTS
from source_destination_mailchimp.destination.mapping.profile import LOCATION, PROPERTIES
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import MergeField

ARROW = "->"
GROUP, PERMISSION = "group:", "permission:"


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


def split_line(line: str, setting: str) -> tuple[str, str]:
    """Both sides of `column -> target`; raises `Misconfigured` if the line has none."""
    columns, arrow, target = line.rpartition(ARROW)
    if not arrow or not columns.strip() or not target.strip():
        raise Misconfigured(f'{setting}: "{line}" cannot be read. Write it as column -> TARGET, for instance '
                            "first_name -> FNAME.")  # fmt: skip
    return columns.strip(), target.strip()


def read_target(text: str, live: LiveAudience, setting: str) -> Target:
    """What a text names in this audience; raises `Misconfigured` with what there is."""
    if text.lower().startswith(GROUP):
        return _group(text[len(GROUP) :].strip(), live, setting)
    if text.lower().startswith(PERMISSION):
        return _permission(text[len(PERMISSION) :].strip(), live, setting)
    if text.lower() in LOCATION:
        return Target(Kind.LOCATION, text.lower())
    tag, dot, part = text.partition(".")
    field = merge_field(tag, live)
    if text in PROPERTIES or (field is None and text.lower() in PROPERTIES):
        return Target(Kind.PROPERTY, text.lower())
    if field is None:
        raise Misconfigured(_unknown(tag, live, setting))
    if not dot:
        return Target(Kind.MERGE_FIELD, field.tag)
    return _part(field, part.lower(), setting)


def merge_field(tag: str, live: LiveAudience) -> MergeField | None:
    """The merge field with a tag, in any case."""
    return next((field for field in live.merge_fields if field.tag.upper() == tag.strip().upper()), None)


def _part(field: MergeField, part: str, setting: str) -> Target:
    if field.type != "address":
        raise Misconfigured(
            f'{setting}: {field.tag} has no parts, it is a {field.type} field. Write "{field.tag}" alone.'
        )
    if part not in PARTS:
        raise Misconfigured(f'{setting}: {field.tag} has no part "{part}". Its parts are {", ".join(PARTS)}.')
    return Target(Kind.ADDRESS_PART, field.tag, part)


def _unknown(tag: str, live: LiveAudience, setting: str) -> str:
    if tag.upper() == "EMAIL" or tag.lower() == "email_address":
        return f"{setting}: the address itself is not mapped here. Name its column in email_field."
    tags = ", ".join(sorted(field.tag for field in live.merge_fields)) or "none"
    return (
        f'{setting}: "{tag}" is no merge field of audience "{live.audience.name}". Its merge fields are {tags}. '
        "Check the spelling, or let unmapped_fields: create make it."
    )


def _group(text: str, live: LiveAudience, setting: str) -> Target:
    wanted = text.casefold()
    for interest in live.interests:
        if f"{interest.category}/{interest.name}".casefold() == wanted:
            return Target(Kind.GROUP, interest.id, interest.category)
    for interest in live.interests:
        if interest.category.casefold() == wanted:
            return Target(Kind.CATEGORY, interest.category)
    names = listed(f"{interest.category}/{interest.name}" for interest in live.interests)
    there = f"Its groups are {names}." if live.interests else "It has no groups."
    raise Misconfigured(f'{setting}: "{text}" is no group of audience "{live.audience.name}". {there}')


def _permission(text: str, live: LiveAudience, setting: str) -> Target:
    if not live.audience.marketing_permissions:
        raise Misconfigured(
            f'{setting}: audience "{live.audience.name}" has no marketing permissions. Switch on its GDPR fields in '
            "Mailchimp, or take the line out."
        )
    spelled = {known.casefold(): known for known in live.permissions}
    if spelled and text.casefold() not in spelled:
        raise Misconfigured(
            f'{setting}: "{text}" is no marketing permission of audience "{live.audience.name}". It has '
            f"{listed(live.permissions)}."
        )
    # With nobody in the audience the permissions cannot be read; the text is then looked up when somebody is.
    return Target(Kind.PERMISSION, spelled.get(text.casefold(), text))
