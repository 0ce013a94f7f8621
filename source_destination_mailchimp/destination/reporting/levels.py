"""Which lines of a report need a person: they are warnings, so that a filter for them shows what there is to do."""

from enum import StrEnum

from source_destination_mailchimp.destination.model import Outcome, Reason
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS


class Level(StrEnum):
    """A level of Airbyte's LOG messages."""

    INFO = "INFO"
    WARN = "WARN"


def level_of(reason: Reason) -> Level:
    """Return the level of the line of one reason.

    A warning is what somebody should look at: a record that did not get through, unless its contact has opted out; a
    value, a tag or a permission that was left out.
    """
    explained = EXPLANATIONS[reason]
    match explained.outcome:
        case None:
            return Level.WARN if explained.is_loss else Level.INFO
        case Outcome.HELD:
            return Level.INFO if explained.is_opt_out else Level.WARN
        case _:
            return level_without_reason(explained.outcome)


def level_without_reason(outcome: Outcome) -> Level:
    """Return the level of the line of an outcome, as far as its reasons do not say more."""
    return Level.WARN if outcome is Outcome.REJECTED else Level.INFO
