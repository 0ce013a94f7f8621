"""Folders of runs below a folder of this machine, which nobody but their owner may read."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

from source_destination_mailchimp.destination.storing.local import (
    ONLY_OWNER,
    ONLY_OWNER_FOLDER,
    make_folder,
    naming_the_setting,
    sync_to_disk,
)
from source_destination_mailchimp.destination.storing.run_folders import RUNS, is_run_name, new_run_name, part_name

PIECE_BYTES = 1024 * 1024
"""So much of a file is read at once."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


class LocalRuns:
    """The runs below one folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root / RUNS

    def create(self, started: datetime) -> "LocalRun":
        """Make the folder of a run; the system sees to it that no other run has made it."""
        with naming_the_setting(self._folder):
            for changed in make_folder(self._folder):
                sync_to_disk(changed)
        while True:
            path = self._folder / new_run_name(started)
            with naming_the_setting(path):
                try:
                    path.mkdir(ONLY_OWNER_FOLDER)
                except FileExistsError:
                    continue
                sync_to_disk(self._folder)
                return LocalRun(path)

    def names(self) -> list[str]:
        """Return the names of all runs, the oldest first."""
        with naming_the_setting(self._folder, "read"):
            if not self._folder.is_dir():
                return []
            return sorted(path.name for path in self._folder.iterdir() if is_run_name(path.name))

    def files(self, run: str) -> list[str]:
        """Return the names of the files of a run."""
        path = self._folder / run
        if not is_run_name(run) or not path.is_dir():
            return []
        with naming_the_setting(path, "read"):
            return sorted(found.name for found in path.iterdir() if found.is_file())

    def read(self, run: str, file: str) -> Iterator[bytes]:
        """Return a file of a run in pieces; it may lie there in parts, copied from a bucket."""
        path = self._folder / run
        if not is_run_name(run) or not (path / file).is_file():
            raise FileNotFoundError(f"There is no {path / file}.")
        return _parts(path, file)

    def close(self) -> None:
        """Do nothing: no file is held open."""


class LocalRun:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name
        self.location = str(path)

    def open(self, file: str) -> "LocalRunFile":
        """Return a new file that grows."""
        return LocalRunFile(self._path / file)

    def write(self, file: str, pieces: Iterable[bytes]) -> None:
        """Write a file beside the one that is there, and put it in its place when the disk has it."""
        path = self._path / file
        unfinished = self._path / f".{file}.unfinished"
        with naming_the_setting(path):
            unfinished.unlink(missing_ok=True)
            try:
                _write_new(unfinished, pieces)
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            sync_to_disk(self._path)

    def locate(self, file: str) -> str:
        """Return the path of a file."""
        return str(self._path / file)


class LocalRunFile:
    """A file that is held open until it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists():
            raise FileExistsError(f"{path} already exists.")
        with naming_the_setting(path):
            self._file = os.fdopen(os.open(path, _NEW, ONLY_OWNER), "wb")
            sync_to_disk(path.parent)

    def append(self, data: bytes) -> None:
        """Add to the end of the file."""
        with naming_the_setting(self._path):
            self._file.write(data)

    def flush(self) -> None:
        """Return when the disk has everything."""
        with naming_the_setting(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Flush, and close the file whether that succeeds or not."""
        if self._file.closed:
            return
        try:
            self.flush()
        finally:
            with naming_the_setting(self._path):
                self._file.close()


def _write_new(path: Path, pieces: Iterable[bytes]) -> None:
    with os.fdopen(os.open(path, _NEW, ONLY_OWNER), "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def _parts(folder: Path, file: str) -> Iterator[bytes]:
    for part in count(1):
        path = folder / part_name(file, part)
        if not path.is_file():
            return
        yield from _pieces(path)


def _pieces(path: Path) -> Iterator[bytes]:
    with naming_the_setting(path, "read"):
        file = path.open("rb")
    with file:
        while True:
            with naming_the_setting(path, "read"):
                piece = file.read(PIECE_BYTES)
            if not piece:
                return
            yield piece
