"""The people of the benchmarks: records with twenty values, the audience that takes them, and the columns they have."""

from collections.abc import Iterator
from typing import Any

from benchmarks.rig import AUDIENCE
from source_destination_mailchimp.sandbox.control.client import Control

KINDS = [("T", "text", 10), ("N", "number", 5), ("D", "date", 5)]
FIELDS = [(f"{letter}{n}", kind) for letter, kind, many in KINDS for n in range(many)]
COLUMNS = {"email": {"type": "string"}, **{tag.lower(): {"type": ["null", "string", "number"]} for tag, _ in FIELDS}}
LONG_NUMBER = 12345678901234567891
"""More digits than a double holds: a line with it takes the reader that keeps every digit."""


def address(number: int) -> str:
    """Return the address of one of them, as the sandbox's own members have theirs."""
    return f"person{number}@sandbox-people.org"


def people(many: int, *, first: int = 0, changed: int = 0, patient: bool = False) -> Iterator[dict[str, Any]]:
    """Yield people with twenty values each; the first `changed` have another first value.

    `patient`: each has a number, mapped nowhere, that only the patient reader of lines can read.
    """
    for number in range(first, first + many):
        record: dict[str, Any] = {"email": address(number)}
        for tag, kind in FIELDS:
            record[tag.lower()] = _value(kind, tag, number)
        if number - first < changed:
            record["t0"] = "changed"
        if patient:
            record["warehouse_key"] = LONG_NUMBER - number
        yield record


def _value(kind: str, tag: str, number: int) -> Any:
    match kind:
        case "text":
            return f"value {number} of {tag}"
        case "number":
            return number
        case _:
            return f"20{number % 24:02}-{number % 12 + 1:02}-{number % 28 + 1:02}"


def prepare(control: Control, members: int = 0) -> None:
    """Make an audience with the twenty fields in an account that is otherwise empty."""
    control.reset()
    merge_fields = [{"tag": tag, "name": tag, "type": kind} for tag, kind in FIELDS]
    control.seed(AUDIENCE, name="People", merge_fields=merge_fields, members=members)
