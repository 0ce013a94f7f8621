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
    Outcome.RESUBSCRIBED: _change("resubscribed", "The contact had opted out, agreed again, and is subscribed now."),
    Outcome.ASKED: _change(
        "asked to resubscribe", "The contact had opted out, and gets an email that asks whether to resubscribe."
    ),
    Outcome.UNSUBSCRIBED: _change(
        "unsubscribed", "The contact was unsubscribed, because the record or `removal` says so."
    ),
    Outcome.ARCHIVED: _change("archived", "The record is marked as deleted, and its contact was archived."),
    Outcome.DELETED: _change(
        "permanently deleted", "The record is marked as deleted, and its contact was permanently deleted."
    ),
    Outcome.UNTAGGED: _change(
        "untagged", "The record is marked as deleted, and its contact lost the tags of the stream, nothing else."
    ),
    Outcome.HELD: _no_change(
        "held", ("The record asks for a status that is not allowed, or for a contact that cannot be added.")
    ),
    Outcome.DUPLICATE: Said("duplicates", "duplicates", "duplicate", "Another record with the same address was used."),
    Outcome.SKIPPED: _no_change("skipped", "The record, or a setting, asks for no change."),
    Outcome.REJECTED: _no_change("rejected", "The record could not be written."),
    Outcome.UNCHANGED: _no_change("unchanged", "The contact already matches the record. Nothing was sent."),
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
