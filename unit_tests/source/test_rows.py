"""From an answer to a record."""

from typing import Any, get_args

import pytest

from source_destination_mailchimp.destination.mapping.fields import TypeName
from source_destination_mailchimp.source.catalog import columns, flat_members, schema
from source_destination_mailchimp.source.rows import activities, at, deleted_member, member, opted_in, without_empty


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("subscribed", True),
        ("pending", None),
        ("unsubscribed", False),
        ("cleaned", False),
        ("transactional", False),
        ("archived", False),
        ("deleted", False),
        ("a word of next year's", None),
        ("", None),
        (None, None),
    ],
)
def test_only_subscribed_people_may_be_mailed(status: str | None, answer: bool | None) -> None:
    """Whoever is asked and has not answered is unknown, and what a new word means is too; everything else is no."""
    assert opted_in(status) is answer


def test_empty_is_null_at_every_depth() -> None:
    """ "" becomes null and keeps its key; zeros, false and empty lists stay."""
    row = {"a": "", "b": {"c": "", "d": 0}, "e": [{"f": ""}], "g": [], "h": False, "i": ["x"]}
    assert without_empty(row) == {
        "a": None,
        "b": {"c": None, "d": 0},
        "e": [{"f": None}],
        "g": [],
        "h": False,
        "i": ["x"],
    }


def test_flat_members_have_every_column() -> None:
    """A tag without a value is a null and not an absence; the object of merge fields is gone."""
    row = {"id": "m", "status": "pending", "merge_fields": {"FNAME": "", "AGE": 7, "OTHER": "no column"}}
    flat = member(row, "list", {"FNAME": "FNAME", "AGE": "AGE", "NEW": "NEW"})
    assert flat == {
        "id": "m",
        "list_id": "list",
        "status": "pending",
        "opted_in": None,
        "FNAME": None,
        "AGE": 7,
        "NEW": None,
    }


def test_nested_members_keep_their_merge_fields() -> None:
    """The object stays, with null for what is empty."""
    row = member({"id": "m", "status": "subscribed", "merge_fields": {"FNAME": ""}}, "list", None)
    assert row["merge_fields"] == {"FNAME": None}


def test_one_row_per_activity() -> None:
    """Recipients who did nothing give no row; the others one for each thing they did."""
    row = {"email_id": "m", "activity": [{"action": "open", "ip": ""}, {"action": "bounce", "type": "hard"}]}
    assert list(activities(row)) == [
        {"email_id": "m", "action": "open", "ip": None},
        {"email_id": "m", "action": "bounce", "type": "hard"},
    ]
    assert list(activities({"email_id": "m", "activity": []})) == []


def test_dotted_paths() -> None:
    """A path that leads nowhere finds nothing."""
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": None}, "a.b") is None


def _field(tag: str, kind: str) -> dict[str, Any]:
    return {"tag": tag, "type": kind, "name": tag}


def test_columns_carry_the_live_types() -> None:
    """Number, date and address are typed; whatever else Mailchimp has is text."""
    fields = [_field("AGE", "number"), _field("SINCE", "date"), _field("HOME", "address"), _field("BDAY", "birthday")]
    properties = flat_members(fields)["properties"]
    assert properties["AGE"]["type"] == ["number", "null"]
    assert properties["SINCE"]["format"] == "date"
    assert properties["HOME"]["properties"]["zip"]["type"] == ["string", "null"]
    assert properties["BDAY"] == {"type": ["string", "null"]}


COLUMN_TYPES: dict[TypeName, str] = {
    "text": "string",
    "number": "number",
    "date": "string",
    "birthday": "string",
    "address": "object",
    "phone": "string",
    "zip": "string",
    "url": "string",
    "imageurl": "string",
    "radio": "string",
    "dropdown": "string",
}
"""Merge-field type → JSON type of the column that the source makes of it."""


@pytest.mark.parametrize("kind", get_args(TypeName))
def test_a_column_for_every_merge_field_type(kind: TypeName) -> None:
    """What the destination can write to a merge field, the source announces as the type that it reads back."""
    column = flat_members([_field("TAG", kind)])["properties"]["TAG"]
    assert column["type"] == [COLUMN_TYPES[kind], "null"]


def test_two_audiences_may_disagree() -> None:
    """A tag that is a number here and text there takes both."""
    properties = flat_members([_field("AGE", "number"), _field("AGE", "text")])["properties"]
    assert properties["AGE"] == {"type": ["null", "number", "string"]}


def test_a_tag_never_covers_a_column_of_the_member() -> None:
    """A tag that reads like a column of the member, in any case, gets a line behind it."""
    assert columns([_field("STATUS", "text"), _field("LIST_ID", "text"), _field("FNAME", "text")]) == {
        "STATUS": "STATUS_",
        "LIST_ID": "LIST_ID_",
        "FNAME": "FNAME",
    }


def test_a_deleted_member_is_marked() -> None:
    """What is left of somebody deleted fits the schema and carries the mark that the destination removes by."""
    row = deleted_member("m", "list", "2026-01-01T00:00:00+00:00")
    assert row["_ab_cdc_deleted_at"] == "2026-01-01T00:00:00+00:00"
    assert set(row) <= set(schema("list_members")["properties"])


@pytest.mark.parametrize("field", [{"merge_id": 7, "tag": None, "type": "text"}, {"type": "text"}])
def test_a_merge_field_without_a_tag_is_no_column(field: dict[str, Any]) -> None:
    """Nothing could stand in it; the others are columns all the same."""
    assert columns([field, _field("AGE", "number")]) == {"AGE": "AGE"}
    assert "AGE" in flat_members([field, _field("AGE", "number")])["properties"]
