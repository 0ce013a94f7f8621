"""A contact, the policies and what is there become one operation, or an outcome at once."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.form.settings import NewMemberStatus, Resubscribe
from source_destination_mailchimp.destination.model import (
    Note,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.destination.rules.consent import is_more_mailable
from source_destination_mailchimp.destination.rules.field_writes import FieldWrites, changed_keys
from source_destination_mailchimp.destination.rules.plan import CLOCKS_DIFFER_SECONDS, plan, route_for
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import NOW, contact, known, rules

CHANGED = 1_000_000_000.0


def operation(planned: Operation | Settled) -> Operation:
    """What is planned, if it is a write."""
    assert isinstance(planned, Operation), planned
    return planned


def test_somebody_new_is_added_with_what_is_not_empty() -> None:
    """A stranger is added with the status of the setting, and without values that would clear nothing."""
    planned = operation(plan(contact(merge={"FNAME": "Ann", "LNAME": ""}), None, rules("pending")))
    assert (planned.route, planned.status) == (Route.ADD, Status.PENDING)
    assert planned.changes == {"merge_fields": {"FNAME": "Ann"}}
    assert planned.settled == Settled(Outcome.CREATED, None, (Note(Reason.CONFIRMATION_ASKED),))


def test_a_member_gets_only_what_differs() -> None:
    """What Mailchimp has already is not sent."""
    planned = operation(plan(contact(merge={"FNAME": "New", "LNAME": "Lee"}), known(FNAME="Old", LNAME="Lee"), rules()))
    assert planned.changes == {"merge_fields": {"FNAME": "New"}}
    assert (planned.route, planned.status) == (Route.UPDATE, None)


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.ARCHIVED])
def test_nothing_new_is_nothing_to_send(status: Status) -> None:
    """A record that says what is there is unchanged, whatever the member's status."""
    planned = plan(contact(merge={"FNAME": "Ann"}), known(status, FNAME="Ann"), rules())
    assert isinstance(planned, Settled)
    assert planned.outcome is Outcome.UNCHANGED


def test_required_fields_go_with_every_change() -> None:
    """Where required fields are enforced, a change carries them although they are the same."""
    there = known(FNAME="Old", LNAME="Lee")
    planned = plan(contact(merge={"FNAME": "New", "LNAME": "Lee"}), there, rules(always_sent=frozenset({"LNAME"})))
    assert operation(planned).changes == {"merge_fields": {"FNAME": "New", "LNAME": "Lee"}}


def test_update_mode_skips_strangers() -> None:
    """Mode update adds nobody, and says so of nobody whom a row could add while it is written."""
    assert plan(contact(), None, rules(mode="update")) == Settled(Outcome.SKIPPED, Note(Reason.NOT_A_MEMBER))
    planned = operation(plan(contact(merge={"FNAME": "New"}), known(), rules(mode="update")))
    assert planned.if_gone is None


@pytest.mark.parametrize(
    ("new", "asks", "if_gone"),
    [
        ("subscribed", OptIn.NOT_ASKED, Status.SUBSCRIBED),
        ("pending", OptIn.YES, Status.PENDING),
        ("do_not_add", OptIn.YES, None),
        ("subscribed", OptIn.MISSING, None),
    ],
)
def test_an_update_knows_what_a_stranger_would_become(new: str, asks: OptIn, if_gone: Status | None) -> None:
    """A row that finds its member gone must not subscribe somebody whom the settings would not."""
    planned = operation(plan(contact(merge={"FNAME": "New"}, opt_in=asks), known(), rules(new)))
    assert planned.if_gone is if_gone


@pytest.mark.parametrize(
    ("given_seconds", "is_newer"),
    [
        (CHANGED - 1, False),
        (CHANGED, False),
        (CHANGED + 0.9, False),
        (CHANGED + 1, True),
        (NOW, True),
        (NOW + CLOCKS_DIFFER_SECONDS, True),
        (NOW + CLOCKS_DIFFER_SECONDS + 1, False),
        (None, False),
    ],
)
def test_only_a_consent_that_is_certainly_newer_counts(given_seconds: float | None, is_newer: bool) -> None:
    """It must be later than the second of the last change, and not yet to come."""
    record = contact(opt_in=OptIn.YES, consent_seconds=given_seconds)
    planned = plan(record, known(Status.UNSUBSCRIBED, CHANGED), rules(resubscribe="with_newer_consent"))
    if is_newer:
        assert (operation(planned).route, operation(planned).status) == (Route.RESUBSCRIBE, Status.SUBSCRIBED)
    else:
        assert planned == Settled(Outcome.HELD, Note(Reason.CONSENT_NOT_NEWER))


