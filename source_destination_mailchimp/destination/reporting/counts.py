"""What has happened so far, in numbers: per stream, per outcome, per reason, with a few of the words behind them."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.mailchimp.members import Status, without_addresses

MOST_DETAILS = 50
"""Different details kept per reason and stream; the rest is only counted, so that memory stays bounded."""

OPTED_OUT = (Reason.OPTED_OUT, Reason.ARCHIVED, Reason.CONSENT_NOT_NEWER, Reason.COMPLIANCE)
"""Reasons to hold a record because its person is opted out."""

_LONGEST_WORDS = 300
_MASK = re.compile(r"[^\s*]?\*\*\*(?:@\*\*\*(?:\.[\w-]*)?)?")


class Detail(NamedTuple):
    """Where and in whose words: what tells two cases of one reason apart in the log."""

    field: str
    words: str


class Details:
    """Counts of details, the first `MOST_DETAILS` different ones by themselves."""

    __slots__ = ("_counts", "others")

    def __init__(self) -> None:
        self._counts: Counter[Detail] = Counter()
        self.others = 0

    def add(self, detail: Detail, n: int = 1) -> None:
        """Count a detail."""
        if detail in self._counts or len(self._counts) < MOST_DETAILS:
            self._counts[detail] += n
        else:
            self.others += n

    def count(self, detail: Detail) -> int:
        """How often a detail was seen, if it is one of those that are kept."""
        return self._counts[detail]

    def most_common(self, n: int) -> list[tuple[Detail, int]]:
        """The details with the highest counts."""
        return self._counts.most_common(n)

    def left_out(self, n: int) -> int:
        """How many cases `most_common(n)` does not speak of."""
        return self.others + sum(self._counts.values()) - sum(count for _, count in self.most_common(n))


@dataclass(slots=True)
class Counts:
    """The numbers of one stream."""

    audience: str = ""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[tuple[Outcome, Reason]] = field(default_factory=Counter)
    beside: Counter[Reason] = field(default_factory=Counter)
    """Records, not cases: one with two refused tags counts once."""

    details: defaultdict[tuple[Outcome | None, Reason], Details] = field(default_factory=lambda: defaultdict(Details))
    left: Counter[str] = field(default_factory=Counter)
    """People who left the mirrored list, by what `mirror_removal` did to them."""

    def add(self, settled: Settled) -> None:
        """Count one record."""
        outcome, note, beside = settled
        self.outcomes[outcome] += 1
        if note is not None:
            self.reasons[outcome, note.reason] += 1
            self._detail(outcome, note)
        if beside:
            self.beside.update({other.reason for other in beside})
            for other in beside:
                self._detail(None, other)

    def _detail(self, outcome: Outcome | None, note: Note) -> None:
        if note.field or note.detail:
            detail = Detail(without_addresses(note.field[:_LONGEST_WORDS]), _words(note))
            if any(detail):
                self.details[outcome, note.reason].add(detail)

    @property
    def records(self) -> int:
        """Records that have an outcome."""
        return sum(self.outcomes.values())

    def held_back(self, *reasons: Reason) -> int:
        """Records held for one of these reasons."""
        return sum(self.reasons[Outcome.HELD, reason] for reason in reasons)

    def still_opted_out(self) -> int:
        """Records of people who are opted out and were left so."""
        return self.held_back(*OPTED_OUT) + self.kept()

    def kept(self) -> int:
        """Records that were written beside an opt-out; mail to the cleaned ones just does not arrive."""
        details = self.details.get((None, Reason.STATUS_KEPT))
        cleaned = details.count(Detail("", Status.CLEANED)) if details else 0
        return self.beside[Reason.STATUS_KEPT] - cleaned


def _words(note: Note) -> str:
    """Mailchimp's sentence without the address in it, so that a sentence said to many people counts as one."""
    if not note.detail or not EXPLANATIONS[note.reason].quotes_mailchimp:
        return ""
    words = note.detail[:_LONGEST_WORDS].strip()
    return _MASK.sub("(address)", without_addresses(words)) if "@" in words else words
