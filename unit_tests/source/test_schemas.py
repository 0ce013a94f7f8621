"""The announced schemas against the published API description."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.source.catalog import schema
from source_destination_mailchimp.source.streams import STREAMS, Stream
from unit_tests.architecture import PACKAGE, ROOT

DESCRIPTION = Path(__file__).resolve().parents[2].parent / "shared" / "mailchimp" / "marketing-openapi.json"

SCHEMAS = {path.stem for path in (ROOT / PACKAGE / "source" / "schemas").glob("*.json")}

OURS = {
    "list_members": {"opted_in", "_ab_cdc_deleted_at"},
    "segment_members": {"segment_id", "_ab_cdc_deleted_at"},
    "email_activity": {"activity_id", "action", "timestamp", "ip", "url", "type"},
    "tags": {"list_id"},
    "member_tags": {"list_id", "email_id", "email_address", "contact_id"},
    "campaign_recipients": {"send_time"},
    "click_details": {"send_time"},
    "click_members": {"send_time"},
    "open_details": {"send_time"},
    "automation_recipients": {"send_time", "workflow_id"},
    "automation_recipient_activity": {"activity_id", "action", "timestamp", "ip", "url", "type", "workflow_id"},
    "list_activity": {"list_id"},
    "list_locations": {"list_id"},
    "domain_performance": {"campaign_id", "send_time"},
}
"""Columns that the description does not have for the rows of a stream."""

OFFICIAL_TYPES = {("automations", "emails_sent"): "number"}
"""Columns that the official connector announces with another type than the description: its users' tables have it."""

NAMES = {"{category_id}": "{interest_category_id}", "{email_id}": "{subscriber_hash}"}
NOT_DESCRIBED = ("consent", "member_activity", "customer_journeys")


@cache
def _description() -> dict[str, Any]:
    if not DESCRIPTION.exists():
        pytest.skip("the published API description is not beside the repository")
    found: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return found


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = _description()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def _described(stream: Stream) -> dict[str, Any]:
    path = stream.path
    for ours, theirs in NAMES.items():
        path = path.replace(ours, theirs)
    if path.startswith("/audiences/"):
        path = path.replace("{list_id}", "{audience_id}")
    answer = _resolved(_description()["paths"][path]["get"]["responses"]["200"]["schema"])
    return _resolved(_resolved(answer["properties"][stream.key])["items"])


TABLE = [stream for stream in STREAMS if stream.name not in NOT_DESCRIBED]


@pytest.mark.parametrize("stream", TABLE, ids=lambda stream: stream.name)
def test_columns_are_the_published_ones(stream: Stream) -> None:
    """A stream has every column that the description has, and none more than those that are ours."""
    described = set(_described(stream)["properties"]) - {"_links"}
    described -= {"activity"} if stream.has_activities else set()
    described -= {"total_items", "merge_field_limit"} if stream.name == "merge_fields" else set()
    assert set(schema(stream.name)["properties"]) == described | OURS.get(stream.name, set())


@pytest.mark.parametrize("stream", TABLE, ids=lambda stream: stream.name)
def test_types_are_the_published_ones(stream: Stream) -> None:
    """Every typed column of the description has that type, or the official connector's, or null."""
    announced = schema(stream.name)["properties"]
    for name, described in _described(stream)["properties"].items():
        kind = _resolved(described).get("type")
        if name in announced and isinstance(kind, str):
            expected = OFFICIAL_TYPES.get((stream.name, name), kind)
            assert announced[name]["type"] == [expected, "null"], name


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_stream_has_a_schema_of_its_own(stream: Stream) -> None:
    """Columns may be null, more may come, and moments say that they are some."""
    assert stream.name in SCHEMAS, f"source/schemas/ has no file for {stream.name}"
    announced = schema(stream.name)
    assert announced["additionalProperties"] is True
    for name, column in announced["properties"].items():
        assert "null" in column["type"], name
        if column.get("format") == "date-time":
            assert column["airbyte_type"] == "timestamp_with_timezone"


def test_the_description_has_every_activity() -> None:
    """Columns of member_activity are those of all kinds of activity together, and who it was."""
    path = "/lists/{list_id}/members/{subscriber_hash}/activity-feed"
    answer = _resolved(_description()["paths"][path]["get"]["responses"]["200"]["schema"])
    kinds = answer["properties"]["activity"]["items"]["x-oneOf"]
    described = {name for kind in kinds for name in kind["properties"]} - {"_links"}
    ours = {"activity_id", "list_id", "email_id", "email_address", "contact_id", "campaign_id", "campaign_title"}
    assert set(schema("member_activity")["properties"]) == described | ours
