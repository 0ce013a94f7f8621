"""A Postgres server of its own for a test, from the programs of Debian's package or those in the PATH."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
SETTINGS = ("listen_addresses=127.0.0.1", "fsync=off", "timezone=America/New_York")
"""A time zone far from UTC, so that a time that is read in the session's zone is a wrong one."""


def server_programs() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`: Debian keeps them out of the PATH; None where there are none."""
    found = sorted(DEBIAN.glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server, which lets everybody of this machine in as `postgres`."""

    port: int
    programs: Path

    def run(self, sql: str, database: str = "postgres") -> str:
        """Run statements and return what they print: rows without headings."""
        arguments = [
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "postgres",
            "-d",
            database,
            "-qAtX",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        command = [str(self.programs / "psql"), *arguments, "-f", "-"]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server in a folder of its own and stop it at the end.

    Postgres refuses to run as root, so root runs it as the user `postgres` that Debian's package makes.
    """
    programs = server_programs()
    assert programs
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        data = Path(folder) / "data"
        as_user = _as_user(folder)
        _call(*as_user, str(programs / "initdb"), "-A", "trust", "-U", "postgres", "-D", str(data))
        control = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
        options = " ".join(
            f"-c {setting}" for setting in (*SETTINGS, f"port={port}", f"unix_socket_directories={folder}")
        )
        _call(*control, "-l", str(Path(folder) / "log"), "-o", options, "start")
        try:
            yield Postgres(port, programs)
        finally:
            _call(*control, "-m", "immediate", "stop")


def _as_user(folder: str) -> list[str]:
    """Return what a command begins with so that it does not run as root, and hand the folder over."""
    if os.getuid():
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _call(*command: str) -> None:
    """Run a command whose output nobody needs unless it fails."""
    with tempfile.TemporaryFile("w+") as said:
        # No pipe: the server would hold its end open for as long as it runs.
        done = subprocess.run(command, cwd="/", stdout=said, stderr=said, check=False)
        said.seek(0)
        assert done.returncode == 0, said.read()


def _free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
