"""What is measured of the tests, and held against the floors."""

from typing import Any

import pytest

from tools.floors import ROOT, Floors, floors, package, rooms


def report(**files: tuple[int, int]) -> dict[str, Any]:
    """Return a report of coverage.py: module → (branches, how many of them were taken)."""
    summaries = {}
    for name, (branches, taken) in files.items():
        summary = {"num_branches": branches, "covered_branches": taken}
        summaries[name.replace("__", "/") + ".py"] = {"summary": summary}
    return {"files": summaries, "totals": {"percent_covered": 91.5}}


def wanted(*names: str) -> Floors:
    """Return floors of 90 percent for some rooms."""
    return Floors(names, 90, 92)


def test_a_room_is_judged_as_one() -> None:
    """The branches of a folder's modules count together, those of its neighbours do not."""
    found = list(rooms(report(rules__a=(10, 10), rules__b=(10, 8), loop=(10, 0)), wanted("rules/")))
    assert [(room.name, room.percent, room.is_enough) for room in found] == [("rules/", 90.0, True)]


def test_a_room_below_its_floor_is_seen() -> None:
    """One branch too few is not enough."""
    found = list(rooms(report(rules__a=(10, 10), loop=(10, 8)), wanted("rules/", "loop.py")))
    assert [room.is_enough for room in found] == [True, False]


def test_a_room_that_is_gone_is_refused() -> None:
    """A room that was moved away does not pass for being empty."""
    with pytest.raises(LookupError, match="rules/"):
        list(rooms(report(loop=(10, 10)), wanted("rules/")))


def test_the_package_is_judged_by_its_total() -> None:
    """Lines and branches of everything count together."""
    (found,) = package(report(loop=(10, 10)), wanted())
    assert (found.percent, found.is_enough) == (91.5, False)


def test_the_floors_name_what_is_there() -> None:
    """Each room of pyproject.toml is a folder or a module of the package."""
    assert floors().rooms
    assert [room for room in floors().rooms if not (ROOT / room).exists()] == []
