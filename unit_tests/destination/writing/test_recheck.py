"""One more look before a write that could undo what a person did meanwhile."""

import pytest

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.writing.recheck import (
    AlreadyWritten,
    ChangedMeanwhile,
    Finding,
    check_unchanged,
    compare,
)
from source_destination_mailchimp.mailchimp.members import Status
from source_destination_mailchimp.mailchimp.transport import Reply
from unit_tests.destination.planned import contact
from unit_tests.mailchimp.pretend import problem, reply, scripted

BEFORE, AFTER = "2025-01-01T00:00:00+00:00", "2025-01-02T00:00:00+00:00"


def operation(route: Route, status: Status | None, was: Status) -> Operation:
    """A write for a member who was last changed BEFORE."""
    known = Known(was, "ann@shop.com", last_changed=BEFORE)
    return Operation(contact("ann@shop.com"), route, Settled(Outcome.UPDATED), status, known=known)


BACK = operation(Route.RESUBSCRIBE, Status.PENDING, Status.UNSUBSCRIBED)
AWAY = operation(Route.ARCHIVE, None, Status.SUBSCRIBED)
TABLE = [
    # operation, status now, changed, what a first try finds, what a later try finds
    (BACK, "unsubscribed", BEFORE, Finding.AS_PLANNED, Finding.AS_PLANNED),
    (BACK, "unsubscribed", AFTER, Finding.CHANGED, Finding.CHANGED),
    (BACK, "cleaned", AFTER, Finding.CHANGED, Finding.CHANGED),
    (BACK, "pending", AFTER, Finding.CHANGED, Finding.WRITTEN),
    (BACK, "subscribed", AFTER, Finding.CHANGED, Finding.CHANGED),
    (AWAY, "subscribed", BEFORE, Finding.AS_PLANNED, Finding.AS_PLANNED),
    (AWAY, "subscribed", AFTER, Finding.AS_PLANNED, Finding.AS_PLANNED),
    (AWAY, "unsubscribed", AFTER, Finding.CHANGED, Finding.CHANGED),
    (AWAY, "archived", AFTER, Finding.CHANGED, Finding.WRITTEN),
]


@pytest.mark.parametrize(("one", "status", "changed", "first", "later"), TABLE)
def test_what_a_look_shows(one: Operation, status: str, changed: str, first: Finding, later: Finding) -> None:
    """Who is brought back must be untouched, who is archived must have their status; the rest is not sent."""
    found = {"status": status, "last_changed": changed}
    assert compare(one, found, is_retry=False) is first
    assert compare(one, found, is_retry=True) is later


def test_who_was_not_known_is_never_brought_back() -> None:
    """Somebody who was a stranger when the write was planned has become a member by their own doing."""
    one = Operation(contact("ann@shop.com"), Route.RESUBSCRIBE, Settled(Outcome.UPDATED), Status.PENDING)
    assert compare(one, {"status": "unsubscribed", "last_changed": ""}, is_retry=False) is Finding.CHANGED


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (reply(200, {"status": "unsubscribed", "last_changed": AFTER}), ChangedMeanwhile),
        (reply(200, {"status": "pending", "last_changed": AFTER}), AlreadyWritten),
        (problem(404, "Resource Not Found"), ChangedMeanwhile),
    ],
)
def test_a_look_that_ends_the_write(found: Reply, error: type[Exception]) -> None:
    """A member who moved, who has it already, or who is gone."""
    client, _ = scripted(found)
    with pytest.raises(error):
        check_unchanged(client, "aud1", BACK, is_retry=True)


def test_a_look_that_lets_the_write_go() -> None:
    """Nothing is raised where the member is as planned; only the two values are asked for."""
    client, wire = scripted(reply(200, {"status": "unsubscribed", "last_changed": BEFORE}))
    check_unchanged(client, "aud1", BACK, is_retry=False)
    assert wire.asked[0].params == {"fields": "status,last_changed"}
