"""One account's sync: a source and the destination as two processes, and what they said in the end."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.fleet.accounts import MailchimpAccount
from examples.from_cron import States, piped

Message = dict[str, Any]
REPORT_BEGINS = "Report of this sync: "
"""How the destination's log names the page of a sync that has a store."""

WORST_FIRST = ("config_error", "system_error", "transient_error")
"""Which failure decides where both processes name one: another try does not correct a wrong setting."""


@dataclass
class Ended:
    """How a sync ended."""

    failures: list[tuple[str, str]] = field(default_factory=list)
    """Failure type and sentence of every error trace."""

    log: list[str] = field(default_factory=list)

    @property
    def report(self) -> str:
        """Return where the page of this sync is, a path or an s3:// address; "" where the account has no store."""
        found = [line.removeprefix(REPORT_BEGINS) for line in self.log if line.startswith(REPORT_BEGINS)]
        return found[-1] if found else ""

    @property
    def failure(self) -> tuple[str, str] | None:
        """Return the failure that decides what happens next: its type and its sentence."""
        return min(self.failures, key=lambda failure: WORST_FIRST.index(failure[0]), default=None)


def sync(account: MailchimpAccount, say: Callable[[str], None] = print) -> Ended:
    """Run one sync from where the last one ended; its state file follows every checkpoint.

    `say` is called with each line of the log that is not for debugging.
    """
    states = account.folder / "state.json"
    kept = States(states)
    since = ["--state", str(states)] if states.exists() else []
    ended = Ended()
    with _files(account) as files:
        catalog = ["--catalog", str(account.folder / "catalog.json")]
        reading = [*account.source, "read", "--config", str(files / "source.json"), *catalog, *since]
        writing = [_destination(), "write", "--config", str(files / "destination.json"), *catalog]
        codes = piped(reading, writing, lambda message: _hear(message, kept, ended, say))
    for name, code in zip(("source", "destination"), codes, strict=True):
        if code and not ended.failures:
            ended.failures.append(("system_error", f"The {name} ended with exit code {code}."))
    return ended


def _hear(message: Message, kept: States, ended: Ended, say: Callable[[str], None]) -> None:
    if message["type"] == "STATE":
        kept.take(message)
    elif message["type"] == "LOG" and message["log"]["level"] != "DEBUG":
        ended.log.append(message["log"]["message"])
        say(message["log"]["message"])
    elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
        error = message["trace"]["error"]
        ended.failures.append((error.get("failure_type") or "system_error", error["message"]))


@contextmanager
def _files(account: MailchimpAccount) -> Iterator[Path]:
    """Write both configurations with their secrets into a folder that only this user reads and that is gone after."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("source", "destination"):
            path = Path(folder) / f"{name}.json"
            path.write_text(json.dumps(account.configuration(name)), encoding="utf-8")
        yield Path(folder)


def _destination() -> str:
    beside = Path(sys.executable).with_name("destination-mailchimp")
    named = os.environ.get("DESTINATION_MAILCHIMP")
    return named or (str(beside) if beside.exists() else shutil.which("destination-mailchimp") or str(beside))
