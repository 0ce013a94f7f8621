"""The real command: a process with lines on its standard input, and what it prints."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from integration_tests.destination.syncing import Account, Json, Message, Stream, config
from source_destination_mailchimp.airbyte.lossless_json import read_json
from source_destination_mailchimp.mailchimp.auth import BASE_URL_VARIABLE

COMMAND = Path(sys.executable).with_name("destination-mailchimp")
NAMES = Stream(columns=("email", "FNAME", "LNAME"))


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that came to its end."""

    code: int
    out: bytes
    err: bytes

    @property
    def messages(self) -> list[Message]:
        """Every line of standard output."""
        return [read_json(line.decode()) for line in self.out.splitlines()]

    @property
    def states(self) -> list[Message]:
        """The STATEs that came out."""
        return [one["state"] for one in self.messages if one["type"] == "STATE"]

    @property
    def cursors(self) -> list[Any]:
        """What the STATEs hold."""
        return [state["stream"]["stream_state"]["cursor"] for state in self.states]

    @property
    def log(self) -> str:
        """Every line of the log."""
        return "\n".join(one["log"]["message"] for one in self.messages if one["type"] == "LOG")

    @property
    def error(self) -> Json:
        """What the platform is told; empty where the process ended well."""
        for one in self.messages:
            if one["type"] == "TRACE" and one["trace"]["type"] == "ERROR":
                return dict(one["trace"]["error"])
        return {}

    @property
    def counts(self) -> dict[str, int]:
        """The counts for the platform, by name."""
        traces = [one["trace"] for one in self.messages if one["type"] == "TRACE"]
        found = [trace["analytics"] for trace in traces if trace["type"] == "ANALYTICS"]
        return {one["type"].removeprefix("destination-mailchimp-"): int(one["value"]) for one in found}


def command(account: Account, folder: Path, catalog: Sequence[Stream] = (NAMES,), **keys: Any) -> list[str]:
    """Write the files of a sync and return the command that runs it."""
    folder.mkdir(exist_ok=True)
    configured = {"streams": [stream.configured(keys.get("streams", ())) for stream in catalog]}
    (folder / "config.json").write_bytes(orjson.dumps(config(account, **keys)))
    (folder / "catalog.json").write_bytes(orjson.dumps(configured))
    files = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
    return [str(COMMAND), "write", *files]


def environment(account: Account) -> dict[str, str]:
    """The variables of a process that talks to the sandbox."""
    return {**os.environ, BASE_URL_VARIABLE: account.api_url}


def write(
    account: Account, folder: Path, lines: bytes | Sequence[bytes], catalog: Sequence[Stream] = (NAMES,), **keys: Any
) -> Ended:
    """Run the command to its end; lines are ended as they should be, bytes are left as they are."""
    given = lines if isinstance(lines, bytes) else b"".join(line + b"\n" for line in lines)
    done = subprocess.run(
        command(account, folder, catalog, **keys),
        input=given,
        capture_output=True,
        check=False,
        env=environment(account),
        timeout=60,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def kept(folder: Path) -> Json:
    """A store of this folder, as the form wants it."""
    return {"storage_type": "Local", "path": str(folder), "format": {"format_type": "JSONL"}}
