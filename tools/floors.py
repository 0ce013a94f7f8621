"""Hold measured coverage against the floors in pyproject.toml (`tool.floors`).

python -m tools.floors rooms REPORT     what the unit tests alone take of each room that decides
python -m tools.floors package REPORT   what all tests together take of the package

REPORT is the JSON that coverage.py writes, with branches.
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]

Report = Mapping[str, Any]


class Floors(NamedTuple):
    """What must be covered, in percent; a room is a folder (with a / at its end) or one module."""

    rooms: tuple[str, ...]
    branches_of_a_room: float
    package: float


class Measured(NamedTuple):
    """One thing that was measured, and what it has to reach, both in percent."""

    name: str
    percent: float
    floor: float

    @property
    def is_enough(self) -> bool:
        """Return whether the floor is reached."""
        return self.percent >= self.floor


def floors() -> Floors:
    """Return the floors that pyproject.toml sets."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["floors"]
    return Floors(tuple(table["rooms"]), table["branches-of-a-room"], table["package"])


def rooms(report: Report, wanted: Floors) -> Iterator[Measured]:
    """Yield for each room the share of its branches that was taken; raise LookupError where it has none."""
    for room in wanted.rooms:
        inside = [file["summary"] for path, file in report["files"].items() if _is_in(path, room)]
        branches = sum(summary["num_branches"] for summary in inside)
        if not branches:
            raise LookupError(f"{room} in pyproject.toml names no module with a branch")
        taken = sum(summary["covered_branches"] for summary in inside)
        yield Measured(room, 100 * taken / branches, wanted.branches_of_a_room)


def package(report: Report, wanted: Floors) -> Iterator[Measured]:
    """Yield the share of all lines and branches that was taken."""
    yield Measured("the whole package", report["totals"]["percent_covered"], wanted.package)


def _is_in(path: str, room: str) -> bool:
    if room.endswith("/"):
        return path.startswith(room)
    return path == room


def main(arguments: Sequence[str]) -> int:
    """Print what was measured; return 1 where a floor is not reached."""
    what, path = arguments
    measure = {"rooms": rooms, "package": package}[what]
    found = list(measure(json.loads(Path(path).read_text(encoding="utf-8")), floors()))
    for measured in found:
        mark = "  " if measured.is_enough else "✗ "
        print(f"{mark}{measured.percent:5.1f} % of {measured.floor:g}  {measured.name}")
    return 0 if all(measured.is_enough for measured in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
