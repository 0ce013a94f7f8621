"""`unmapped_fields: create`: which merge fields a stream needs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.compiling import LiveAudience, compile_mapping
from source_destination_mailchimp.destination.mapping.new_fields import (
    NewField,
    missing_merge_fields,
    new_tag,
    planned_audience,
)
from source_destination_mailchimp.destination.model import Contact
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Json, MergeField
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import LIVE, NOW, STREAM, UNTIMED, entry, schema, settings

CREATE = settings(unmapped_fields="create")


def missing(json_schema: Json, keys: dict[str, Any] | None = None, live: LiveAudience = LIVE) -> tuple[NewField, ...]:
    """What is to be created for a stream."""
    return missing_merge_fields(json_schema, entry(**keys) if keys else None, CREATE, live, stream=STREAM)


@pytest.mark.parametrize(
    ("property_schema", "kind"),
    [
        ({"type": ["null", "string"]}, "text"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"}, "date"),
        ({"type": "string", "format": "uri"}, "url"),
        ({"type": ["null", "integer"]}, "number"),
        ({"oneOf": [{"type": "null"}, {"type": "number"}]}, "number"),
        ({"type": "string", "airbyte_type": "big_integer"}, "number"),
        ({"type": "boolean"}, "text"),
        ({"type": "array"}, "text"),
        ({"type": ["string", "number"]}, "text"),
        ({}, "text"),
        ({"type": ["null", "object"]}, None),
    ],
)
def test_type(property_schema: Json, kind: str | None) -> None:
    """A merge field has the type of its column; an object makes none."""
    found = missing(schema("email", extra=property_schema))
    assert [new.wire["type"] for new in found] == ([kind] if kind else [])


def test_only_what_is_missing() -> None:
    """Columns that match a field, feed something else, are ignored or were added by Airbyte make no field."""
    keys = {"fields": [to("a", "FNAME")], "tags_field": "t", "opt_in_field": "o", "ignore_fields": ["secret"]}
    found = missing(schema("email", "a", "t", "o", "secret", "last_name", "_ab_cdc_lsn", "Favourite colour"), keys)
    assert [new.column for new in found] == ["Favourite colour"]
    (new,) = found
    assert new.wire == {
        "tag": "FAVOURITE",
        "name": "Favourite colour",
        "type": "text",
        "required": False,
        "public": False,
    }


def test_nothing_unless_told_so() -> None:
    """Without `create`, and without a schema, no column makes a field."""
    assert missing_merge_fields(schema("email", "extra"), None, settings(), LIVE) == ()
    assert missing({}) == ()


def test_lines_make_fields_of_their_tag() -> None:
    """A line to a tag that is not there makes it, typed like its column; an external id is always text.

    A property of the member, which could be a tag too, makes none.
    """
    keys = {
        "fields": [to("score", "POINTS"), to("a + b", "NICK"), to("x.y", "DEEP"), to("a", "language")],
        "external_id": "id -> SHOPID",
    }
    number = {"type": "integer"}
    found = missing(schema("email", "a", "b", score=number, id=number, x={"type": "object"}), keys)
    assert {new.wire["tag"]: new.wire["type"] for new in found} == {
        "POINTS": "number",
        "NICK": "text",
        "DEEP": "text",
        "SHOPID": "text",
    }
    assert [new.wire["tag"] for new in missing({}, {"fields": [to("score", "POINTS")]})] == ["POINTS"]


def test_an_announced_stream_makes_no_field_of_its_columns() -> None:
    """In data activation a column is named after what there is: opt_in is no merge field to create."""
    columns = schema("email_address", "opt_in", "group:Colors", "FNAME")
    assert missing_merge_fields(columns, None, CREATE, LIVE, stream=STREAM, activation=True) == ()


def test_a_wrong_setting_stops_before_anything_is_made() -> None:
    """What `compile_mapping` would refuse is refused before the first field is created."""
    with pytest.raises(Misconfigured):
        missing(schema("email", "extra"), {"tags_field": "nope"})
    with pytest.raises(Misconfigured):
        missing(schema("email", "x"), {"fields": [to("x", "much_too_long_a_tag")]})


def test_two_columns_of_one_beginning() -> None:
    """Tags are unique, also where the first ten letters are not."""
    found = missing(schema("email", "loyalty_points_a", "loyalty_points_b", "loyalty_points_c"))
    assert [new.wire["tag"] for new in found] == ["LOYALTY_PO", "LOYALTY_P2", "LOYALTY_P3"]


def test_what_is_made_is_filled_at_once() -> None:
    """Once the fields are there every column that made one is mapped, and a second sync makes nothing more."""
    columns = schema("email", "loyalty_points", "loyalty_points_b", "größe", "x y", score={"type": "number"})
    made = planned_audience(LIVE, missing(columns))
    assert missing(columns, live=made) == ()
    contact = compile_mapping(STREAM, CREATE, None, made, columns, now=lambda: NOW).map(
        {"email": "jane@shop.com", "loyalty_points": 5, "loyalty_points_b": 6, "größe": "L", "x y": "z", "score": 1}
    )
    assert isinstance(contact, Contact)
    assert sorted(map(str, contact.merge.values())) == ["1", "5", "6", "L", "z"]


def test_a_field_with_a_tag_like_a_column() -> None:
    """A new tag never takes the name of another column that would then feed it."""
    columns = schema("email", "customer_segment", "customer_s")
    found = missing(columns)
    made = planned_audience(LIVE, found)
    contact = compile_mapping(STREAM, CREATE, None, made, columns, now=lambda: NOW).map(
        {"email": "jane@shop.com", "customer_segment": "long", "customer_s": "short"}
    )
    assert isinstance(contact, Contact)
    by_name = {field.name: contact.merge.get(field.tag) for field in made.merge_fields}
    assert (by_name["customer_segment"], by_name["customer_s"]) == ("long", "short")


@UNTIMED
@given(st.text(max_size=30), st.sets(st.from_regex(r"[A-Z0-9_]{1,10}", fullmatch=True), max_size=5))
def test_tags_are_mailchimps(column: str, taken: set[str]) -> None:
    """Whatever a column is called, its tag is one Mailchimp takes and nobody has."""
    taken |= {new_tag(column, taken)}
    tag = new_tag(column, taken)
    assert tag not in taken and 1 <= len(tag) <= 10
    assert all(c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" for c in tag)
    MergeField.parse({"tag": tag, "name": column, "type": "text"})
