"""Airbyte's source-faker, in an environment of its own: it pins another CDK than ours."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo.terminal import Progress, say

PACKAGE = "airbyte-source-faker==7.2.1"
STREAM = "users"
# One worker, so that the same seed makes the same people.
HOME = Path(__file__).resolve().parents[1] / ".demo" / "faker"
CONFIG = {"seed": 7, "records_per_slice": 1000, "parallelism": 1, "always_updated": False}

Message = dict[str, Any]


def installed(folder: Path = HOME) -> Path:
    """The program `source-faker`, installed once."""
    program, ready = folder / "bin" / "source-faker", folder / ".ready"
    if not ready.exists():
        say(f"installing {PACKAGE} beside the demo (about half a minute, once)")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
            "--no-input",
        ]
        subprocess.run([*pip, PACKAGE], check=True)
        ready.touch()
    return program


def catalog(program: Path, folder: Path) -> Message:
    """The stream of people as an Airbyte connection would have it."""
    for message in _said(program, "discover", folder, count=1):
        if message["type"] == "CATALOG":
            (stream,) = (one for one in message["catalog"]["streams"] if one["name"] == STREAM)
            configured = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
            return {"streams": [{**configured, "cursor_field": ["updated_at"], "primary_key": [["id"]]}]}
    raise RuntimeError("source-faker did not say which streams it has")


def people(program: Path, folder: Path, count: int) -> list[Message]:
    """Everything that source-faker says for so many people: records, states, traces."""
    path = folder / "faker-catalog.json"
    path.write_text(json.dumps(catalog(program, folder)), encoding="utf-8")
    progress, made, said = Progress("contacts generated", count), 0, []
    for message in _said(program, "read", folder, count, "--catalog", str(path)):
        if message["type"] == "LOG":
            continue
        said.append(message)
        made += message["type"] == "RECORD"
        progress.at(made)
    progress.end()
    return said


def _said(program: Path, verb: str, folder: Path, count: int, *options: str) -> Iterator[Message]:
    path = folder / "faker-config.json"
    path.write_text(json.dumps({**CONFIG, "count": count}), encoding="utf-8")
    command = [str(program), verb, "--config", str(path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"source-faker {verb} failed")


if __name__ == "__main__":
    installed()
