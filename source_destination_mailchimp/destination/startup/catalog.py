"""The configured catalog: what the platform says of each stream that will come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from source_destination_mailchimp.destination.model import StreamId


@dataclass(frozen=True, slots=True)
class ConfiguredStream:
    """One stream of the configured catalog."""

    id: StreamId
    sync_mode: str = "full_refresh"
    destination_sync_mode: str = "append"
    """As the platform wrote it; `bind_streams` refuses one that is not taken."""

    json_schema: Mapping[str, Any] = field(default_factory=dict)
    object_name: str | None = None
    """`destination_object_name`: the audience, where the user mapped the stream in the platform's own form."""

    sync_id: int | None = None
    primary_key: tuple[tuple[str, ...], ...] = ()
    """The path of each column of the key; empty where the stream has none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the schema lists."""
        return tuple(self.json_schema.get("properties") or ())

    @property
    def is_full_refresh(self) -> bool:
        """Whether the source reads the whole stream every time."""
        return self.sync_mode == "full_refresh"


def parse_catalog(catalog: Mapping[str, Any]) -> list[ConfiguredStream]:
    """Read a ConfiguredAirbyteCatalog as it came, unknown keys and explicit nulls included."""
    streams = []
    for wire in _given(catalog, "streams", []):
        streams.append(_parse(wire))
    return streams


def sync_id_of(streams: Iterable[ConfiguredStream]) -> int | None:
    """Return the platform's number for this sync, if it gave one: it is the same in every stream."""
    for stream in streams:
        if stream.sync_id is not None:
            return stream.sync_id
    return None


def _parse(wire: Mapping[str, Any]) -> ConfiguredStream:
    stream = wire["stream"]
    return ConfiguredStream(
        id=StreamId(_given(stream, "namespace", None), stream["name"]),
        sync_mode=_given(wire, "sync_mode", "full_refresh"),
        destination_sync_mode=_given(wire, "destination_sync_mode", "append"),
        json_schema=_given(stream, "json_schema", {}),
        object_name=_given(wire, "destination_object_name", None),
        sync_id=wire.get("sync_id"),
        primary_key=_primary_key(wire, stream),
    )


def _primary_key(wire: Mapping[str, Any], stream: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the key that was chosen for the stream, else the one that its source defines."""
    paths = _given(wire, "primary_key", [])
    if not paths:
        paths = _given(stream, "source_defined_primary_key", [])
    columns = []
    for path in paths:
        if path:
            columns.append(tuple(path))
    return tuple(columns)


def _given(wire: Mapping[str, Any], key: str, otherwise: Any) -> Any:
    """Return what stands under a key; null and "" say as little as no key at all."""
    return wire.get(key) or otherwise
