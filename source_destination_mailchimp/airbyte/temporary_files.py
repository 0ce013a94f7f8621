"""A folder for temporary files, also in a container whose root file system is read-only."""

import os
import tempfile
from pathlib import Path

from source_destination_mailchimp.mailchimp.errors import Misconfigured

FURTHER_FOLDERS = (Path("/dev/shm"), Path("/local"))
"""Tried after the usual ones: shared memory, which container engines mount writable, and the platform's mount."""


def choose_temporary_folder() -> None:
    """Name a folder of `FURTHER_FOLDERS` for temporary files where none of the usual ones can be written.

    Python looks at TMPDIR, /tmp, /var/tmp, /usr/tmp and the working directory; SQLite at SQLITE_TMPDIR first.
    """
    if has_temporary_folder():
        return
    for folder in FURTHER_FOLDERS:
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            tempfile.tempdir = str(folder)
            os.environ["SQLITE_TMPDIR"] = str(folder)
            return


def has_temporary_folder() -> bool:
    """Return whether a temporary file can be made anywhere."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True


def require_temporary_folder() -> None:
    """Raise Misconfigured where no temporary file can be made."""
    if not has_temporary_folder():
        raise Misconfigured(
            "No writable folder for temporary files. Mount one at /tmp, or name one in the "
            "environment variable TMPDIR.",
        )
