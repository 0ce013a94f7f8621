"""What is written down of one change, and of Mailchimp's answer to it."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from source_destination_mailchimp.destination.changes.lines import Place, member_answer, member_change, tag_change
from source_destination_mailchimp.destination.model import Operation, OptIn, Outcome, Route, Settled
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import STREAM, contact, known

PLACE = Place("a1b2c3", "2026-01-02T03:04:05.000+00:00")
KEYS = {STREAM: (("id",), ("tenant", "name"))}
RECORD = {"id": 7, "tenant": {"name": "north"}, "email": "ann@shop.com"}
READ = orjson.dumps(
    {
        "at": "2026-01-02T03:04:04.000+00:00",
        "values": {"merge_fields": {"FNAME": "Anne", "LNAME": "Lee"}, "interests": {"i1": True}, "language": "de"},
    }
)


def operation(route: Route = Route.UPDATE, outcome: Outcome = Outcome.UPDATED, **parts: Any) -> Operation:
    """Return an operation of a record whose values were read."""
    given = {"known": replace(known(), values=READ), **parts}
    return Operation(given.pop("contact", contact()._replace(record=RECORD)), route, Settled(outcome), **given)


def test_a_change_names_its_record_and_keeps_the_values_that_it_is_about() -> None:
    """Of the values that were read only those are written down that the call changes, with the time of the read."""
    entry = member_change(operation(changes={"merge_fields": {"FNAME": "Ann"}}), KEYS, PLACE)
    assert entry["by"]["key"] == {"id": 7, "tenant.name": "north"}
    assert entry["before"]["values"] == {"merge_fields": {"FNAME": "Anne"}}
    assert entry["before"]["read_at"] == "2026-01-02T03:04:04.000+00:00"
    assert entry["before"]["status"] == "subscribed"
    assert entry["sent"] == {"merge_fields": {"FNAME": "Ann"}}
    assert "authority" not in entry


def test_a_newcomer_has_nothing_before() -> None:
    """Their status is there by the setting for new contacts."""
    entry = member_change(operation(Route.ADD, Outcome.CREATED, known=None, status=Status.SUBSCRIBED), KEYS, PLACE)
    assert entry["before"] is None
    assert entry["authority"] == {"setting": "new_member_status"}


@pytest.mark.parametrize(
    ("route", "settled", "parts", "setting"),
    [
        (Route.RESUBSCRIBE, Settled(Outcome.RESUBSCRIBED), {}, "resubscribe"),
        (Route.CHANGE_STATUS, Settled(Outcome.UNSUBSCRIBED), {"opt_in": OptIn.NO}, "opt_in_field, opt_out_field"),
        (Route.CHANGE_STATUS, Settled(Outcome.UPDATED), {"opt_in": OptIn.YES}, "opt_in_field"),
        (Route.ARCHIVE, Settled(Outcome.ARCHIVED, is_removal=True), {"deleted": True}, "removal"),
        (Route.ARCHIVE, Settled(Outcome.ARCHIVED, is_removal=True), {}, "mirror_removal"),
        (Route.ARCHIVE, Settled(Outcome.UPDATED), {"opt_in": OptIn.YES}, "external_id"),
    ],
)
def test_a_change_of_status_names_the_setting_that_allows_it(
    route: Route, settled: Settled, parts: dict[str, Any], setting: str
) -> None:
    """And the time of the consent, where the record tells one."""
    one = Operation(contact(consent_seconds=5.0, **parts), route, settled, Status.UNSUBSCRIBED, {}, known())
    assert member_change(one, KEYS, PLACE)["authority"] == {"setting": setting, "consent_seconds": 5.0}


def test_an_answer_keeps_what_mailchimp_made_of_the_values() -> None:
    """Values that came back as they were sent are left out."""
    one = operation(changes={"merge_fields": {"FNAME": "Ann", "PHONE": "030 1"}, "language": "en"})
    member = {
        "status": "subscribed",
        "last_changed": "2026-01-02T03:04:06+00:00",
        "merge_fields": {"FNAME": "Ann", "PHONE": "(030) 1", "LNAME": "Lee"},
        "language": "en",
    }
    assert member_answer(RowAnswer(one, member)) == {
        "result": "written",
        "status": "subscribed",
        "last_changed": "2026-01-02T03:04:06+00:00",
        "echo": {"merge_fields": {"PHONE": "(030) 1"}},
    }


@pytest.mark.parametrize(
    ("refusal", "tries", "result"),
    [
        (MemberRefusal.FORGOTTEN, 1, "refused"),
        (MemberRefusal.EXISTS, 2, "unknown"),
        (MemberRefusal.UNANSWERED, 1, "unknown"),
        (MemberRefusal.FAILED, 1, "unknown"),
    ],
)
def test_a_refusal_is_only_believed_where_no_earlier_try_may_have_been_taken(
    refusal: MemberRefusal, tries: int, result: str
) -> None:
    """Whatever may have been written stays open."""
    assert member_answer(RowAnswer(operation(), refusal=refusal, tries=tries))["result"] == result


def test_tags_are_a_change_of_their_own() -> None:
    """They say by which call they left, because only the member's own moves `last_changed`."""
    entry = tag_change(operation(), {"vip": True}, KEYS, PLACE, "tag")
    assert (entry["call"], entry["by_call"], entry["sent"]) == ("tags", "tag", {"tags": {"vip": True}})
