"""The sentence that says what a run did, or would do. It adds up: every record is in it once."""

from collections.abc import Iterator

from source_destination_mailchimp.destination.model import Outcome, Reason
from source_destination_mailchimp.destination.reporting.counts import Counts
from source_destination_mailchimp.destination.reporting.outcomes import SAID, phrase
from source_destination_mailchimp.destination.reporting.wording import counted, number

RECORDS = ("record", "records")
CONTACTS = ("contact", "contacts")


def headline(counts: Counts, *, dry_run: bool) -> str:
    """Return what became of all streams together.

    First the records, each counted once; then the contacts that went although no record of theirs asked for it.
    """
    sentences = [_of_records(counts, dry_run), *_apart(counts, dry_run)]
    text = " ".join(sentences)
    if dry_run:
        return f"Dry run (nothing written): {text}"
    return text[0].upper() + text[1:]


def _of_records(counts: Counts, dry_run: bool) -> str:
    if not counts.records:
        return "no records received."
    parts = []
    for outcome in SAID:
        n = counts.of(outcome)
        if n:
            parts.append(f"{number(n)} {phrase(outcome, n, dry_run=dry_run)}{_of_them(counts, outcome)}")
    return f"{', '.join(parts)}: {counted(counts.records, *RECORDS)}."


def _of_them(counts: Counts, outcome: Outcome) -> str:
    """Return what is said in brackets of some records of an outcome: they are in its number already."""
    if outcome is Outcome.HELD:
        return _share(counts.held_for_opt_out, counts.of(outcome), "opted out")
    if outcome is Outcome.ASKED:
        return ""  # all of them, and the word says it
    asked = counts.notes.get((outcome, Reason.CONFIRMATION_ASKED), 0)
    return _share(asked, counts.of(outcome), "asked to confirm")


def _share(n: int, of_all: int, what: str) -> str:
    """Return how many of some records something is said of, in brackets."""
    if not n:
        return ""
    if n == of_all:
        return f" ({what})" if n == 1 else f" (all {what})"
    return f" ({number(n)} {what})"


def _apart(counts: Counts, dry_run: bool) -> Iterator[str]:
    """Yield what happened to contacts who are in no number of records."""
    joined = counts.archived_by_join
    if joined:
        verb = "would be archived" if dry_run else _was(joined, "archived")
        yield f"Also, {counted(joined, *CONTACTS)} {verb}, joined with the contact at the new address."
    left = sum(counts.left.values())
    if left:
        has = "has" if left == 1 else "have"
        yield f"{counted(left, *CONTACTS)} {has} left a mirrored list."


def _was(n: int, verb: str) -> str:
    return f"was {verb}" if n == 1 else f"were {verb}"
