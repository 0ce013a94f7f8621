"""What other runs of the store say of the contacts of a run: undone before, or changed later by another sync."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from source_destination_mailchimp.destination.changes.chain import ANSWER, CHANGE
from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.history import Where
from source_destination_mailchimp.destination.changes.lines import REFUSED
from source_destination_mailchimp.destination.changes.run_lists import RunList, open_list, open_list_of, read_summary
from source_destination_mailchimp.destination.changes.undo_checks import UNDO
from source_destination_mailchimp.destination.storing.run_folders import RunFolders, started_of
from source_destination_mailchimp.mailchimp.members import Json

UNDO_OF = "undo_of"

CLOCKS_DIFFER_BY = timedelta(hours=1)
"""At most so much, it is assumed, where syncs of one store run on different machines."""


@dataclass(frozen=True, slots=True)
class UndoneBefore:
    """Whether the same undo was started before."""

    expected: int | None = None
    """The number that the first start was given; None if there was none."""

    is_finished: bool = False

    def and_then(self, expected: int, *, is_finished: bool) -> "UndoneBefore":
        """Return this with one more start; the number of the first one stands."""
        if self.expected is not None:
            expected = self.expected
        return UndoneBefore(expected, self.is_finished or is_finished)


def undone_before(runs: RunFolders, run: str, contacts: ChangedContacts) -> UndoneBefore:
    """Mark in `contacts` what earlier starts of an undo of this run did."""
    before = UndoneBefore()
    for name in runs.names():
        kept = open_list(runs, name, UNDO)
        if kept is None:
            continue
        entries = kept.entries()
        header = next(entries, {})
        if header.get(UNDO_OF) != run:
            continue
        _mark_undone(entries, contacts)
        before = before.and_then(header["expect"], is_finished=kept.reading.is_ended)
    return before


def _mark_undone(entries: Iterable[Json], contacts: ChangedContacts) -> None:
    """Take in the list of one start of an undo."""
    unanswered: dict[int, Where] = {}
    for entry in entries:
        if entry["type"] == CHANGE:
            where = Where(entry["audience"], entry["member"])
            unanswered[entry["n"]] = where
            contacts.mark_undone(where, "")
        elif entry["type"] == ANSWER:
            for number in entry["of"]:
                contacts.mark_undone(unanswered.pop(number), entry["result"])


def mark_changed_later(runs: RunFolders, run: str, contacts: ChangedContacts) -> None:
    """Mark the contacts that another sync of the store changed after this one.

    Raises `Misconfigured` where a list is damaged: nobody knows any more whom it is about.
    """
    for name in runs.names():
        if name == run:
            continue
        summary = read_summary(runs, name) or {}
        if name < run and _ended_before(summary, run):
            continue
        kept = open_list_of(runs, name, summary)
        if kept is not None:
            _mark_later(kept, contacts)
            kept.check_end(summary)


def _ended_before(summary: Json, run: str) -> bool:
    """Return whether a run had certainly ended when another began: its list need not be read."""
    try:
        ended = datetime.fromisoformat(str(summary.get("ended_at")))
    except ValueError:
        return False
    return ended + CLOCKS_DIFFER_BY < started_of(run)


def _mark_later(kept: RunList, contacts: ChangedContacts) -> None:
    """Mark the contacts of a list whose changes may have been made: all but those that Mailchimp refused."""
    unanswered: dict[int, Json] = {}
    for entry in kept.entries():
        if entry["type"] == CHANGE:
            unanswered[entry["n"]] = entry
        elif entry["type"] == ANSWER:
            settled = [unanswered.pop(number) for number in entry["of"]]
            if entry["result"] != REFUSED:
                _mark(settled, contacts)
    _mark(unanswered.values(), contacts)


def _mark(changes: Iterable[Json], contacts: ChangedContacts) -> None:
    for change in changes:
        where = Where(change["audience"], change["member"])
        contacts.mark_later(where, change["at"])
