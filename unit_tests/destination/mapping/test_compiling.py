"""Records become contacts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.compiling import FirstRecordMapper, Mapper
from source_destination_mailchimp.destination.model import Contact, Reason, Rejected
from source_destination_mailchimp.mailchimp.members import member_hash
from unit_tests.destination.field_entries import to
from unit_tests.destination.mapping.test_values import JSON
from unit_tests.destination.people import LIVE, STREAM, UNTIMED, compiled, mapped, noted, rejected, schema

JANE: dict[str, Any] = {"email": "jane@shop.com"}


def test_identity() -> None:
    """A contact knows its stream, its record, its address as it came, and the hash that names the member."""
    record = {"email": " Jane@Shop.com "}
    contact = mapped(record)
    assert (contact.stream, contact.record) == (STREAM, record)
    assert contact.email == "Jane@Shop.com"
    assert contact.hash == member_hash("jane@shop.com")


@pytest.mark.parametrize(
    ("record", "merge"),
    [
        ({"fname": "Jane", "Last-Name": "Doe"}, {"FNAME": "Jane", "LNAME": "Doe"}),
        ({"first_name": "Jane", "lifetimeValue": "12.5"}, {"FNAME": "Jane", "LTV": 12.5}),
        (
            {"birthday": "1985-05-17", "joined_at": "2024-05-01T10:00:00Z"},
            {"BIRTHDAY": "05/17", "JOINED": "2024-05-01"},
        ),
        ({"FNAME": "tag", "First Name": "name"}, {"FNAME": "tag"}),
        ({"colour": "red"}, {}),
    ],
)
def test_matching(record: dict[str, Any], merge: dict[str, Any]) -> None:
    """Columns meet merge fields by tag or name, whatever the case, `_`, `-` and spaces; a tag counts first."""
    assert mapped(JANE | record).merge == merge


def test_two_columns_for_one_field() -> None:
    """Where two columns fit equally neither is taken, and the log says so."""
    record = JANE | {"first_name": "Jane", "FirstName": "J."}
    mapper = compiled(tuple(record))
    contact = mapper.map(record)
    assert isinstance(contact, Contact) and contact.merge == {}
    assert any('"first_name", "FirstName"' in warning for warning in mapper.warnings)


def test_nothing_is_matched_when_told_so() -> None:
    """`unmapped_fields: ignore` sends only what is written in fields."""
    contact = mapped(JANE | {"fname": "Jane", "x": "Doe"}, {"fields": [to("x", "LNAME")]}, unmapped_fields="ignore")
    assert contact.merge == {"LNAME": "Doe"}


def test_ignored_columns_never_leave() -> None:
    """A column of `ignore_fields`, and a column with an ignored part, is not matched, nor taken for the address."""
    record = {"mail": "old@shop.com", "e-mail": "jane@shop.com", "fname": "Jane", "lname": {"secret": 1}}
    contact = mapped(record, {"ignore_fields": ["fname", "e-mail", "lname.secret"]})
    assert contact.email == "old@shop.com"
    assert contact.merge == {}


@pytest.mark.parametrize(
    ("line", "record", "merge"),
    [
        (to("name.first", "FNAME"), {"name": {"first": "Jane"}}, {"FNAME": "Jane"}),
        (to("name.first", "FNAME"), {"name": '{"first": "Jane"}'}, {"FNAME": "Jane"}),
        (to("name.first", "FNAME"), {"name.first": "flat", "name": {"first": "nested"}}, {"FNAME": "flat"}),
        (to('"name.first".x', "FNAME"), {"name.first": {"x": "Jane"}}, {"FNAME": "Jane"}),
        (to("names.1.v", "FNAME"), {"names": [{"v": "J"}, {"v": "Jane"}]}, {"FNAME": "Jane"}),
        (to("names.7.v", "FNAME"), {"names": []}, {}),
        (to("name.first", "FNAME"), {"name": None}, {}),
        (to("name.first", "FNAME"), {"name": "Jane"}, {}),
        (to("First Name", "LNAME"), {"First Name": "Jane"}, {"LNAME": "Jane"}),
        (to("First Name + Last Name", "LNAME"), {"First Name": "Jane", "Last Name": "Doe"}, {"LNAME": "Jane Doe"}),
        (to("first + last", "fname"), {"first": "Jane", "last": " "}, {"FNAME": "Jane"}),
        (to("first + last", "FNAME"), {"first": None, "last": None}, {}),
        (to("a -> b", "FNAME"), {"a -> b": "Jane"}, {"FNAME": "Jane"}),
    ],
)
def test_lines(line: str, record: dict[str, Any], merge: dict[str, Any]) -> None:
    """A line names columns, nested values, and several to be joined; a column's exact name wins."""
    contact = mapped(JANE | record, {"fields": [line]}, unmapped_fields="ignore")
    assert contact.merge == merge


