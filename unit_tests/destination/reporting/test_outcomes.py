"""What every outcome is called where a user reads it."""

import pytest

from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.reporting.outcomes import Reported, reported_as, reported_totals

WORDS: dict[Outcome, tuple[Reported, Reported]] = {
    Outcome.CREATED: (Reported.CREATED, Reported.CREATED),
    Outcome.UPDATED: (Reported.UPDATED, Reported.UPDATED),
    Outcome.UNCHANGED: (Reported.UNCHANGED, Reported.UNCHANGED),
    Outcome.RESUBSCRIBED: (Reported.UPDATED, Reported.UPDATED),
    Outcome.ASKED: (Reported.UPDATED, Reported.UPDATED),
    Outcome.UNSUBSCRIBED: (Reported.UPDATED, Reported.REMOVED),
    Outcome.ARCHIVED: (Reported.REMOVED, Reported.REMOVED),
    Outcome.DELETED: (Reported.REMOVED, Reported.REMOVED),
    Outcome.UNTAGGED: (Reported.REMOVED, Reported.REMOVED),
    Outcome.HELD: (Reported.HELD, Reported.HELD),
    Outcome.DUPLICATE: (Reported.DUPLICATE, Reported.DUPLICATE),
    Outcome.SKIPPED: (Reported.SKIPPED, Reported.SKIPPED),
    Outcome.REJECTED: (Reported.REJECTED, Reported.REJECTED),
}
"""The word for what a record itself asked for, and for what a removal did."""


@pytest.mark.parametrize("outcome", Outcome)
def test_the_word_for_an_outcome(outcome: Outcome) -> None:
    """An opt-out in a record is an update; whoever a removal unsubscribes is removed."""
    by_record, by_removal = WORDS[outcome]
    assert reported_as(outcome) is by_record
    assert reported_as(outcome, is_removal=True) is by_removal


def test_totals_count_every_record_once() -> None:
    """Opt-outs and removals of one outcome are told apart, and every word has a number."""
    totals = reported_totals({Outcome.UNSUBSCRIBED: 5, Outcome.ASKED: 1}, {Outcome.UNSUBSCRIBED: 2})
    assert totals == {**dict.fromkeys(Reported, 0), Reported.UPDATED: 4, Reported.REMOVED: 2}
