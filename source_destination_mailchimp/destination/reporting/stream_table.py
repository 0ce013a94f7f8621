"""The table of one stream: its outcomes, the reasons behind them, and what else is to be said; a line for the log each.

A line is a warning where it, or one below it, needs a person. So what a filter for warnings leaves is a table too.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Outcome, Reason, StreamId
from source_destination_mailchimp.destination.reporting.counts import Counts, Detail, Details
from source_destination_mailchimp.destination.reporting.levels import Level, level_of, level_without_reason
from source_destination_mailchimp.destination.reporting.outcomes import SAID, phrase
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.wording import counted, number

MOST_SHOWN = 5
"""Fields, and sentences of Mailchimp's, shown per reason."""

_STEP = "  "


class TableLine(NamedTuple):
    """One line for the log."""

    level: Level
    text: str


class Row(NamedTuple):
    """One line with a count; the lines below it say more about the same records."""

    n: int
    text: str
    below: tuple["Row", ...] = ()
    own_level: Level = Level.INFO

    @property
    def level(self) -> Level:
        """Return the level of the line: that of the lines below it, if that is higher."""
        return _highest(self.own_level, self.below)


def table(stream: StreamId, audience: str, counts: Counts, *, dry_run: bool) -> Iterator[TableLine]:
    """Yield the lines of one stream's table; `audience` is the name of where it goes, if that is known yet."""
    rows = list(_outcomes(counts, dry_run))
    also = [*_beside(counts), *_left(counts, dry_run)]
    title = _title(stream, audience, counts.records, dry_run)
    yield TableLine(_highest(Level.INFO, [*rows, *also]), title)
    yield from _lines(rows, _STEP)
    if also:
        yield TableLine(_highest(Level.INFO, also), f"{_STEP}Also:")
        yield from _lines(also, _STEP)


def main_reasons(counts: Counts, outcome: Outcome) -> str:
    """Return the most frequent reasons for an outcome with their counts, for one sentence."""
    found = [(n, reason) for (explained, reason), n in counts.reasons.items() if explained is outcome]
    shown = [f"{number(n)} {EXPLANATIONS[reason].log}" for n, reason in found[:MOST_SHOWN]]
    left_out = sum(n for n, _ in found[MOST_SHOWN:])
    if left_out:
        shown.append(f"{number(left_out)} for other reasons")
    return ", ".join(shown)


def _highest(own: Level, rows: Sequence[Row]) -> Level:
    levels = {own, *(row.level for row in rows)}
    return Level.WARN if Level.WARN in levels else Level.INFO


def _title(stream: StreamId, audience: str, records: int, dry_run: bool) -> str:
    title = str(stream)
    if audience:
        title += f" → {audience}"
    title += ": "
    title += counted(records, "record", "records") if records else "no records"
    if dry_run:
        title += " (dry run, nothing written)"
    return title


def _outcomes(counts: Counts, dry_run: bool) -> Iterator[Row]:
    for outcome in SAID:
        n = counts.of(outcome)
        if n:
            reasons = tuple(_reasons(counts, outcome))
            yield Row(n, phrase(outcome, n, dry_run=dry_run), reasons, level_without_reason(outcome))


def _reasons(counts: Counts, outcome: Outcome) -> Iterator[Row]:
    for (explained, reason), n in counts.reasons.items():
        if explained is outcome:
            yield _reason(n, reason, counts.details.get((outcome, reason)))


def _beside(counts: Counts) -> Iterator[Row]:
    for reason, n in counts.beside.items():
        yield _reason(n, reason, counts.details.get((None, reason)))


def _left(counts: Counts, dry_run: bool) -> Iterator[Row]:
    what = _what_would_happen if dry_run else _what_happened
    for removal, contacts in counts.left.items():
        yield Row(contacts, f"No longer in the list: {what(removal)}")


def _what_happened(removal: MirrorRemoval) -> str:
    """Return what became of contacts who left a mirrored list."""
    match removal:
        case "remove_tags":
            return "tag removed"
        case "unsubscribe":
            return "unsubscribed"
        case "archive":
            return "archived"
        case _:
            assert_never(removal)


def _what_would_happen(removal: MirrorRemoval) -> str:
    match removal:
        case "remove_tags":
            return "tag would be removed"
        case "unsubscribe":
            return "would be unsubscribed"
        case "archive":
            return "would be archived"
        case _:
            assert_never(removal)


def _reason(n: int, reason: Reason, details: Details | None) -> Row:
    """Return the row of one reason; its case behind it where there is only one, else a line per case."""
    text, level = EXPLANATIONS[reason].log, level_of(reason)
    if details is None:
        return Row(n, text, own_level=level)
    cases = list(details.counts.items())
    shown = cases[:MOST_SHOWN]
    left_out = details.others + sum(count for _, count in cases[MOST_SHOWN:])
    if details.others + sum(details.counts.values()) > n:
        text += " (some records have more than one)"
    if len(shown) == 1 and not left_out:
        only = shown[0][0]
        text += f": {_case(only)}" if only.words else f" ({only.field})"
        return Row(n, text, own_level=level)
    below = [Row(count, _case(detail), own_level=level) for detail, count in shown]
    if left_out:
        below.append(Row(left_out, "other" if left_out == 1 else "others", own_level=level))
    return Row(n, text, tuple(below), level)


def _case(detail: Detail) -> str:
    if not detail.words:
        return detail.field
    quoted = f"“{detail.words}”"
    if detail.field in detail.words:
        return quoted  # also where no field is named
    return f"{detail.field}: {quoted}"


def _lines(rows: Sequence[Row], indent: str) -> Iterator[TableLine]:
    """Yield rows with their numbers in one column."""
    width = max((len(number(row.n)) for row in rows), default=0)
    for row in rows:
        yield TableLine(row.level, f"{indent}{number(row.n):>{width}} {row.text}")
        yield from _lines(row.below, indent + " " * (width + 1) + _STEP)
