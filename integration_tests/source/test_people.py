"""Members who are archived or deleted, merge fields as columns, and what became of each consent."""

from typing import Any

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import call
from integration_tests.source.rewriting import Query, rewriting
from integration_tests.source.syncing import Row, catalog, config, sync
from source_destination_mailchimp.mailchimp.members import member_hash


def _person(number: int) -> str:
    return f"person{number}@sandbox-people.org"


def _delete(seeded: Seeded, number: int) -> None:
    path = f"/lists/{seeded.audience}/members/{member_hash(_person(number))}/actions/delete-permanent"
    call(seeded.sandbox, "POST", path)


def _archive(seeded: Seeded, number: int) -> None:
    call(seeded.sandbox, "DELETE", f"/lists/{seeded.audience}/members/{member_hash(_person(number))}")


def _settle(seeded: Seeded) -> None:
    """Let the second in which something happened be over."""
    seeded.sandbox.control.clock(advance_seconds=2)


def test_archived_people_come_with_their_status_or_not_at_all(seeded: Seeded) -> None:
    """`include_archived` decides; somebody archived since the last sync comes once more, as archived."""
    settings = config(seeded.sandbox)
    first = sync(settings, "list_members")
    assert sum(row["status"] == "archived" for row in first.records["list_members"]) == 30
    _archive(seeded, 4)
    second = sync(settings, "list_members", state=first.states).records["list_members"]
    assert [(row["email_address"], row["status"], row["opted_in"]) for row in second] == [
        (_person(4), "archived", False)
    ]
    without = sync(config(seeded.sandbox, include_archived=False), "list_members").records["list_members"]
    assert {row["status"] for row in without} == {"subscribed", "unsubscribed", "pending", "cleaned"}
    assert len(without) == len(first.records["list_members"]) - 31


@pytest.mark.parametrize("include_archived", [True, False])
def test_deleted_people_come_once_as_deleted(seeded: Seeded, include_archived: bool) -> None:
    """With `detect_deleted` whoever is gone for good is named by ID, with a deletion mark; archived ones are not."""
    settings = config(seeded.sandbox, detect_deleted=True, include_archived=include_archived)
    first = sync(settings, "list_members")
    _archive(seeded, 4)
    _delete(seeded, 5)
    _delete(seeded, 1050)  # archived before
    second = sync(settings, "list_members", state=first.states)
    gone = [row for row in second.records["list_members"] if row["status"] == "deleted"]
    assert {row["id"] for row in gone} == {member_hash(_person(5)), member_hash(_person(1050))}
    assert all(row["_ab_cdc_deleted_at"] and row["list_id"] == seeded.audience for row in gone)
    third = sync(settings, "list_members", state=second.states)
    assert [row for row in third.records["list_members"] if row["status"] == "deleted"] == []


