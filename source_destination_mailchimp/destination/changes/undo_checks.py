"""What has to hold before undo looks at a single contact: the folder is a run that can be taken back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from source_destination_mailchimp.destination.changes.chain import ANSWER, CHANGE, RUN, BrokenChain, Reading
from source_destination_mailchimp.destination.changes.change_log import CHANGES
from source_destination_mailchimp.destination.changes.history import History, Where, histories
from source_destination_mailchimp.destination.changes.lines import REFUSED
from source_destination_mailchimp.destination.storing.run_folders import RunFolders, is_run_name
from source_destination_mailchimp.mailchimp.errors import Misconfigured

Json = dict[str, Any]

SUMMARY, UNDO = "summary.json", "undo.jsonl"
UNDO_OF = "undo_of"


@dataclass(frozen=True, slots=True)
class UndoneBefore:
    """What earlier starts of the same undo did; empty where there was none."""

    expected: int | None
    is_finished: bool
    done: Mapping[Where, str]
    """Contact → the result of its calls; "" where the answer was lost with the process."""


@dataclass(frozen=True, slots=True)
class UndoableRun:
    """A run whose list of changes is undamaged."""

    name: str
    histories: Mapping[Where, History]
    id_fields: frozenset[str]
    """Merge tags of external ids."""


def run_name(given: str) -> str:
    """Return the name of a run from its folder's path, its address or its name."""
    return given.rstrip("/").rpartition("/")[2]


def read_run(runs: RunFolders, given: str, *, was_killed: bool) -> UndoableRun:
    """Return what a run did; raises `Misconfigured` with a sentence where it cannot be taken back."""
    name = run_name(given)
    if not is_run_name(name):
        raise Misconfigured(f"--run: {given} is not the folder of a sync. The log of a sync ends with its location.")
    if _read(runs, name, UNDO) is not None:
        raise Misconfigured(f"--run: {name} is itself an undo, which cannot be taken back.")
    summary = _summary(runs, name)
    kept = _read(runs, name)
    if summary is None and kept is None:
        raise Misconfigured(f"--run: there is no sync {name} in the store of this configuration.")
    if summary is not None and summary.get("dry_run"):
        raise Misconfigured(f"--run: {name} was a dry run, which changed nothing.")
    if kept is None:
        raise Misconfigured(f"--run: {name} has no list of changes: keep_changes was off.")
    entries, reading = kept
    _check_end(name, summary, reading, was_killed=was_killed)
    header = entries[0] if entries else {}
    if header.get("type") != RUN or header.get("run") != name:
        raise Misconfigured(f"--run: the list of changes in {name} is damaged: it is the list of another sync.")
    return UndoableRun(name, histories(entries), frozenset(header.get("id_fields") or ()))


def _check_end(name: str, summary: Json | None, reading: Reading, *, was_killed: bool) -> None:
    """Raise where a run is going on, or its list ends too early or otherwise than its summary says."""
    status = ((summary or {}).get("exit") or {}).get("status", "running")
    if status == "running" and not was_killed:
        raise Misconfigured(
            f"--run: {name} has not ended. If its process was killed and is no longer running, add --was-killed."
        )
    if status == "running":
        return
    known = ((summary or {}).get("changes") or {}).get("head")
    if not reading.is_ended or known != reading.head.hash:
        raise Misconfigured(
            f"--run: the list of changes in {name} is damaged: its end is not the one that was written."
        )


def check_audiences(run: UndoableRun, audiences: frozenset[str]) -> None:
    """Raise `Misconfigured` where the run wrote to an audience that the account does not have."""
    for where in run.histories:
        if where.audience not in audiences:
            raise Misconfigured(
                f"--run: {run.name} wrote to the audience {where.audience}, which this account does not have. "
                "Use the configuration of that sync."
            )


def undone_before(runs: RunFolders, run: str) -> UndoneBefore:
    """Return what earlier starts of an undo of this run did."""
    expected, is_finished, done = None, False, dict[Where, str]()
    for name in runs.names():
        kept = _read(runs, name, UNDO) if name > run else None
        if kept is None:
            continue
        entries, reading = kept
        if not entries or entries[0].get(UNDO_OF) != run:
            continue
        if expected is None:
            expected = entries[0]["expect"]
        is_finished = is_finished or reading.is_ended
        done.update(_results(entries))
    return UndoneBefore(expected, is_finished, done)


def _results(entries: list[Json]) -> dict[Where, str]:
    places: dict[int, Where] = {}
    results: dict[Where, str] = {}
    for entry in entries:
        if entry["type"] == CHANGE:
            places[entry["n"]] = Where(entry["audience"], entry["member"])
            results[places[entry["n"]]] = ""
        elif entry["type"] == ANSWER:
            results[places[entry["of"]]] = entry["result"]
    return results


def changed_later(runs: RunFolders, run: UndoableRun) -> frozenset[Where]:
    """Return the contacts that another sync of the store changed after this one; raises where a list is damaged."""
    found = set()
    for name in runs.names():
        kept = _read(runs, name) if name != run.name else None
        if kept is None:
            continue
        for entry in _settled(kept[0]):
            history = run.histories.get(Where(entry["audience"], entry["member"]))
            if history is not None and entry["at"] >= history.first_at:
                found.add(history.where)
    return frozenset(found)


def _settled(entries: list[Json]) -> Iterator[Json]:
    """Yield the changes that may have been made: all but those that Mailchimp refused."""
    refused = {entry["of"] for entry in entries if entry["type"] == ANSWER and entry["result"] == REFUSED}
    for entry in entries:
        if entry["type"] == CHANGE and entry["n"] not in refused:
            yield entry


def _read(runs: RunFolders, name: str, file: str = CHANGES) -> tuple[list[Json], Reading] | None:
    """Return the lines of a run's file, and how it was read; None where the run has no such file."""
    reading = Reading()
    try:
        return list(reading.entries(runs.read(name, file))), reading
    except FileNotFoundError:
        return None
    except BrokenChain as error:
        raise Misconfigured(f"--run: {file} of {name} is damaged. {error} Nothing was changed.") from error


def _summary(runs: RunFolders, name: str) -> Json | None:
    """Return the summary of a run; None where it has none that can be read."""
    try:
        summary = orjson.loads(b"".join(runs.read(name, SUMMARY)))
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    return summary if isinstance(summary, dict) else None
