"""A record that did not get through, as a row with its reason; and a row as text that no spreadsheet executes."""

import csv
import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import orjson

from source_destination_mailchimp.destination.model import Operation, Route, Settled
from source_destination_mailchimp.destination.reporting.outcomes import reported_as
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.mailchimp.members import Status

Row = dict[str, Any]

VERDICT = ("outcome", "rejected_reason", "rejected_field", "rejected_message")
"""Columns that we add. Airbyte's own destinations use the names of the last three."""

WHOLE_RECORD = "_airbyte_data"
"""Airbyte's name for the column that holds a record that was not flattened."""

# What makes a spreadsheet take a cell for a formula, in both widths that East Asian keyboards write.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_STATUS_AFTER = {Route.ARCHIVE: Status.ARCHIVED.value, Route.DELETE: "deleted permanently"}
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?")


def flat_row(record: Mapping[str, Any], settled: Settled) -> Row:
    """A row with a column per column of the record; one that is named like ours gives way to it."""
    row = {name if name not in VERDICT else _free_name(name, record): value for name, value in record.items()}
    row.update(_verdict(settled))
    return row


def whole_row(record: Mapping[str, Any], settled: Settled) -> Row:
    """A row that has the record in one column."""
    return {WHOLE_RECORD: dict(record), **_verdict(settled)}


def planned_rows(operation: Operation) -> list[Row]:
    """What a dry run would have written for one record: a row per member, of whom a join has two."""
    rows: dict[str, Row] = {}
    following: Operation | None = operation
    while following is not None:
        row = _planned_row(following)
        first = rows.setdefault(following.subscriber, row)
        if first is not row:
            first["call"] += f", then {row['call']}"
            first["changes"] = {**first["changes"], **row["changes"]}
            first["tags_off"] = [*first["tags_off"], *row["tags_off"]]
        following = following.then
    return list(rows.values())


def _planned_row(operation: Operation) -> Row:
    contact, known, outcome = operation.contact, operation.known, operation.settled
    changes = dict(operation.changes)
    if operation.route is Route.ADD and contact.permissions:
        # Ids of permissions are only known once there is a member, so they go by their texts.
        changes["marketing_permissions"] = dict(contact.permissions)
    return {
        "email_address": known.email if operation.member and known else contact.email,
        "outcome": _reported(outcome),
        "reason": outcome.note.reason.value if outcome.note else None,
        "status_now": known.status.value if known else None,
        "status_to_be": operation.status.value if operation.status else _STATUS_AFTER.get(operation.route),
        "call": operation.route.value,
        "changes": changes,
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
    note, outcome = settled.note, _reported(settled)
    if note is None:
        return dict(zip(VERDICT, (outcome, "", "", ""), strict=True))
    message = note.detail or EXPLANATIONS[note.reason].log
    return dict(zip(VERDICT, (outcome, note.reason.value, note.field, message), strict=True))


def _reported(settled: Settled) -> str:
    return reported_as(settled.outcome, is_removal=settled.is_removal).value


def _free_name(name: str, record: Mapping[str, Any]) -> str:
    name = f"record_{name}"
    return name if name not in record else _free_name(name, record)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        # Half a surrogate pair, or a number beyond 64 bits: rare, and still to be kept.
        return json.dumps(value, default=str).encode()
