"""Read the lists of changes that runs left in a store; whatever is damaged is one sentence."""

from collections.abc import Iterator

import orjson

from source_destination_mailchimp.destination.changes.chain import BrokenChain, Reading
from source_destination_mailchimp.destination.changes.change_log import CHANGES
from source_destination_mailchimp.destination.changes.layout import whole_changes
from source_destination_mailchimp.destination.storing.run_folders import RunFolders, part_behind_a_gap
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Json

SUMMARY = "summary.json"
RUNNING = "running"


class RunList:
    """One list of one run, read line by line; raises `FileNotFoundError` where the run has none."""

    def __init__(self, runs: RunFolders, run: str, file: str = CHANGES) -> None:
        self._run = run
        self._file = file
        self._pieces = runs.read(run, file)
        stray = part_behind_a_gap(file, runs.files(run))
        if stray:
            raise self._damaged(f"{stray} is there, and the part before it is missing.")
        self.reading = Reading()
        """How far the list was read, and what it is known by."""

    def entries(self) -> Iterator[Json]:
        """Yield the lines, every change whole; raises `Misconfigured` at the first that is not as it was written."""
        try:
            yield from whole_changes(self.reading.entries(self._pieces))
        except BrokenChain as error:
            raise self._damaged(str(error)) from error

    def check_end(self, summary: Json) -> None:
        """Raise `Misconfigured` where the list of a run that ended, now read, ends otherwise than its summary says."""
        if not has_ended(summary):
            return
        known = text_in(summary, "changes", "head")
        if not self.reading.is_ended or known != self.reading.head.hash:
            raise self._damaged("Its end is not the one that was written.")

    def _damaged(self, how: str) -> Misconfigured:
        return Misconfigured(f"--run: {self._file} of {self._run} is damaged. {how} Nothing was changed.")


def open_list_of(runs: RunFolders, run: str, summary: Json) -> RunList | None:
    """Return the list of changes of a run; None if it kept none. Raises where its summary knows of one that is gone."""
    kept = open_list(runs, run)
    if kept is None and text_in(summary, "changes", "head"):
        raise Misconfigured(f"--run: {CHANGES} of {run} is missing. Nothing was changed.")
    return kept


def open_list(runs: RunFolders, run: str, file: str = CHANGES) -> RunList | None:
    """Return a list of a run; None where the run has none."""
    try:
        return RunList(runs, run, file)
    except FileNotFoundError:
        return None


def read_summary(runs: RunFolders, run: str) -> Json | None:
    """Return the summary of a run; None where there is none. Raises `Misconfigured` where it cannot be read."""
    try:
        data = b"".join(runs.read(run, SUMMARY))
    except FileNotFoundError:
        return None
    try:
        summary = orjson.loads(data)
    except orjson.JSONDecodeError:
        summary = None
    if not isinstance(summary, dict):
        raise Misconfigured(f"--run: {SUMMARY} of {run} is damaged. Nothing was changed.")
    return summary


def has_ended(summary: Json) -> bool:
    """Return whether a run came to its end; one without a summary was killed before it could say anything."""
    status = text_in(summary, "exit", "status")
    return status not in ("", RUNNING)


def text_in(summary: Json, part: str, key: str) -> str:
    """Return one text of a part of a summary; "" where it is not there, or something else is."""
    holder = summary.get(part)
    if not isinstance(holder, dict):
        return ""
    return str(holder.get(key) or "")
