"""One sync: messages into `destination-mailchimp write`, states and words out of it."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.terminal import Progress

Message = dict[str, Any]
IS_PROGRESS = re.compile(r"[\d,]+ records? processed")
PROGRAM = Path(sys.executable).with_name("destination-mailchimp")


@dataclass
class Run:
    """What a sync said."""

    states: list[Message] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)
    """What its log says before the first checkpoint: of the settings, and of what goes where."""

    words: list[str] = field(default_factory=list)
    """What its log says from then on."""

    returncode: int = 0


class Failed(Exception):
    """The destination ended with an error; its words say why."""


def sync(config: Path, catalog: Path, messages: Iterable[Message], count: int, api_url: str) -> Run:
    """Run one sync to its end, with a bar that moves as records are settled."""
    run, progress = Run(), Progress("records processed", count)
    command = [str(PROGRAM), "write", "--config", str(config), "--catalog", str(catalog)]
    # With an ID of a job, as the platform sets it, the connector says nothing on standard error that its log says too.
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": api_url, "WORKER_JOB_ID": "demo"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        listener = threading.Thread(target=_listen, args=(process, run, progress))
        listener.start()
        _feed(process, messages)
        listener.join()
    progress.end()
    if process.returncode:
        raise Failed("\n".join([*run.opening, *run.words][-20:]))
    return run


def _feed(process: subprocess.Popen[str], messages: Iterable[Message]) -> None:
    assert process.stdin is not None
    # A destination that stops early does not read on; its words, not the broken pipe, say why.
    with suppress(BrokenPipeError):
        for message in messages:
            process.stdin.write(json.dumps(message) + "\n")
    with suppress(BrokenPipeError):
        process.stdin.close()


def _listen(process: subprocess.Popen[str], run: Run, progress: Progress) -> None:
    assert process.stdout is not None
    settled = 0
    for line in process.stdout:
        message = json.loads(line)
        if message["type"] == "STATE":
            run.states.append(message)
            stats = message["state"].get("destinationStats") or {}
            settled += int(stats.get("recordCount", 0) + stats.get("rejectedRecordCount", 0))
            progress.at(settled)
        elif message["type"] == "LOG":
            said = run.words if run.states else run.opening
            text = message["log"]["message"]
            # The bar shows it already; how often the log does depends on the machine.
            if not IS_PROGRESS.match(text):
                said.extend(text.splitlines())
        elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
            run.words.append(message["trace"]["error"]["message"])
