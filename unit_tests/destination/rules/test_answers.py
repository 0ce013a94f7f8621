"""Mailchimp's answer for one member becomes the next step, and nobody is more mailable than somebody asked for."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.after_write import ConsentBroken
from source_destination_mailchimp.destination.rules.answers import (
    Advance,
    Again,
    Refusal,
    Verdict,
    read_answer,
    refuses_status_if_new,
)
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, Status
from unit_tests.destination.planned import contact, known

UPDATED = Settled(Outcome.UPDATED)
LOOKED_AT_AGAIN = (
    MemberRefusal.EXISTS,
    MemberRefusal.GONE,
    MemberRefusal.UNANSWERED,
    MemberRefusal.MOVED,
    MemberRefusal.FAILED,
)


def operation(
    route: Route = Route.UPDATE, status: Status | None = None, was: Status | None = Status.SUBSCRIBED, **parts: Any
) -> Operation:
    """A write of a first name."""
    parts = {"changes": {"merge_fields": {"FNAME": "New"}}, **parts}
    record = contact(merge={"FNAME": "New"})
    return Operation(record, route, UPDATED, status, known=known(was) if was else None, **parts)


def read(one: Operation, refusal: MemberRefusal | None = None, *, whole: bool = False, **parts: Any) -> Verdict:
    """What an answer means."""
    return read_answer(RowAnswer(one, refusal=refusal, **parts), rejects_whole_record=whole)


def accepted(one: Operation, status: str, **parts: Any) -> Verdict:
    """What it means that the member is there with this status."""
    member: Json = {"status": status, "last_changed": "2025-01-01T00:00:00+00:00"}
    return read(one, member=member, **parts)


ROUTES = st.sampled_from([Route.ADD, Route.UPDATE, Route.CHANGE_STATUS, Route.RESUBSCRIBE, Route.PATCH])
STATUS = st.sampled_from(list(Status))


@given(ROUTES, st.one_of(st.none(), STATUS), st.one_of(st.none(), STATUS), STATUS)
def test_nobody_is_more_mailable_than_they_were_and_than_was_asked(
    route: Route, asked: Status | None, was: Status | None, now: Status
) -> None:
    """An answer that shows that stops the run; one after a row without a status cannot be our doing."""
    one = operation(route, asked, was)
    wanted = asked or was
    is_more = MAILABLE[now] > (MAILABLE[was] if was else 0) and MAILABLE[now] > (MAILABLE[wanted] if wanted else 0)
    if is_more and not (route is Route.PATCH and asked is None):
        with pytest.raises(ConsentBroken):
            accepted(one, now.value)
    else:
        verdict = accepted(one, now.value)
        assert isinstance(verdict, Advance)
        assert verdict.known is not None
        assert verdict.known.status is now


def test_what_was_written_is_known() -> None:
    """After an answer the member is known with the values that were sent and the time that Mailchimp says."""
    verdict = accepted(operation(), "subscribed")
    assert isinstance(verdict, Advance)
    assert verdict.known == known(FNAME="New")._replace(
        changed_seconds=1735689600.0, last_changed="2025-01-01T00:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("asked", "now", "outcome", "beside"),
    [
        (Status.SUBSCRIBED, "subscribed", Outcome.UPDATED, ()),
        (Status.SUBSCRIBED, "pending", Outcome.UPDATED, (Note(Reason.CONFIRMATION_ASKED),)),
        (Status.SUBSCRIBED, "archived", Outcome.HELD, ()),
        (Status.PENDING, "archived", Outcome.HELD, ()),
        (Status.PENDING, "unsubscribed", Outcome.HELD, ()),
    ],
)
def test_success_is_what_mailchimp_answered(asked: Status, now: str, outcome: Outcome, beside: Any) -> None:
    """A 200 that leaves somebody as they were is no success: the record is held."""
    verdict = accepted(operation(Route.RESUBSCRIBE, asked, Status.ARCHIVED), now)
    assert isinstance(verdict, Advance)
    assert (verdict.settled.outcome, verdict.settled.beside) == (outcome, beside)


def test_who_is_asked_instead_of_brought_back_is_asked() -> None:
    """Where Mailchimp insists on a confirmation email, the outcome is what it did."""
    planned = operation(Route.RESUBSCRIBE, Status.SUBSCRIBED, Status.ARCHIVED)
    verdict = accepted(replace(planned, settled=Settled(Outcome.RESUBSCRIBED)), "pending")
    assert isinstance(verdict, Advance)
    assert verdict.settled == Settled(Outcome.ASKED, None, (Note(Reason.CONFIRMATION_ASKED),))


REFUSED = {
    MemberRefusal.EXISTS: (Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP),
    MemberRefusal.GONE: (Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP),
    MemberRefusal.FORGOTTEN: (Outcome.HELD, Reason.FORGOTTEN),
    MemberRefusal.COMPLIANCE: (Outcome.HELD, Reason.COMPLIANCE),
    MemberRefusal.THROTTLED: (Outcome.REJECTED, Reason.SIGNUP_THROTTLED),
    MemberRefusal.ADDRESS: (Outcome.REJECTED, Reason.ADDRESS_REFUSED),
    MemberRefusal.FIELD: (Outcome.REJECTED, Reason.VALUE_REFUSED),
    MemberRefusal.UNANSWERED: (Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP),
    MemberRefusal.MOVED: (Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP),
    MemberRefusal.FAILED: (Outcome.REJECTED, Reason.MAILCHIMP_FAILED),
    MemberRefusal.GROUP: (Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP),
    MemberRefusal.OTHER: (Outcome.REJECTED, Reason.REFUSED_BY_MAILCHIMP),
}
"""What becomes of a record once there have been enough tries."""


@pytest.mark.parametrize("refusal", MemberRefusal)
def test_a_refused_newcomer_is_told_apart(refusal: MemberRefusal) -> None:
    """Forgotten and compliance are held; everything else is rejected, in Mailchimp's words."""
    verdict = read(operation(Route.ADD, Status.SUBSCRIBED, None), refusal, field="FNAME", sentence="No.", whole=True)
    outcome, reason = REFUSED[refusal]
    settled = Settled(outcome, Note(reason, "FNAME", "No."))
    assert verdict == (Again(None, settled) if refusal in LOOKED_AT_AGAIN else Refusal(settled))


