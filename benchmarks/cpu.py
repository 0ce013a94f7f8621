"""CPU time per record beside a bare CDK destination's: `python -m benchmarks.cpu [records]`.

Twenty mapped fields, no delay. At most 20 times the bare one on ordinary lines, 24 times where every line needs the
reader that keeps every digit. CPU time of the process is compared, not wall time, and the median of several rounds, in
which each takes its turn: other work on the machine disturbs all of them alike.
"""

import sys
from pathlib import Path
from statistics import median

from benchmarks.people import COLUMNS, people, prepare
from benchmarks.rig import PYTHON, Job, Limit, Measured, job, judge, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control

ROUNDS = 3
REPEATED = 5
"""How often the bare destination gets the same lines: with its few µs a record the start would drown it."""

ORDINARY, PATIENT = 20, 24


def run(folder: Path, many: int) -> None:
    """Measure both kinds of lines."""
    with sandbox() as (api, control):
        for patient, limit, name in ((False, ORDINARY, "ordinary lines"), (True, PATIENT, "lines with long numbers")):
            files = job(folder / name.replace(" ", "-"), people(many, patient=patient), COLUMNS, {})
            bare, new, unchanged = _medians(api, control, folder, files, many)
            rows = [("a bare CDK destination", bare), ("new people", new), ("unchanged people", unchanged)]
            table(
                f"CPU a record, {many:,} records with twenty fields, {name}",
                ("", "µs", "ratio to bare"),
                [(label, f"{cost:.1f}", f"{cost / bare:.1f}") for label, cost in rows],
            )
            judge(
                Limit(f"CPU, new people, {name}", "x bare", new / bare, limit),
                Limit(f"CPU, unchanged people, {name}", "x bare", unchanged / bare, limit),
            )


def _medians(api: str, control: Control, folder: Path, files: Job, many: int) -> tuple[float, float, float]:
    """Return µs a record of the bare destination, of new people and of unchanged ones."""
    few = job(folder / "few", people(1), COLUMNS, {})
    often = folder / "often.jsonl"
    with often.open("wb") as out:
        for _ in range(REPEATED):
            out.write(files.messages.read_bytes())
    bare_command = [PYTHON, "-m", "benchmarks.bare", *files.arguments()]
    found: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS):
        bare_start = measure(bare_command, api, few.messages).cpu
        bare = measure(bare_command, api, often).per(many * REPEATED, bare_start)
        prepare(control)
        our_start = measure(few.command(), api, few.messages).cpu
        prepare(control)
        new: Measured = measure(files.command(), api, files.messages)
        unchanged = measure(files.command(), api, files.messages)
        found.append((bare, new.per(many, our_start), unchanged.per(many, our_start)))
    return median(one[0] for one in found), median(one[1] for one in found), median(one[2] for one in found)


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
