"""The folder that each run leaves in the store: what it is called, and what can be done with it.

One interface for `Local` and `S3`. Nothing here, and nothing else in the connector, deletes a folder.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Protocol

RUNS = "runs"
"""The folder of the store that holds the folders of all runs."""

_RUN_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-[0-9a-f]{12}")


class RunFile(Protocol):
    """A file of a run that is being written. Used by one thread at a time."""

    def append(self, data: bytes) -> None:
        """Add to the end of the file; durable after the next `flush`."""
        ...

    def flush(self) -> None:
        """Return when everything that was added is durable."""
        ...

    def close(self) -> None:
        """Flush, and end the file."""
        ...


class RunFolder(Protocol):
    """The folder of the run that is going on."""

    name: str
    """Such as `2026-01-02T03-04-05.678Z-9f3c1a7e5b20`; later runs sort behind earlier ones."""

    location: str
    """Where a person finds it: an absolute path, or an address like `s3://bucket/path/runs/…`."""

    def open(self, file: str) -> RunFile:
        """Return a new file that grows; raises `FileExistsError` where this run has one of that name."""
        ...

    def write(self, file: str, pieces: Iterable[bytes]) -> None:
        """Write a file as a whole, in place of one that is there; durable on return.

        Readers see the old file or the new one, never a half. If it cannot be written, the old one stays.
        """
        ...

    def locate(self, file: str) -> str:
        """Return where a person finds a file of the run."""
        ...


class RunFolders(Protocol):
    """The folders of all runs that wrote to one store.

    All methods raise `Misconfigured`, with the setting, the folder or bucket and the reason, where the store refuses;
    of a bucket that does not answer, `Unavailable`.
    """

    def create(self, started: datetime) -> RunFolder:
        """Make the folder of a run that started then; no other run has it, also not one that starts right now."""
        ...

    def names(self) -> list[str]:
        """Return the names of all runs, the oldest first; none where there has been no run."""
        ...

    def files(self, run: str) -> list[str]:
        """Return the names of the files of a run; none where there is no such run."""
        ...

    def read(self, run: str, file: str) -> Iterator[bytes]:
        """Return a file of a run in pieces, with the parts behind it.

        Raises `FileNotFoundError` at once where there is no such run or file.
        """
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


def new_run_name(started: datetime) -> str:
    """Return a name for the folder of a run that started then, in UTC.

    Its end is random, so that two runs that start in the same millisecond never meet, and nobody can guess a name.
    """
    time = started.strftime("%Y-%m-%dT%H-%M-%S")
    milliseconds = started.microsecond // 1000
    return f"{time}.{milliseconds:03}Z-{secrets.token_hex(6)}"


def run_name(given: str) -> str:
    """Return the name of a run from its folder's path, its address or its name."""
    return given.rstrip("/").rpartition("/")[2]


def started_of(name: str) -> datetime:
    """Return when the run of a folder started, from its name."""
    return datetime.strptime(name.partition("Z-")[0], "%Y-%m-%dT%H-%M-%S.%f").replace(tzinfo=UTC)


def is_run_name(name: str) -> bool:
    """Return whether a name is one that `new_run_name` could have given; anything else below `runs` is not ours."""
    return _RUN_NAME.fullmatch(name) is not None


def part_name(file: str, part: int) -> str:
    """Return what a part of a file is called, where files cannot grow: changes.jsonl, changes.00002.jsonl, …"""
    if part == 1:
        return file
    path = PurePosixPath(file)
    return f"{path.stem}.{part:05}{path.suffix}"


def part_behind_a_gap(file: str, names: Iterable[str]) -> str:
    """Return the name of a part of a file whose predecessor is not among `names`; "" where there is none."""
    path = PurePosixPath(file)
    pattern = re.compile(rf"{re.escape(path.stem)}\.\d{{5,}}{re.escape(path.suffix)}")
    parts = sorted(name for name in names if pattern.fullmatch(name))
    for part, name in enumerate(parts, start=2):
        if name != part_name(file, part):
            return name
    return ""
