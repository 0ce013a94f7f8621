"""What an outcome is called in everything that a user reads: the log, the tables, the analytics, the store."""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never

from source_destination_mailchimp.destination.model import Outcome


class Reported(StrEnum):
    """A word for outcomes, in the order of the tables."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    HELD = "held"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    REJECTED = "rejected"

    @property
    def changes_somebody(self) -> bool:
        """Return whether something was written, which a dry run therefore only says of what would be."""
        match self:
            case Reported.CREATED | Reported.UPDATED | Reported.REMOVED:
                return True
            case Reported.UNCHANGED | Reported.HELD | Reported.DUPLICATE | Reported.SKIPPED | Reported.REJECTED:
                return False
            case _:
                assert_never(self)


def reported_as(outcome: Outcome, *, is_removal: bool = False) -> Reported:
    """Return the word for an outcome; `is_removal` tells a removal from an opt-out that the record itself holds."""
    match outcome:
        case Outcome.CREATED | Outcome.UPDATED | Outcome.UNCHANGED:
            return Reported(outcome.value)
        case Outcome.RESUBSCRIBED | Outcome.ASKED:
            return Reported.UPDATED
        case Outcome.UNSUBSCRIBED:
            return Reported.REMOVED if is_removal else Reported.UPDATED
        case Outcome.ARCHIVED | Outcome.DELETED | Outcome.UNTAGGED:
            return Reported.REMOVED
        case Outcome.HELD | Outcome.DUPLICATE | Outcome.SKIPPED | Outcome.REJECTED:
            return Reported(outcome.value)
        case _:
            assert_never(outcome)


def reported_totals(outcomes: Mapping[Outcome, int], removals: Mapping[Outcome, int]) -> Mapping[Reported, int]:
    """Return records per word, from records per outcome and those among them that are removals."""
    totals = dict.fromkeys(Reported, 0)
    for outcome, n in outcomes.items():
        by_removal = removals.get(outcome, 0)
        totals[reported_as(outcome, is_removal=True)] += by_removal
        totals[reported_as(outcome, is_removal=False)] += n - by_removal
    return totals
