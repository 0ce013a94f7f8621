"""Counts outcomes as they come; what was counted so far can be had at any time, as a value."""

import re
from collections import Counter, defaultdict

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled
from source_destination_mailchimp.destination.reporting.counts import Counts, Detail, Details, by_count
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.mailchimp.members import without_addresses

MOST_DETAILS = 50
"""Different details kept per reason and stream; the rest is only counted, so that memory stays bounded."""

_LONGEST_WORDS = 300
_MASK = re.compile(r"[^\s*]?\*\*\*(?:@\*\*\*(?:\.[\w-]*)?)?")


class Tally:
    """Counts what happens to the records of one stream."""

    def __init__(self) -> None:
        self._outcomes: Counter[Outcome] = Counter()
        self._reasons: Counter[tuple[Outcome, Reason]] = Counter()
        self._notes: Counter[tuple[Outcome, Reason]] = Counter()
        self._details: defaultdict[tuple[Outcome | None, Reason], _Details] = defaultdict(_Details)
        self._left: Counter[MirrorRemoval] = Counter()
        self._archived_by_join = 0
        self._lost_departures = 0

    def add(self, settled: Settled, *, takes_away: bool = False) -> None:
        """Count one record; `takes_away` says whether it is marked as deleted, or says no to mail."""
        self._outcomes[settled.outcome] += 1
        if takes_away and settled.outcome is Outcome.REJECTED:
            self._lost_departures += 1
        if settled.note is not None:
            self._reasons[settled.outcome, settled.note.reason] += 1
            self._details[settled.outcome, settled.note.reason].add(settled.note)
        if settled.beside:
            self._add_notes(settled.outcome, settled.beside)

    def _add_notes(self, outcome: Outcome, notes: tuple[Note, ...]) -> None:
        self._notes.update({(outcome, note.reason) for note in notes})
        for note in notes:
            self._archived_by_join += note.reason is Reason.OLD_CONTACT_ARCHIVED
            self._details[None, note.reason].add(note)

    def leave(self, removal: MirrorRemoval, people: int) -> None:
        """Count people who left the mirrored list and got this `mirror_removal`."""
        self._left[removal] += people

    def counts(self) -> Counts:
        """Return what was counted so far."""
        return Counts(
            outcomes=by_count(self._outcomes),
            reasons=by_count(self._reasons),
            notes=by_count(self._notes),
            details={key: found.counted() for key, found in self._details.items()},
            left=by_count(self._left),
            archived_by_join=self._archived_by_join,
            lost_departures=self._lost_departures,
        )


class _Details:
    """Counts the details of one reason, the first `MOST_DETAILS` different ones by themselves."""

    __slots__ = ("_counts", "_others")

    def __init__(self) -> None:
        self._counts: Counter[Detail] = Counter()
        self._others = 0

    def add(self, note: Note) -> None:
        """Count the detail of a note, if it has one."""
        if not note.field and not note.detail:
            return
        detail = Detail(without_addresses(note.field[:_LONGEST_WORDS]), _words(note))
        if not any(detail):
            return
        if detail in self._counts or len(self._counts) < MOST_DETAILS:
            self._counts[detail] += 1
        else:
            self._others += 1

    def counted(self) -> Details:
        """Return the details with their counts."""
        return Details(by_count(self._counts), self._others)


def _words(note: Note) -> str:
    """Return Mailchimp's sentence without the address in it: a sentence said to many people then counts as one."""
    if not note.detail or not EXPLANATIONS[note.reason].quotes_mailchimp:
        return ""
    words = note.detail[:_LONGEST_WORDS].strip()
    if "@" not in words:
        return words
    return _MASK.sub("(address)", without_addresses(words))
