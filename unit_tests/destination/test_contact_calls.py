"""The calls of one contact, one after the other: permissions of somebody new, tags, a second member."""

import pytest

from source_destination_mailchimp.destination.model import Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.limits import Fuse, Limits
from source_destination_mailchimp.destination.work import (
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
    TagsChecked,
)
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.contact_calling import CREATED, UPDATED, Calls, close, routes
from unit_tests.destination.planned import contact, known

__all__ = ["close"]


def test_permissions_of_somebody_new_follow_the_member() -> None:
    """Their ids are known once there is a member; one that the audience does not have is said beside the record."""
    calls = Calls(contact(permissions={"Email": True, "Fax": True}))
    assert routes(calls.write(Operation(calls.item.contact, Route.ADD, CREATED, Status.SUBSCRIBED))) == [Route.ADD]
    second = calls.answer(is_new=True)
    assert routes(second) == [Route.PATCH]
    assert calls.item.operation and calls.item.operation.changes == {
        "marketing_permissions": [{"marketing_permission_id": "p-email", "enabled": True}]
    }
    (finished,) = calls.answer().finished
    assert finished.settled == CREATED
    assert [note.reason for note in calls.item.beside] == [Reason.PERMISSION_UNKNOWN]


def test_permissions_that_nobody_offers_need_no_call() -> None:
    """Without one that the audience has, the tags follow at once."""
    calls = Calls(contact(permissions={"Fax": True}))
    calls.write(Operation(calls.item.contact, Route.ADD, CREATED, Status.SUBSCRIBED, tags_on=("VIP",)))
    progress = calls.answer(is_new=True)
    assert [type(work) for work in progress.work] == [TagBatch]


def test_tags_that_bulk_leaves_out_go_by_the_members_own_call_once() -> None:
    """Who is refused there too gets a note per tag, and no third call in this run."""
    calls = Calls(contact())
    (batch,) = calls.write(Operation(calls.item.contact, Route.NOTHING, UPDATED, known=known(), tags_on=("VIP",))).work
    assert isinstance(batch, TagBatch)
    calls.calls.answered(TagAnswer(batch, {calls.item.contact.hash: "not tagged"}))
    (own,) = calls.sent().work
    assert isinstance(own, MemberTags) and own.changes == {calls.item.contact.hash: {"VIP": True}}
    calls.calls.answered(MemberTagsAnswer(own.changes, {calls.item.contact.hash: "no"}))
    assert [(note.reason, note.detail) for note in calls.item.beside] == [(Reason.TAG_REFUSED, "no")]
    assert [one.settled for one in calls.calls.take_progress().finished] == [UPDATED]
    calls.in_work.finish(calls.item)
    again = calls.write(
        Operation(calls.item.contact, Route.NOTHING, UPDATED, known=known(Status.CLEANED), tags_on=("x",))
    )
    assert not again.work and len(again.finished) == 1


def test_a_tag_that_was_made_is_compared_with_those_of_others() -> None:
    """Two syncs may make one tag at once, so who made one looks again when nothing else is to be done."""
    calls = Calls(contact())
    (batch,) = calls.write(Operation(calls.item.contact, Route.NOTHING, UPDATED, known=known(), tags_on=("VIP",))).work
    assert isinstance(batch, TagBatch)
    calls.calls.answered(TagAnswer(batch, {}, is_made=True))
    assert calls.calls.has_unchecked_tags
    calls.calls.check_tags()
    assert calls.calls.take_progress().work == [CheckTags(("VIP",))]
    calls.calls.answered(TagsChecked())
    assert not calls.calls.has_unchecked_tags


