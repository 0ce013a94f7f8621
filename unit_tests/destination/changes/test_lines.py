"""What is written down of one change, and of Mailchimp's answer to it."""

from typing import Any

import orjson
import pytest

from source_destination_mailchimp.destination.changes.lines import Place, member_answer, member_change, tag_change
from source_destination_mailchimp.destination.model import Note, Operation, OptIn, Outcome, Reason, Route, Settled
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
    given = {"known": known()._replace(values=READ), **parts}
    return Operation(given.pop("contact", contact()._replace(record=RECORD)), route, Settled(outcome), **given)


def test_a_change_names_its_record_and_keeps_the_values_that_it_is_about() -> None:
    """Of the values that were read only those are written down that the call changes, with the time of the read."""
    entry = member_change(operation(changes={"merge_fields": {"FNAME": "Ann"}}), KEYS, PLACE)
    assert entry["stream"] == STREAM.name
    assert entry["key"] == {"id": 7, "tenant.name": "north"}
    assert entry["before"] == {"merge_fields": {"FNAME": "Anne"}}
    assert entry["read_at"] == "2026-01-02T03:04:04.000+00:00"
    assert entry["status"] == "subscribed"
    assert entry["sent"] == {"merge_fields": {"FNAME": "Ann"}}
    assert "authority" not in entry


def test_a_newcomer_has_nothing_before() -> None:
    """Their status is there by the setting for new contacts."""
    entry = member_change(operation(Route.ADD, Outcome.CREATED, known=None, status=Status.SUBSCRIBED), KEYS, PLACE)
    assert not {"before", "status", "last_changed"} & entry.keys()
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
    authority = {"setting": setting, "consent_at": "1970-01-01T00:00:05+00:00"}
    assert member_change(one, KEYS, PLACE)["authority"] == authority


@pytest.mark.parametrize("seconds", [253402300800.0 + 3600, -62135596800.0 - 3600])
def test_a_time_of_consent_that_its_zone_put_out_of_the_calendar(seconds: float) -> None:
    """9999-12-31T23:30-01:00 is a time that a source can send, and year 10000 is none."""
    one = operation(Route.ADD, Outcome.CREATED, contact=contact(consent_seconds=seconds), status=Status.SUBSCRIBED)
    authority = member_change(one, KEYS, PLACE)["authority"]
    assert authority["consent_at"] == f"{seconds:.0f} seconds since 1970"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, "9223372036854775808"),
        (-(10**30), f"-{10**30}"),
        ("half \ud83d", "half ?"),
        ([1], "[1]"),
        (True, True),
        (None, None),
    ],
)
def test_any_primary_key_can_be_written(value: Any, written: Any) -> None:
    """Whatever a source sends: a list that cannot be written would end the run."""
    record = {"id": value, "tenant": {"name": "north"}}
    entry = member_change(operation(contact=contact()._replace(record=record)), KEYS, PLACE)
    assert orjson.loads(orjson.dumps(entry["key"]))["id"] == written


def test_a_member_is_named_where_it_is_not_that_of_the_address() -> None:
    """The name of a member in a path is made of its address, so it is left out as a rule."""
    assert "member" not in member_change(operation(), KEYS, PLACE)
    assert member_change(operation(member="0f" * 16), KEYS, PLACE)["member"] == "0f" * 16


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


def test_a_join_is_said() -> None:
    """Undo takes none back, neither the values nor the tags that came along."""
    settled = Settled(Outcome.UPDATED, beside=(Note(Reason.JOINED),))
    joined = Operation(contact(), Route.UPDATE, settled, None, {}, known())
    assert member_change(joined, KEYS, PLACE)["is_join"] is True
    assert tag_change(joined, {"vip": True}, KEYS, PLACE, "tag")["is_join"] is True
    assert "is_join" not in tag_change(operation(), {"vip": True}, KEYS, PLACE, "tag")
