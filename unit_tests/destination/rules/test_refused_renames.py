"""What follows where Mailchimp keeps somebody's old address."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.rules.answers import Again, Refusal, Verdict, read_answer
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, Status
from unit_tests.destination.planned import contact, known

ADDRESS: Json = {"email_address": "new@sandbox-people.org"}
NAME: Json = {"merge_fields": {"FNAME": "New"}}
TAKEN = "new@sandbox-people.org is already in this list with a status of subscribed."


def refused(changes: Json, sentence: str = "This address cannot be used.", **parts: Any) -> Verdict:
    """Return the step after a rename that Mailchimp refused with a sentence about the address."""
    renames = Operation(
        contact("new@sandbox-people.org"),
        Route.RENAME,
        Settled(Outcome.UPDATED),
        changes=changes,
        known=known(Status.SUBSCRIBED),
        member="aa",
        **parts,
    )
    answer = RowAnswer(renames, refusal=MemberRefusal.FIELD, field="email address", sentence=sentence)
    return read_answer(answer, rejects_whole_record=False)


def test_data_is_written_at_the_old_address() -> None:
    """Everything but the address goes to the member as it is, and the record is held."""
    verdict = refused({**ADDRESS, **NAME})
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert (verdict.operation.route, verdict.operation.changes) == (Route.PATCH, NAME)
    assert verdict.operation.settled.outcome is Outcome.HELD


def test_tags_alone_still_go_on() -> None:
    """With nothing but tags left there is no member call, and the tags are written."""
    verdict = refused(ADDRESS, tags_on=("vip",))
    assert isinstance(verdict, Again)
    assert verdict.operation is not None
    assert (verdict.operation.route, verdict.operation.changes) == (Route.NOTHING, {})
    assert verdict.operation.tags_on == ("vip",)


def test_nothing_left_ends_the_record() -> None:
    """A record that asked for the new address only is held, with the reason."""
    verdict = refused(ADDRESS)
    assert isinstance(verdict, Refusal)
    assert verdict.settled.outcome is Outcome.HELD
    assert verdict.settled.note is not None
    assert verdict.settled.note.reason is Reason.ADDRESS_MAY_NOT_CHANGE


@pytest.mark.parametrize(("sentence", "is_looked_at"), [(TAKEN, True), ("Deleted, already in this list", False)])
def test_an_address_that_was_taken_is_looked_at_again(sentence: str, is_looked_at: bool) -> None:
    """Somebody who took the new address meanwhile may have to be joined; a deleted one is forgotten."""
    verdict = refused({**ADDRESS, **NAME}, sentence)
    assert isinstance(verdict, Again)
    assert (verdict.operation is None) is is_looked_at
