"""Every kind of value through the sandbox: taken as it is sent, and equal when it is read back."""

from dataclasses import replace
from typing import Any

import pytest

from integration_tests.destination.syncing import Account
from source_destination_mailchimp.destination.mapping.compiling import LiveAudience, compile_mapping
from source_destination_mailchimp.destination.mapping.digests import contact_digests, converters, member_digests
from source_destination_mailchimp.destination.model import Contact, StreamId
from source_destination_mailchimp.mailchimp import api, calls
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json, MergeField
from unit_tests.destination.field_entries import to
from unit_tests.destination.mapping.test_fields import SENT
from unit_tests.destination.people import NOW, entry, schema, settings

PEOPLE = StreamId(None, "people")
LINES = [
    to("lang", "language"),
    to("vip", "vip"),
    to("kind", "email_type"),
    to("lat", "location.latitude"),
    to("lon", "location.longitude"),
]
LINES += [
    to("ip", "ip_signup"),
    to("at", "timestamp_signup"),
    to("topics", "group:Topics"),
    to("fax", "permission:Fax"),
]
RECORD: dict[str, Any] = {
    "email": "jane@shop.com",
    "lang": "pt-PT",
    "vip": "yes",
    "kind": "TEXT",
    "lat": "52.5",
    "lon": 13.4,
}
RECORD |= {"ip": "203.0.113.7", "at": 1714602600, "topics": ["News"], "fax": True}


@pytest.fixture
def client(account: Account) -> Client:
    """The connector's own client."""
    return Client(Access(account.api_url, f"Bearer {account.sandbox.api_key}"), max_connections=2)


def options(field: MergeField) -> Json:
    """A merge field as it is created."""
    chosen: Json = {"choices": list(field.choices)} if field.choices else {}
    chosen |= {name: value for name in ("date_format", "phone_format") if (value := getattr(field, name))}
    if field.type == "address":
        chosen["default_country"] = field.default_country
    return {"tag": field.tag, "name": field.tag, "type": field.type, "options": chosen, "required": False}


def written(client: Client, audience: str, contact: Contact) -> Json:
    """The member as Mailchimp shows them after the contact was added."""
    row = {"email_address": contact.email, "status": "subscribed", "merge_fields": contact.merge, **contact.profile}
    if contact.interests:
        row["interests"] = contact.interests
    call = calls.subscribe_members(audience, [row], update_existing=False, skip_merge_validation=True)
    answer = client.send(call).body
    assert answer["errors"] == []
    member = api.member(client, audience, contact.hash)
    assert member is not None
    return member


def test_merge_fields(account: Account, client: Client) -> None:
    """What is sent for any value is taken for its type, and reads back with the digest it was sent with."""
    known = [field for field, _, _ in SENT if field.type != "something new"]
    unlike = list(dict.fromkeys(replace(field, tag="", name="") for field in known))
    fields = [replace(field, tag=f"F{number}") for number, field in enumerate(unlike)]
    for field in fields:
        api.create_merge_field(client, account.audience, options(field))
    live = LiveAudience(api.audiences(client)[0], tuple(api.merge_fields(client, account.audience)))
    by_tag = converters(live.merge_fields)
    for number, (field, value, sent) in enumerate(SENT):
        if field in known:
            tag = fields[unlike.index(replace(field, tag="", name=""))].tag
            record = {"email": f"p{number}@shop.com", tag: value}
            contact = compile_mapping(PEOPLE, settings(), None, live, schema(*record), now=lambda: NOW).map(record)
            assert isinstance(contact, Contact) and contact.merge == ({} if sent == "" else {tag: sent})
            member = written(client, account.audience, contact)
            wanted = contact_digests(contact)
            assert member_digests(member, tuple(wanted), by_tag) == wanted, (field, value, member["merge_fields"])


def test_everything_else(account: Account, client: Client) -> None:
    """Properties and groups read back with the digests they were sent with."""
    category = f"/lists/{account.audience}/interest-categories"
    made = client.send(Call("POST", category, body={"title": "Topics", "type": "checkboxes"})).body
    for name in ("News", "Offers"):
        client.send(Call("POST", f"{category}/{made['id']}/interests", body={"name": name}))
    audience = replace(api.audiences(client)[0], marketing_permissions=True)
    live = LiveAudience(audience, (), tuple(api.interests(client, account.audience)))
    mapper = compile_mapping(PEOPLE, settings(), entry(fields=LINES), live, schema(*RECORD), now=lambda: NOW)
    contact = mapper.map(RECORD)
    assert isinstance(contact, Contact) and contact.notes == () and len(contact.profile) == 6
    wanted = {key: value for key, value in contact_digests(contact).items() if not key.startswith("permission:")}
    assert member_digests(written(client, account.audience, contact), tuple(wanted), {}) == wanted
    assert set(mapper.tracked) == {*wanted, "permission:Fax"}
