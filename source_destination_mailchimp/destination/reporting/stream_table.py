"""The table of one stream: its outcomes, the reasons behind them, and what else is to be said."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from source_destination_mailchimp.destination.model import Outcome, Reason, StreamId
from source_destination_mailchimp.destination.reporting.counts import Counts, Detail, Details
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.wording import counted, number

MOST_SHOWN = 5
"""Fields, and sentences of Mailchimp's, shown per reason."""

_STEP = "  "
_TO_BE = {Outcome.CREATED, Outcome.UPDATED, Outcome.REMOVED}
_LEFT = {
    "remove_tags": "left the list: tag taken off",
    "keep": "left the list: tag kept",
    "unsubscribe": "left the list: unsubscribed",
    "archive": "left the list: archived",
}
_WOULD_LEAVE = {
    "remove_tags": "left the list: tag to be taken off",
    "keep": "left the list: tag to be kept",
    "unsubscribe": "left the list: to be unsubscribed",
    "archive": "left the list: to be archived",
}


class Row(NamedTuple):
    """One line with a count; the lines below it say more about the same records."""

    n: int
    text: str
    below: tuple["Row", ...] = ()


def table(stream: StreamId, counts: Counts, *, dry_run: bool) -> Iterator[str]:
    """The lines of one stream's table."""
    title = f"{stream} → {counts.audience}" if counts.audience else str(stream)
    records = counts.records
    what = counted(records, "record", "records") if records else "no records"
    rows = list(_outcomes(counts, dry_run))
    beside = [*_beside(counts), *_left(counts, dry_run)]
    yield f"{title}: {what}{' (dry run, nothing was written)' if dry_run else ''}"
    yield from _lines(rows, _STEP)
    if beside:
        yield f"{_STEP}beside that:" if rows else f"{_STEP}no record of its own, but:"
        yield from _lines(beside, _STEP)


def _outcomes(counts: Counts, dry_run: bool) -> Iterator[Row]:
    for outcome in Outcome:
        if n := counts.outcomes[outcome]:
            text = f"to be {outcome}" if dry_run and outcome in _TO_BE else outcome.value
            yield Row(n, text, tuple(_reasons(counts, outcome)))


def _reasons(counts: Counts, outcome: Outcome) -> Iterator[Row]:
    for (of, reason), n in counts.reasons.most_common():
        if of is outcome:
            yield _reason(n, reason, counts.details.get((outcome, reason)))


def _beside(counts: Counts) -> Iterator[Row]:
    for reason, n in counts.beside.most_common():
        yield _reason(n, reason, counts.details.get((None, reason)))


def _left(counts: Counts, dry_run: bool) -> Iterator[Row]:
    texts = _WOULD_LEAVE if dry_run else _LEFT
    for what, n in counts.left.most_common():
        yield Row(n, texts.get(what, f"left the list: {what}"))


def _reason(n: int, reason: Reason, details: Details | None) -> Row:
    """One reason; its fields behind it where that is all there is to say, else a line per case."""
    text = EXPLANATIONS[reason].log
    if details is None:
        return Row(n, text)
    shown, left_out = details.most_common(MOST_SHOWN), details.left_out(MOST_SHOWN)
    if len(shown) == 1 and not left_out:
        detail = shown[0][0]
        return Row(n, f"{text}: {_case(detail)}" if detail.words else f"{text} ({detail.field})")
    others = [Row(left_out, "others")] if left_out else []
    return Row(n, text, (*(Row(count, _case(detail)) for detail, count in shown), *others))


def _case(detail: Detail) -> str:
    if detail.words and detail.field and detail.field not in detail.words:
        return f"{detail.field}: “{detail.words}”"
    return f"“{detail.words}”" if detail.words else detail.field


def _lines(rows: Iterable[Row], indent: str) -> Iterator[str]:
    """Rows with their numbers in one column."""
    rows = list(rows)
    width = max((len(number(row.n)) for row in rows), default=0)
    for row in rows:
        yield f"{indent}{number(row.n):>{width}} {row.text}"
        yield from _lines(row.below, indent + " " * (width + 1) + _STEP)
