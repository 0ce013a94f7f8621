"""The table of one stream: its outcomes, the reasons behind them, and what else is to be said."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Reason, StreamId
from source_destination_mailchimp.destination.reporting.counts import Counts, Detail, Details
from source_destination_mailchimp.destination.reporting.outcomes import Reported, reported_as
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.wording import counted, number

MOST_SHOWN = 5
"""Fields, and sentences of Mailchimp's, shown per reason."""

_STEP = "  "


class Row(NamedTuple):
    """One line with a count; the lines below it say more about the same records."""

    n: int
    text: str
    below: tuple["Row", ...] = ()


def table(stream: StreamId, audience: str, counts: Counts, *, dry_run: bool) -> Iterator[str]:
    """Yield the lines of one stream's table; `audience` is the name of where it goes, if that is known yet."""
    rows = list(_outcomes(counts, dry_run))
    beside = [*_beside(counts), *_left(counts, dry_run)]
    yield _title(stream, audience, counts.records, dry_run)
    yield from _lines(rows, _STEP)
    if not beside:
        return
    if rows:
        yield f"{_STEP}beside that:"
    else:
        yield f"{_STEP}no record of its own, but:"
    yield from _lines(beside, _STEP)


def _title(stream: StreamId, audience: str, records: int, dry_run: bool) -> str:
    title = str(stream)
    if audience:
        title += f" → {audience}"
    title += ": "
    title += counted(records, "record", "records") if records else "no records"
    if dry_run:
        title += " (dry run, nothing was written)"
    return title


def _outcomes(counts: Counts, dry_run: bool) -> Iterator[Row]:
    for word in Reported:
        records = counts.reported[word]
        if not records:
            continue
        text = word.value
        if dry_run and word.changes_somebody:
            text = f"to be {word}"
        yield Row(records, text, tuple(_reasons(counts, word)))


def _reasons(counts: Counts, word: Reported) -> Iterator[Row]:
    for (outcome, reason), n in counts.reasons.items():
        if reported_as(outcome) is word:
            yield _reason(n, reason, counts.details.get((outcome, reason)))


def _beside(counts: Counts) -> Iterator[Row]:
    for reason, n in counts.beside.items():
        yield _reason(n, reason, counts.details.get((None, reason)))


def _left(counts: Counts, dry_run: bool) -> Iterator[Row]:
    what = _what_would_happen if dry_run else _what_happened
    for removal, people in counts.left.items():
        yield Row(people, f"left the list: {what(removal)}")


def _what_happened(removal: MirrorRemoval) -> str:
    """Return what became of somebody who left a mirrored list."""
    match removal:
        case "remove_tags":
            return "tag taken off"
        case "unsubscribe":
            return "unsubscribed"
        case "archive":
            return "archived"
        case _:
            assert_never(removal)


def _what_would_happen(removal: MirrorRemoval) -> str:
    match removal:
        case "remove_tags":
            return "tag to be taken off"
        case "unsubscribe":
            return "to be unsubscribed"
        case "archive":
            return "to be archived"
        case _:
            assert_never(removal)


def _reason(n: int, reason: Reason, details: Details | None) -> Row:
    """Return the row of one reason; its case behind it where there is only one, else a line per case."""
    text = EXPLANATIONS[reason].log
    if details is None:
        return Row(n, text)
    cases = list(details.counts.items())
    shown = cases[:MOST_SHOWN]
    left_out = details.others + sum(count for _, count in cases[MOST_SHOWN:])
    if len(shown) == 1 and not left_out:
        only = shown[0][0]
        return Row(n, f"{text}: {_case(only)}" if only.words else f"{text} ({only.field})")
    below = [Row(count, _case(detail)) for detail, count in shown]
    if left_out:
        below.append(Row(left_out, "others"))
    return Row(n, text, tuple(below))


def _case(detail: Detail) -> str:
    if not detail.words:
        return detail.field
    quoted = f"“{detail.words}”"
    if detail.field in detail.words:
        return quoted  # also where no field is named
    return f"{detail.field}: {quoted}"


def _lines(rows: Sequence[Row], indent: str) -> Iterator[str]:
    """Yield rows with their numbers in one column."""
    width = max((len(number(row.n)) for row in rows), default=0)
    for row in rows:
        yield f"{indent}{number(row.n):>{width}} {row.text}"
        yield from _lines(row.below, indent + " " * (width + 1) + _STEP)
