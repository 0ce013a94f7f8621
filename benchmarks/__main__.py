"""The budgets, one benchmark after the other, and a summary at the end.

`python -m benchmarks` runs those of `CORE`; `python -m benchmarks all` also those of `MORE`, which take longer or show
what has no budget; `python -m benchmarks cpu tags` only these. Each is also a command of its own, with its size as an
argument: `python -m benchmarks.memory 100000`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rig import HEAD, SUMMARY, table

CORE: dict[str, tuple[str, ...]] = {
    "first_load": (),
    "cpu": (),
    "unchanged": (),
    "tags": (),
    "giving_up": (),
    "memory": ("200000",),
    "source": (),
    "nothing_new": (),
    "stories": (),
    "sandbox": (),
}
"""Benchmark → its arguments. Together they take about ten minutes on two idle cores."""

MORE: dict[str, tuple[str, ...]] = {
    "memory": ("1000000",),
    "changes": (),
    "day": (),
    "many_streams": (),
    "two_way": (),
    "source_rivals": (),
    "mapping": (),
    "converters": (),
}


def main(wanted: list[str]) -> int:
    """Run them, each in a process of its own; 1 if one failed. A figure over its budget is no failure, and is said."""
    chosen = dict(CORE)
    if wanted == ["all"]:
        chosen |= MORE
    elif wanted:
        known = MORE | CORE
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            print(f"There is no benchmark {', '.join(unknown)}. Available: {', '.join(known)}, all.")
            return 2
        chosen = {name: known[name] for name in wanted}
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder, "summary.jsonl")
        summary.touch()
        for name, arguments in chosen.items():
            if not _ran(name, arguments, summary):
                failed.append(name)
        judged = [json.loads(line) for line in summary.read_text(encoding="utf-8").splitlines()]
    table("All budgets", HEAD, judged)
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return int(bool(failed))


def _ran(name: str, arguments: tuple[str, ...], summary: Path) -> bool:
    """Run one benchmark; return whether it came to its end."""
    print(f"\n== {name} {' '.join(arguments)}".rstrip(), flush=True)
    began = time.monotonic()
    environment = {**os.environ, SUMMARY: str(summary)}
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], env=environment, check=False)
    print(f"({time.monotonic() - began:.0f} s)", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
