"""What every outcome is called where a user reads it: the headline, the tables, the page of reasons.

Analytics and the store of rejected records have the value of the outcome itself.
"""

from typing import NamedTuple

from source_destination_mailchimp.destination.model import Outcome


class Said(NamedTuple):
    """An outcome in words, each of which follows a count: `412 added`, `412 would be added`."""

    done: str
    would: str
    """Of a dry run; the same where nothing is written anyway."""

    done_once: str
    """After the number one."""

    meaning: str
    """What it means, in one sentence for the page of reasons."""


def _change(done: str, meaning: str) -> Said:
    return Said(done, f"would be {done}", done, meaning)


def _no_change(done: str, meaning: str) -> Said:
    return Said(done, done, done, meaning)


SAID = {
    Outcome.CREATED: _change("added", "The contact is new in the audience."),
    Outcome.UPDATED: _change("updated", "The contact was in the audience, and something about it was changed."),
    Outcome.RESUBSCRIBED: _change("resubscribed", "The contact had left, agreed again, and is subscribed now."),
    Outcome.ASKED: _change(
        "asked to resubscribe", "The contact had left, and gets an email that asks whether to come back."
    ),
    Outcome.UNSUBSCRIBED: _change("unsubscribed", "The contact gets no more email, as the record or `removal` says."),
    Outcome.ARCHIVED: _change("archived", "The record is marked as deleted, and its contact was archived."),
    Outcome.DELETED: _change(
        "permanently deleted", "The record is marked as deleted, and its contact was erased for good."
    ),
    Outcome.UNTAGGED: _change(
        "untagged", "The record is marked as deleted, and its contact lost the tags of the stream, nothing else."
    ),
    Outcome.HELD: _no_change("held", "The record asked for a mailing status, or for a contact, that is not allowed."),
    Outcome.DUPLICATE: Said("duplicates", "duplicates", "duplicate", "Another record of the same address counts."),
    Outcome.SKIPPED: _no_change("skipped", "By its own words or by a setting, the record asks for nothing."),
    Outcome.REJECTED: _no_change("rejected", "The record could not be written."),
    Outcome.UNCHANGED: _no_change("unchanged", "The contact already was as the record says. Nothing was sent."),
}
"""Every outcome in words, in the order in which they are told.

What changed in the audience comes first, then what did not get through, then what was there already.
"""


def phrase(outcome: Outcome, n: int, *, dry_run: bool) -> str:
    """Return what follows the number of records with an outcome."""
    said = SAID[outcome]
    if n == 1 and said.would == said.done:
        return said.done_once
    return said.would if dry_run else said.done
