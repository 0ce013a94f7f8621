"""Every benchmark, one after the other; name some to run only those: `python -m benchmarks destination source`."""

import subprocess
import sys
from pathlib import Path

NOT_A_BENCHMARK = {"__init__", "__main__", "rig", "bare", "rivals"}


def main(wanted: list[str]) -> int:
    """Run them, each in a process of its own; 1 if one failed."""
    there = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_A_BENCHMARK)
    unknown = set(wanted) - set(there)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}. Available: {', '.join(there)}.")
        return 2
    failed = 0
    for name in wanted or there:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
