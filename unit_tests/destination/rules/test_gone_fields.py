"""Groups and merge fields that are deleted while the sync runs cost their own values, and nothing else."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.gone_fields import GoneFields, missing_fields, without_group
from source_destination_mailchimp.mailchimp.members import Json, Status
from unit_tests.destination.planned import contact, known

UPDATED = Settled(Outcome.UPDATED)
RED, BLUE = "interest:red", "interest:blue"


def operation(route: Route = Route.UPDATE, status: Status | None = None, **parts: Any) -> Operation:
    """A write of two groups."""
    changes = {"interests": {"red": True, "blue": False}}
    return Operation(contact(), route, UPDATED, status, **{"changes": changes, "known": known(), **parts})


def test_a_group_is_left_out_and_the_rest_stays() -> None:
    """The other group and the other values go out by the same call."""
    rest = without_group(operation(changes={"interests": {"red": True, "blue": True}, "language": "de"}), RED)
    assert rest.changes == {"interests": {"blue": True}, "language": "de"}
    assert rest.route is Route.UPDATE


@pytest.mark.parametrize(
    ("route", "status", "tags", "ends"),
    [
        (Route.UPDATE, None, (), (Route.NOTHING, Outcome.UNCHANGED)),
        (Route.PATCH, None, ("vip",), (Route.NOTHING, Outcome.UPDATED)),
        (Route.ADD, Status.SUBSCRIBED, (), (Route.ADD, Outcome.UPDATED)),
        (Route.CHANGE_STATUS, Status.UNSUBSCRIBED, (), (Route.CHANGE_STATUS, Outcome.UPDATED)),
        (Route.RENAME, None, (), (Route.RENAME, Outcome.UPDATED)),
    ],
)
def test_without_anything_else_only_what_is_left_is_done(
    route: Route, status: Status | None, tags: tuple[str, ...], ends: tuple[Route, Outcome]
) -> None:
    """Tags, a status, a new address; where nothing is left the contact is unchanged."""
    rest = without_group(operation(route, status, changes={"interests": {"red": True}}, tags_on=tags), RED)
    assert rest.changes == {}
    assert (rest.route, rest.settled.outcome) == ends


def test_who_comes_later_is_sent_without_it() -> None:
    """A group that was found to be gone is not offered again, and each record says what it lost."""
    warned: list[str] = []
    gone = GoneFields({RED: "group:Colors/Red"}, warned.append)
    assert gone.without_groups(operation()) == (operation(), [])
    assert gone.note([RED]) == [Note(Reason.FIELD_GONE, "group:Colors/Red")]
    rest, left_out = gone.without_groups(operation())
    assert (rest.changes, left_out) == ({"interests": {"blue": False}}, [RED])
    assert "group:Colors/Red is no longer in the audience" in warned[0]


def test_a_merge_field_that_is_gone_is_still_sent() -> None:
    """Mailchimp passes it over, so only a group has to be left out; a field without a name is called by its tag."""
    warned: list[str] = []
    gone = GoneFields({}, warned.append)
    gone.note(["LNAME"])
    one = operation(changes={"merge_fields": {"LNAME": "New"}})
    assert gone.without_groups(one) == (one, [])
    assert warned[0].startswith("LNAME is no longer in the audience")


@pytest.mark.parametrize(
    ("changes", "member", "missing"),
    [
        ({"merge_fields": {"FNAME": "A", "LNAME": "B"}}, {"merge_fields": {"FNAME": "A"}}, ["LNAME"]),
        ({"merge_fields": {"FNAME": "A", "LNAME": ""}}, {"merge_fields": {"FNAME": "A"}}, []),
        ({"merge_fields": {"FNAME": "A"}}, {"merge_fields": {"FNAME": ""}}, []),
        ({"merge_fields": {"FNAME": "A"}}, {}, []),
        ({"merge_fields": {"FNAME": "A"}}, {"merge_fields": None}, []),
        ({"language": "de"}, {"merge_fields": {}}, []),
    ],
)
def test_a_merge_field_is_gone_where_the_answer_lacks_it(changes: Json, member: Json, missing: list[str]) -> None:
    """An answer that shows no merge fields at all says nothing; an empty one is there."""
    assert missing_fields(changes, member) == missing
