"""`unmapped_fields: create`: the merge fields that a stream needs and its audience does not have yet."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any, Final

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.assignments import NOTHING_SET, StreamToMap, assign_columns
from source_destination_mailchimp.destination.mapping.columns import Columns, columns_of_schema
from source_destination_mailchimp.destination.mapping.fields import TypeName
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.mapping.profile import PROPERTIES
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.mailchimp.members import Json, MergeField

LONGEST_TAG: Final = 10
"""[inferred: longer ones were seen cut]"""

_TAG = re.compile(r"[A-Z0-9_]{1,10}", re.ASCII)
_NOT_IN_A_TAG = re.compile(r"[^A-Z0-9]+", re.ASCII)
_RESERVED: Final = frozenset({"EMAIL", "INTERESTS", "UNSUB", "FORWARD", "REWARDS", "ARCHIVE", "USER", "DATE"})
"""Tags that mean something else in Mailchimp's campaigns. [inferred]"""


@dataclass(frozen=True, slots=True)
class NewField:
    """One merge field to create."""

    column: str
    """What it is made for, as the settings name it."""

    wire: Json
    """Body of `POST /lists/{id}/merge-fields`."""


def missing_merge_fields(
    json_schema: Mapping[str, Any],
    entry: StreamSettings | None,
    settings: Settings,
    live: LiveAudience,
    *,
    stream: StreamId | None = None,
    activation: bool = False,
) -> tuple[NewField, ...]:
    """Return what to create for a stream, so that afterwards every column that can be a field matches one.

    A mapping to a new tag makes a field of that tag; every other column that goes nowhere makes one named like it,
    found again by that name in later syncs, and by another sync that creates at the same time. Objects make none:
    map what is in them. Without a schema, and in data activation, only mappings make fields. Raises `Misconfigured`
    as `compile_mapping` does.
    """
    if settings.unmapped_fields != "create":
        return ()
    properties: Mapping[str, Any] = json_schema.get("properties") or {}
    entry = entry or NOTHING_SET
    stream = stream or StreamId(entry.namespace, entry.stream)
    named = _named(properties, entry, live, stream)
    if activation or not properties:
        return tuple(named)
    planned = planned_audience(live, named)
    to_map = StreamToMap(stream, entry, settings, planned, columns_of_schema(json_schema))
    unmapped = assign_columns(to_map).unmapped
    return (*named, *_matching(unmapped, properties, planned))


def planned_audience(live: LiveAudience, fields: Iterable[NewField]) -> LiveAudience:
    """Return the audience as it will be with some new fields: what `check` and a dry run map against."""
    made = [MergeField.parse(new.wire) for new in fields]
    return replace(live, merge_fields=(*live.merge_fields, *made))


def new_tag(column: str, taken: Iterable[str], columns: Iterable[str] = ()) -> str:
    """Return a tag for a column: at most ten of A-Z, 0-9 and _, that no field has, and no other column is called."""
    unusable = {*taken, *_RESERVED}
    names_of_others = {normal_name(other) for other in columns if other != column}
    wanted = _NOT_IN_A_TAG.sub("_", column.upper()).strip("_")[:LONGEST_TAG].strip("_")
    if not wanted:
        wanted = "FIELD"
    numbered = (f"{wanted[: LONGEST_TAG - len(str(number))]}{number}" for number in count(2))
    return next(
        tag for tag in chain([wanted], numbered) if tag not in unusable and normal_name(tag) not in names_of_others
    )


def _named(
    properties: Mapping[str, Any], entry: StreamSettings, live: LiveAudience, stream: StreamId
) -> list[NewField]:
    """Return the fields for mappings to a tag that is not there."""
    columns = Columns(tuple(properties), is_complete=bool(properties))
    made: dict[str, NewField] = {}
    for mapping in entry.mappings:
        tag = mapping.target.upper()
        if tag in made or not _is_new_tag(mapping.target, live):
            continue
        wire_type: TypeName = "text"
        paths = columns.paths(mapping.column, f"fields of stream {stream}")
        is_one_column = len(paths) == 1 and paths[0].is_plain
        if is_one_column and mapping != entry.external_id:
            wire_type = _type(properties.get(paths[0].root)) or "text"
        made[tag] = NewField(mapping.column, _wire(tag, mapping.column, wire_type))
    return list(made.values())


def _is_new_tag(target: str, live: LiveAudience) -> bool:
    """Return whether a target can be a merge field's tag, and is nothing that is there already."""
    if target.upper() == "EMAIL" or target.lower() in PROPERTIES:
        return False
    if live.merge_field(target) is not None:
        return False
    return bool(_TAG.fullmatch(target.upper()))


def _matching(columns: Iterable[str], properties: Mapping[str, Any], live: LiveAudience) -> list[NewField]:
    """Return a field for every column that can feed one, named like it so that it is found again by its name."""
    taken = {field.tag.upper() for field in live.merge_fields}
    made = []
    for column in columns:
        wire_type = _type(properties[column])
        if wire_type is None:
            continue
        tag = new_tag(column, taken, properties)
        taken.add(tag)
        made.append(NewField(column, _wire(tag, column, wire_type)))
    return made


def _wire(tag: str, name: str, wire_type: TypeName) -> Json:
    wire: Json = {"tag": tag, "name": name, "type": wire_type, "required": False, "public": False}
    if wire_type == "date":
        wire["options"] = {"date_format": "MM/DD/YYYY"}
    return wire


def _type(schema: Any) -> TypeName | None:
    """Return the merge-field type for a property of a JSON schema; None for an object."""
    if not isinstance(schema, Mapping):
        return "text"
    kinds = _kinds(schema)
    if not kinds:
        return _type_of_text(schema)
    if kinds <= {"integer", "number"}:
        return "number"
    if kinds == {"object"}:
        return None
    if kinds == {"string"}:
        return _type_of_text(schema)
    return "text"


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    """Return the types of JSON that a schema allows, null aside; none where it does not say."""
    said = schema.get("type") or ()
    if isinstance(said, str):
        said = (said,)
    kinds = set(said)
    for option in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if isinstance(option, Mapping):
            kinds.add(option.get("type"))
    return kinds - {"null", None}


def _type_of_text(schema: Mapping[str, Any]) -> TypeName:
    if schema.get("airbyte_type") in ("integer", "big_integer", "big_number"):
        return "number"
    if schema.get("format") in ("date", "date-time"):
        return "date"
    if schema.get("format") in ("uri", "url"):
        return "url"
    return "text"
