"""What other runs of the store say of the contacts of a run: undone before, or changed later by another sync."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from source_destination_mailchimp.destination.changes.chain import ANSWER, CHANGE
from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.history import Where
from source_destination_mailchimp.destination.changes.lines import REFUSED
from source_destination_mailchimp.destination.changes.run_lists import RunList, open_list, read_summary
from source_destination_mailchimp.destination.changes.undo_checks import UNDO
from source_destination_mailchimp.destination.storing.run_folders import RunFolders, started_of
from source_destination_mailchimp.mailchimp.errors import Misconfigured

Json = dict[str, Any]

UNDO_OF = "undo_of"

CLOCKS_DIFFER_BY = timedelta(hours=1)
"""At most so much, it is assumed, where syncs of one store run on different machines."""


@dataclass(frozen=True, slots=True)
class UndoneBefore:
    """Whether the same undo was started before."""

    expected: int | None = None
    """The number that the first start was given; None if there was none."""

    is_finished: bool = False


def undone_before(runs: RunFolders, run: str, contacts: ChangedContacts) -> UndoneBefore:
    """Mark in `contacts` what earlier starts of an undo of this run did."""
    before = UndoneBefore()
    for name in runs.names():
        kept = open_list(runs, name, UNDO)
        if kept is None:
            continue
        header: Json = {}
        places: dict[int, Where] = {}
        for entry in kept.entries():
            header = header or entry
            if header.get(UNDO_OF) != run:
                break
            _mark_undone(entry, places, contacts)
        if header.get(UNDO_OF) != run:
            continue
        expected = header["expect"] if before.expected is None else before.expected
        before = UndoneBefore(expected, before.is_finished or kept.reading.is_ended)
    return before


def _mark_undone(entry: Json, places: dict[int, Where], contacts: ChangedContacts) -> None:
    """Take in one line of an undo; `places` has the contacts whose answer is still to come."""
    if entry["type"] == CHANGE:
        where = Where(entry["audience"], entry["member"])
        places[entry["n"]] = where
        contacts.mark_undone(where, "")
    elif entry["type"] == ANSWER:
        for number in entry["of"]:
            contacts.mark_undone(places.pop(number), entry["result"])


def mark_changed_later(runs: RunFolders, run: str, contacts: ChangedContacts) -> None:
    """Mark the contacts that another sync of the store changed after this one; raises where a list is damaged."""
    for name in runs.names():
        if name == run or _ended_before(runs, name, run):
            continue
        kept = open_list(runs, name)
        if kept is not None:
            _mark_later(kept, contacts)


def _ended_before(runs: RunFolders, name: str, run: str) -> bool:
    """Return whether a run had certainly ended when another began: its list need not be read."""
    if name > run:
        return False
    try:
        summary = read_summary(runs, name) or {}
        ended = datetime.fromisoformat(str(summary.get("ended_at")))
    except (Misconfigured, ValueError):
        return False
    return ended + CLOCKS_DIFFER_BY < started_of(run)


def _mark_later(kept: RunList, contacts: ChangedContacts) -> None:
    """Mark the contacts of a list whose changes may have been made: all but those that Mailchimp refused."""
    unanswered: dict[int, Json] = {}
    for entry in kept.entries():
        if entry["type"] == CHANGE:
            unanswered[entry["n"]] = entry
        elif entry["type"] == ANSWER:
            for number in entry["of"]:
                change = unanswered.pop(number)
                if entry["result"] != REFUSED:
                    _mark(change, contacts)
    for change in unanswered.values():
        _mark(change, contacts)


def _mark(change: Json, contacts: ChangedContacts) -> None:
    contacts.mark_later(Where(change["audience"], change["member"]), change["at"])