@pytest.mark.parametrize("refusal", LOOKED_AT_AGAIN)
@pytest.mark.parametrize("route", [Route.ADD, Route.UPDATE, Route.PATCH, Route.RESUBSCRIBE])
def test_what_changed_meanwhile_is_looked_at_again(refusal: MemberRefusal, route: Route) -> None:
    """Who appeared, went or was not answered for is planned anew from what they are now."""
    verdict = read(operation(route), refusal)
    assert isinstance(verdict, Again)
    assert verdict.operation is None


@pytest.mark.parametrize("route", [Route.UPDATE, Route.CHANGE_STATUS])
def test_what_the_batch_does_not_take_goes_alone(route: Route) -> None:
    """The single call is the last word on what a batch refused."""
    verdict = read(operation(route), MemberRefusal.OTHER)
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert verdict.operation.route is Route.PATCH


@pytest.mark.parametrize(("tries", "is_done"), [(1, False), (2, True)])
@pytest.mark.parametrize("route", [Route.ARCHIVE, Route.DELETE])
def test_who_is_gone_at_a_second_try_was_removed_by_the_first(route: Route, tries: int, is_done: bool) -> None:
    """A removal whose first answer was lost is one."""
    verdict = read(operation(route), MemberRefusal.GONE, tries=tries)
    assert isinstance(verdict, Advance) is is_done


def test_who_cannot_come_back_keeps_their_data_current() -> None:
    """A refused return becomes a write without a status, and the record is held."""
    verdict = read(operation(Route.RESUBSCRIBE, Status.SUBSCRIBED, Status.UNSUBSCRIBED), MemberRefusal.COMPLIANCE)
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert (verdict.operation.route, verdict.operation.status) == (Route.PATCH, None)
    assert verdict.operation.settled.outcome is Outcome.HELD


def test_who_cannot_come_back_and_has_nothing_new_is_held() -> None:
    """Without data to write nothing more is sent, except tags that are due."""
    bare = operation(Route.RESUBSCRIBE, Status.SUBSCRIBED, Status.UNSUBSCRIBED, changes={})
    assert isinstance(read(bare, MemberRefusal.COMPLIANCE), Refusal)
    verdict = read(replace(bare, tags_on=("VIP",)), MemberRefusal.COMPLIANCE)
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert verdict.operation.route is Route.NOTHING


