"""What each stream's records look like: a file per stream, and the live merge fields where they are columns."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import orjson

from source_destination_mailchimp.source.rows import flat_columns

Schema = dict[str, Any]

_TYPES: Mapping[str, Schema] = {
    "number": {"type": ["number", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "address": {
        "type": ["object", "null"],
        "additionalProperties": True,
        "properties": {
            part: {"type": ["string", "null"]} for part in ("addr1", "addr2", "city", "state", "zip", "country")
        },
    },
}
_TEXT: Schema = {"type": ["string", "null"]}


@cache
def _file(name: str) -> bytes:
    return resources.files(__package__).joinpath("schemas", f"{name}.json").read_bytes()


def schema(name: str) -> Schema:
    """Return the JSON schema of a stream, as its file has it."""
    found: Schema = orjson.loads(_file(name))
    return found


def columns(fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return merge tag → column of flat members."""
    tags = [field["tag"] for field in fields if field.get("tag")]
    taken = schema("list_members")["properties"]
    return flat_columns(tags, taken)


def flat_members(fields: Iterable[Mapping[str, Any]]) -> Schema:
    """Return the schema of list_members with a column per merge tag in place of `merge_fields`.

    Where two audiences give one tag different types, the column takes the values of both.
    """
    found, fields = schema("list_members"), list(fields)
    names = columns(fields)
    properties: Schema = found["properties"]
    properties.pop("merge_fields", None)
    for field in fields:
        if not field.get("tag"):
            continue
        name = names[field["tag"]]
        kind = _TYPES.get(field.get("type") or "", _TEXT)
        before = properties.setdefault(name, kind)
        if before != kind:
            properties[name] = {"type": sorted({*before["type"], *kind["type"]})}
    return found
