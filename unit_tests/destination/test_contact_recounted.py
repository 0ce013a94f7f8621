"""The calls of one contact again: who is counted, how often they are planned anew, and what a lost answer was."""

from dataclasses import replace

import pytest

from source_destination_mailchimp.destination.contact_calls import MOST_REPLANS
from source_destination_mailchimp.destination.model import Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.work import (
    Departure,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
)
from source_destination_mailchimp.destination.work_item import WorkItem
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.contact_calling import CREATED, UPDATED, Calls, close
from unit_tests.destination.planned import contact, known

__all__ = ["close"]


OLD = "f" * 32
ARCHIVE = Operation(contact(), Route.ARCHIVE, UPDATED, known=known(), member=OLD)
OPT_OUT = Operation(contact(), Route.PATCH, Settled(Outcome.UNSUBSCRIBED), Status.UNSUBSCRIBED, known=known())
DATA = Operation(contact(), Route.PATCH, UPDATED, known=known())


@pytest.mark.parametrize(("first", "gone"), [(OPT_OUT, 1), (DATA, 0)])
def test_who_was_taken_away_once_stays_counted(first: Operation, gone: int) -> None:
    """Where the second member of a person is refused, the limit gets back only whom nothing was taken from yet."""
    person = contact()
    calls = Calls(person)
    second = replace(ARCHIVE, contact=person)
    planned = replace(first, contact=person, then=second)
    assert calls.limits.admit(planned)
    calls.write(planned)
    calls.answer(Status.UNSUBSCRIBED if first is OPT_OUT else Status.SUBSCRIBED)
    calls.calls.answered([RowAnswer(second, refusal=MemberRefusal.OTHER, sentence="No.")])
    assert calls.calls.take_progress().finished
    assert calls.limits.fuse.gone.total() == gone


@pytest.mark.parametrize(("is_record", "gone"), [(True, 0), (False, 1)])
def test_whoever_is_refused_at_once_is_not_counted(*, is_record: bool, gone: int) -> None:
    """The limit gets back somebody of whom nothing was taken; whoever left a list was never counted here."""
    person = contact()
    calls = Calls(person)
    if not is_record:
        calls.item = WorkItem(person, Departure("list", "unsubscribe"))
    planned = replace(OPT_OUT, contact=person)
    assert calls.limits.admit(planned)
    calls.write(planned)
    calls.calls.answered([RowAnswer(planned, refusal=MemberRefusal.OTHER, sentence="No.")])
    assert calls.limits.fuse.gone.total() == gone


def test_a_tag_that_was_refused_is_not_remembered() -> None:
    """A later record of the person finds the tags that they have, not those that were asked for."""
    calls = Calls(contact())
    (batch,) = calls.write(Operation(calls.item.contact, Route.NOTHING, UPDATED, known=known(), tags_on=("VIP",))).work
    assert isinstance(batch, TagBatch)
    key = calls.item.contact.hash
    calls.members.look_up([key])
    calls.calls.answered(TagAnswer(batch, {key: "not tagged"}))
    (own,) = calls.sent().work
    assert isinstance(own, MemberTags)
    calls.calls.answered(MemberTagsAnswer(own.changes, {key: "no"}))
    found = calls.members.look_up([key])[key]
    assert found is not None
    assert not found.tags


def test_what_only_prepares_is_not_the_outcome() -> None:
    """The record's outcome is that of the operation which it prepares."""
    person = contact()
    calls = Calls(person)
    main = Operation(person, Route.PATCH, Settled(Outcome.UNSUBSCRIBED), Status.UNSUBSCRIBED, known=known())
    calls.write(Operation(person, Route.PATCH, UPDATED, known=known(), then=main, comes_first=True))
    calls.answer()
    (finished,) = calls.answer(Status.UNSUBSCRIBED).finished
    assert calls.item.outcome(finished.settled).outcome is Outcome.UNSUBSCRIBED


def test_a_contact_is_planned_anew_a_few_times_only() -> None:
    """Whoever changes before every write is refused in the end, so that the run comes to one."""
    person = contact()
    calls = Calls(person)
    change = Operation(person, Route.RESUBSCRIBE, UPDATED, Status.SUBSCRIBED, known=known(Status.UNSUBSCRIBED))
    calls.write(change)
    for _ in range(MOST_REPLANS):
        calls.calls.answered([RowAnswer(change, refusal=MemberRefusal.MOVED)])
        assert calls.calls.take_progress().stale == [calls.item]
    calls.calls.answered([RowAnswer(change, refusal=MemberRefusal.MOVED)])
    progress = calls.calls.take_progress()
    assert not progress.stale
    assert [one.settled.outcome for one in progress.finished] == [Outcome.REJECTED]


def test_somebody_who_was_there_at_the_first_try_was_not_added() -> None:
    """They appeared meanwhile by another way: the record is not counted as created."""
    calls = Calls(contact())
    add = Operation(calls.item.contact, Route.ADD, CREATED, Status.SUBSCRIBED)
    calls.write(add)
    calls.calls.answered([RowAnswer(add, refusal=MemberRefusal.EXISTS, tries=1)])
    assert calls.item.outcome(Settled(Outcome.UNCHANGED)).outcome is Outcome.UNCHANGED


def test_a_rename_whose_answer_was_lost_is_the_outcome() -> None:
    """The member is gone from the old address, and a later look finds it at the new one."""
    person = contact("new@sandbox-people.org")
    calls = Calls(person)
    rename = Operation(person, Route.RENAME, UPDATED, known=known(), member=OLD)
    calls.write(rename)
    calls.calls.answered([RowAnswer(rename, refusal=MemberRefusal.GONE, tries=2)])
    outcome = calls.item.outcome(Settled(Outcome.UNCHANGED))
    assert outcome.outcome is Outcome.UPDATED
    assert [note.reason for note in outcome.beside] == [Reason.RENAMED]


def test_tags_of_a_renamed_member_go_to_its_new_address() -> None:
    """Nobody is at the old one any more."""
    person = contact("new@sandbox-people.org")
    calls = Calls(person)
    calls.write(Operation(person, Route.RENAME, UPDATED, known=known(), member=OLD, tags_on=("VIP",)))
    (batch,) = calls.answer().work
    assert isinstance(batch, TagBatch)
    assert batch.on == {person.hash: "new@sandbox-people.org"}
