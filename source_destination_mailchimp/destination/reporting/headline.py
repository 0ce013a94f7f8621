"""The one sentence that tells a marketer what a run did, or would do."""

from collections.abc import Collection, Iterator

from source_destination_mailchimp.destination.model import Outcome, Reason
from source_destination_mailchimp.destination.reporting.counts import OPTED_OUT, Counts
from source_destination_mailchimp.destination.reporting.wording import counted, number, sentence


def headline(streams: Collection[Counts], *, dry_run: bool) -> str:
    """What became of all streams together."""
    start = "Dry run, nothing was written: " if dry_run else ""
    records = sum(counts.records for counts in streams)
    left = sum(sum(counts.left.values()) for counts in streams)
    if not records and not left:
        return start + ("no records came in." if dry_run else "No records came in, so there was nothing to do.")
    changes = list(_changes(streams, left, dry_run))
    rest = list(_rest(streams))
    unchanged = _total(streams, Outcome.UNCHANGED)
    if changes:
        return start + sentence([*changes, *rest, *_unchanged(unchanged)])
    text = _nothing(records, unchanged, rest)
    return start + text if dry_run else text[0].upper() + text[1:]


def _total(streams: Collection[Counts], outcome: Outcome) -> int:
    return sum(counts.outcomes[outcome] for counts in streams)


def _changes(streams: Collection[Counts], left: int, dry_run: bool) -> Iterator[str]:
    """What is different in the audience now; the first one says who is counted."""
    would = "would be " if dry_run else ""
    asked = sum(counts.beside[Reason.CONFIRMATION_ASKED] for counts in streams)
    get = "would get" if dry_run else "gets" if asked == 1 else "get"
    of_people = [
        (_total(streams, Outcome.CREATED), f"{would}added"),
        (asked, f"{get} a confirmation mail"),
        (_total(streams, Outcome.UPDATED), f"{would}updated"),
        (_total(streams, Outcome.REMOVED), f"{would}removed"),
        (left, "left a list"),
    ]
    named = False
    for n, verb in of_people:
        if n:
            yield f"{number(n)} {verb}" if named else f"{counted(n, 'person', 'people')} {verb}"
            named = True


def _rest(streams: Collection[Counts]) -> Iterator[str]:
    """What was asked for and not done."""
    opted_out = sum(counts.still_opted_out() for counts in streams)
    held = _total(streams, Outcome.HELD) - sum(counts.held_back(*OPTED_OUT) for counts in streams)
    if opted_out:
        yield f"{number(opted_out)} {'stays' if opted_out == 1 else 'stay'} opted out"
    if held:
        yield f"{number(held)} held back"
    if skipped := _total(streams, Outcome.SKIPPED):
        yield f"{number(skipped)} skipped"
    if duplicate := _total(streams, Outcome.DUPLICATE):
        yield counted(duplicate, "duplicate", "duplicates")
    if rejected := _total(streams, Outcome.REJECTED):
        yield f"{counted(rejected, 'record', 'records')} rejected"


def _unchanged(unchanged: int) -> Iterator[str]:
    if unchanged:
        yield f"{number(unchanged)} already up to date"


def _nothing(records: int, unchanged: int, rest: list[str]) -> str:
    if unchanged == records:
        everything = "the one record was" if records == 1 else f"all {number(records)} records were"
        return sentence([f"nothing to do: {everything} already up to date", *rest])
    return "nothing was changed: " + sentence([*_unchanged(unchanged), *rest])
