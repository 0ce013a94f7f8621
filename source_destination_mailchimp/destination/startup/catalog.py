"""The configured catalog: what the platform says of each stream that will come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from source_destination_mailchimp.destination.model import StreamId


@dataclass(frozen=True, slots=True)
class ConfiguredStream:
    """One stream of the configured catalog."""

    id: StreamId
    sync_mode: str = "full_refresh"
    destination_sync_mode: str = "append"
    json_schema: Mapping[str, Any] = field(default_factory=dict)
    object_name: str | None = None
    """`destination_object_name`: the audience, where the user mapped the stream in the platform's own form."""

    primary_key: tuple[tuple[str, ...], ...] = ()
    sync_id: int | None = None


def parse_catalog(catalog: Mapping[str, Any]) -> list[ConfiguredStream]:
    """Read a ConfiguredAirbyteCatalog as it came, unknown keys and explicit nulls included."""
    return [_parse(wire) for wire in catalog.get("streams") or ()]


def _parse(wire: Mapping[str, Any]) -> ConfiguredStream:
    stream = wire["stream"]
    return ConfiguredStream(
        id=StreamId(stream.get("namespace"), stream["name"]),
        sync_mode=wire.get("sync_mode") or "full_refresh",
        destination_sync_mode=wire.get("destination_sync_mode") or "append",
        json_schema=stream.get("json_schema") or {},
        object_name=wire.get("destination_object_name") or None,
        primary_key=tuple(tuple(path) for path in wire.get("primary_key") or ()),
        sync_id=wire.get("sync_id"),
    )
