"""`verify-changes`: whether the list of changes in a folder is as it was written, and what that proves."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import orjson

from source_destination_mailchimp.destination.changes.chain import Checked, check
from source_destination_mailchimp.destination.changes.change_log import CHANGES
from source_destination_mailchimp.destination.changes.run_lists import SUMMARY
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.storing.run_folders import (
    RunFolders,
    part_behind_a_gap,
    part_name,
    run_name,
)

PIECE_BYTES = 1024 * 1024

PROOF = (
    "This finds damage: lines that were lost, changed, moved or added. It does not prove who wrote them: whoever can "
    "write to the folder can write a new list that is whole. Compare the head with the last line of the sync's log."
)


class Verdict(NamedTuple):
    """What `verify-changes` says, sentence by sentence."""

    is_whole: bool
    sentences: tuple[str, ...]


class Folder(NamedTuple):
    """A folder to check, of this machine or of a store."""

    location: str
    files: Sequence[str]
    read: Callable[[str], Iterator[bytes]]
    """Returns a file in pieces, with the parts behind it."""


def verify_folder(path: Path) -> Verdict:
    """Return whether the list of changes in a folder of this machine is whole; raises `OSError` if it is unreadable."""
    files = []
    if path.is_dir():
        files = [found.name for found in path.iterdir() if found.is_file()]

    def read(file: str) -> Iterator[bytes]:
        return _pieces(path, file)

    return verify(Folder(str(path), files, read))


def verify_run(runs: RunFolders, given: str) -> Verdict:
    """Return whether the list of changes of a run in a store is whole; raises what the store raises."""
    name = run_name(given)

    def read(file: str) -> Iterator[bytes]:
        return runs.read(name, file)

    return verify(Folder(given, runs.files(name), read))


def verify(folder: Folder) -> Verdict:
    """Return whether the list of changes in a folder is whole, and what that proves."""
    if CHANGES not in folder.files:
        return _damaged(
            f"There is no {CHANGES} in {folder.location}. Name the folder of one sync, as the sync's log does. "
            "A dry run, and a sync without keep_changes, leave no list."
        )
    stray = part_behind_a_gap(CHANGES, folder.files)
    if stray:
        return _damaged(f"Not whole: {stray} is there, and the part before it is missing.")
    checked = check(folder.read(CHANGES))
    if checked.fault is not None:
        line, sentence = checked.fault
        return _damaged(f"Not whole. Line {line}: {sentence} The lines before it are as they were written.")
    if not checked.is_ended:
        return _damaged(
            f"No total at the end: the sync is still running, or was killed, or the end of the list is missing. The "
            f"{counted(checked.lines, 'line', 'lines')} before that fit together."
        )
    return _whole(folder, checked)


def _whole(folder: Folder, checked: Checked) -> Verdict:
    known = _head_in_summary(folder)
    if known is not None and known != checked.head.hash:
        return _damaged(f"Not whole: {SUMMARY} holds another head of the chain ({known}) than the list has.")
    counts = f"{counted(checked.head.changes, 'change', 'changes')} in {counted(checked.lines, 'line', 'lines')}"
    beside = f"There is no {SUMMARY} to compare it with."
    if known is not None:
        beside = f"The same as in {SUMMARY}."
    return Verdict(True, (f"Whole: {counts}.", f"Head of the chain: {checked.head.hash}. {beside}", PROOF))


def _damaged(sentence: str) -> Verdict:
    return Verdict(False, (sentence,))


def _pieces(folder: Path, file: str) -> Iterator[bytes]:
    for part in count(1):
        path = folder / part_name(file, part)
        if not path.is_file():
            return
        with path.open("rb") as opened:
            while piece := opened.read(PIECE_BYTES):
                yield piece


def _head_in_summary(folder: Folder) -> str | None:
    """Return the head of the chain that the summary holds; None where it holds none that can be read."""
    if SUMMARY not in folder.files:
        return None
    try:
        summary = orjson.loads(b"".join(folder.read(SUMMARY)))
        return str(summary["changes"]["head"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
