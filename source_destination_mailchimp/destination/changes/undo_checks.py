"""What has to hold before undo looks at a single contact: the folder is a run that can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass

from source_destination_mailchimp.destination.changes.chain import RUN
from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.run_lists import has_ended, open_list_of, read_summary
from source_destination_mailchimp.destination.storing.run_folders import RunFolders, is_run_name, run_name
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Json

UNDO, UNDO_REPORT = "undo.jsonl", "undo.json"
"""Files of an undo: what it did, while it goes on; and what became of every contact. A dry run has only the second."""


@dataclass(frozen=True, slots=True)
class UndoableRun:
    """A run whose list of changes is undamaged."""

    name: str
    account_id: str
    contacts: ChangedContacts
    id_fields: frozenset[str]
    """Merge tags of external ids."""


def read_run(runs: RunFolders, given: str, contacts: ChangedContacts, *, was_killed: bool) -> UndoableRun:
    """Read into `contacts` what a run did; raises `Misconfigured` with a sentence where it cannot be taken back."""
    name = run_name(given)
    if not is_run_name(name):
        raise Misconfigured(f"--run: {given} is not the folder of a sync. The log of a sync ends with its location.")
    files = set(runs.files(name))
    if not files:
        raise Misconfigured(f"--run: there is no sync {name} in the store of this configuration.")
    if files & {UNDO, UNDO_REPORT}:
        raise Misconfigured(f"--run: {name} is an undo, which cannot be undone.")
    summary = read_summary(runs, name) or {}
    if summary.get("dry_run"):
        raise Misconfigured(f"--run: {name} was a dry run, which changed nothing.")
    kept = open_list_of(runs, name, summary)
    if kept is None:
        raise Misconfigured(f"--run: {name} has no list of changes: keep_changes was off, or the sync ended early.")
    _check_ended(name, summary, was_killed=was_killed)
    header: Json = {}
    for entry in kept.entries():
        header = header or entry
        contacts.take(entry)
    _check_header(name, header)
    kept.check_end(summary)
    return UndoableRun(name, str(header.get("account_id", "")), contacts, frozenset(header.get("id_fields") or ()))


def _check_ended(name: str, summary: Json, *, was_killed: bool) -> None:
    if was_killed or has_ended(summary):
        return
    raise Misconfigured(
        f"--run: {name} has not ended. If its process was killed and is no longer running, add --was-killed."
    )


def _check_header(name: str, header: Json) -> None:
    if not header:
        raise Misconfigured(
            f"--run: the list of changes in {name} is empty: the sync ended before it changed anything."
        )
    if header.get("type") != RUN or header.get("run") != name:
        raise Misconfigured(f"--run: the list of changes in {name} is damaged: it is the list of another sync.")


def check_account(run: UndoableRun, account_id: str, audiences: Iterable[str]) -> None:
    """Raise `Misconfigured` where the run wrote to another account, or to an audience that is no longer there."""
    if run.account_id and run.account_id != account_id:
        raise Misconfigured(
            f"--run: {run.name} wrote to another Mailchimp account ({run.account_id}) than that of the credentials "
            f"({account_id}). Use the configuration of that sync."
        )
    present = frozenset(audiences)
    for audience in run.contacts.audiences():
        if audience not in present:
            raise Misconfigured(
                f"--run: {run.name} wrote to the audience {audience}, which this account does not have. "
                "Use the configuration of that sync."
            )
