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
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS

FEW_RECORDS = 20
"""So few records of a stream may all be rejected for their addresses without the sync failing for it."""

OF_THE_ADDRESS = (Reason.NO_EMAIL, Reason.INVALID_EMAIL, Reason.ADDRESS_REFUSED)
"""Reasons to reject a record that are about its email address alone: none, invalid, or refused by Mailchimp."""

KeyT = TypeVar("KeyT", bound=str | tuple[str, ...])


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
    """Records per outcome: every record is in it once, whatever else is said of it below."""

    reasons: Mapping[tuple[Outcome, Reason], int] = field(default_factory=dict)
    """Records per outcome and the reason for it, where it has one."""

    notes: Mapping[tuple[Outcome, Reason], int] = field(default_factory=dict)
    """Records per outcome and reason that stands beside it: one with two refused tags counts once."""

    details: Mapping[tuple[Outcome | None, Reason], Details] = field(default_factory=dict)
    """Of a reason for an outcome, or (None) of one that stands beside any."""

    left: Mapping[MirrorRemoval, int] = field(default_factory=dict)
    """Contacts who left the mirrored list, by what `mirror_removal` did to them; they are no records."""

    archived_by_join: int = 0
    """Contacts archived because a record joined them with the contact at its address; they are no records either."""

    lost_departures: int = 0
    """Rejected records that are marked as deleted, or that say no: their contact is still there, and mailed."""

    def __add__(self, more: "Counts") -> "Counts":
        """Return the numbers of both."""
        details = dict(self.details)
        for key, found in more.details.items():
            details[key] = details.get(key, Details()) + found
        return Counts(
            outcomes=_sum(self.outcomes, more.outcomes),
            reasons=_sum(self.reasons, more.reasons),
            notes=_sum(self.notes, more.notes),
            details=details,
            left=_sum(self.left, more.left),
            archived_by_join=self.archived_by_join + more.archived_by_join,
            lost_departures=self.lost_departures + more.lost_departures,
        )

    def of(self, outcome: Outcome) -> int:
        """Return how many records have an outcome."""
        return self.outcomes.get(outcome, 0)

    @property
    def records(self) -> int:
        """Return how many records have an outcome at all."""
        return sum(self.outcomes.values())

    @property
    def accepted(self) -> int:
        """Return how many records a STATE counts as done: all but those held or rejected."""
        return self.records - self.refused

    @property
    def refused(self) -> int:
        """Return how many records a STATE counts as rejected."""
        return sum(n for outcome, n in self.outcomes.items() if outcome.is_refused)

    @cached_property
    def beside(self) -> Mapping[Reason, int]:
        """Return records per reason that stands beside their outcome, whatever that is."""
        found: Counter[Reason] = Counter()
        for (_, reason), n in self.notes.items():
            found[reason] += n
        return by_count(found)

    @property
    def held_for_opt_out(self) -> int:
        """Return how many records asked for mail to somebody who opted out."""
        held = 0
        for (outcome, reason), n in self.reasons.items():
            if outcome is Outcome.HELD and EXPLANATIONS[reason].is_opt_out:
                held += n
        return held

    @property
    def rejected_percent(self) -> float:
        """Return how much of everything was rejected, for `max_rejected_percent`; held records are not."""
        if not self.records:
            return 0.0
        return 100 * self.of(Outcome.REJECTED) / self.records

    @property
    def is_hopeless(self) -> bool:
        """Return whether something was rejected and nothing accepted: the mapping must be wrong."""
        rejected = self.of(Outcome.REJECTED)
        if not rejected:
            return False
        # A duplicate says nothing: it is what a record of the same address overtook.
        return rejected + self.of(Outcome.DUPLICATE) == self.records

    @property
    def is_a_few_bad_addresses(self) -> bool:
        """Return whether a stream is hopeless only because of a typo or two, which is no outage.

        Fewer than `FEW_RECORDS`, all rejected for the address itself, and nobody among them who was to be taken away:
        whoever is lost then is still mailed.
        """
        if not self.is_hopeless or self.records >= FEW_RECORDS or self.lost_departures:
            return False
        for_address = sum(self.reasons.get((Outcome.REJECTED, reason), 0) for reason in OF_THE_ADDRESS)
        return for_address == self.of(Outcome.REJECTED)


def total(streams: Iterable[Counts]) -> Counts:
    """Return the numbers of all streams together."""
    return sum(streams, start=Counts())


def analytics(counts: Counts) -> Mapping[str, int]:
    """Return the counts of a run by names for the platform; no name of a stream or a person is among them."""
    named: Counter[str] = Counter()
    for outcome, n in counts.outcomes.items():
        named[f"outcome-{outcome}"] += n
    for (outcome, reason), n in counts.reasons.items():
        named[f"{outcome}-{reason}"] += n
    for reason, n in counts.beside.items():
        named[f"beside-{reason}"] += n
    for removal, n in counts.left.items():
        named[f"left-{removal}"] += n
    return +named


def by_count(counts: Mapping[KeyT, int]) -> Mapping[KeyT, int]:
    """Return counts with the most frequent first, and equal ones by name: the same in every run, whoever came first."""
    return dict(sorted(counts.items(), key=lambda counted: (-counted[1], counted[0])))


def _sum(counts: Mapping[KeyT, int], more: Mapping[KeyT, int]) -> Mapping[KeyT, int]:
    both = Counter(counts)
    both.update(more)
    return by_count(both)
