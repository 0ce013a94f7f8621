"""The one sentence that tells a marketer what a run did, or would do."""

from collections.abc import Iterable

from source_destination_mailchimp.destination.model import Reason
from source_destination_mailchimp.destination.reporting.counts import Counts
from source_destination_mailchimp.destination.reporting.outcomes import Reported
from source_destination_mailchimp.destination.reporting.wording import counted, number, sentence

Phrase = tuple[int, str]
"""How many, and how that is said; not said at all of nobody."""


def headline(counts: Counts, *, dry_run: bool) -> str:
    """Return what became of all streams together."""
    if dry_run:
        return "Dry run, nothing was written: " + _dry_run(counts)
    text = _run(counts)
    return text[0].upper() + text[1:]


def _dry_run(counts: Counts) -> str:
    changes = [
        (counts.reported[Reported.CREATED], "would be added"),
        (_asked(counts), "would get a confirmation mail"),
        (counts.reported[Reported.UPDATED], "would be updated"),
        (counts.reported[Reported.REMOVED], "would be removed"),
        (_left(counts), "left a list"),
    ]
    return _told(changes, counts, "no records came in.")


def _run(counts: Counts) -> str:
    asked = _asked(counts)
    changes = [
        (counts.reported[Reported.CREATED], "added"),
        (asked, "gets a confirmation mail" if asked == 1 else "get a confirmation mail"),
        (counts.reported[Reported.UPDATED], "updated"),
        (counts.reported[Reported.REMOVED], "removed"),
        (_left(counts), "left a list"),
    ]
    return _told(changes, counts, "no records came in, so there was nothing to do.")


def _asked(counts: Counts) -> int:
    return counts.beside.get(Reason.CONFIRMATION_ASKED, 0)


def _left(counts: Counts) -> int:
    return sum(counts.left.values())


def _told(changes: Iterable[Phrase], counts: Counts, without_records: str) -> str:
    """Return the sentence as it follows a colon: what is different in the audience, then what was not done."""
    changed = [(n, verb) for n, verb in changes if n]
    up_to_date = counts.reported[Reported.UNCHANGED]
    unchanged = (up_to_date, f"{number(up_to_date)} already up to date")
    if changed:
        return sentence([*_of_people(changed), *_said([*_rest(counts), unchanged])])
    if not counts.records:
        return without_records
    if up_to_date == counts.records:
        everything = "the one record was" if up_to_date == 1 else f"all {number(up_to_date)} records were"
        return sentence([f"nothing to do: {everything} already up to date", *_said(_rest(counts))])
    return "nothing was changed: " + sentence(_said([unchanged, *_rest(counts)]))


def _of_people(changed: list[Phrase]) -> list[str]:
    """Return phrases of which the first says who is counted."""
    (first, verb), *others = changed
    who = counted(first, "person", "people")
    return [f"{who} {verb}", *(f"{number(n)} {verb}" for n, verb in others)]


def _said(phrases: Iterable[Phrase]) -> list[str]:
    return [text for n, text in phrases if n]


def _rest(counts: Counts) -> list[Phrase]:
    """Return what was asked for and not done."""
    opted_out = counts.held_for_opt_out + counts.written_beside_opt_out
    held = counts.reported[Reported.HELD] - counts.held_for_opt_out
    skipped = counts.reported[Reported.SKIPPED]
    duplicate = counts.reported[Reported.DUPLICATE]
    rejected = counts.reported[Reported.REJECTED]
    return [
        (opted_out, counted(opted_out, "stays", "stay") + " opted out"),
        (held, f"{number(held)} held back"),
        (skipped, f"{number(skipped)} skipped"),
        (duplicate, counted(duplicate, "duplicate", "duplicates")),
        (rejected, counted(rejected, "record", "records") + " rejected"),
    ]
