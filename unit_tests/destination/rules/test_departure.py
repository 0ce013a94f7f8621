"""What happens to somebody who left a mirrored list, as one table."""

import pytest

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Contact, Known, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.departure import plan_departure
from source_destination_mailchimp.destination.work import Departure
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import STREAM

CONTACT = Contact(STREAM, {}, "ann@sandbox-people.org", "aa")
LISTS = frozenset({"list", "other"})


def planned(treatment: MirrorRemoval, known: Known | None) -> Operation | Settled:
    """Return what is done with somebody who left the list `list`; `other` is mirrored too."""
    return plan_departure(CONTACT, known, Departure("list", treatment), LISTS)


def carrier(status: Status, *tags: str) -> Known:
    """Return a member who carries these tags."""
    return Known(status, CONTACT.email, tags=frozenset(tags))


@pytest.mark.parametrize(
    ("treatment", "status", "route", "outcome"),
    [
        ("remove_tags", Status.SUBSCRIBED, Route.NOTHING, Outcome.UNTAGGED),
        ("unsubscribe", Status.SUBSCRIBED, Route.CHANGE_STATUS, Outcome.UNSUBSCRIBED),
        ("archive", Status.SUBSCRIBED, Route.ARCHIVE, Outcome.ARCHIVED),
        ("archive", Status.PENDING, Route.CHANGE_STATUS, Outcome.UNSUBSCRIBED),
        ("archive", Status.UNSUBSCRIBED, Route.NOTHING, Outcome.UNTAGGED),
        ("unsubscribe", Status.CLEANED, Route.NOTHING, Outcome.UNTAGGED),
    ],
)
def test_who_left_loses_the_tag_and_is_treated(
    treatment: MirrorRemoval, status: Status, route: Route, outcome: Outcome
) -> None:
    """The setting decides about those who are mailed; those who left by themselves lose the tag only."""
    operation = planned(treatment, carrier(status, "list", "vip"))
    assert isinstance(operation, Operation)
    assert (operation.route, operation.settled.outcome, operation.tags_off) == (route, outcome, ("list",))


@pytest.mark.parametrize("treatment", ["remove_tags", "unsubscribe", "archive"])
def test_who_is_in_another_list_stays(treatment: MirrorRemoval) -> None:
    """Somebody who carries another list's tag loses this list's tag and nothing else, whatever the setting."""
    operation = planned(treatment, carrier(Status.SUBSCRIBED, "list", "other"))
    assert isinstance(operation, Operation)
    assert (operation.route, operation.settled.outcome) == (Route.NOTHING, Outcome.UNTAGGED)
    assert (operation.status, operation.tags_off) == (None, ("list",))


@pytest.mark.parametrize("known", [None, carrier(Status.SUBSCRIBED), carrier(Status.SUBSCRIBED, "other")])
def test_who_lost_the_tag_already_is_left_alone(known: Known | None) -> None:
    """Nobody is touched who is not there any more, or from whom somebody took the tag meanwhile."""
    settled = planned("archive", known)
    assert isinstance(settled, Settled)
    assert settled.outcome is Outcome.SKIPPED
    assert settled.note is not None and settled.note.reason is Reason.ALREADY_GONE
