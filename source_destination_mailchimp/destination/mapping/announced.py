"""Data activation: the properties that `discover` offers for an audience, and what each means to the mapping.

One flat property per target, because the platform's mapping page knows top-level properties only. A merge field's
property is its tag, a part of an address is `ADDRESS_city`, a group category `group:Category`, one group
`group:Category/Name`, a marketing permission `permission:TEXT`; what Mailchimp has no tag for is in lower case.
"""

from typing import Final, NamedTuple

from source_destination_mailchimp.destination.mapping.fields import TYPES, type_of
from source_destination_mailchimp.destination.mapping.languages import CODES
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience, holds_one_group
from source_destination_mailchimp.destination.mapping.postal import NEEDED, PARTS
from source_destination_mailchimp.destination.mapping.targets import GROUP, PERMISSION
from source_destination_mailchimp.mailchimp.members import Interest, Json, MergeField

EMAIL: Final = "email_address"
OPT_IN: Final = "opt_in"
CONSENT_TIME: Final = "consent_time"
DELETED_AT: Final = "deleted_at"
TAGS: Final = "tags"
MATCHING_KEYS: Final = [[EMAIL]]


class Property(NamedTuple):
    """One property of an announced object."""

    schema: Json
    target: str = ""
    """What a line in `fields` would call it; empty where a setting of its own reads the column."""


def properties(live: LiveAudience) -> dict[str, Property]:
    """Return name → property, for everything that a record can say about a member of this audience."""
    offered = {
        EMAIL: Property({"type": "string", "format": "email", "title": "Email Address"}),
        OPT_IN: Property({"type": "boolean", "title": "May we mail them?"}),
        CONSENT_TIME: Property({"type": "string", "format": "date-time", "title": "When they said so"}),
        DELETED_AT: Property({"type": "string", "format": "date-time", "title": "Deleted at"}),
        TAGS: Property({"type": "array", "items": {"type": "string"}, "title": "Tags"}),
        "language": Property({"type": "string", "enum": list(CODES), "title": "Language"}, "language"),
        "vip": Property({"type": "boolean", "title": "VIP"}, "vip"),
    }
    for field in live.merge_fields:
        offered.update(_merge_field(field))
    for title, groups in live.categories.items():
        offered.update(_groups(title, groups))
    for text in live.permissions:
        target = f"{PERMISSION}{text}"
        offered[target] = Property({"type": "boolean", "title": text}, target)
    return offered


def object_schema(live: LiveAudience, *, fields_required: bool = False, is_open: bool = False) -> Json:
    """Return the JSON schema of an audience's object; `fields_required` asks for what Mailchimp's form requires.

    `is_open`: columns that it does not list are taken too, because merge fields are made for them.
    """
    required = [EMAIL]
    if fields_required:
        required.extend(_required(live))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "title": live.audience.name,
        "additionalProperties": is_open,
        "required": required,
        "properties": {name: offered.schema for name, offered in properties(live).items()},
    }


def _required(live: LiveAudience) -> list[str]:
    """Return the properties of the merge fields that the audience's own form requires."""
    names: list[str] = []
    for field in live.merge_fields:
        if not field.required:
            continue
        if field.type == "address":
            names.extend(f"{field.tag}_{part}" for part in NEEDED)
        else:
            names.append(field.tag)
    return names


def _merge_field(field: MergeField) -> dict[str, Property]:
    if field.type == "address":
        return {
            f"{field.tag}_{part}": Property({"type": "string", "title": f"{field.name}: {part}"}, f"{field.tag}.{part}")
            for part in PARTS
        }
    schema = {**TYPES[type_of(field)].schema, "title": field.name}
    if field.choices:
        schema["enum"] = list(field.choices)
    return {field.tag: Property(schema, field.tag)}


def _groups(category: str, interests: list[Interest]) -> dict[str, Property]:
    """Return a property for a category as a whole, and one for each of its groups."""
    schema: Json = {"type": "string", "enum": [interest.name for interest in interests]}
    if not holds_one_group(interests):
        schema = {"type": "array", "items": schema}
    whole = f"{GROUP}{category}"
    offered = {whole: Property({**schema, "title": category}, whole)}
    for interest in interests:
        target = f"{whole}/{interest.name}"
        offered[target] = Property({"type": "boolean", "title": f"{category}: {interest.name}"}, target)
    return offered