@pytest.mark.parametrize(
    ("policy", "record", "merge"),
    [
        ("ignore", {"fname": None, "lname": "", "ltv": " "}, {}),
        ("clear", {"fname": None, "lname": "", "ltv": " "}, {"FNAME": "", "LNAME": "", "LTV": ""}),
        ("clear", {"fname": "Jane", "plan": None}, {"FNAME": "Jane", "PLAN": ""}),
    ],
)
def test_empty_values(policy: str, record: dict[str, Any], merge: dict[str, Any]) -> None:
    """null and blanks are left alone, or clear what is there."""
    assert mapped(JANE | record, empty_values=policy).merge == merge


def test_an_absent_column_clears_nothing() -> None:
    """A record that lacks a column says nothing about it, also where null would clear."""
    mapper = compiled(("email", "fname", "lname"), empty_values="clear")
    contact = mapper.map(JANE | {"lname": None})
    assert isinstance(contact, Contact) and contact.merge == {"LNAME": ""}


def test_clearing_beside_merge_fields() -> None:
    """What Mailchimp has an empty value for is cleared; a permission, a place or an e-mail type is not."""
    lines = [
        to("l", "language"),
        to("v", "vip"),
        to("t", "email_type"),
        to("x", "location.latitude"),
        to("y", "location.longitude"),
    ]
    lines += [
        to("p", "permission:Email"),
        to("g", "group:Colors"),
        to("w", "group:How often/Weekly"),
        to("s", "ADDRESS.addr1"),
    ]
    record = JANE | dict.fromkeys("lvtxypgws")
    contact = mapped(record, {"fields": lines}, empty_values="clear")
    assert contact.profile == {"language": "", "vip": False}
    assert contact.interests == {"i-red": False, "i-blue": False, "i-week": False}
    assert (contact.permissions, contact.merge) == ({}, {"ADDRESS": ""})
    untouched = mapped(record, {"fields": lines})
    assert (untouched.profile, untouched.interests, untouched.permissions, untouched.merge) == ({}, {}, {}, {})


def test_a_bad_value_costs_the_value() -> None:
    """A value that does not fit is left out and reported beside the contact, without the value itself."""
    contact = mapped(JANE | {"birthday": "17 o'clock", "fname": "Jane", "ltv": "many"})
    assert contact.merge == {"FNAME": "Jane"}
    assert noted(contact) == [(Reason.VALUE_REJECTED, "BIRTHDAY"), (Reason.VALUE_REJECTED, "LTV")]
    assert "clock" not in contact.notes[0].detail


def test_a_bad_value_costs_the_person_if_told_so() -> None:
    """`invalid_values: reject_record` rejects the record with the field; a cut text and half an address cost nobody."""
    assert rejected(JANE | {"birthday": "?"}, invalid_values="reject_record")[:2] == (Reason.INVALID_VALUE, "BIRTHDAY")
    record = JANE | {"fname": "é" * 200, "city": "Köln"}
    contact = mapped(record, {"fields": [to("city", "ADDRESS.city")]}, invalid_values="reject_record")
    assert noted(contact) == [(Reason.TEXT_CUT, "FNAME"), (Reason.ADDRESS_INCOMPLETE, "ADDRESS")]
    assert contact.merge == {"FNAME": "é" * 127}


def test_a_cut_text_of_several_columns() -> None:
    """Joined columns are cut like one."""
    contact = mapped(JANE | {"a": "x" * 200, "b": "y" * 200}, {"fields": [to("a + b", "FNAME")]})
    assert contact.merge["FNAME"] == "x" * 200 + " " + "y" * 54
    assert noted(contact) == [(Reason.TEXT_CUT, "FNAME")]


ADDRESS_LINES = [
    to("a.street + a.no", "ADDRESS.addr1"),
    to("a.city", "ADDRESS.city"),
    to("a.zip", "ADDRESS.zip"),
    to("a.land", "ADDRESS.country"),
]


def test_address_from_parts() -> None:
    """An address is put together from columns once it is complete."""
    place = {"street": "Main St", "no": 1, "city": "Austin", "zip": "01234", "land": "Canada"}
    contact = mapped(JANE | {"a": place, "st": "TX"}, {"fields": [*ADDRESS_LINES, to("st", "ADDRESS.state")]})
    assert contact.merge == {
        "ADDRESS": {"addr1": "Main St 1", "city": "Austin", "state": "TX", "zip": "01234", "country": "CA"}
    }


def test_half_an_address_is_left_alone() -> None:
    """Half an address is neither sent nor cleared; the note says what lacks."""
    record = JANE | {"a": {"street": "Main St", "no": 1, "city": "Austin", "zip": "01234"}, "st": None}
    keys = {"fields": [*ADDRESS_LINES, to("st", "ADDRESS.state")]}
    contact = mapped(record, keys, empty_values="clear")
    assert contact.merge == {}
    assert noted(contact) == [(Reason.ADDRESS_INCOMPLETE, "ADDRESS")]
    assert contact.notes[0].detail == "no state"


