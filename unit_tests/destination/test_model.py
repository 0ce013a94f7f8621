"""What every outcome, and every way to write a member, belongs to: one table each, with a row for every value."""

import pytest

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import contact, known

GROUPS: dict[Outcome, set[str]] = {
    Outcome.CREATED: {"accepted"},
    Outcome.UPDATED: {"accepted", "was there"},
    Outcome.UNCHANGED: {"accepted", "was there"},
    Outcome.RESUBSCRIBED: {"accepted", "was there"},
    Outcome.ASKED: {"accepted", "was there"},
    Outcome.UNSUBSCRIBED: {"accepted", "was there", "takes away"},
    Outcome.ARCHIVED: {"takes away"},
    Outcome.DELETED: {"takes away"},
    Outcome.UNTAGGED: {"takes away"},
    Outcome.HELD: {"accepted", "refused", "kept"},
    Outcome.DUPLICATE: {"kept"},
    Outcome.SKIPPED: set(),
    Outcome.REJECTED: {"refused", "kept"},
}


@pytest.mark.parametrize("outcome", Outcome)
def test_groups_of_an_outcome(outcome: Outcome) -> None:
    """STATEs, the store, the fuse and `duplicates: first` each ask what an outcome belongs to."""
    found = {
        "accepted": Settled(outcome).is_accepted,
        "refused": outcome.is_refused,
        "kept": outcome.is_kept,
        "takes away": outcome.takes_away,
        "was there": outcome.was_there,
    }
    assert {name for name, belongs in found.items() if belongs} == GROUPS[outcome]


@pytest.mark.parametrize("outcome", [one for one in Outcome if one.takes_away])
def test_a_removal_is_never_the_first_record_of_an_address(outcome: Outcome) -> None:
    """With `duplicates: first` a record that comes after a deletion is no duplicate of it."""
    assert not Settled(outcome, is_removal=True).is_accepted


REMOVES_MEMBER = {
    Route.ADD: False,
    Route.UPDATE: False,
    Route.CHANGE_STATUS: False,
    Route.PATCH: False,
    Route.RENAME: False,
    Route.RESUBSCRIBE: False,
    Route.ARCHIVE: True,
    Route.DELETE: True,
    Route.NOTHING: False,
}


@pytest.mark.parametrize("route", Route)
def test_routes_that_remove_a_member(route: Route) -> None:
    """After an archive and a permanent deletion nobody is there to be read."""
    assert route.removes_member is REMOVES_MEMBER[route]


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("route", [Route.UPDATE, Route.CHANGE_STATUS, Route.PATCH, Route.RENAME, Route.NOTHING])
def test_the_fuse_counts_what_an_outcome_takes_away(outcome: Outcome, route: Route) -> None:
    """Where nobody is removed or unsubscribed by the call, the outcome alone decides."""
    operation = Operation(contact(), route, Settled(outcome), known=known())
    assert operation.takes_away is outcome.takes_away


def test_the_fuse_counts_an_opt_out_of_a_held_record() -> None:
    """Somebody whose address may not change and who said no is unsubscribed all the same."""
    assert opt_out(known(Status.SUBSCRIBED)).takes_away
    assert not opt_out(None).takes_away


def opt_out(there: Known | None) -> Operation:
    """A held record that holds a no."""
    return Operation(contact(), Route.PATCH, Settled(Outcome.HELD), Status.UNSUBSCRIBED, known=there)


def test_the_fuse_counts_a_person_once() -> None:
    """A second member of the same person adds nothing, and counts where the first does not."""
    record = contact()
    old = Operation(record, Route.ARCHIVE, Settled(Outcome.UPDATED), known=known(), member="old")
    operation = Operation(record, Route.UPDATE, Settled(Outcome.UPDATED), known=known(), then=old)
    assert operation.takes_away is True
    assert operation.subscribers == (record.hash, "old")