def test_who_came_while_it_was_read_and_was_deleted(seeded: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of contacts, read before somebody came, falls to what it was when they are deleted: they are told."""
    settings, control = config(seeded.sandbox, detect_deleted=True, audiences=["Readers"]), seeded.sandbox.control
    streams, person = ("list_members", "consent"), "late@sandbox-people.org"
    first = sync(settings, *streams)
    came: list[str] = []

    def rewrite(path: str, query: Query, body: Any) -> Any:
        if path == "/lists" and not came:
            control.clock(advance_seconds=5)
            control.people(person, seeded.audience, "subscribe")
            came.append(person)
        return body

    with rewriting(seeded.sandbox, rewrite) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        second = sync(settings, *streams, state=first.states)
    monkeypatch.setenv("MAILCHIMP_API_BASE_URL", seeded.sandbox.api_url)
    assert person in {row["email_address"] for row in second.records["list_members"]}
    control.clock(advance_seconds=5)
    path = f"/lists/{seeded.audience}/members/{member_hash(person)}/actions/delete-permanent"
    call(seeded.sandbox, "POST", path)
    third = sync(settings, *streams, state=second.states)
    assert [row["id"] for row in third.records["list_members"]] == [member_hash(person)]
    assert [(row["email_id"], row["status"]) for row in third.records["consent"]] == [(member_hash(person), "deleted")]


def test_detecting_deletions_may_start_later(seeded: Seeded) -> None:
    """Switched on between two syncs, it takes stock first and notices from then on, also behind a start date."""
    first = sync(config(seeded.sandbox), "list_members")
    settings = config(seeded.sandbox, detect_deleted=True, start_date="2026-10-01")
    second = sync(settings, "list_members", state=first.states)
    assert second.records["list_members"] == []
    _delete(seeded, 1)
    third = sync(settings, "list_members", state=second.states).records["list_members"]
    assert [row["id"] for row in third] == [member_hash(_person(1))]


def test_flat_members_have_a_column_per_merge_tag(seeded: Seeded) -> None:
    """Types come from the live definitions, a cleared value is a null, and no tag covers a column of the member."""
    settings = config(seeded.sandbox, merge_fields="flat")
    announced = catalog(settings, "list_members").streams[0].stream.json_schema["properties"]
    assert announced["SCORE"]["type"] == ["number", "null"]
    assert announced["JOINED"] == {"type": ["string", "null"], "format": "date"}
    assert "merge_fields" not in announced
    assert {"status", "STATUS_"} <= set(announced)
    path = f"/lists/{seeded.audience}/members/{member_hash(_person(7))}"
    first = sync(settings, "list_members")
    call(seeded.sandbox, "PATCH", path, {"merge_fields": {"FNAME": "", "JOINED": "2026-02-03", "STATUS": "sent"}})
    (row,) = sync(settings, "list_members", state=first.states).records["list_members"]
    assert (row["FNAME"], row["SCORE"], row["JOINED"], row["STATUS_"]) == (None, 7, "2026-02-03", "sent")
    assert row["status"] == "subscribed"


def _consent(seeded: Seeded, rows: list[Row]) -> list[tuple[object, ...]]:
    names = ("email_address", "external_id", "status", "opted_in", "reason", "campaign_id")
    return [tuple(row[name] for name in names) for row in rows]


def test_consent_tells_each_change_once(seeded: Seeded) -> None:
    """Opt-outs with reason and campaign, bounces, archived, deleted and new people: one row each, then none."""
    settings = config(seeded.sandbox, external_id="CRMID")
    first = sync(settings, "consent")
    told = _consent(seeded, first.records["consent"])
    assert (_person(2), "C-2", "unsubscribed", False, "Too many mails", seeded.campaign) in told
    assert sum(row[0] == _person(2) for row in told) == 1
    control = seeded.sandbox.control
    control.people(_person(5), seeded.audience, "unsubscribe", reason="Enough", campaign=seeded.campaign)
    control.people(_person(6), seeded.audience, "bounce_hard")
    control.people("new@sandbox-people.org", seeded.audience, "subscribe")
    control.people(_person(2), seeded.audience, "subscribe")
    _archive(seeded, 7)
    _delete(seeded, 8)
    call(
        seeded.sandbox,
        "PATCH",
        f"/lists/{seeded.audience}/members/{member_hash(_person(9))}",
        {"merge_fields": {"FNAME": "Somebody else"}},
    )
    _settle(seeded)
    second = sync(settings, "consent", state=first.states)
    assert set(_consent(seeded, second.records["consent"])) == {
        (_person(5), "C-5", "unsubscribed", False, "Enough", seeded.campaign),
        (_person(6), "C-6", "cleaned", False, None, None),
        ("new@sandbox-people.org", None, "subscribed", True, None, None),
        (_person(2), "C-2", "subscribed", True, None, None),
        (_person(7), "C-7", "archived", False, None, None),
        (None, None, "deleted", False, None, None),
    }
    (deleted,) = [row for row in second.records["consent"] if row["status"] == "deleted"]
    assert deleted["email_id"] == member_hash(_person(8))
    third = sync(settings, "consent", state=second.states)
    assert third.records["consent"] == []


def test_a_contact_that_a_program_added_has_given_no_answer(seeded: Seeded) -> None:
    """The time of the opt-in is that of the call, and the row says so; a sign-up by the person stays an opt-in."""
    added = [
        {"email_address": "by-program@sandbox-people.org", "status": "subscribed", "source": "API - Generic"},
        {"email_address": "by-form@sandbox-people.org", "status": "subscribed", "source": "Signup Form"},
    ]
    seeded.sandbox.control.seed(seeded.audience, members=added)
    rows = sync(config(seeded.sandbox), "consent").records["consent"]
    told = {row["email_address"]: row["changed_at_source"] for row in rows}
    assert told["by-program@sandbox-people.org"] == "api"
    assert told["by-form@sandbox-people.org"] == "opt_in"


def test_consent_knows_when(seeded: Seeded) -> None:
    """The time is that of the call, the campaign report's, or the latest it can have been, and the row says which."""
    rows = sync(config(seeded.sandbox), "consent").records["consent"]
    sources = {(row["status"], row["changed_at_source"]) for row in rows}
    assert sources == {
        ("subscribed", "api"),
        ("unsubscribed", "campaign"),
        ("unsubscribed", "last_changed"),
        ("pending", "last_changed"),
        ("cleaned", "last_changed"),
        ("archived", "last_changed"),
    }


def test_a_complaint_is_an_opt_out_with_its_campaign(seeded: Seeded) -> None:
    """Who reports a mail as spam is told with the campaign, although the report counts them apart."""
    first = sync(config(seeded.sandbox), "consent", "unsubscribes")
    seeded.sandbox.control.people(_person(5), seeded.audience, "complain", campaign=seeded.campaign)
    _settle(seeded)
    second = sync(config(seeded.sandbox), "consent", "unsubscribes", state=first.states)
    assert [(row["email_address"], row["campaign_id"], row["reason"]) for row in second.records["consent"]] == [
        (_person(5), seeded.campaign, "abuse")
    ]
    assert _person(5) in {row["email_address"] for row in second.records["unsubscribes"]}