def test_a_second_member_of_the_person_follows_and_its_refusal_is_said_beside() -> None:
    """The record is written with the first; what Mailchimp refuses of the second does not undo that."""
    person = contact()
    calls = Calls(person)
    second = Operation(person, Route.PATCH, UPDATED, known=known(), member="f" * 32)
    calls.write(Operation(person, Route.PATCH, UPDATED, known=known(), then=second))
    assert routes(calls.answer()) == [Route.PATCH]
    calls.calls.answered([RowAnswer(second, refusal=MemberRefusal.ADDRESS, sentence="looks fake or invalid")])
    (finished,) = calls.calls.take_progress().finished
    assert calls.item.outcome(finished.settled).outcome is Outcome.UPDATED
    assert [note.reason for note in calls.item.beside] == [Reason.ADDRESS_REFUSED]
    assert not calls.barred


def test_a_dry_run_hears_of_each_contact_once() -> None:
    """However many calls follow, the plan of a contact is shown before its first one."""
    calls = Calls(contact())
    calls.write(Operation(calls.item.contact, Route.PATCH, UPDATED, known=known(), tags_on=("VIP",)))
    calls.answer()
    assert len(calls.shown) == 1


def test_where_status_if_new_is_refused_everybody_goes_by_patch() -> None:
    """One batch that shows it is enough: later updates do not ask again."""
    calls = Calls(contact())
    operation = Operation(calls.item.contact, Route.UPDATE, UPDATED, known=known(), changes={"language": "de"})
    calls.write(operation)
    calls.calls.answered([RowAnswer(operation, refusal=MemberRefusal.COMPLIANCE, sentence="is in a compliance state")])
    calls.calls.take_progress()
    calls.in_work.finish(calls.item)
    assert routes(calls.write(operation)) == [Route.PATCH]


def test_who_may_not_come_back_gets_their_data_and_gives_their_room_back() -> None:
    """Mailchimp lets only the person undo an opt-out: nobody asks again, and nobody else waits for the room."""
    calls = Calls(contact(merge={"FNAME": "Ann"}))
    archived, held = known(Status.ARCHIVED), Settled(Outcome.RESUBSCRIBED)
    changes = {"merge_fields": {"FNAME": "Ann"}}
    back = Operation(calls.item.contact, Route.RESUBSCRIBE, held, Status.SUBSCRIBED, changes, archived)
    limits = calls.limits = Limits(Fuse(10), capacity=1)
    calls.renew()
    assert limits.may_add(back) and limits.capacity == 0
    calls.write(back)
    refusal = RowAnswer(back, refusal=MemberRefusal.COMPLIANCE, sentence="is in a compliance state")
    calls.calls.answered([refusal])
    assert routes(calls.sent()) == [Route.PATCH]
    assert limits.capacity == 1
    assert [settled.reason for settled in calls.barred] == [Reason.COMPLIANCE]


def test_an_add_whose_answer_was_lost_ends_as_created() -> None:
    """The second try finds the member there: it was this run that added them, and asked them to confirm."""
    calls = Calls(contact())
    asked = CREATED._replace(beside=(Note(Reason.CONFIRMATION_ASKED),))
    add = Operation(calls.item.contact, Route.ADD, asked, Status.PENDING)
    calls.write(add)
    calls.calls.answered([RowAnswer(add, refusal=MemberRefusal.EXISTS, tries=2)])
    assert calls.calls.take_progress().stale == [calls.item]
    outcome = calls.item.outcome(Settled(Outcome.UNCHANGED))
    assert outcome.outcome is Outcome.CREATED
    assert [note.reason for note in outcome.beside] == [Reason.CONFIRMATION_ASKED]


def test_a_contact_without_a_plan_has_no_calls() -> None:
    """Writing one would be our fault, and says so."""
    calls = Calls(contact())
    with pytest.raises(RuntimeError, match="before it was planned"):
        calls.calls.write(calls.item)


def test_over_whom_mailchimp_fails_is_given_up_and_looked_at() -> None:
    """The look shows whether the last try was taken, and the outcome of that try is remembered for then."""
    calls = Calls(contact())
    operation = Operation(calls.item.contact, Route.PATCH, UPDATED, known=known(), changes={"language": "de"})
    calls.write(operation)
    calls.calls.answered([RowAnswer(operation, refusal=MemberRefusal.FAILED, sentence="HTTP 500", tries=2)])
    assert calls.calls.take_progress().stale == [calls.item]
    assert calls.given_up == [calls.item.contact.hash]
    assert calls.item.outcome(Settled(Outcome.UNCHANGED)) == UPDATED