def test_address_as_a_column() -> None:
    """A column of objects is matched with an address, one of plain texts is not: it would be refused for everybody."""
    home = {"line1": "Main St 1", "city": "Austin", "state": "TX", "zip": "73301"}
    assert mapped(JANE | {"address": home}).merge["ADDRESS"]["addr1"] == "Main St 1"
    mapper = compiled(schema("email", address={"type": ["null", "string"]}))
    contact = mapper.map(JANE | {"address": "Main St 1, Austin"})
    assert isinstance(contact, Contact) and (contact.merge, contact.notes) == ({}, ())
    assert any("ADDRESS.addr1" in warning for warning in mapper.warnings)


def test_tracked_keys() -> None:
    """A mapper says which values of a member its records may write."""
    lines = [to("a", "ADDRESS.city"), to("l", "language"), to("x", "location.latitude"), to("y", "location.longitude")]
    lines += [to("g", "group:Colors/Red"), to("w", "group:How often/Weekly"), to("p", "permission:Email")]
    mapper = compiled(("email", "fname", "id", *"alxygwp"), {"fields": lines, "external_id": "id -> CRMID"})
    assert set(mapper.tracked) == {
        "FNAME",
        "ADDRESS",
        "CRMID",
        "language",
        "location",
        "interest:i-red",
        "interest:i-week",
        "interest:i-month",
        "permission:Email",
    }


def test_warnings() -> None:
    """The log hears, where they are enforced, which required fields nothing feeds."""
    assert compiled(("email", "fname", "colour")).warnings == ()
    (unfed,) = compiled(("email", "fname"), required_fields="enforce").warnings
    assert "CRMID" in unfed


def test_first_record_decides_without_a_schema() -> None:
    """A stream without a schema is mapped by the columns of its first object."""
    mapper = compiled((), {"fields": [to("id", "CRMID")]})
    assert isinstance(mapper, FirstRecordMapper)
    assert {"CRMID", "FNAME", "language", "interest:i-red", "permission:Email"} <= set(mapper.tracked)
    assert isinstance(mapper.map(None), Rejected)
    first = mapper.map({"E-Mail": "jane@shop.com", "first_name": "Jane"})
    assert isinstance(first, Contact) and first.merge == {"FNAME": "Jane"}
    second = mapper.map({"E-Mail": "joe@shop.com", "id": 7})
    assert isinstance(second, Contact) and second.merge == {"CRMID": "7"}


def test_a_dotted_name_that_shows_up_late() -> None:
    """Without a schema a column with a dot in its name is found also if the first record lacks it."""
    mapper = compiled((), {"fields": [to("name.first", "FNAME")]})
    assert isinstance(mapper.map(JANE), Contact)
    for record in ({"name.first": "Jane"}, {"name": {"first": "Jane"}}):
        contact = mapper.map(JANE | record)
        assert isinstance(contact, Contact) and contact.merge == {"FNAME": "Jane"}


RECORDS = st.dictionaries(
    st.sampled_from(
        ["email", "fname", "birthday", "ltv", "a", "o", "at", "gone", "t", "g", "w", "p", "l", "id", "phone", "x"]
    ),
    JSON | st.sampled_from(["jane@shop.com", "2024-05-01", "yes", "Red", '{"city": "x"}', "4155552671"]),
)
EVERYTHING = {
    "fields": [
        to("a.b", "ADDRESS.addr1"),
        to("a.c", "ADDRESS.country"),
        to("g", "group:Colors"),
        to("w", "group:How often/Weekly"),
        to("p", "permission:Email"),
        to("l", "language"),
        to("x + at", "LNAME"),
        to("at", "timestamp_opt"),
        to("x", "SITE"),
        to("id", "ZIP"),
    ],
    "opt_in_field": "o",
    "consent_time_field": "at",
    "deleted_field": "gone",
    "tags_field": "t",
    "external_id": "id -> CRMID",
}


@UNTIMED
@given(RECORDS | JSON, st.sampled_from(["ignore", "clear"]), st.sampled_from(["reject_value", "reject_record"]))
def test_every_record_is_a_contact_or_rejected(record: Any, empty: str, invalid: str) -> None:
    """Whatever JSON comes, there is one answer and no exception."""
    columns = ("email", "fname", "birthday", "ltv", "phone", *"aogtwplx", "at", "gone", "id")
    mapper = compiled(columns, EVERYTHING, empty_values=empty, invalid_values=invalid)
    assert isinstance(mapper, Mapper)
    found = mapper.map(record)
    assert isinstance(found, Contact | Rejected)
    if isinstance(found, Contact):
        assert found.email or (found.deleted and found.external_id)
        assert all(tag in {field.tag for field in LIVE.merge_fields} for tag in found.merge)
