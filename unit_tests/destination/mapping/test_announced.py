"""Data activation: what `discover` announces is what the mapping understands."""

from dataclasses import replace
from typing import Literal
from unicodedata import normalize

import pytest
from jsonschema import Draft7Validator

from source_destination_mailchimp.destination.mapping.announced import EMAIL, object_schema, properties
from source_destination_mailchimp.destination.mapping.compiling import Mapper
from source_destination_mailchimp.destination.model import Contact, OptIn
from source_destination_mailchimp.mailchimp.members import Interest
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import LIVE, compiled

Form = Literal["NFC", "NFD"]

RECORD = {
    "email_address": "jane@shop.com",
    "opt_in": True,
    "consent_time": "2024-05-01T22:30:00Z",
    "deleted_at": None,
    "tags": ["VIP"],
    "language": "de",
    "vip": True,
    "FNAME": "Jane",
    "LTV": 12.5,
    "PLAN": "Pro",
    "ADDRESS_addr1": "Main St 1",
    "ADDRESS_city": "Austin",
    "ADDRESS_state": "TX",
    "ADDRESS_zip": "73301",
    "group:Colors": ["Red"],
    "group:How often/Weekly": True,
    "permission:Direct Mail": True,
}


def test_a_record_with_announced_names() -> None:
    """Columns that have announced names need no settings."""
    mapper = compiled(tuple(RECORD), activation=True)
    contact = mapper.map(RECORD)
    assert isinstance(contact, Contact) and mapper.warnings == ()
    address = {"addr1": "Main St 1", "city": "Austin", "state": "TX", "zip": "73301", "country": "US"}
    assert contact.merge == {"FNAME": "Jane", "LTV": 12.5, "PLAN": "Pro", "ADDRESS": address}
    assert contact.profile == {"language": "de", "vip": True}
    assert contact.interests == {"i-red": True, "i-blue": False, "i-week": True, "i-month": False}
    assert contact.permissions == {"Direct Mail": True}
    assert (contact.email, contact.tags, contact.opt_in) == ("jane@shop.com", ("VIP",), OptIn.YES)
    assert (contact.consent_seconds, contact.deleted) == (1714602600, False)


def test_a_deletion_with_announced_names() -> None:
    """`deleted_at` marks a deleted record."""
    contact = compiled(("email_address", "deleted_at"), activation=True).map(RECORD | {"deleted_at": "2024-05-01"})
    assert isinstance(contact, Contact) and contact.deleted


@pytest.mark.parametrize("announced", ["NFC", "NFD"])
@pytest.mark.parametrize("sent", ["NFC", "NFD"])
def test_an_announced_name_in_either_form(announced: Form, sent: Form) -> None:
    """How Mailchimp and the platform write an accent does not matter: the group and the permission are found."""
    category, text = normalize(announced, "Größe"), normalize(announced, "Per Telefon gefällig")
    group = Interest("i-big", normalize(announced, "Größer"), category)
    live = replace(LIVE, interests=(group,), permissions={text: "p-phone"})
    columns = ("group:Größe/Größer", "permission:Per Telefon gefällig")
    record = {"email_address": "jane@shop.com"} | {normalize(sent, column): True for column in columns}
    contact = compiled(tuple(record), activation=True, live=live).map(record)
    assert isinstance(contact, Contact)
    assert contact.interests == {"i-big": True}
    assert contact.permissions == {text: True}


def test_a_stream_that_maps_little() -> None:
    """What is not mapped on the platform's page says nothing: no opt-in is asked, nothing is matched by a like name."""
    contact = compiled(("email_address", "first_name"), activation=True).map(RECORD | {"first_name": "Joe"})
    assert isinstance(contact, Contact)
    assert (contact.opt_in, contact.merge, contact.tags) == (OptIn.NOT_ASKED, {}, ())


def test_an_entry_of_its_own_wins() -> None:
    """An entry in streams[] may name other columns, and add what the page cannot."""
    keys = {"opt_in_field": "agreed", "fields": [to("LTV", "LNAME")]}
    contact = compiled((*RECORD, "agreed"), keys, activation=True).map(RECORD | {"agreed": "no"})
    assert isinstance(contact, Contact)
    assert (contact.opt_in, contact.merge["LNAME"]) == (OptIn.NO, "12.5")


@pytest.mark.parametrize("name", sorted(properties(LIVE)))
def test_every_announced_property_is_understood(name: str) -> None:
    """The mapping takes every single property that is announced; none goes nowhere."""
    mapper = compiled((EMAIL, name), activation=True)
    assert isinstance(mapper, Mapper) and mapper.warnings == ()
    offered = properties(LIVE)[name]
    assert bool(mapper.tracked) == bool(offered.target)


def test_schema() -> None:
    """The object's schema is one, is flat, has the choices as enums and takes a record of its own names only."""
    schema = object_schema(LIVE)
    Draft7Validator.check_schema(schema)
    assert schema["required"] == [EMAIL]
    assert schema["properties"]["PLAN"]["enum"] == ["Free", "Pro"]
    assert schema["properties"]["JOINED"]["format"] == "date"
    assert schema["properties"]["group:Colors"]["items"]["enum"] == ["Red", "Blue, dark"]
    assert schema["properties"]["group:How often"]["enum"] == ["Weekly", "Monthly"]
    assert not any(one.get("type") == "object" for one in schema["properties"].values())
    record = {key: value for key, value in RECORD.items() if value is not None}
    assert list(Draft7Validator(schema).iter_errors(record)) == []
    assert list(Draft7Validator(schema).iter_errors(record | {"FNAM": "x"}))


def test_required_fields_are_announced_where_they_are_enforced() -> None:
    """With `required_fields: enforce` the page asks for what Mailchimp's form requires."""
    assert object_schema(LIVE, fields_required=True)["required"] == [EMAIL, "CRMID"]
