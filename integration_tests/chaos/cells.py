"""The fault matrix: every fault × every call that the two connectors make × how often."""

import fnmatch
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from source_destination_mailchimp.sandbox.control.client import Control

PLAYS_ALL = os.environ.get("MAILCHIMP_CHAOS") == "all"
"""Whether every cell is played, and not a sample."""

LIST = "/3.0/lists/{audience}"
MEMBER = f"{LIST}/members/{'?' * 32}"
"""A member's path ends in a hash of 32 digits."""

REPORT = "/3.0/reports/*"
EVERY_CALL = "/3.0/*"

FAULTS = (
    "429",
    "403_bare",
    "403_html",
    "500",
    "502_html",
    "503",
    "504",
    "delay",
    "timeout",
    "reset_before",
    "reset_after",
    "cut_body",
    "garbage",
    "404_html",
    "404_foreign",
    "204_empty",
    "302",
    "400_html",
    "200_empty_object",
    "500_for",
)
"""All of them pass: none tells anything about a contact, an audience or a key."""

OFTEN: Mapping[str, Mapping[str, Any]] = {
    "once": {"times": 1},
    "three times": {"times": 3},
    "one in ten": {"rate": 0.1},
    "for ever": {},
}


class Path(NamedTuple):
    """One call that a connector makes: a method, and a path with `*` and `?` for what an account decides."""

    method: str
    path: str


class Cell(NamedTuple):
    """One fault at one call, so often."""

    call: Path
    fault: str
    often: str

    @property
    def never_answers(self) -> bool:
        """Return whether only a time limit of ours ends a call."""
        return self.fault == "timeout"


DESTINATION_CALLS = (
    Path("*", EVERY_CALL),
    Path("GET", "/3.0/"),
    Path("GET", "/3.0/automations"),
    Path("GET", "/3.0/batches/*"),
    Path("POST", "/3.0/batches"),
    Path("GET", "/3.0/customer-journeys/journeys"),
    Path("GET", "/3.0/lists"),
    Path("POST", LIST),
    Path("GET", f"{LIST}/interest-categories"),
    Path("GET", f"{LIST}/interest-categories/*/interests"),
    Path("GET", f"{LIST}/merge-fields"),
    Path("POST", f"{LIST}/merge-fields"),
    Path("GET", f"{LIST}/members"),
    Path("GET", MEMBER),
    Path("PUT", MEMBER),
    Path("PATCH", MEMBER),
    Path("DELETE", MEMBER),
    Path("POST", f"{MEMBER}/actions/delete-permanent"),
    Path("GET", f"{MEMBER}/tags"),
    Path("POST", f"{MEMBER}/tags"),
    Path("GET", f"{LIST}/segments"),
    Path("POST", f"{LIST}/segments"),
    Path("POST", f"{LIST}/segments/*"),
    Path("GET", f"{LIST}/tag-search"),
)
"""The calls of a broad sync of the destination."""

SOURCE_CALLS = (
    Path("*", EVERY_CALL),
    Path("GET", "/3.0/"),
    Path("GET", "/3.0/audiences/*/contacts"),
    Path("GET", "/3.0/automations"),
    Path("GET", "/3.0/automations/*/emails"),
    Path("GET", "/3.0/campaigns"),
    Path("GET", "/3.0/customer-journeys/journeys"),
    Path("GET", "/3.0/lists"),
    Path("GET", f"{LIST}/abuse-reports"),
    Path("GET", f"{LIST}/activity"),
    Path("GET", f"{LIST}/growth-history"),
    Path("GET", f"{LIST}/interest-categories"),
    Path("GET", f"{LIST}/interest-categories/*/interests"),
    Path("GET", f"{LIST}/locations"),
    Path("GET", f"{LIST}/merge-fields"),
    Path("GET", f"{LIST}/members"),
    Path("GET", f"{MEMBER}/activity-feed"),
    Path("GET", f"{MEMBER}/tags"),
    Path("GET", f"{LIST}/segments"),
    Path("GET", f"{LIST}/segments/*/members"),
    Path("GET", f"{LIST}/tag-search"),
    Path("GET", "/3.0/reports"),
    Path("GET", f"{REPORT}/click-details"),
    Path("GET", f"{REPORT}/click-details/*/members"),
    Path("GET", f"{REPORT}/domain-performance"),
    Path("GET", f"{REPORT}/email-activity"),
    Path("GET", f"{REPORT}/open-details"),
    Path("GET", f"{REPORT}/sent-to"),
    Path("GET", f"{REPORT}/unsubscribed"),
)
"""The calls of a source that reads every stream."""

