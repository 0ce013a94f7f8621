"""`verify-changes`: whether the list of changes in a folder is as it was written, and what that proves."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from source_destination_mailchimp.destination.changes.chain import Checked, check
from source_destination_mailchimp.destination.changes.change_log import CHANGES
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.storing.run_folders import part_name

PIECE_BYTES = 1024 * 1024
SUMMARY = "summary.json"

PROOF = (
    "This finds damage: lines that were lost, changed, moved or added. It does not prove who wrote them: whoever can "
    "write to the folder can write a new list that is whole. Compare the head with the last line of the sync's log."
)


class Verdict(NamedTuple):
    """What `verify-changes` says, sentence by sentence."""

    is_whole: bool
    sentences: tuple[str, ...]


def verify_folder(folder: Path) -> Verdict:
    """Return whether the list of changes in a folder of this machine is whole; raises `OSError` if it is unreadable."""
    if not (folder / CHANGES).is_file():
        return _damaged(
            f"There is no {CHANGES} in {folder}. Name the folder of one sync, as the sync's log does. "
            "A dry run, and a sync without keep_changes, leave no list."
        )
    stray = _part_behind_a_gap(folder)
    if stray:
        return _damaged(f"Not whole: {stray} is there, and the part before it is missing.")
    checked = check(_pieces(folder))
    if checked.fault is not None:
        line, sentence = checked.fault
        return _damaged(f"Not whole. Line {line}: {sentence} The lines before it are as they were written.")
    if not checked.is_ended:
        return _damaged(
            f"No total at the end: the sync is still running, or was killed, or the end of the list is missing. The "
            f"{counted(checked.lines, 'line', 'lines')} before that fit together."
        )
    return _whole(folder, checked)


def _whole(folder: Path, checked: Checked) -> Verdict:
    known = _head_in_summary(folder)
    if known is not None and known != checked.head.hash:
        return _damaged(f"Not whole: {SUMMARY} holds another head of the chain ({known}) than the list has.")
    counts = f"{counted(checked.head.changes, 'change', 'changes')} in {counted(checked.lines, 'line', 'lines')}"
    beside = f"The same as in {SUMMARY}." if known is not None else f"There is no {SUMMARY} to compare it with."
    return Verdict(True, (f"Whole: {counts}.", f"Head of the chain: {checked.head.hash}. {beside}", PROOF))


def _damaged(sentence: str) -> Verdict:
    return Verdict(False, (sentence,))


def _pieces(folder: Path) -> Iterator[bytes]:
    part = 1
    while (path := folder / part_name(CHANGES, part)).is_file():
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
        part += 1


def _part_behind_a_gap(folder: Path) -> str:
    """Return the name of a part whose predecessor is missing; "" where there is none."""
    stem = CHANGES.partition(".")[0]
    found = sorted(path.name for path in folder.glob(f"{stem}.*.jsonl"))
    for part, name in enumerate(found, start=2):
        if name != part_name(CHANGES, part):
            return name
    return ""


def _head_in_summary(folder: Path) -> str | None:
    """Return the head of the chain that the summary holds; None where it holds none that can be read."""
    path = folder / SUMMARY
    if not path.is_file():
        return None
    try:
        summary = orjson.loads(path.read_bytes())
        return str(summary["changes"]["head"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
