"""Files in a folder of this machine, which nobody but their owner may read."""

import errno
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from source_destination_mailchimp.mailchimp.errors import Misconfigured

CONTAINER_SIGN = "AIRBYTE_ENTRYPOINT"
"""Airbyte starts a connector image by this variable, so every image has it and no shell of a person does."""

MOUNT = Path("/local")
"""The one folder that Airbyte mounts into a container from its host."""

PART_BYTES = 256 * 1024 * 1024

ONLY_OWNER = 0o600
ONLY_OWNER_FOLDER = 0o700
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


def folder(path: str, environ: Mapping[str, str], mount: Path = MOUNT) -> Path:
    """Return the folder of `object_storage_config.path`; raises `Misconfigured` if files there would be lost."""
    chosen = Path(path).expanduser().resolve()
    if CONTAINER_SIGN not in environ:
        return chosen
    if not chosen.is_relative_to(mount.resolve()):
        raise Misconfigured(
            f"object_storage_config.path must begin with {mount}/ in a container, the folder that Airbyte shares with "
            f"its host: files in {path} would be gone with the container. "
            f"({CONTAINER_SIGN} is set, so this is a container.)"
        )
    if not mount.is_dir():
        raise Misconfigured(
            f"object_storage_config.path: this container has no folder {mount}, so files would be gone with it. "
            "Airbyte mounts it on Docker only; on Kubernetes and in the cloud choose the storage type S3."
        )
    return chosen


class LocalStorage:
    """Appends to files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sizes: dict[str, int] = {}
        self._unsynced: set[Path] = set()

    def append(self, key: str, data: bytes) -> None:
        """Add to the end of a file; durable after the next `flush`."""
        path = self._root / key
        with naming_the_setting(path):
            self._unsynced.update(make_folder(path.parent))
            descriptor = os.open(path, _APPEND, ONLY_OWNER)
            with os.fdopen(descriptor, "ab") as file:
                os.fchmod(descriptor, ONLY_OWNER)
                file.write(data)
        if key not in self._sizes:
            self._unsynced.add(path.parent)
        self._sizes[key] = self._sizes.get(key, 0) + len(data)
        self._unsynced.add(path)

    def has_room(self, key: str) -> bool:
        """Return whether the file is smaller than a part may be."""
        return self._sizes.get(key, 0) < PART_BYTES

    def finish(self, key: str) -> None:
        """Forget the size of a file that is complete."""
        self._sizes.pop(key, None)

    def flush(self) -> None:
        """Return when the disk has everything, also the names of new files and folders."""
        for path in sorted(self._unsynced, reverse=True):  # files before the folders that hold them
            with naming_the_setting(path):
                sync_to_disk(path)
        self._unsynced.clear()

    def check(self) -> None:
        """Write a file and take it away; its name is not that of a check that runs at the same time."""
        path = self._root / f".airbyte_check_{secrets.token_hex(6)}"
        with naming_the_setting(path):
            make_folder(self._root)
            os.close(os.open(path, _APPEND, ONLY_OWNER))
            path.unlink()

    def close(self) -> None:
        """Do nothing: no file is held open."""


def make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it, for their owner only; return the folders that have a new name in them."""
    if path.exists():
        # Asked in this order, as another run may make the folder between the two questions.
        if path.is_dir():
            return []
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    changed = make_folder(path.parent)
    path.mkdir(ONLY_OWNER_FOLDER, exist_ok=True)
    return [*changed, path.parent]


def sync_to_disk(path: Path) -> None:
    """Return when the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def naming_the_setting(path: Path, what_for: Literal["write", "read"] = "write") -> Iterator[None]:
    """Raise `Misconfigured` with the setting, the path and the reason where the system refuses a file or a folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Misconfigured(f"object_storage_config.path: cannot {what_for} {path}: {reason}.") from error
