"""A record that did not get through, as a row with its reason; and a row as text that no spreadsheet executes."""

import csv
import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import orjson

from source_destination_mailchimp.destination.model import Operation, Settled
from source_destination_mailchimp.destination.reasons import EXPLANATIONS

Row = dict[str, Any]

VERDICT = ("outcome", "rejected_reason", "rejected_field", "rejected_message")
"""Columns that we add. Airbyte's own destinations use the names of the last three."""

WHOLE_RECORD = "_airbyte_data"
"""Airbyte's name for the column that holds a record that was not flattened."""

# What makes a spreadsheet take a cell for a formula, in both widths that East Asian keyboards write.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?")


def flat_row(record: Mapping[str, Any], settled: Settled) -> Row:
    """A row with a column per column of the record; one that is named like ours gives way to it."""
    row = {name if name not in VERDICT else _free_name(name, record): value for name, value in record.items()}
    row.update(_verdict(settled))
    return row


def whole_row(record: Mapping[str, Any], settled: Settled) -> Row:
    """A row that has the record in one column."""
    return {WHOLE_RECORD: dict(record), **_verdict(settled)}


def planned_row(operation: Operation) -> Row:
    """What a dry run would have written for one member."""
    contact, known, outcome = operation.contact, operation.known, operation.settled
    return {
        "email_address": contact.email,
        "outcome": outcome.outcome.value,
        "reason": outcome.note.reason.value if outcome.note else None,
        "status_now": known.status.value if known else None,
        "status_to_be": operation.status.value if operation.status else None,
        "call": operation.route.value,
        "changes": operation.changes,
        "tags_on": list(operation.tags_on),
        "tags_off": list(operation.tags_off),
        "beside": [note.reason.value for note in outcome.beside],
    }


def json_line(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON."""
    return _json(row) + b"\n"


def csv_line(cells: list[str]) -> str:
    """Cells as one line of CSV.

    The module `csv` quotes a line break in a cell only if it is part of its own, so ours has both."""
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def cell(value: Any) -> str:
    """A value as the text of a cell: numbers as numbers, what a spreadsheet would execute as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return _json(value).decode()


def text_cell(text: str) -> str:
    """A text whose first sign cannot start a formula; a number keeps its sign."""
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _verdict(settled: Settled) -> dict[str, str]:
    outcome, note, _ = settled
    if note is None:
        return dict(zip(VERDICT, (outcome.value, "", "", ""), strict=True))
    message = note.detail or EXPLANATIONS[note.reason].log
    return dict(zip(VERDICT, (outcome.value, note.reason.value, note.field, message), strict=True))


def _free_name(name: str, record: Mapping[str, Any]) -> str:
    name = f"record_{name}"
    return name if name not in record else _free_name(name, record)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        # Half a surrogate pair, or a number beyond 64 bits: rare, and still to be kept.
        return json.dumps(value, default=str).encode()
