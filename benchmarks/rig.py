"""What every benchmark stands on: a sandbox in a process of its own, and commands measured from outside."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import listen

KEY = "0123456789abcdef0123456789abcdef-us6"
AUDIENCE = "a1b2c3d4e5"
BIN = Path(sys.executable).parent
PYTHON = str(BIN / "python")
SUMMARY = "BENCHMARK_SUMMARY"
"""Environment variable: a file to which every judged figure is added, a line of JSON each."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One command, measured from outside; seconds, and MiB of the largest process."""

    wall: float
    cpu: float
    peak_mib: float
    output: list[str]

    def per(self, many: int, start: float = 0.0) -> float:
        """Microseconds of CPU for each of `many`, after `start` seconds."""
        return max(0.0, self.cpu - start) / many * 1e6


@contextmanager
def sandbox(*options: str) -> Iterator[tuple[str, Control]]:
    """A sandbox process; gives the API's root and a client of its control API."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [str(BIN / "mailchimp-sandbox"), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    control = Control(f"http://127.0.0.1:{port}")
    try:
        _await(control)
        yield f"http://127.0.0.1:{port}/3.0", control
    finally:
        process.terminate()
        process.wait()


def _await(control: Control) -> None:
    for _ in range(1200):
        try:
            control.requests()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the sandbox did not start")


def measure(command: Sequence[str], api: str, stdin: Path | None = None) -> Measured:
    """Run a command to its end; it must succeed."""
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": api}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with (stdin or Path(os.devnull)).open("rb") as given:
        done = subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        out, err = done.communicate()
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {out[-2000:].decode()} {err[-2000:].decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, after.ru_maxrss / 1024, out.decode().splitlines())


@dataclass(frozen=True, slots=True)
class Job:
    """Files of one sync: settings, catalog, messages."""

    config: Path
    catalog: Path
    messages: Path

    def command(self) -> list[str]:
        """`destination-mailchimp write` with them."""
        return [str(BIN / "destination-mailchimp"), *self.arguments()]

    def arguments(self) -> list[str]:
        """What any destination is given."""
        return ["write", "--config", str(self.config), "--catalog", str(self.catalog)]


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def job(
    folder: Path, records: Iterable[Mapping[str, Any]], columns: Mapping[str, Any], settings: Mapping[str, Any]
) -> Job:
    """Write the files of a sync of one stream, `people`, with a STATE at its end."""
    config = {
        "credentials": {"auth_type": "apikey", "apikey": KEY},
        "audience": AUDIENCE,
        "new_member_status": "subscribed",
        **settings,
    }
    folder.mkdir(exist_ok=True)
    schema = {"type": "object", "properties": dict(columns)}
    stream = {"name": "people", "json_schema": schema, "supported_sync_modes": ["full_refresh"]}
    catalog = {
        "streams": [
            {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append_dedup", "sync_id": 1}
        ]
    }
    made = Job(folder / "config.json", folder / "catalog.json", folder / "messages.jsonl")
    made.config.write_text(json.dumps(config))
    made.catalog.write_text(json.dumps(catalog))
    with made.messages.open("wb") as out:
        for record in records:
            out.write(
                orjson.dumps({"type": "RECORD", "record": {"stream": "people", "emitted_at": 0, "data": record}})
                + b"\n"
            )
        state = {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "people"}, "stream_state": {"at": 1}},
            "id": 1,
        }
        out.write(orjson.dumps({"type": "STATE", "state": state}) + b"\n")
        out.write(orjson.dumps(_complete()) + b"\n")
    return made


def _complete() -> Mapping[str, Any]:
    status = {"stream_descriptor": {"name": "people"}, "status": "COMPLETE"}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0.0, "stream_status": status}}


@dataclass(frozen=True, slots=True)
class Limit:
    """One budget: what was measured, and the most it may be, in the same unit."""

    name: str
    unit: str
    measured: float
    most: float

    def row(self) -> tuple[str, str, str, str, str]:
        """Return it as a line of a table: name, measured, budget, ratio, verdict."""
        ratio = f"{self.measured / self.most:.2f}" if self.most else ""
        verdict = "ok" if self.measured <= self.most else "OVER"
        return self.name, f"{_figure(self.measured)} {self.unit}", _figure(self.most), ratio, verdict


HEAD = ("budget", "measured", "at most", "ratio", "")


def judge(*limits: Limit) -> None:
    """Print figures beside their budgets, and keep them for the summary of a run of several benchmarks."""
    table("", HEAD, [limit.row() for limit in limits])
    summary = os.environ.get(SUMMARY)
    if summary:
        with Path(summary).open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(limit.row()) + "\n" for limit in limits)


def _figure(number: float) -> str:
    if number == int(number) or number >= 1000:
        return f"{number:,.0f}"
    return f"{number:.1f}"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print figures so that a person can read them."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print(f"\n{title}")
    for line in lines:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
