"""A source and the destination as two processes, with a state file between runs: all that a scheduler needs.

    python examples/from_cron.py FOLDER -- source-postgres

FOLDER holds source.json and destination.json (the configurations) and catalog.json (the configured catalog); the folder
cron beside this file is one for source-faker. After a run it holds state.json, from which the next run goes on. A line
for crontab:

    15 * * * *  cd /srv/mailchimp && python from_cron.py people -- source-postgres >> people.log 2>&1

A run that fails leaves the last checkpoint that Mailchimp has everything of; the next run sends the rest.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]
DESTINATION = Path(sys.executable).with_name("destination-mailchimp")


class States:
    """The newest state of every stream, kept in a file that is never half written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest: dict[str, Message] = {}
        for state in json.loads(path.read_text(encoding="utf-8")) if path.exists() else []:
            self._newest[self._key(state)] = state

    def take(self, message: Message) -> None:
        """Keep a state that came out of the destination: everything before it is in Mailchimp."""
        state = {
            key: value for key, value in message["state"].items() if key not in ("sourceStats", "destinationStats")
        }
        self._newest[self._key(state)] = state
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(list(self._newest.values())), encoding="utf-8")
        beside.replace(self._path)

    @staticmethod
    def _key(state: Message) -> str:
        return json.dumps(state.get("stream", {}).get("stream_descriptor"), sort_keys=True)


def run(folder: Path, source: str) -> int:
    """One run; the exit code of whichever of the two failed."""
    states = folder / "state.json"
    kept, since = States(states), ["--state", str(states)] if states.exists() else []
    catalog = ["--catalog", str(folder / "catalog.json")]
    reading = [source, "read", "--config", str(folder / "source.json"), *catalog, *since]
    writing = [str(DESTINATION), "write", "--config", str(folder / "destination.json"), *catalog]
    read, wrote = piped(reading, writing, lambda message: _hear(message, kept))
    return wrote or read


def piped(reading: list[str], writing: list[str], hear: Callable[[Message], None]) -> tuple[int, int]:
    """Run a source into a destination and hand on every message of the destination; return both exit codes."""
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE) as reader,
        subprocess.Popen(writing, stdin=reader.stdout, stdout=subprocess.PIPE) as writer,
    ):
        assert reader.stdout is not None
        assert writer.stdout is not None
        reader.stdout.close()  # so that the source notices if the destination ends first
        for line in writer.stdout:
            hear(json.loads(line))
    return reader.returncode, writer.returncode


def _hear(message: Message, kept: States) -> None:
    if message["type"] == "STATE":
        kept.take(message)
    elif message["type"] == "LOG":
        print(message["log"]["level"], message["log"]["message"], flush=True)
    elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
        print("STOPPED", message["trace"]["error"]["message"], flush=True)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[sys.argv.index("--") + 1]))
