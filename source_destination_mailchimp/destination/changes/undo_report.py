"""What undo says: first what the user must know, then numbers that add up, then what stays and why. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, assert_never

import orjson

from source_destination_mailchimp.destination.changes.history import History
from source_destination_mailchimp.destination.changes.undo_plan import Archive, PutBack, Stays, Step
from source_destination_mailchimp.destination.reporting.wording import counted

WARNING = (
    "Read this first: a later sync does not restore archived contacts, because archived counts as opted out; you can "
    "only restore them in Mailchimp. A full refresh would write the undone values again, so pause the connection "
    "before you undo."
)

ARCHIVED, PUT_BACK = "archived", "restored"
"""What is done about contacts that were added, and about those that were there before."""

REPORT_END = b"]}"


class Done(NamedTuple):
    """One contact, and what was done about it or would be."""

    history: History
    step: Step


class UndoTally:
    """Counts what becomes of the contacts of a run."""

    def __init__(self) -> None:
        self._added: Counter[str] = Counter()
        self._there_before: Counter[str] = Counter()
        self._partly = 0
        self._left_values: set[str] = set()

    @property
    def changes(self) -> int:
        """How many contacts are archived or put back: the number that the real run wants."""
        return self._added[ARCHIVED] + self._there_before[PUT_BACK]

    @property
    def failing(self) -> int:
        """How many contacts stay because Mailchimp fails over them."""
        return self._added[Stays.FAILING.value] + self._there_before[Stays.FAILING.value]

    def count(self, done: Done) -> None:
        """Count one contact."""
        counts = self._added if done.history.is_added else self._there_before
        match done.step:
            case Archive():
                counts[ARCHIVED] += 1
            case PutBack(left=left):
                counts[PUT_BACK] += 1
                if left:
                    self._partly += 1
                    self._left_values.update(left)
            case Stays():
                counts[done.step.value] += 1
            case never:
                assert_never(never)

    def sentences(self, *, dry_run: bool) -> Iterator[str]:
        """Yield what is said at the end; of a dry run what would be done, with the number that the real run wants."""
        if dry_run:
            yield WARNING
        yield _line("added by the sync", self._added, ARCHIVED, dry_run=dry_run)
        yield _line("changed by the sync", self._there_before, PUT_BACK, dry_run=dry_run)
        if self._partly:
            names = ", ".join(sorted(self._left_values))
            people = counted(self._partly, "contact", "contacts")
            yield f"Of {people} restored, some values stay as the sync left them: {names}."
        if dry_run:
            yield f"To do this, run the command again with --expect {self.changes} instead of --dry-run."


def _line(by_the_sync: str, counts: Counter[str], done: str, *, dry_run: bool) -> str:
    people = counted(counts.total(), "contact", "contacts")
    what = done
    if dry_run:
        what = f"would be {done}"
    parts = [f"{counts[done]:,} {what}"]
    for reason, n in counts.most_common():
        if reason != done:
            parts.append(f"{counted(n, 'stays', 'stay')} ({reason})")
    listing = ", ".join(parts)
    return f"{people} {by_the_sync}: {listing}."


def report_head(run: str, *, dry_run: bool) -> bytes:
    """Return how the report file begins; entries, with commas between them, and `REPORT_END` follow."""
    head = orjson.dumps({"format_version": 1, "undo_of": run, "dry_run": dry_run})
    return head.removesuffix(b"}") + b',"contacts":['


def report_entry(done: Done) -> bytes:
    """Return what the report file holds of one contact: what is done about it, or why it stays."""
    history, step = done
    entry: dict[str, Any] = {
        "audience": history.where.audience,
        "email": history.email,
        "added_by_the_sync": history.is_added,
    }
    if history.new_email:
        entry["new_email"] = history.new_email
    match step:
        case Archive():
            entry["action"] = "archive"
        case PutBack():
            entry["action"] = "put_back"
            entry["stays_as_the_sync_left_it"] = list(step.left)
        case Stays():
            entry |= {"action": "none", "reason": step.name.lower(), "words": step.value}
        case never:
            assert_never(never)
    return orjson.dumps(entry)
