"""What the platform says of each stream is read as it comes."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream, parse_catalog, sync_id_of

SCHEMA: dict[str, Any] = {"properties": {"email": {}, "name": {}}}
WIRE: dict[str, Any] = {
    "stream": {"name": "people", "namespace": "shop", "json_schema": SCHEMA},
    "sync_mode": "incremental",
    "destination_sync_mode": "update",
    "destination_object_name": "aud1",
    "sync_id": 7,
    "an_unknown_key": {"a": 1},
}


def test_a_stream_is_read_whole() -> None:
    """Names, modes, schema, object and the sync's number; what is unknown is passed over."""
    (found,) = parse_catalog({"streams": [WIRE]})
    assert found == ConfiguredStream(StreamId("shop", "people"), "incremental", "update", SCHEMA, "aud1", 7)
    assert found.columns == ("email", "name")
    assert not found.is_full_refresh


@pytest.mark.parametrize(
    ("chosen", "defined", "key"),
    [
        ([["id"]], None, (("id",),)),
        ([["shop"], ["key", "id"]], [["uuid"]], (("shop",), ("key", "id"))),
        (None, [["uuid"]], (("uuid",),)),
        ([], [["uuid"]], (("uuid",),)),
        ([[]], None, ()),
        (None, None, ()),
    ],
)
def test_the_primary_key_is_the_chosen_one(chosen: Any, defined: Any, key: tuple[tuple[str, ...], ...]) -> None:
    """Else the one that the source defines; a stream may have none."""
    stream = {**WIRE["stream"], "source_defined_primary_key": defined}
    (found,) = parse_catalog({"streams": [{**WIRE, "stream": stream, "primary_key": chosen}]})
    assert found.primary_key == key


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_says_as_little_as_no_key(nothing: str | None) -> None:
    """Platforms write explicit nulls: a stream without modes is read in full and appended."""
    keys = ("sync_mode", "destination_sync_mode", "destination_object_name")
    wire = {"stream": {"name": "people", "json_schema": None}, **dict.fromkeys(keys, nothing)}
    (found,) = parse_catalog({"streams": [wire]})
    assert found == ConfiguredStream(StreamId(None, "people"))
    assert (found.columns, found.is_full_refresh) == ((), True)


@pytest.mark.parametrize("catalog", [{}, {"streams": None}, {"streams": []}])
def test_a_catalog_without_streams(catalog: dict[str, Any]) -> None:
    """Nothing is configured, and nothing goes wrong."""
    assert parse_catalog(catalog) == []


@pytest.mark.parametrize(("numbers", "wanted"), [((), None), ((None, None), None), ((None, 7), 7), ((0, 7), 0)])
def test_the_syncs_number_is_in_any_stream(numbers: tuple[int | None, ...], wanted: int | None) -> None:
    """The first number that is there counts, 0 too."""
    streams = [ConfiguredStream(StreamId(None, str(n)), sync_id=number) for n, number in enumerate(numbers)]
    assert sync_id_of(streams) == wanted
