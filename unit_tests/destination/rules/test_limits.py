"""How many people may go: a percentage, ten always, and never one more."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Contact, Known, Operation, OptIn, Outcome, Route, Settled
from source_destination_mailchimp.destination.rules.limits import ALWAYS_PASS, Cause, Fuse, Limits, limit
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import STREAM

CONTACT = Contact(STREAM, {}, "ann@sandbox-people.org", "aa")
ARCHIVED = Settled(Outcome.ARCHIVED, is_removal=True)
DELETED = Settled(Outcome.DELETED, is_removal=True)
UNTAGGED = Settled(Outcome.UNTAGGED, is_removal=True)
OPTS_OUT = Settled(Outcome.UNSUBSCRIBED)
HELD = Settled(Outcome.HELD)
UPDATED = Settled(Outcome.UPDATED)


def known(status: Status) -> Known:
    """A member of this status."""
    return Known(status, CONTACT.email)


@pytest.mark.parametrize(
    ("percent", "people", "allowed"),
    [
        (10, 0, 10),
        (0, 1_000_000, 10),
        (10, 100, 10),
        (10, 109, 10),
        (10, 110, 11),
        (10, 119, 11),
        (0.7, 70_000, 490),
        (1.1, 3_000, 33),
        (100, 123_457, 123_457),
        (33.3, 1_000, 333),
    ],
)
def test_the_limit_is_exact(percent: float, people: int, allowed: int) -> None:
    """The percentage is taken as written, rounded down, and ten people always pass."""
    assert limit(percent, people) == allowed


@given(st.decimals(0, 100, places=2), st.integers(0, 10_000_000))
def test_the_limit_is_never_over_the_percentage(percent: float, people: int) -> None:
    """No float loses or adds anybody."""
    allowed = limit(float(percent), people)
    if allowed > ALWAYS_PASS:
        assert allowed * 100 <= Fraction(str(percent)) * people < (allowed + 1) * 100


@example(allowed=0, steps=[True])
@example(allowed=2, steps=[True, True, False, True, True])
@given(st.integers(0, 30), st.lists(st.booleans(), max_size=80))
def test_never_one_over(allowed: int, steps: list[bool]) -> None:
    """However many ask and however many are given back, no more than allowed are gone at any time."""
    fuse, gone = Fuse(allowed), 0
    for asks in steps:
        if asks:
            assert fuse.admit(Cause.DELETION) is (gone < allowed)
            gone = min(allowed, gone + 1)
        else:
            fuse.give_back(Cause.DELETION)
            gone = max(0, gone - 1)
    assert fuse.gone.total() == gone


@pytest.mark.parametrize(
    ("operation", "counts"),
    [
        (Operation(CONTACT, Route.ARCHIVE, ARCHIVED, known=known(Status.SUBSCRIBED)), True),
        (Operation(CONTACT, Route.DELETE, DELETED, known=known(Status.SUBSCRIBED)), True),
        (Operation(CONTACT, Route.NOTHING, UNTAGGED, known=known(Status.SUBSCRIBED), tags_off=("a",)), True),
        (Operation(CONTACT, Route.CHANGE_STATUS, UPDATED, Status.UNSUBSCRIBED, known=known(Status.SUBSCRIBED)), True),
        (Operation(CONTACT, Route.CHANGE_STATUS, OPTS_OUT, Status.UNSUBSCRIBED, known=known(Status.PENDING)), True),
        (Operation(CONTACT, Route.CHANGE_STATUS, HELD, Status.UNSUBSCRIBED, known=known(Status.SUBSCRIBED)), True),
        (Operation(CONTACT, Route.ARCHIVE, UPDATED, known=known(Status.SUBSCRIBED)), True),
        (Operation(CONTACT, Route.NOTHING, UNTAGGED, known=known(Status.ARCHIVED), tags_off=("a",)), False),
        (Operation(CONTACT, Route.ADD, Settled(Outcome.CREATED), Status.UNSUBSCRIBED), False),
        (Operation(CONTACT, Route.NOTHING, UPDATED, known=known(Status.SUBSCRIBED), tags_off=("a",)), False),
        (Operation(CONTACT, Route.UPDATE, UPDATED, known=known(Status.SUBSCRIBED)), False),
    ],
)
def test_what_takes_people_away_is_counted(operation: Operation, counts: bool) -> None:
    """Removals of every kind and opt-outs count; new people who are stored unsubscribed and tags that change do not."""
    limits = Limits(Fuse(0))
    assert limits.admit(operation) is not counts


def test_a_dry_run_counts_and_lets_pass() -> None:
    """Where the fuse does not stop, it says how many it would have stopped."""
    limits = Limits(Fuse(1), fuse_stops=False)
    operation = Operation(CONTACT, Route.ARCHIVE, ARCHIVED, known=known(Status.SUBSCRIBED))
    assert [limits.admit(operation) for _ in range(3)] == [True, True, True]
    assert limits.fuse.over.total() == 2


@pytest.mark.parametrize(
    ("contact", "cause"),
    [
        (CONTACT._replace(deleted=True), Cause.DELETION),
        (CONTACT._replace(deleted=True, opt_in=OptIn.NO), Cause.DELETION),
        (CONTACT._replace(opt_in=OptIn.NO), Cause.OPT_OUT),
        (CONTACT._replace(opt_in=OptIn.YES), Cause.JOIN),
        (CONTACT, Cause.JOIN),
    ],
)
def test_the_fuse_knows_what_it_counted(contact: Contact, cause: Cause) -> None:
    """A record that is neither deleted nor a no takes somebody away by a join with another contact alone."""
    operation = Operation(contact, Route.ARCHIVE, ARCHIVED, known=known(Status.SUBSCRIBED))
    limits = Limits(Fuse(1))
    assert limits.admit(operation)
    assert limits.fuse.gone == {cause: 1}
    assert not limits.admit(operation)
    assert limits.fuse.over == {cause: 1}
    limits.give_back(operation)
    assert limits.fuse.gone.total() == 0


GROWS: dict[Route, bool | None] = {
    Route.ADD: True,
    Route.UPDATE: False,
    Route.CHANGE_STATUS: False,
    Route.PATCH: False,
    Route.RENAME: False,
    Route.RESUBSCRIBE: None,
    Route.ARCHIVE: False,
    Route.DELETE: False,
    Route.NOTHING: False,
}
"""Whether the audience is one larger after the call; None where that is so of archived people only."""


@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("status", Status)
def test_who_makes_the_audience_larger(route: Route, status: Status) -> None:
    """Somebody new takes a place under `max_members`, and so does an archived person who comes back."""
    operation = Operation(CONTACT, route, UPDATED, known=known(status))
    grows = GROWS[route]
    if grows is None:
        grows = status is Status.ARCHIVED
    limits = Limits(Fuse(10), capacity=1)
    assert limits.may_add(operation)
    assert limits.capacity == (0 if grows else 1)
    limits.give_back(operation)
    assert limits.capacity == 1


def test_a_full_audience_takes_nobody() -> None:
    """Without a limit everybody may come; at the limit nobody may, until an addition turns out not to be made."""
    adds = Operation(CONTACT, Route.ADD, Settled(Outcome.CREATED), Status.SUBSCRIBED)
    unlimited = Limits(Fuse(10))
    assert unlimited.may_add(adds)
    unlimited.is_added(adds)
    assert (unlimited.capacity, unlimited.unanswered) == (None, 0)
    limits = Limits(Fuse(10), capacity=2)
    assert [limits.may_add(adds) for _ in range(3)] == [True, True, False]
    assert limits.unanswered == 2
    limits.is_added(adds)
    assert (limits.unanswered, limits.may_add(adds)) == (1, False)
    limits.give_back(adds)
    assert (limits.unanswered, limits.may_add(adds)) == (0, True)


def test_who_was_not_removed_after_all_is_not_counted() -> None:
    """A removal that Mailchimp refuses leaves the fuse as it was."""
    limits = Limits(Fuse(1))
    removes = Operation(CONTACT, Route.ARCHIVE, Settled(Outcome.ARCHIVED), known=known(Status.SUBSCRIBED))
    assert [limits.admit(removes), limits.admit(removes)] == [True, False]
    limits.give_back(removes)
    assert limits.admit(removes)
