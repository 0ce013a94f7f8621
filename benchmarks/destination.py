"""The destination's budgets, each beside its baseline in the same run: `python -m benchmarks.destination [scale]`."""

import sys
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.rig import AUDIENCE, BIN, Job, Measured, job, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control

CONNECTIONS = 5
DELAY_MS = 400
KINDS = [("T", "text", 10), ("N", "number", 5), ("D", "date", 5)]
FIELDS = [(f"{letter}{n}", kind) for letter, kind, many in KINDS for n in range(many)]
COLUMNS = {"email": {"type": "string"}, **{tag.lower(): {"type": ["null", "string", "number"]} for tag, _ in FIELDS}}
PYTHON = str(BIN / "python")


def people(many: int, *, changed: int = 0) -> Iterator[dict[str, Any]]:
    """People with twenty values each; the first `changed` have another first value."""
    for i in range(many):
        record: dict[str, Any] = {"email": f"person{i}@sandbox-people.org"}
        for tag, kind in FIELDS:
            date = f"20{i % 24:02}-{i % 12 + 1:02}-{i % 28 + 1:02}"
            record[tag.lower()] = {"text": f"value {i} of {tag}", "number": i, "date": date}[kind]
        if i < changed:
            record["t0"] = "changed"
        yield record


def prepare(control: Control, members: int = 0) -> None:
    """An audience with the twenty fields."""
    control.reset()
    merge_fields = [{"tag": tag, "name": tag, "type": kind} for tag, kind in FIELDS]
    control.seed(AUDIENCE, name="People", merge_fields=merge_fields, members=members)


def first_load(folder: Path, many: int) -> None:
    """New people against a fixed delay per call."""
    with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
        files = job(folder, people(many), COLUMNS, {"max_connections": CONNECTIONS})
        prepare(control)
        start = measure([PYTHON, "-m", "benchmarks.bare", *files.arguments()], api).wall
        ours = measure(files.command(), api, files.messages).wall
        prepare(control)
        one_by_one = measure(_rival("sequential", files), api).wall
        few = job(folder / "few", people(20), COLUMNS, {})
        prepare(control)
        official = measure(_rival("official", few), api).wall / 20 * many
    delay = DELAY_MS / 1000
    budget = 1.15 * (ceil(ceil(many / 500) / CONNECTIONS) + 6) * delay + start
    table(
        f"First load of {many:,} people, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "seconds", "ratio to ours"),
        [
            ("destination-mailchimp", f"{ours:.1f}", "1"),
            ("budget", f"{budget:.1f}", f"{budget / ours:.2f}"),
            ("batches of 500, one after the other", f"{one_by_one:.1f}", f"{one_by_one / ours:.1f}"),
            ("official client, one PUT a person (from 20)", f"{official:.0f}", f"{official / ours:.0f}"),
        ],
    )


def cpu(folder: Path, many: int) -> None:
    """CPU a record with twenty mapped fields, new people and unchanged ones, and what a change costs."""
    with sandbox() as (api, control):
        files = job(folder, people(many), COLUMNS, {})
        prepare(control)
        few = job(folder / "few", people(1), COLUMNS, {})
        bare_start = measure([PYTHON, "-m", "benchmarks.bare", *few.arguments()], api, few.messages)
        bare = measure([PYTHON, "-m", "benchmarks.bare", *files.arguments()], api, files.messages)
        our_start = measure(few.command(), api, few.messages)
        prepare(control)
        new = measure(files.command(), api, files.messages)
        control.forget_requests()
        same = measure(files.command(), api, files.messages)
        reads, writes = _calls(control)
    floor = bare.per(many, bare_start.cpu)
    budget = max(40.0, 20 * floor)

    def row(name: str, run: Measured, start: Measured) -> tuple[str, str, str, str]:
        cost = run.per(many, start.cpu)
        return name, f"{cost:.1f}", f"{cost / floor:.1f}", f"{cost / budget:.2f}"

    table(
        f"CPU a record, {many:,} records with twenty fields, no delay",
        ("", "µs", "ratio to bare", "ratio to budget"),
        [
            row("bare CDK destination", bare, bare_start),
            ("budget", f"{budget:.1f}", f"{budget / floor:.1f}", "1"),
            row("new people", new, our_start),
            row("unchanged people", same, our_start),
        ],
    )
    table(
        f"Calls for an unchanged audience of {many:,}",
        ("", "calls"),
        [("reads of members", reads), ("budget", ceil(many / 1000) + 1), ("changes", writes)],
    )


def tags(folder: Path, many: int) -> None:
    """Calls for tag changes with twenty distinct tags."""
    with sandbox() as (api, control):
        control.reset()
        control.seed(AUDIENCE, name="People", members=many)
        found = [{"email": f"person{i + 1}@sandbox-people.org", "tags": [f"list {i % 20}"]} for i in range(many)]
        columns = {"email": {"type": "string"}, "tags": {"type": "array"}}
        files = job(folder, found, columns, {"streams": [{"stream": "people", "tags_field": "tags"}]})
        control.forget_requests()
        measure(files.command(), api, files.messages)
        calls = [one for one in control.requests() if one["method"] == "POST" and "/segments/" in one["path"]]
    table(
        f"Tag calls for {many:,} changes of twenty tags",
        ("", "calls", "changes a call"),
        [("destination-mailchimp", len(calls), f"{many / max(1, len(calls)):.0f}"), ("budget", ceil(many / 400), 400)],
    )


def _rival(way: str, files: Job) -> list[str]:
    return [PYTHON, "-m", "benchmarks.rivals", way, str(files.config), str(files.messages)]


def _calls(control: Control) -> tuple[int, int]:
    log = control.requests()
    reads = sum(one["method"] == "GET" and one["path"].endswith("/members") for one in log)
    return reads, sum(one["method"] != "GET" for one in log)


def main(scale: float = 1.0) -> None:
    """All of them; `scale` 1 takes about two minutes."""
    for measuring, many in ((first_load, 50_000), (cpu, 100_000), (tags, 40_000)):
        with workplace() as folder:
            measuring(folder, int(many * scale))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
