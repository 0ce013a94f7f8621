"""`unmapped_fields: create`: the merge fields that a stream needs and its audience does not have yet."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.columns import Columns, columns_of_schema
from source_destination_mailchimp.destination.mapping.layout import NOTHING_SET, Stream, lay_out
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.mapping.profile import PROPERTIES
from source_destination_mailchimp.destination.mapping.targets import merge_field, split_line
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
    """What to create for a stream, so that afterwards every column that can be a field matches one.

    A line `column -> NEWTAG` makes a field of that tag; every other column that goes nowhere makes one named like it,
    found again by that name in later syncs, and by another sync that creates at the same time. Objects make none:
    map what is in them. Without a schema, and in data activation, only lines make fields. Raises `Misconfigured` as
    `compile_mapping` does.
    """
    properties: Mapping[str, Any] = json_schema.get("properties") or {}
    if settings.unmapped_fields != "create":
        return ()
    entry = entry or NOTHING_SET
    stream = stream or StreamId(entry.namespace, entry.stream)
    named = list(_named(properties, entry, live, stream))
    if activation or not properties:
        return tuple(named)
    planned = planned_audience(live, named)
    layout = lay_out(Stream(stream, entry, settings, planned, columns_of_schema(json_schema)))
    taken = {field.tag.upper() for field in planned.merge_fields}
    made = []
    for column in layout.unmapped:
        if wire_type := _type(properties[column]):
            tag = new_tag(column, taken, properties)
            taken.add(tag)
            made.append(NewField(column, _wire(tag, column, wire_type)))
    return (*named, *made)


def planned_audience(live: LiveAudience, fields: Iterable[NewField]) -> LiveAudience:
    """The audience as it will be with some new fields: what `check` and a dry run map against."""
    return replace(live, merge_fields=(*live.merge_fields, *(MergeField.parse(new.wire) for new in fields)))


def new_tag(column: str, taken: Iterable[str], columns: Iterable[str] = ()) -> str:
    """A tag for a column: at most ten of A-Z, 0-9 and _, that no field has, and that no other column is called."""
    taken = {*taken, *_RESERVED}
    others = {normal_name(other) for other in columns if other != column}
    wanted = _NOT_IN_A_TAG.sub("_", column.upper()).strip("_")[:LONGEST_TAG].strip("_") or "FIELD"
    numbered = (f"{wanted[: LONGEST_TAG - len(str(n))]}{n}" for n in range(2, 10_000))
    return next(tag for tag in (wanted, *numbered) if tag not in taken and normal_name(tag) not in others)


def _named(
    properties: Mapping[str, Any], entry: StreamSettings, live: LiveAudience, stream: StreamId
) -> Iterable[NewField]:
    """Fields for lines that name a tag which is not there."""
    columns = Columns(tuple(properties), is_complete=bool(properties))
    setting, seen = f"fields of stream {stream}", set[str]()
    lines = [*entry.fields, *([entry.external_id] if entry.external_id else [])]
    for line in lines:
        left, right = split_line(line, setting)
        tag = right.upper()
        is_there = tag == "EMAIL" or right.lower() in PROPERTIES or merge_field(tag, live) or tag in seen
        if is_there or not _TAG.fullmatch(tag):
            continue
        paths = columns.paths(left, setting)
        is_one_column = len(paths) == 1 and paths[0].is_plain and line != entry.external_id
        wire_type = (_type(properties.get(paths[0].root)) if is_one_column else None) or "text"
        seen.add(tag)
        yield NewField(left, _wire(tag, left, wire_type))


def _wire(tag: str, name: str, wire_type: str) -> Json:
    wire: Json = {"tag": tag, "name": name, "type": wire_type, "required": False, "public": False}
    if wire_type == "date":
        wire["options"] = {"date_format": "MM/DD/YYYY"}
    return wire


def _type(schema: Any) -> str | None:
    """The merge-field type for a property of a JSON schema; None for an object."""
    if not isinstance(schema, Mapping):
        return "text"
    kinds = schema.get("type") or ()
    kinds = {kinds} if isinstance(kinds, str) else {*kinds}
    for option in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        kinds |= {option.get("type")} if isinstance(option, Mapping) else set()
    kinds -= {"null", None}
    if kinds and kinds <= {"integer", "number"}:
        return "number"
    if kinds and kinds <= {"object"}:
        return None
    return _type_of_text(schema) if kinds <= {"string"} else "text"


def _type_of_text(schema: Mapping[str, Any]) -> str:
    if schema.get("airbyte_type") in ("integer", "big_integer", "big_number"):
        return "number"
    if schema.get("format") in ("date", "date-time"):
        return "date"
    if schema.get("format") in ("uri", "url"):
        return "url"
    return "text"
