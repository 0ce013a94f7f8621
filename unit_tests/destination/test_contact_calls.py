"""The calls of one contact, one after the other: permissions of somebody new, tags, a second member."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.contact_calls import MOST_REPLANS, ContactCalls, Progress
from source_destination_mailchimp.destination.in_work import InWork
from source_destination_mailchimp.destination.model import Contact, Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.gone_fields import GoneFields
from source_destination_mailchimp.destination.rules.limits import Fuse, Limits
from source_destination_mailchimp.destination.work import (
    Batch,
    CheckTags,
    Departure,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
    TagsChecked,
)
from source_destination_mailchimp.destination.work_item import WorkItem
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import contact, known
from unit_tests.destination.pretend_reader import PretendReader, members_of

CREATED, UPDATED = Settled(Outcome.CREATED), Settled(Outcome.UPDATED)


class WithPermissions(PretendReader):
    """An audience with one marketing permission."""

    def permission_ids(self, subscriber: str) -> Mapping[str, str]:
        """Its text and id."""
        return {"Email": "p-email"}


class Calls:
    """The calls of one contact, with everything they need; closed by the fixture `close`."""

    opened: ClassVar[list["Calls"]] = []

    def __init__(self, person: Contact) -> None:
        self.opened.append(self)
        self.in_work = InWork()
        self.barred: list[Settled] = []
        self.shown: list[Operation] = []
        self.warned: list[str] = []
        self.given_up: list[str] = []
        self.item = WorkItem(person, Ticket())
        self.members = members_of(WithPermissions({person.hash: known()}))
        self.limits = Limits(Fuse(10))
        self.renew()

    def renew(self) -> None:
        """Begin anew, under the limits there are now."""
        self.calls = ContactCalls(
            self.in_work,
            self.members,
            self.limits,
            rejects_whole_record=False,
            bar=lambda who, settled: self.barred.append(settled),
            give_up=lambda subscriber, settled: self.given_up.append(subscriber),
            show=self.shown.append,
            gone=GoneFields({"FNAME": "FNAME (First Name)"}, self.warned.append),
            warn=self.warned.append,
        )

    def write(self, operation: Operation) -> Progress:
        """Plan the contact and send what is gathered."""
        self.item.operation = operation
        self.in_work.start(self.item, operation.subscribers)
        self.calls.write(self.item)
        return self.sent()

    def sent(self) -> Progress:
        """Everything that is gathered, sent."""
        self.calls.flush()
        self.calls.flush_tags()
        return self.calls.take_progress()

    def answer(self, status: Status = Status.SUBSCRIBED, **parts: object) -> Progress:
        """Mailchimp takes the member call."""
        operation = self.item.operation
        assert operation is not None
        self.calls.answered([RowAnswer(operation, {"status": status.value}, **parts)])  # type: ignore[arg-type]
        return self.sent()


@pytest.fixture(autouse=True)
def close() -> Iterator[None]:
    """Give every temporary file back."""
    yield
    for calls in Calls.opened:
        calls.members.close()
    Calls.opened.clear()


def routes(progress: Progress) -> list[Route]:
    """By which routes members are to be written."""
    return [work.route for work in progress.work if isinstance(work, Batch)]


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
