"""Data activation: the properties that `discover` offers for an audience, and what each means to the mapping.

One flat property per target, because the platform's mapping page knows top-level properties only. A merge field's
property is its tag, a part of an address is `ADDRESS_city`, a group category `group:Category`, one group
`group:Category/Name`, a marketing permission `permission:TEXT`; what Mailchimp has no tag for is in lower case.
"""

from typing import Final, NamedTuple

from source_destination_mailchimp.destination.mapping.fields import TYPES
from source_destination_mailchimp.destination.mapping.languages import CODES
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.postal import NEEDED, PARTS
from source_destination_mailchimp.mailchimp.members import Interest, Json, MergeField

EMAIL: Final = "email_address"
OPT_IN: Final = "opt_in"
CONSENT_TIME: Final = "consent_time"
DELETED_AT: Final = "deleted_at"
TAGS: Final = "tags"
MATCHING_KEYS: Final = [[EMAIL]]
_ONE_OF_A_CATEGORY: Final = ("radio", "dropdown")


class Property(NamedTuple):
    """One property of an announced object."""

    schema: Json
    target: str = ""
    """What a line in `fields` would call it; empty where a setting of its own reads the column."""


def properties(live: LiveAudience) -> dict[str, Property]:
    """Name → property, for everything that a record can say about a member of this audience."""
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
        offered |= _merge_field(field)
    for category in dict.fromkeys(interest.category for interest in live.interests):
        offered |= _groups(category, [interest for interest in live.interests if interest.category == category])
    for text in live.permissions:
        offered[f"permission:{text}"] = Property({"type": "boolean", "title": text}, f"permission:{text}")
    return offered


def object_schema(live: LiveAudience, *, fields_required: bool = False) -> Json:
    """JSON schema of an audience's object; `fields_required` asks for what Mailchimp's own form requires."""
    needed = [EMAIL]
    for field in live.merge_fields if fields_required else ():
        if field.required:
            needed += [f"{field.tag}_{part}" for part in NEEDED] if field.type == "address" else [field.tag]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "title": live.audience.name,
        "additionalProperties": False,
        "required": needed,
        "properties": {name: offered.schema for name, offered in properties(live).items()},
    }


def _merge_field(field: MergeField) -> dict[str, Property]:
    if field.type == "address":
        return {
            f"{field.tag}_{part}": Property({"type": "string", "title": f"{field.name}: {part}"}, f"{field.tag}.{part}")
            for part in PARTS
        }
    schema = {**TYPES.get(field.type, TYPES["text"]).schema, "title": field.name}
    if field.choices:
        schema["enum"] = list(field.choices)
    return {field.tag: Property(schema, field.tag)}


def _groups(category: str, interests: list[Interest]) -> dict[str, Property]:
    one: Json = {"type": "string", "enum": [interest.name for interest in interests]}
    several = interests[0].category_type not in _ONE_OF_A_CATEGORY
    schema = {"type": "array", "items": one} if several else one
    offered = {f"group:{category}": Property({**schema, "title": category}, f"group:{category}")}
    for interest in interests:
        target = f"group:{category}/{interest.name}"
        offered[target] = Property({"type": "boolean", "title": f"{category}: {interest.name}"}, target)
    return offered
