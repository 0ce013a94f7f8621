"""Every stream, end to end, row by row against a plain reader."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from integration_tests.source import plain
from integration_tests.source.conftest import Seeded, fill, welcome
from integration_tests.source.plain import Row, rows
from integration_tests.source.syncing import by_key, config, sync
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.catalog import schema
from source_destination_mailchimp.source.streams import BY_NAME, STREAMS


@pytest.fixture
def seeded(sandbox: Sandbox) -> Seeded:
    """An account with something in every stream."""
    filled = fill(sandbox, members=1060, archived=30)
    sandbox.control.clock(advance_seconds=-600)  # so that no second is under way that the first sync reads
    sandbox.control.people("person4@sandbox-people.org", filled.audience, "complain", campaign=filled.campaign)
    welcome(sandbox, filled.other)
    sandbox.control.clock(advance_seconds=600)
    return filled


Expected = Callable[[Seeded], list[Row]]


def _of_campaign(path: str, key: str) -> Expected:
    def found(seeded: Seeded) -> list[Row]:
        sent = plain.call(seeded.sandbox, "GET", f"/reports/{seeded.campaign}")["send_time"]
        return [{**row, "send_time": sent} for row in rows(seeded.sandbox, f"/reports/{seeded.campaign}/{path}", key)]

    return found


def _of_audiences(path: str, key: str, **added: Any) -> Expected:
    def found(seeded: Seeded) -> list[Row]:
        return [
            {**row, **({"list_id": audience} if added else {})}
            for audience in (seeded.audience, seeded.other)
            for row in rows(seeded.sandbox, f"/lists/{audience}/{path}", key)
        ]

    return found


def _tags(seeded: Seeded) -> list[Row]:
    found = plain.call(seeded.sandbox, "GET", f"/lists/{seeded.audience}/tag-search")["tags"]
    return [{**row, "list_id": seeded.audience} for row in found]


def _members(seeded: Seeded) -> list[Row]:
    return plain.members(seeded.sandbox, seeded.audience) + plain.members(seeded.sandbox, seeded.other)


def _member_tags(seeded: Seeded) -> list[Row]:
    return [
        {
            **{"list_id": row["list_id"], "email_id": row["id"], "email_address": row["email_address"], **tag},
            "contact_id": row["contact_id"],
        }
        for row in _members(seeded)
        for tag in row["tags"]
    ]


def _segment_members(seeded: Seeded) -> list[Row]:
    flags = {f"include_{status}": "true" for status in ("cleaned", "transactional", "unsubscribed")}
    return [
        {**row, "segment_id": segment["id"], "list_id": seeded.audience}
        for segment in rows(seeded.sandbox, f"/lists/{seeded.audience}/segments", "segments")
        for row in rows(
            seeded.sandbox, f"/lists/{seeded.audience}/segments/{segment['id']}/members", "members", **flags
        )
    ]


def _interests(seeded: Seeded) -> list[Row]:
    path = f"/lists/{seeded.audience}/interest-categories"
    return [
        row
        for category in rows(seeded.sandbox, path, "categories")
        for row in rows(seeded.sandbox, f"{path}/{category['id']}/interests", "interests")
    ]


def _clickers(seeded: Seeded) -> list[Row]:
    found = []
    for link in rows(seeded.sandbox, f"/reports/{seeded.campaign}/click-details", "urls_clicked"):
        found += _of_campaign(f"click-details/{link['id']}/members", "members")(seeded)
    return found


def _member_activity(seeded: Seeded) -> list[Row]:
    found = []
    for audience in (seeded.audience, seeded.other):
        for member in rows(seeded.sandbox, f"/lists/{audience}/members", "members"):
            person = {"list_id": audience, "email_id": member["id"], "email_address": member["email_address"]}
            person["contact_id"] = member["contact_id"]
            path = f"/lists/{audience}/members/{member['id']}/activity-feed"
            found += [{**row, **person} for row in rows(seeded.sandbox, path, "activity")]
    return found


def _consent(seeded: Seeded) -> list[Row]:
    """The newest row of each member, as far as a member says it."""
    return [
        {"list_id": row["list_id"], "email_id": row["id"], "status": row["status"], "opted_in": row["opted_in"]}
        for row in _members(seeded)
    ]


def _automation_emails(seeded: Seeded) -> list[Row]:
    """Every email of every automation; the collection is not paged."""
    found = []
    for automation in rows(seeded.sandbox, "/automations", "automations"):
        found += rows(seeded.sandbox, f"/automations/{automation['id']}/emails", "emails")
    return found


def _reported(seeded: Seeded) -> list[Row]:
    """The automation emails that were sent, which have a report."""
    return [email for email in _automation_emails(seeded) if email["emails_sent"]]


def _automation_recipients(seeded: Seeded) -> list[Row]:
    found = []
    for email in _reported(seeded):
        added = {"send_time": email["send_time"], "workflow_id": email["workflow_id"]}
        found += [{**row, **added} for row in rows(seeded.sandbox, f"/reports/{email['id']}/sent-to", "sent_to")]
    return found


def _automation_activity(seeded: Seeded) -> list[Row]:
    found = []
    for email in _reported(seeded):
        done = plain.activities(seeded.sandbox, email["id"])
        found += [{**row, "workflow_id": email["workflow_id"]} for row in done]
    return found


def _of_every_report(found: Expected) -> Expected:
    """What a stream of campaigns reads also of automation emails, where Mailchimp lists their reports."""

    def of_all(seeded: Seeded) -> list[Row]:
        others = [replace(seeded, campaign=email["id"]) for email in _reported(seeded)]
        return [row for one in (seeded, *others) for row in found(one)]

    return of_all


def _contacts(seeded: Seeded) -> list[Row]:
    found: list[Row] = []
    for audience in (seeded.audience, seeded.other):
        cursor = ""
        while True:
            page = plain.call(seeded.sandbox, "GET", f"/audiences/{audience}/contacts", count=100, cursor=cursor)
            found += [plain.record(row) for row in page["contacts"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
    return found


def _domains(seeded: Seeded) -> list[Row]:
    added = {"campaign_id": seeded.campaign}
    return [{**row, **added} for row in _of_campaign("domain-performance", "domains")(seeded)]


EXPECTED: dict[str, Expected] = {
    "automations": lambda seeded: rows(seeded.sandbox, "/automations", "automations"),
    "campaigns": lambda seeded: rows(seeded.sandbox, "/campaigns", "campaigns"),
    "lists": lambda seeded: rows(seeded.sandbox, "/lists", "lists", include_total_contacts="true"),
    "reports": lambda seeded: rows(seeded.sandbox, "/reports", "reports"),
    "list_members": _members,
    "segments": _of_audiences("segments", "segments"),
    "segment_members": _segment_members,
    "tags": _tags,
    "interest_categories": _of_audiences("interest-categories", "categories"),
    "interests": _interests,
    "email_activity": _of_every_report(lambda seeded: plain.activities(seeded.sandbox, seeded.campaign)),
    "unsubscribes": _of_every_report(
        lambda seeded: rows(seeded.sandbox, f"/reports/{seeded.campaign}/unsubscribed", "unsubscribes")
    ),
    "merge_fields": _of_audiences("merge-fields", "merge_fields"),
    "member_tags": _member_tags,
    "member_activity": _member_activity,
    "campaign_recipients": _of_every_report(_of_campaign("sent-to", "sent_to")),
    "click_details": _of_every_report(_of_campaign("click-details", "urls_clicked")),
    "click_members": _of_every_report(_clickers),
    "open_details": _of_every_report(_of_campaign("open-details", "members")),
    "consent": _consent,
    "automation_emails": _automation_emails,
    "automation_recipients": _automation_recipients,
    "automation_recipient_activity": _automation_activity,
    "contacts": _contacts,
    "customer_journeys": lambda seeded: rows(seeded.sandbox, "/customer-journeys/journeys", "journeys"),
    "growth_history": _of_audiences("growth-history", "history"),
    "list_activity": _of_audiences("activity", "activity", list_id=True),
    "list_locations": _of_audiences("locations", "locations", list_id=True),
    "abuse_reports": _of_audiences("abuse-reports", "abuse_reports"),
    "domain_performance": _of_every_report(_domains),
}


COMPARED_BY = {
    "consent": ("list_id", "email_id"),
    "email_activity": ("timestamp", "email_id", "action", "url"),
    "automation_recipient_activity": ("timestamp", "email_id", "action", "url"),
    "member_activity": ("list_id", "email_id", "activity_type", "created_at_timestamp"),
}
"""Streams with columns that Mailchimp does not have: by what their rows are found in a plain reading."""


def _differences(found: dict[Any, Row], expected: dict[Any, Row]) -> list[Any]:
    """What a reader of a failed test wants to see first: keys on one side only, then differing columns."""
    lone = [("only found" if one in found else "only expected", one) for one in found.keys() ^ expected.keys()]
    return [
        *lone[:3],
        *[
            (one, name, found[one].get(name), expected[one].get(name))
            for one in found.keys() & expected.keys()
            for name in found[one].keys() | expected[one].keys()
            if found[one].get(name, "absent") != expected[one].get(name, "absent")
        ][:3],
    ]


def test_every_stream_has_its_line() -> None:
    """No stream of the table is left untested."""
    assert set(EXPECTED) == set(BY_NAME)


def test_a_first_sync_reads_what_is_there_and_a_second_one_nothing(seeded: Seeded) -> None:
    """Each stream equals a plain reading, row by row; with nothing new an incremental sync hands on nothing."""
    settings = config(seeded.sandbox)
    first = sync(settings)
    for stream in STREAMS:
        expected = EXPECTED[stream.name](seeded)
        key = COMPARED_BY.get(stream.name, stream.primary_key)
        found = by_key(first.records[stream.name], key)
        columns = {name for row in expected for name in row}
        compared = {
            one: {name: value for name, value in row.items() if name in columns} if stream.name in COMPARED_BY else row
            for one, row in found.items()
        }
        assert _differences(compared, by_key(expected, key)) == [], stream.name
        assert len(first.records[stream.name]) == len(expected), stream.name
        assert len(by_key(first.records[stream.name], stream.primary_key)) == len(expected), stream.name
    second = sync(settings, state=first.states)
    assert {name: len(found) for name, found in second.records.items() if BY_NAME[name].cursor_field} == {}


def test_records_keep_to_their_schemas(seeded: Seeded) -> None:
    """Every record fits the announced schema, formats included, and holds no column that it does not name."""
    found = sync(config(seeded.sandbox)).records
    for stream in STREAMS:
        announced = schema(stream.name)
        checker = jsonschema.Draft7Validator(announced, format_checker=jsonschema.FormatChecker())
        for row in found[stream.name][:300]:
            assert not list(checker.iter_errors(row)), stream.name
            assert set(row) <= set(announced["properties"]), stream.name


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_keys_and_cursors_are_in_the_schema(stream: Any) -> None:
    """What a destination joins and sorts by is announced as a column."""
    properties = schema(stream.name)["properties"]
    assert {*stream.primary_key, *([stream.cursor_field] if stream.cursor_field else [])} <= set(properties)
