"""What every outcome is called where a user reads it."""

import pytest

from source_destination_mailchimp.destination.model import Outcome
from source_destination_mailchimp.destination.reporting.outcomes import SAID, phrase

WORDS: dict[Outcome, tuple[str, str]] = {
    Outcome.CREATED: ("added", "would be added"),
    Outcome.UPDATED: ("updated", "would be updated"),
    Outcome.RESUBSCRIBED: ("resubscribed", "would be resubscribed"),
    Outcome.ASKED: ("asked to resubscribe", "would be asked to resubscribe"),
    Outcome.UNSUBSCRIBED: ("unsubscribed", "would be unsubscribed"),
    Outcome.ARCHIVED: ("archived", "would be archived"),
    Outcome.DELETED: ("permanently deleted", "would be permanently deleted"),
    Outcome.UNTAGGED: ("untagged", "would be untagged"),
    Outcome.HELD: ("held", "held"),
    Outcome.DUPLICATE: ("duplicates", "duplicates"),
    Outcome.SKIPPED: ("skipped", "skipped"),
    Outcome.REJECTED: ("rejected", "rejected"),
    Outcome.UNCHANGED: ("unchanged", "unchanged"),
}
"""What follows a number of records: of a run, and of a dry run. In the order in which it is told."""


def test_every_outcome_has_its_place() -> None:
    """An outcome without words, or without a place in the order, would be a hole in the headline."""
    assert list(SAID) == list(WORDS)
    assert set(SAID) == set(Outcome)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_words_of_an_outcome(outcome: Outcome) -> None:
    """Whoever the sync unsubscribed is not "updated", and a tag that came off is not a contact that was removed."""
    done, would = WORDS[outcome]
    assert phrase(outcome, 2, dry_run=False) == done
    assert phrase(outcome, 2, dry_run=True) == would


def test_no_two_outcomes_are_told_alike() -> None:
    """Words that stood for two outcomes would hide one of them."""
    assert len({words.done for words in SAID.values()}) == len(Outcome)


@pytest.mark.parametrize("dry_run", [False, True])
def test_one_duplicate_is_no_plural(dry_run: bool) -> None:
    """The only word with a plural agrees with its number."""
    assert phrase(Outcome.DUPLICATE, 1, dry_run=dry_run) == "duplicate"
    assert phrase(Outcome.DUPLICATE, 0, dry_run=dry_run) == "duplicates"
