"""A dry run's answers to every kind of work."""

from typing import get_args

import pytest

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.work import (
    Batch,
    CheckTags,
    MemberTags,
    MemberTagsAnswer,
    RowAnswer,
    TagAnswer,
    TagBatch,
    TagsChecked,
    Work,
)
from source_destination_mailchimp.destination.writing.dry_run import DryRunSender
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import contact

TAGS = TagBatch("VIP", {"a": "ann@shop.com"}, {})


@pytest.mark.parametrize(
    ("status", "known", "member"),
    [
        (Status.PENDING, None, {"status": "pending"}),
        (Status.UNSUBSCRIBED, Known(Status.SUBSCRIBED, "ann@shop.com"), {"status": "unsubscribed"}),
        (None, Known(Status.CLEANED, "ann@shop.com"), {"status": "cleaned"}),
        (None, None, {}),
    ],
)
def test_a_member_is_as_planned(status: Status | None, known: Known | None, member: dict[str, str]) -> None:
    """The status that was asked for, else the one they have."""
    one = Operation(contact("ann@shop.com"), Route.ADD, Settled(Outcome.CREATED), status, known=known)
    assert DryRunSender().send(Batch(Route.ADD, (one,))) == [RowAnswer(one, member)]


def test_nobody_is_refused() -> None:
    """Tags of many, tags of one, and the look at tags that were made."""
    sender = DryRunSender()
    assert sender.send(TAGS) == TagAnswer(TAGS, {})
    assert sender.send(MemberTags({"a": {"VIP": True}})) == MemberTagsAnswer({"a": {"VIP": True}}, {})
    assert sender.send(CheckTags(("VIP",))) == TagsChecked()


def test_every_kind_of_work_is_answered_here() -> None:
    """A new kind of work needs its line above."""
    assert set(get_args(Work)) == {Batch, TagBatch, MemberTags, CheckTags}