UNDO_CALLS = (
    Path("*", EVERY_CALL),
    Path("GET", "/3.0/"),
    Path("GET", "/3.0/lists"),
    Path("GET", MEMBER),
    Path("GET", f"{MEMBER}/tags"),
    Path("PATCH", MEMBER),
    Path("POST", f"{MEMBER}/tags"),
    Path("DELETE", MEMBER),
)
"""The calls of `undo`."""


def cells(calls: Sequence[Path]) -> list[Cell]:
    """Return every cell of these calls."""
    return [Cell(call, fault, often) for call in calls for fault in FAULTS for often in OFTEN]


def sample(calls: Sequence[Path], number: int) -> list[Cell]:
    """Return so many cells, in which every call and every fault occurs, and every frequency."""
    often = list(OFTEN)
    found: list[Cell] = []
    for turn in range(number):
        call = calls[turn % len(calls)]
        fault = FAULTS[(turn + turn // len(FAULTS)) % len(FAULTS)]
        found.append(Cell(call, fault, often[(turn + turn // len(often)) % len(often)]))
    return found


def played(calls: Sequence[Path], number: int) -> list[Cell]:
    """Return the cells that this run of the tests plays: a sample of so many, or all."""
    return cells(calls) if PLAYS_ALL else sample(calls, number)


def name_of(cell: Cell) -> str:
    """Return a name for the report of a test."""
    path = cell.call.path.replace("?" * 32, "HASH").replace("*", "ANY")
    return f"{cell.call.method} {path} {cell.fault} {cell.often}".replace("*", "ANY")


_SECONDS = {"delay": 0.01, "timeout": 0.5}
"""A call that hangs ends shortly after it was given up, as Mailchimp's do: until then it holds a connection of ten."""


def strike(control: Control, cell: Cell, *, contact: str = "", **ids: str) -> None:
    """Let the fault of a cell wait for its calls; `contact` is whom `500_for` is for."""
    more: dict[str, Any] = dict(OFTEN[cell.often])
    if cell.fault == "500_for":
        more["email"] = contact
    if cell.fault in _SECONDS:
        more["seconds"] = _SECONDS[cell.fault]
    control.fault(cell.fault, method=cell.call.method, path=_filled(cell.call.path, ids), **more)


def unlisted(calls: Sequence[Path], requests: Iterable[Mapping[str, Any]], **ids: str) -> set[tuple[str, str]]:
    """Return the requests of a log, as method and path, that are none of these calls."""
    made = {(str(row["method"]), str(row["path"])) for row in requests}
    return {one for one in made if not any(_is_made(call, one, ids) for call in calls if call.path != EVERY_CALL)}


def unused(calls: Sequence[Path], requests: Iterable[Mapping[str, Any]], **ids: str) -> set[Path]:
    """Return the calls that no request of a log is."""
    made = {(str(row["method"]), str(row["path"])) for row in requests}
    return {call for call in calls if call.path != EVERY_CALL and not any(_is_made(call, one, ids) for one in made)}


def _is_made(call: Path, request: tuple[str, str], ids: Mapping[str, str]) -> bool:
    method, path = request
    pattern = _filled(call.path, ids)
    is_as_deep = path.count("/") == pattern.count("/")
    return call.method == method and is_as_deep and fnmatch.fnmatchcase(path, pattern)


def _filled(path: str, ids: Mapping[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path
