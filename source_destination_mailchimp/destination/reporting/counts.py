"""What has happened to one stream, as a value: numbers per outcome and reason, with a few of the words behind them.

Every text about a run is a function of these values.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Outcome, Reason
from source_destination_mailchimp.destination.reporting.outcomes import Reported, reported_as, reported_totals
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.mailchimp.members import Status

_Key = TypeVar("_Key")


class Detail(NamedTuple):
    """Where and in whose words: what tells two cases of one reason apart in the log."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Details:
    """The different details of one reason with their counts, the most frequent first."""

    counts: Mapping[Detail, int] = field(default_factory=dict)
    others: int = 0
    """Cases whose details were not kept apart, because there were too many different ones."""

    def __add__(self, more: "Details") -> "Details":
        """Return the details of both."""
        return Details(_sum(self.counts, more.counts), self.others + more.others)


@dataclass(frozen=True)
class Counts:
    """The numbers of one stream, or of several; within each mapping the most frequent comes first."""

    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    removals: Mapping[Outcome, int] = field(default_factory=dict)
    """Those of the same records that `removal` took away."""

    reasons: Mapping[tuple[Outcome, Reason], int] = field(default_factory=dict)
    beside: Mapping[Reason, int] = field(default_factory=dict)
    """Records, not cases: one with two refused tags counts once."""

    details: Mapping[tuple[Outcome | None, Reason], Details] = field(default_factory=dict)
    """Of a reason for an outcome, or (None) of one that stands beside any."""

    left: Mapping[MirrorRemoval, int] = field(default_factory=dict)
    """People who left the mirrored list, by what `mirror_removal` did to them."""

    def __add__(self, more: "Counts") -> "Counts":
        """Return the numbers of both."""
        details = dict(self.details)
        for key, found in more.details.items():
            details[key] = details.get(key, Details()) + found
        return Counts(
            outcomes=_sum(self.outcomes, more.outcomes),
            removals=_sum(self.removals, more.removals),
            reasons=_sum(self.reasons, more.reasons),
            beside=_sum(self.beside, more.beside),
            details=details,
            left=_sum(self.left, more.left),
        )

    @property
    def records(self) -> int:
        """Return how many records have an outcome."""
        return sum(self.outcomes.values())

    @cached_property
    def reported(self) -> Mapping[Reported, int]:
        """Return records per word of the tables, a number for every word."""
        return reported_totals(self.outcomes, self.removals)

    @property
    def held_for_opt_out(self) -> int:
        """Return how many records asked for mail to somebody who opted out."""
        held = 0
        for (outcome, reason), n in self.reasons.items():
            if outcome is Outcome.HELD and EXPLANATIONS[reason].is_opt_out:
                held += n
        return held

    @property
    def written_beside_opt_out(self) -> int:
        """Return how many records were written for people who stay opted out.

        The cleaned ones are not among them: they never said no, mail to them just does not arrive.
        """
        details = self.details.get((None, Reason.STATUS_KEPT), Details())
        cleaned = details.counts.get(Detail("", Status.CLEANED), 0)
        return self.beside.get(Reason.STATUS_KEPT, 0) - cleaned

    @property
    def rejected_percent(self) -> float:
        """Return how much of everything was rejected, for `max_rejected_percent`; held records are not."""
        if not self.records:
            return 0.0
        return 100 * self.reported[Reported.REJECTED] / self.records

    @property
    def is_hopeless(self) -> bool:
        """Return whether something was rejected and nothing accepted: the mapping must be wrong."""
        rejected = self.reported[Reported.REJECTED]
        if not rejected:
            return False
        # A duplicate says nothing: it is what a record of the same address overtook.
        return rejected + self.reported[Reported.DUPLICATE] == self.records


def total(streams: Iterable[Counts]) -> Counts:
    """Return the numbers of all streams together."""
    return sum(streams, start=Counts())


def analytics(counts: Counts) -> Mapping[str, int]:
    """Return the counts of a run by names for the platform; no name of a stream or a person is among them."""
    named: Counter[str] = Counter()
    for word, n in counts.reported.items():
        named[f"outcome-{word}"] += n
    for (outcome, reason), n in counts.reasons.items():
        named[f"{reported_as(outcome)}-{reason}"] += n
    for reason, n in counts.beside.items():
        named[f"beside-{reason}"] += n
    for removal, n in counts.left.items():
        named[f"left-{removal}"] += n
    return +named


def _sum(counts: Mapping[_Key, int], more: Mapping[_Key, int]) -> Mapping[_Key, int]:
    both = Counter(counts)
    both.update(more)
    return dict(both.most_common())
