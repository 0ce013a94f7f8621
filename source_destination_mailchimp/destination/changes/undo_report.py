"""What undo says: first what the user must know, then numbers that add up, then what stays and why. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, assert_never

from source_destination_mailchimp.destination.changes.history import History
from source_destination_mailchimp.destination.changes.undo_plan import Archive, PutBack, Stays, Step
from source_destination_mailchimp.destination.reporting.wording import counted

WARNING = (
    "Read this first: archived contacts do not come back by a later sync, because archived counts as opted out; you "
    "can only bring them back in Mailchimp. And a full refresh would write the undone values again, so pause the "
    "connection before you undo."
)


class Done(NamedTuple):
    """One contact, and what was done about it or would be."""

    history: History
    step: Step


def sentences(done: Sequence[Done], *, dry_run: bool) -> Iterator[str]:
    """Yield what is said at the end: of a dry run what would be done, with the number that the real run wants back."""
    if dry_run:
        yield WARNING
    added = [one.step for one in done if one.history.is_added]
    others = [one.step for one in done if not one.history.is_added]
    archived = sum(isinstance(step, Archive) for step in added)
    put_back = sum(isinstance(step, PutBack) for step in others)
    verb = "would be " if dry_run else ""
    yield _line(
        f"{counted(len(added), 'contact', 'contacts')} added by the sync", f"{archived:,} {verb}archived", added
    )
    changed = f"{counted(len(others), 'contact', 'contacts')} changed by the sync"
    yield _line(changed, f"{put_back:,} {verb}put back", others)
    partly = [one.step.left for one in done if isinstance(one.step, PutBack) and one.step.left]
    if partly:
        names = ", ".join(sorted({name for left in partly for name in left}))
        people = counted(len(partly), "contact", "contacts")
        yield f"Of {people} put back, some values stay as the sync left them: {names}."
    if dry_run:
        yield f"To do this, repeat the command with --expect {archived + put_back} in place of --dry-run."


def _line(beginning: str, doing: str, steps: Sequence[Step]) -> str:
    parts = [doing]
    for reason, n in Counter(step for step in steps if isinstance(step, Stays)).most_common():
        parts.append(f"{n:,} {'stays' if n == 1 else 'stay'} ({reason.value})")
    return f"{beginning}: {', '.join(parts)}."


def listed(run: str, done: Sequence[Done], *, dry_run: bool) -> dict[str, Any]:
    """Return what the report file holds: each contact with what is done about it, or why it stays."""
    contacts = []
    for history, step in done:
        entry: dict[str, Any] = {"audience": history.where.audience, "email": history.email}
        entry["added_by_the_sync"] = history.is_added
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
        contacts.append(entry)
    return {"format_version": 1, "undo_of": run, "dry_run": dry_run, "contacts": contacts}