def test_without_a_last_change_nobody_is_brought_back() -> None:
    """Where Mailchimp does not say when a member changed last, no consent is newer."""
    record = contact(opt_in=OptIn.YES, consent_seconds=NOW)
    planned = plan(record, known(Status.UNSUBSCRIBED, 0.0), rules(resubscribe="ask"))
    assert planned == Settled(Outcome.HELD, Note(Reason.CONSENT_NOT_NEWER))


STATUSES = st.sampled_from(list(Status))


@given(STATUSES, st.sampled_from([None, *(one for one in Status if one is not Status.OTHER)]), st.booleans())
def test_only_subscribed_people_are_written_with_a_status_if_new(
    status: Status, write: Status | None, has_permissions: bool
) -> None:
    """Whatever Mailchimp makes of `status_if_new`, it is said of nobody whom it could make more mailable."""
    route = route_for(status, write, has_permissions=has_permissions)
    if route is Route.UPDATE:
        assert (status, write) == (Status.SUBSCRIBED, None)
    if write is not None and is_more_mailable(write, Status.UNSUBSCRIBED):
        assert route is Route.RESUBSCRIBE


def test_a_status_that_nobody_knows_is_never_written() -> None:
    """It stands for a word that we have read, and not for one that Mailchimp would take."""
    with pytest.raises(ValueError, match="never written"):
        route_for(Status.SUBSCRIBED, Status.OTHER, has_permissions=False)


@pytest.mark.parametrize(
    ("status", "asks", "back", "outcome"),
    [
        (Status.UNSUBSCRIBED, OptIn.YES, "with_newer_consent", Outcome.RESUBSCRIBED),
        (Status.ARCHIVED, OptIn.YES, "with_newer_consent", Outcome.RESUBSCRIBED),
        (Status.UNSUBSCRIBED, OptIn.YES, "ask", Outcome.ASKED),
        (Status.ARCHIVED, OptIn.YES, "ask", Outcome.ASKED),
        (Status.SUBSCRIBED, OptIn.NO, "never", Outcome.UNSUBSCRIBED),
        (Status.PENDING, OptIn.NO, "never", Outcome.UNSUBSCRIBED),
        (Status.TRANSACTIONAL, OptIn.YES, "never", Outcome.UPDATED),
        (Status.UNSUBSCRIBED, OptIn.NO, "never", Outcome.UPDATED),
    ],
)
def test_a_change_of_status_is_the_outcome(status: Status, asks: OptIn, back: str, outcome: Outcome) -> None:
    """The data that is written with it is detail; a transactional contact had never left, so they are updated."""
    record = contact(merge={"FNAME": "New"}, opt_in=asks, consent_seconds=NOW)
    planned = operation(plan(record, known(status, CHANGED), rules(resubscribe=back)))
    assert planned.settled.outcome is outcome
    assert not planned.settled.is_removal


VALUES = st.dictionaries(st.sampled_from(["FNAME", "LNAME", "CITY"]), st.sampled_from(["", "a", "b"]))


@given(
    VALUES,
    VALUES,
    STATUSES,
    st.sampled_from(list(OptIn)),
    st.sampled_from(get_args(NewMemberStatus)),
    st.sampled_from(get_args(Resubscribe)),
    st.sampled_from(get_args(Write)),
    st.sampled_from(("always", "if_empty")),
)
def test_what_was_written_is_not_written_again(
    record: dict[str, str],
    there: dict[str, str],
    status: Status,
    asks: OptIn,
    new: Any,
    back: Any,
    one: Write,
    otherwise: Write,
) -> None:
    """A plan that is carried out leaves nothing to do for the same record, whatever is set."""
    settings = rules(new, back, writes=FieldWrites(otherwise, {"FNAME": one}))
    says = contact(merge=record, opt_in=asks, consent_seconds=CHANGED + 10)
    planned = plan(says, known(status, CHANGED, **there), settings)
    if not isinstance(planned, Operation):
        return
    now = {**there, **planned.changes.get("merge_fields", {})}
    again = plan(says, known(planned.status or status, CHANGED + 20, **now), settings)
    assert isinstance(again, Settled)
    assert again.outcome in (Outcome.UNCHANGED, Outcome.HELD)


@given(VALUES, VALUES)
def test_where_mailchimp_wins_no_value_of_its_is_touched(new: dict[str, str], old: dict[str, str]) -> None:
    """Only empty values are filled, and none is cleared."""
    before, after = ({key: hash(value) for key, value in one.items() if value} for one in (old, new))
    changed = changed_keys(after, before, FieldWrites("if_empty"))
    assert changed == {key for key, value in new.items() if value and not old.get(key)}


def test_tags_alone_need_no_member_call() -> None:
    """Somebody whose data is the same gets the tags that are missing, and no other call."""
    planned = operation(plan(contact(tags=("VIP",)), known(), rules(tags=TagRules(("Shop",)))))
    assert (planned.route, planned.tags_on, planned.changes) == (Route.NOTHING, ("Shop", "VIP"), {})
