"""The configurations to copy, each doing to people what its description says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "configurations"
FIELDS = [{"tag": "CRMID", "name": "CRM ID", "type": "text"}, {"tag": "LTV", "name": "Value", "type": "number"}]
FIELDS += [{"tag": "FAVCAT", "name": "Favourite", "type": "text"}]
LEFT_AT = "2025-03-01T00:00:00Z"
KNOWN = [
    {"email_address": "known@postbox.org", "status": "subscribed", "tags": ["list-vip"]},
    {"email_address": "left@postbox.org", "status": "unsubscribed", "left_by": "person", "last_changed": LEFT_AT},
]

Record = dict[str, Any]
PERSON: Record = {"first_name": "Ann", "last_name": "Lee", "lifetime_value": 12, "first_contact": "fair"}
People = dict[str, tuple[str, dict[str, Any], set[str]]]


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """A sandbox for all configurations."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _audience(mailchimp: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", mailchimp.api_url)
    mailchimp.control.reset()
    mailchimp.control.seed(name="Customers", merge_fields=FIELDS, members=KNOWN)


def synced(
    mailchimp: Sandbox, name: str, records: list[Record], *, folder: Path | None = None, complete: bool = True
) -> People:
    """Everybody after a sync of the records: address → status, merge values, tags."""
    config = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    if config.get("object_storage_config"):
        config["object_storage_config"]["path"] = str(folder)
    stream = config["streams"][0]["stream"]
    schema = {"type": "object", "properties": {key: {} for record in records for key in record}}
    announced = {"name": stream, "json_schema": schema}
    catalog = {"streams": [{"stream": announced, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]}
    messages = [{"type": "RECORD", "record": {"stream": stream, "data": record}} for record in records]
    status = {"stream_descriptor": {"name": stream}, "status": "COMPLETE"}
    done = {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": status}}
    messages += [done] if complete else []
    list(DestinationMailchimp().write_raw(config, catalog, messages))
    (audience,) = mailchimp.store.audiences.values()
    names = {segment.id: segment.name for segment in audience.segments.values()}
    return {
        member.email_address: (
            member.status,
            {audience.merge_fields[key].tag: value for key, value in member.merge_values.items()},
            {names[tag] for tag in member.tags},
        )
        for member in audience.by_digest.values()
    }


def test_add_and_update(mailchimp: Sandbox) -> None:
    """New people are asked by mail, known people get the data, nobody who left is touched in their status."""
    person: Record = {"first_name": "Ann", "last_name": "Lee", "password_hash": "x"}
    person["address"] = {"street": "1 Elm", "city": "Lehi", "state": "Utah", "zip": "84043"}
    people = synced(
        mailchimp,
        "add-and-update.json",
        [{**person, "email": f"{who}@postbox.org"} for who in ("new", "known", "left")],
    )
    assert {email: status for email, (status, _, _) in people.items()} == {
        "new@postbox.org": "pending",
        "known@postbox.org": "subscribed",
        "left@postbox.org": "unsubscribed",
    }
    _, fields, tags = people["known@postbox.org"]
    assert fields["FNAME"] == "Ann"
    assert fields["ADDRESS"]["city"] == "Lehi"
    assert "customer" in tags


def test_this_list_is_the_truth(mailchimp: Sandbox, tmp_path: Path) -> None:
    """Who is no longer in the list is archived; who is new carries its tag and gets no mail; changes are kept."""
    only = [{"email": "new@postbox.org", "list_size": 1}]
    people = synced(mailchimp, "this-list-is-the-truth.json", only, folder=tmp_path)
    assert list(tmp_path.rglob("changes.jsonl"))
    assert people["known@postbox.org"][0] == "archived"
    assert people["new@postbox.org"][0] == "unsubscribed"
    assert "list-vip" in people["new@postbox.org"][2]


def test_a_cut_list_takes_nobody_away(mailchimp: Sandbox, tmp_path: Path) -> None:
    """Fewer rows than the list says it has, and no word that they were all: everybody stays."""
    cut = [{"email": "new@postbox.org", "list_size": 2}]
    people = synced(mailchimp, "this-list-is-the-truth.json", cut, folder=tmp_path, complete=False)
    assert people["known@postbox.org"][0] == "subscribed"


def test_crm_opt_in(mailchimp: Sandbox) -> None:
    """Yes adds, no unsubscribes, an old yes brings nobody back."""
    rows = [
        {"contact_id": "1", "email": "new@postbox.org", "newsletter": True},
        {"contact_id": "2", "email": "known@postbox.org", "newsletter": False},
        {"contact_id": "3", "email": "left@postbox.org", "newsletter": True},
    ]
    common = {**PERSON, "newsletter_changed_at": "2020-01-01T00:00:00Z", "deleted_at": None, "labels": ["crm-gold"]}
    people = synced(mailchimp, "crm-opt-in-both-ways.json", [{**row, **common} for row in rows])
    values = {"CRMID": "1", "FNAME": "Ann", "LNAME": "Lee", "LTV": 12, "FAVCAT": "fair"}
    assert people["new@postbox.org"] == ("subscribed", values, {"crm-gold"})
    assert people["known@postbox.org"][0] == "unsubscribed"
    assert people["left@postbox.org"][0] == "unsubscribed"


def test_crm_values_have_a_rule_each(mailchimp: Sandbox) -> None:
    """What people edited stays, what only the CRM knows is renewed, and where they came from is said once."""
    row: Record = {"contact_id": "1", "email": "new@postbox.org", "newsletter": True, "deleted_at": None, "labels": []}
    row["newsletter_changed_at"] = "2020-01-01T00:00:00Z"
    synced(mailchimp, "crm-opt-in-both-ways.json", [row | PERSON])
    later = {"first_name": "Anna", "last_name": "Lee-Roy", "lifetime_value": 40, "first_contact": "web"}
    people = synced(mailchimp, "crm-opt-in-both-ways.json", [row | later])
    assert people["new@postbox.org"][1] == {"CRMID": "1", "FNAME": "Ann", "LNAME": "Lee", "LTV": 40, "FAVCAT": "fair"}


def test_crm_opt_in_asks_once_more(mailchimp: Sandbox) -> None:
    """A box ticked again after somebody left makes Mailchimp ask them by mail."""
    row = {
        **PERSON,
        "contact_id": "3",
        "email": "left@postbox.org",
        "newsletter": True,
        "deleted_at": None,
        "labels": [],
    }
    row["newsletter_changed_at"] = "2025-06-01T00:00:00Z"
    assert synced(mailchimp, "crm-opt-in-both-ways.json", [row])["left@postbox.org"][0] == "pending"
    assert [mail["email"] for mail in mailchimp.control.mail()] == ["left@postbox.org"]


def test_only_enrich(mailchimp: Sandbox) -> None:
    """Nobody is added, and those who are there get the value, and the category that was empty."""
    rows = [
        {"contact_email": f"{who}@postbox.org", "lifetime_value": 12, "segment": "gold"} for who in ("new", "known")
    ]
    people = synced(mailchimp, "only-enrich.json", [{**row, "favourite_category": "tea"} for row in rows])
    assert set(people) == {"known@postbox.org", "left@postbox.org"}
    status, fields, tags = people["known@postbox.org"]
    assert (status, fields) == ("subscribed", {"LTV": 12, "FAVCAT": "tea"})
    assert "gold" in tags


def test_an_export_of_another_tool_subscribes_nobody_who_left(mailchimp: Sandbox) -> None:
    """A time in the opt-out column is a no, a no-date is none; who left here stays out, whatever the export says."""
    left_at = {"new": None, "never": "9999-12-31", "gone": "2024-05-01 10:00:00", "known": "2024-05-01", "left": ""}
    records: list[Record] = []
    for name, when in left_at.items():
        named = {"email": f"{name}@postbox.org", "first_name": name, "last_name": "Doe"}
        records.append({**named, "plan": "free", "unsubscribed_at": when})
    found = synced(mailchimp, "newsletter-export-with-opt-outs.json", records)
    assert {email: status for email, (status, _, _) in found.items()} == {
        "new@postbox.org": "subscribed",
        "never@postbox.org": "subscribed",
        "known@postbox.org": "unsubscribed",
        "left@postbox.org": "unsubscribed",
    }
    assert found["new@postbox.org"][1]["FAVCAT"] == "free"
    assert "FAVCAT" not in {tag for tag, value in found["known@postbox.org"][1].items() if value}
    again = [record | {"plan": "changed"} for record in records]
    assert synced(mailchimp, "newsletter-export-with-opt-outs.json", again) == found
