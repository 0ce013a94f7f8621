"""Digests: equal for equal values, however they are written; different for different ones."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.mapping.digests import (
    contact_digests,
    converters,
    digest,
    member_digests,
    member_reader,
)
from source_destination_mailchimp.destination.model import Contact
from unit_tests.destination.field_entries import to
from unit_tests.destination.mapping.test_values import JSON
from unit_tests.destination.people import FIELDS, STREAM, UNTIMED, compiled, mapped

BY_TAG = converters(FIELDS)
JANE: dict[str, Any] = {"email": "jane@shop.com"}
LINES = [
    to("l", "language"),
    to("v", "vip"),
    to("x", "location.latitude"),
    to("y", "location.longitude"),
    to("g", "group:Colors"),
    to("p", "permission:Email"),
    to("at", "timestamp_opt"),
]


def as_member(contact: Contact) -> dict[str, Any]:
    """What Mailchimp would show of a contact that was written: everything that is not set is empty, not absent."""
    return {
        "language": "",
        "vip": False,
        "location": {"latitude": 0, "longitude": 0},
        "timestamp_opt": "",
        **contact.profile,
        "merge_fields": {field.tag: contact.merge.get(field.tag, "") for field in FIELDS},
        "interests": {"i-red": False, "i-blue": False, **contact.interests},
        "marketing_permissions": [
            {"marketing_permission_id": "p", "text": text, "enabled": contact.permissions.get(text, False)}
            for text in ("Email", "Direct Mail")
        ],
    }


def test_a_written_contact_is_at_rest() -> None:
    """Read back, a member has the digests of the contact it was written from."""
    record = JANE | {"fname": " Jane ", "ltv": "12.50", "joined": "05/01/2024", "birthday": "1985-05-17", "plan": "PRO"}
    record |= {"phone": "415.555.2671", "zip": 2134, "l": "fr-CA", "v": 1, "x": 52.5, "y": "13.4", "g": "red", "p": "y"}
    record |= {"address": {"street": "Main St 1", "city": "Austin", "state": "TX", "zip": 73301}, "at": 1714602600}
    contact = mapped(record, {"fields": LINES})
    assert contact.notes == ()
    tracked = compiled(tuple(record), {"fields": LINES}).tracked
    wanted = contact_digests(contact)
    assert member_digests(as_member(contact), tracked, BY_TAG) == wanted
    assert set(wanted) == set(tracked)
    assert all(wanted.values())


def test_mailchimps_spelling_is_equal() -> None:
    """Numbers as floats, phones with other signs and countries written out are the values that were sent."""
    record = JANE | {
        "ltv": 12,
        "phone": "4155552671",
        "address": '{"line1": "A", "city": "B", "state": "C", "zip": "1"}',
    }
    wanted = contact_digests(mapped(record))
    wire = {
        "merge_fields": {
            "LTV": 12.0,
            "PHONE": "+1 (415) 555-2671",
            "ADDRESS": {"addr1": "A", "addr2": "", "city": "B", "state": "C", "zip": "1", "country": "US"},
        }
    }
    assert member_digests(wire, ("LTV", "PHONE", "ADDRESS"), BY_TAG) == wanted


def test_other_values_differ() -> None:
    """Another value, also one that we would not send, has another digest."""
    wanted = contact_digests(mapped(JANE | {"ltv": 0, "phone": "4155552671", "plan": "Pro", "fname": "Jane"}))
    wire = {"merge_fields": {"LTV": "", "PHONE": "call me", "PLAN": "Enterprise", "FNAME": "jane"}}
    found = member_digests(wire, ("LTV", "PHONE", "PLAN", "FNAME"), BY_TAG)
    assert all(found[tag] != wanted[tag] for tag in found)
    assert found["LTV"] == 0 and wanted["LTV"] != 0


def test_an_empty_member() -> None:
    """What a member lacks has the digest 0; a group nobody put them in is an answer, not an empty value."""
    tracked = ("FNAME", "ADDRESS", "language", "vip", "location", "interest:i-red", "permission:Email")
    found = member_digests({"merge_fields": {"ADDRESS": ""}}, tracked, BY_TAG)
    assert {key for key, value in found.items() if value == 0} == {"FNAME", "ADDRESS", "language", "vip", "location"}
    assert "permission:Email" not in found
    wanted = contact_digests(mapped(JANE | {"g": []}, {"fields": [to("g", "group:Colors")]}))
    assert found["interest:i-red"] == wanted["interest:i-red"] != 0


def test_clearing_is_empty() -> None:
    """A value that is to be cleared has the digest of an empty one."""
    record = JANE | {"fname": None, "address": None, "l": "", "v": None}
    contact = mapped(record, {"fields": [to("l", "language"), to("v", "vip")]}, empty_values="clear")
    assert set(contact_digests(contact).values()) == {0}


def test_a_reader_is_made_once() -> None:
    """A reader answers for member after member."""
    read = member_reader(("FNAME",), BY_TAG)
    assert read({"merge_fields": {"FNAME": "a"}}) != read({"merge_fields": {"FNAME": "b"}})
    assert read({}) == {"FNAME": 0}


@UNTIMED
@given(st.dictionaries(st.sampled_from([field.tag.lower() for field in FIELDS]), JSON | st.dates().map(str)))
def test_every_contact_rests(values: dict[str, Any]) -> None:
    """Whatever a record held, the member written from it differs in nothing from the record."""
    mapper = compiled(("email", *(field.tag.lower() for field in FIELDS)))
    contact = mapper.map(JANE | values)
    assert isinstance(contact, Contact) and contact.stream == STREAM
    wanted = contact_digests(contact)
    assert member_digests(as_member(contact), tuple(wanted), BY_TAG) == wanted


@UNTIMED
@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_is_empty(number: float) -> None:
    """0 is a number, and none has the digest of an empty value."""
    assert digest(number) != 0
