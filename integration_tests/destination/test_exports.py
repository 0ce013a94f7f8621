"""Exports of other programs, with their columns and values, and the members that they must become."""

from typing import Any, NamedTuple

import pytest

from integration_tests.destination.syncing import Account, Stream, succeeded, sync
from unit_tests.destination.field_entries import to

Json = dict[str, Any]


class Export(NamedTuple):
    """Rows of one program, the entry of the form for them, and who they are afterwards."""

    row: Json
    entry: Json
    email: str
    values: Json
    tags: frozenset[str] | set[str] = frozenset()


EXPORTS = {
    "Ghost": Export(
        {"id": "5f", "email": "jane@shop.com", "name": "Jane Doe", "labels": "VIP,Blog"},
        {"fields": [to("name", "FNAME")], "tags_field": "labels"},
        "jane@shop.com",
        {"FNAME": "Jane Doe"},
        {"VIP", "Blog"},
    ),
    "Substack": Export(
        {"Email": "jane@shop.com", "Name": "Jane", "Type": "Free", "Start date": "2024-05-01T10:00:00.000Z"},
        {"fields": [to("Name", "FNAME")]},
        "jane@shop.com",
        {"FNAME": "Jane"},
    ),
    "beehiiv": Export(
        {"email": "jane@shop.com", "first_name": "Jane", "tags": '["VIP","Blog, news"]'},
        {"fields": [to("first_name", "FNAME")], "tags_field": "tags"},
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"VIP", "Blog, news"},
    ),
    "HubSpot": Export(
        {"Email": "jane@shop.com", "First Name": "Jane", "Last Name": "Doe", "Segments": "VIP;Blog"},
        {"tags_field": "Segments"},
        "jane@shop.com",
        {"FNAME": "Jane", "LNAME": "Doe"},
        {"VIP", "Blog"},
    ),
    "Salesforce": Export(
        {"Email": "Jane@shop.com", "FirstName": "Jane", "LastName": "Doe", "Birthdate": "1985-12-25"},
        {"fields": [to("Birthdate", "BORN")]},
        "jane@shop.com",
        {"FNAME": "Jane", "LNAME": "Doe", "BORN": "12/25"},
    ),
    "Shopify": Export(
        {"Email": "jane@shop.com", "First Name": "Jane", "Last Name": "Doe", "Tags": "VIP, wholesale"},
        {"tags_field": "Tags"},
        "jane@shop.com",
        {"FNAME": "Jane", "LNAME": "Doe"},
        {"VIP", "wholesale"},
    ),
    "Klaviyo": Export(
        {"Email": "jane@shop.com", "First Name": "Jane", "Lists": "['VIP', 'Blog']"},
        {"tags_field": "Lists"},
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"VIP", "Blog"},
    ),
    "Odoo": Export(
        {"email_normalized": "jane@shop.com", "display_name": "Jane Doe", "category_id": ["VIP", "R&D"]},
        {"email_field": "email_normalized", "fields": [to("display_name", "FNAME")], "tags_field": "category_id"},
        "jane@shop.com",
        {"FNAME": "Jane Doe"},
        {"VIP", "R&D"},
    ),
    "WooCommerce": Export(
        {"billing": {"email": "jane@shop.com", "first_name": "Jane"}, "groups": "R&amp;D|VIP"},
        {"email_field": "billing.email", "fields": [to("billing.first_name", "FNAME")], "tags_field": "groups"},
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"R&D", "VIP"},
    ),
    "Magento 2": Export(
        {"email": "jane@shop.com", "firstname": "Jane", "lastname": "Doe", "dob": "1985-12-25 00:00:00"},
        {"fields": [to("firstname", "FNAME"), to("lastname", "LNAME"), to("dob", "BORN")]},
        "jane@shop.com",
        {"FNAME": "Jane", "LNAME": "Doe", "BORN": "12/25"},
    ),
    "Mailchimp": Export(
        {"Email Address": "jane@shop.com", "First Name": "Jane", "TAGS": '"VIP","Blog, news"'},
        {"tags_field": "TAGS"},
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"VIP", "Blog, news"},
    ),
    "Pipedrive": Export(
        {"Person - Email": "jane@shop.com,", "Person - First name": "Jane", "Person - Labels": "VIP, Hot lead"},
        {
            "email_field": "Person - Email",
            "fields": [to("Person - First name", "FNAME")],
            "tags_field": "Person - Labels",
        },
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"VIP", "Hot lead"},
    ),
    "Zoho": Export(
        {"Email": "jane@shop.com", "First_Name": "Jane", "Tag": [{"name": "VIP", "id": "1"}]},
        {"tags_field": "Tag"},
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"VIP"},
    ),
    "Stripe": Export(
        {"id": "cus_1", "email": "jane@shop.com", "name": "Jane Doe", "created": 1714602600},
        {"fields": [to("name", "FNAME")]},
        "jane@shop.com",
        {"FNAME": "Jane Doe"},
    ),
    "Postgres": Export(
        {"email": "jane@shop.com", "labels": '{VIP,"Blog news"}'},
        {"tags_field": "labels"},
        "jane@shop.com",
        {},
        {"VIP", "Blog news"},
    ),
    "Outlook": Export(
        {"E-mail Address": "'Doe, Jane' <jane@shop.com>;", "First Name": "Jane", "Categories": "VIP;Blog"},
        {"tags_field": "Categories"},
        "jane@shop.com",
        {"FNAME": "Jane"},
        {"VIP", "Blog"},
    ),
    "Excel": Export(
        {"email": "\ufeff'jane@shop.com\u00a0", "born": "12/25", "tags": "VIP\nBlog"},
        {"fields": [to("born", "BORN")], "tags_field": "tags"},
        "jane@shop.com",
        {"BORN": "12/25"},
        {"VIP", "Blog"},
    ),
    "Typeform": Export(
        {"answers": [{"email": "jane@shop.com"}, {"choices": {"labels": ["VIP", "Blog, news"]}}]},
        {"email_field": "answers.0.email", "tags_field": "answers.1.choices.labels"},
        "jane@shop.com",
        {},
        {"VIP", "Blog, news"},
    ),
    "Eventbrite": Export(
        {"profile": '{"email": "jane@shop.com", "first_name": "Jane", "last_name": "Doe"}', "ticket": "Early, bird"},
        {"email_field": "profile.email", "fields": [to("profile.first_name + profile.last_name", "FNAME")]},
        "jane@shop.com",
        {"FNAME": "Jane Doe"},
    ),
    "DuckDB": Export(
        {"email": "jane@shop.com", "tags": "[VIP, Blog]"},
        {"tags_field": "tags"},
        "jane@shop.com",
        {},
        {"VIP", "Blog"},
    ),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_an_export_becomes_its_member(account: Account, program: str) -> None:
    """One person, with exactly these values and tags, and nothing was refused; a second sync writes nothing."""
    export = EXPORTS[program]
    stream = Stream(columns=tuple(export.row))
    entry = {"stream": "people", **export.entry}
    result = succeeded(sync(account, [export.row], stream=stream, streams=[entry]))
    assert result.outcomes == {"created": 1}
    (email,) = account.people()
    person = account.people()[email]
    assert email == export.email
    assert {tag: value for tag, value in person.values.items() if value != ""} == export.values
    assert person.tags == export.tags
    again = account.writes_of(lambda: succeeded(sync(account, [export.row], stream=stream, streams=[entry])))
    assert again == []


def test_no_second_tag_in_another_form(account: Account) -> None:
    """A tag whose accent is a character of its own is the one that is there, and keeps the spelling it has."""
    there, said = "Gro\u0308ße", "Größe"
    account.put("joe@shop.com", "subscribed", tags=[there])
    succeeded(
        sync(account, [{"email": "jane@shop.com", "tags": said}], streams=[{"stream": "people", "tags_field": "tags"}])
    )
    assert account.people()["jane@shop.com"].tags == {there}