@pytest.mark.parametrize("route", [Route.UPDATE, Route.CHANGE_STATUS, Route.PATCH, Route.RESUBSCRIBE])
def test_a_change_that_nobody_saw_is_the_outcome(route: Route) -> None:
    """Whoever is found as they were to be was changed by the try whose answer was lost."""
    calls = Calls(contact())
    operation = Operation(calls.item.contact, route, Settled(Outcome.UNSUBSCRIBED), Status.UNSUBSCRIBED, known=known())
    calls.write(operation)
    calls.calls.answered([RowAnswer(operation, refusal=MemberRefusal.UNANSWERED)])
    assert calls.item.outcome(Settled(Outcome.UNCHANGED)).outcome is Outcome.UNSUBSCRIBED
    assert calls.item.outcome(Settled(Outcome.HELD)).outcome is Outcome.HELD


@pytest.mark.parametrize(
    ("status", "reason", "outcome"),
    [
        (Status.UNSUBSCRIBED, Reason.OPTED_OUT, Outcome.CREATED),
        (Status.UNSUBSCRIBED, Reason.CONSENT_NOT_NEWER, Outcome.CREATED),
        (Status.UNSUBSCRIBED, Reason.ARCHIVED, Outcome.HELD),
        (Status.SUBSCRIBED, Reason.OPTED_OUT, Outcome.HELD),
    ],
)
def test_who_was_added_unsubscribed_unseen_is_created(status: Status, reason: Reason, outcome: Outcome) -> None:
    """A record is not held for the status that it gave its contact itself; one who left or was archived since is."""
    calls = Calls(contact())
    operation = Operation(calls.item.contact, Route.ADD, CREATED, status)
    calls.write(operation)
    calls.calls.answered([RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=2)])
    assert calls.item.outcome(Settled(Outcome.HELD, Note(reason))).outcome is outcome


def test_a_group_that_is_gone_is_left_out_of_every_later_write() -> None:
    """The contact goes out again without it, says so beside its outcome, and so does the next one at once."""
    calls = Calls(contact())
    changes = {"interests": {"red": True}, "language": "de"}
    operation = Operation(calls.item.contact, Route.PATCH, UPDATED, known=known(), changes=changes)
    calls.write(operation)
    calls.calls.answered([RowAnswer(operation, refusal=MemberRefusal.GROUP, field="interest:red")])
    assert routes(calls.sent()) == [Route.PATCH]
    assert calls.item.operation is not None and calls.item.operation.changes == {"language": "de"}
    assert [note.reason for note in calls.item.beside] == [Reason.FIELD_GONE]
    calls.answer()
    calls.in_work.finish(calls.item)
    calls.write(operation)
    assert calls.item.operation.changes == {"language": "de"}
    assert len(set(calls.warned)) == 1


def test_what_an_answer_shows_of_fields_and_statuses_is_said() -> None:
    """A merge field that the answer lacks, and a status that nobody knows."""
    calls = Calls(contact(merge={"FNAME": "Ann"}))
    changes = {"merge_fields": {"FNAME": "Ann"}}
    operation = Operation(calls.item.contact, Route.PATCH, UPDATED, known=known(Status.UNSUBSCRIBED), changes=changes)
    calls.write(operation)
    calls.calls.answered([RowAnswer(operation, {"status": "paused", "merge_fields": {"LNAME": ""}})])
    assert [note.reason for note in calls.item.beside] == [Reason.FIELD_GONE]
    assert any("'paused'" in sentence for sentence in calls.warned)
    assert any(sentence.startswith("FNAME (First Name) is no longer") for sentence in calls.warned)
