"""A first load of new people against a fixed time per call: `python -m benchmarks.first_load [people]`.

The budget is 1.1 x (rounds of calls + 6) x delay + start. The delay is that of a bare client with as many connections
and ready-made bodies, the start that of a bare CDK connector, both in the same run.
"""

import sys
from math import ceil
from pathlib import Path

from benchmarks.people import COLUMNS, people, prepare
from benchmarks.rig import PYTHON, Job, Limit, job, judge, measure, sandbox, table, workplace

CONNECTIONS = 5
DELAY_MS = 400
ALONE = 20
"""People whom the official client writes, one call each; the rest is multiplied."""


def run(folder: Path, many: int) -> None:
    """Measure ours, the bare client, and what a user would write instead."""
    calls = ceil(many / 500)
    with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
        files = job(folder, people(many), COLUMNS, {"max_connections": CONNECTIONS})
        prepare(control)
        start = measure([PYTHON, "-m", "benchmarks.bare", *files.arguments()], api).wall
        bare = float(measure(_bare_client(files, calls), api).output[-1])
        prepare(control)
        ours = measure(files.command(), api, files.messages).wall
        prepare(control)
        one_by_one = measure(rival("sequential", files), api).wall
        few = job(folder / "few", people(ALONE), COLUMNS, {})
        prepare(control)
        official = measure(rival("official", few), api).wall / ALONE * many
    rounds = ceil(calls / CONNECTIONS)
    delay = bare / rounds
    budget = 1.1 * (rounds + 6) * delay + start
    table(
        f"First load of {many:,} people, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "seconds", "ratio to ours"),
        [
            ("destination-mailchimp", f"{ours:.1f}", "1"),
            (f"bare client: {rounds} rounds of {delay:.2f} s", f"{bare:.1f}", f"{bare / ours:.2f}"),
            ("start of a bare CDK connector", f"{start:.1f}", f"{start / ours:.2f}"),
            ("batches of 500, one after the other", f"{one_by_one:.1f}", f"{one_by_one / ours:.1f}"),
            (f"official client, one PUT a person (from {ALONE})", f"{official:.0f}", f"{official / ours:.0f}"),
        ],
    )
    judge(Limit("first load", "seconds", ours, budget))


def rival(way: str, files: Job) -> list[str]:
    """Return the command of another way to write the same people."""
    return [PYTHON, "-m", "benchmarks.rivals", way, str(files.config), str(files.messages)]


def _bare_client(files: Job, calls: int) -> list[str]:
    numbers = [str(CONNECTIONS), str(calls)]
    return [PYTHON, "-m", "benchmarks.bare_client", "write", *numbers, str(files.config), str(files.messages)]


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