@pytest.mark.parametrize(
    ("if_gone", "status"),
    [(Status.PENDING, Status.PENDING), (Status.UNSUBSCRIBED, Status.UNSUBSCRIBED), (None, Status.UNSUBSCRIBED)],
)
def test_an_update_that_added_somebody_is_taken_back(if_gone: Status | None, status: Status) -> None:
    """A row for a member who took another address may have subscribed the old one: only where strangers are."""
    verdict = accepted(operation(if_gone=if_gone), "subscribed", is_new=True)
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert (verdict.operation.route, verdict.operation.status) == (Route.PATCH, status)
    stays = accepted(operation(if_gone=Status.SUBSCRIBED), "subscribed", is_new=True)
    assert isinstance(stays, Advance)
    assert stays.settled.outcome is Outcome.CREATED


def test_a_refused_value_costs_the_value_or_the_person() -> None:
    """By `invalid_values` the rest is written without it, or nothing is."""
    names: dict[str, Any] = {"changes": {"merge_fields": {"FNAME": "New", "BORN": "13/45"}}}
    verdict = read(operation(**names), MemberRefusal.FIELD, field="BORN", sentence="No.")
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert verdict.operation.changes == {"merge_fields": {"FNAME": "New"}}
    assert verdict.beside == (Note(Reason.VALUE_REFUSED, "BORN", "No."),)
    whole = read(operation(**names), MemberRefusal.FIELD, field="BORN", whole=True)
    assert isinstance(whole, Refusal)
    assert whole.settled.outcome is Outcome.REJECTED


@pytest.mark.parametrize("route", [one for one in Route if one is not Route.NOTHING])
def test_an_answer_without_a_member_is_no_success(route: Route) -> None:
    """Only an archive and a deletion are done where Mailchimp shows nobody; all others are looked at again."""
    verdict = read(operation(route))
    if route in (Route.ARCHIVE, Route.DELETE):
        assert isinstance(verdict, Advance)
    else:
        assert isinstance(verdict, Again)
        assert verdict.operation is None


def test_a_status_nobody_knows_is_no_error_and_no_mail() -> None:
    """A newcomer who is answered with a word that we do not know is held; anybody else's data is written."""
    added = accepted(operation(Route.ADD, Status.SUBSCRIBED, None), "paused")
    assert isinstance(added, Advance)
    assert added.settled.outcome is Outcome.HELD
    assert added.known is not None and added.known.status is Status.OTHER
    updated = accepted(operation(Route.PATCH, was=Status.UNSUBSCRIBED), "paused")
    assert isinstance(updated, Advance)
    assert updated.settled.outcome is Outcome.UPDATED


def test_a_group_that_is_gone_costs_its_value_only() -> None:
    """The same call goes out without it, also where a bad value would cost the whole record."""
    changes = {"interests": {"red": True, "blue": True}}
    verdict = read(operation(changes=changes), MemberRefusal.GROUP, field="interest:red", whole=True)
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert verdict.operation.changes == {"interests": {"blue": True}}


def test_a_required_field_that_we_do_not_fill_rejects_the_person() -> None:
    """A refusal that names a field which was not sent is about a required one."""
    verdict = read(operation(), MemberRefusal.FIELD, field="LNAME")
    assert isinstance(verdict, Refusal)
    assert verdict.settled.note == Note(Reason.REQUIRED_FIELD_EMPTY, "LNAME", "")


@pytest.mark.parametrize(
    ("refusals", "shows"),
    [
        ([None, None], False),
        ([None, MemberRefusal.OTHER], False),
        ([MemberRefusal.OTHER], False),
        ([MemberRefusal.OTHER, MemberRefusal.OTHER], True),
        ([None, MemberRefusal.COMPLIANCE], True),
        ([MemberRefusal.COMPLIANCE], True),
        ([MemberRefusal.COMPLIANCE, MemberRefusal.COMPLIANCE], False),
        ([MemberRefusal.COMPLIANCE, MemberRefusal.OTHER], True),
        ([MemberRefusal.FORGOTTEN, MemberRefusal.FORGOTTEN], False),
        ([MemberRefusal.GROUP, MemberRefusal.GROUP], False),
        ([MemberRefusal.UNANSWERED, MemberRefusal.UNANSWERED], False),
    ],
)
def test_a_batch_may_show_that_status_if_new_is_not_what_it_seemed(
    refusals: list[MemberRefusal | None], shows: bool
) -> None:
    """Not one row taken, or one refused as if it had asked for a status; and only of updates."""
    assert refuses_status_if_new([RowAnswer(operation(), refusal=one) for one in refusals]) is shows
    assert not refuses_status_if_new([RowAnswer(operation(Route.ADD), refusal=one) for one in refusals])
