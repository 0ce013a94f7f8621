"""A record that did not get through, as a row with its reason; and a row as text that no spreadsheet executes."""

import csv
import re
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from typing import Any

from source_destination_mailchimp.airbyte.lossless_json import write_json
from source_destination_mailchimp.destination.mapping.invisible import trimmed, without_invisible_signs
from source_destination_mailchimp.destination.model import Operation, Route, Settled
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.mailchimp.members import Status

Row = dict[str, Any]

VERDICT = ("outcome", "rejected_reason", "rejected_field", "rejected_message")
"""Columns that we add. Airbyte's own destinations use the names of the last three."""

WHOLE_RECORD = "_airbyte_data"
"""Airbyte's name for the column that holds a record that was not flattened."""

# What makes a spreadsheet take a cell for a formula, in both widths that East Asian keyboards write.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−")
_LINE_SIGNS = ("\t", "\r", "\n")
_STATUS_AFTER = {Route.ARCHIVE: Status.ARCHIVED.value, Route.DELETE: "deleted permanently"}
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?")


def flat_row(record: Mapping[str, Any], settled: Settled) -> Row:
    """Return a row with a column per column of the record; one that is named like ours gives way to it."""
    row: Row = {}
    for name, value in record.items():
        if name in VERDICT:
            row[_free_name(name, record)] = value
        else:
            row[name] = value
    row.update(_verdict(settled))
    return row


def whole_row(record: Mapping[str, Any], settled: Settled) -> Row:
    """Return a row that has the record in one column."""
    return {WHOLE_RECORD: dict(record), **_verdict(settled)}


def planned_rows(operation: Operation) -> list[Row]:
    """Return what a dry run would have written for one record: a row per member, of whom a join has two."""
    rows: dict[str, Row] = {}
    following: Operation | None = operation
    only_prepares = False
    while following is not None:
        row = _planned_row(following)
        first = rows.setdefault(following.subscriber, row)
        if first is not row:
            rows[following.subscriber] = _one_row(first, row, only_prepares=only_prepares)
        only_prepares = following.comes_first
        following = following.then
    return list(rows.values())


def _one_row(first: Row, second: Row, *, only_prepares: bool) -> Row:
    """Return two writes of one member as one row; the outcome is the first one's, unless that only prepares."""
    decisive = second if only_prepares else first
    return {
        **decisive,
        "status_to_be": second["status_to_be"] or first["status_to_be"],
        "call": f"{first['call']}, then {second['call']}",
        "changes": {**first["changes"], **second["changes"]},
        "tags_on": [*first["tags_on"], *second["tags_on"]],
        "tags_off": [*first["tags_off"], *second["tags_off"]],
    }


def _planned_row(operation: Operation) -> Row:
    contact = operation.contact
    planned = operation.settled
    changes = dict(operation.changes)
    if operation.route is Route.ADD and contact.permissions:
        # Ids of permissions are only known once there is a member, so they go by their texts.
        changes["marketing_permissions"] = dict(contact.permissions)
    return {
        "email_address": _address(operation),
        "outcome": planned.outcome.value,
        "reason": _reason(planned),
        "status_now": _status_now(operation),
        "status_to_be": _status_to_be(operation),
        "call": operation.route.value,
        "changes": changes,
        "tags_on": list(operation.tags_on),
        "tags_off": list(operation.tags_off),
        "beside": [note.reason.value for note in planned.beside],
    }


def _address(operation: Operation) -> str:
    """Return the address of the member that is written, which may not be the record's; a deletion may have none."""
    is_at_another_address = bool(operation.member) or not operation.contact.email
    if is_at_another_address and operation.known is not None:
        return operation.known.email
    return operation.contact.email


def _reason(settled: Settled) -> str | None:
    if settled.note is None:
        return None
    return settled.note.reason.value


def _status_now(operation: Operation) -> str | None:
    if operation.known is None:
        return None
    return operation.known.status.value


def _status_to_be(operation: Operation) -> str | None:
    """Return the status that a member is given, or what a removal makes of it; None where it stays."""
    if operation.status is not None:
        return operation.status.value
    return _STATUS_AFTER.get(operation.route)


def json_line(row: Mapping[str, Any]) -> bytes:
    """Return a row as one line of JSON."""
    return _json(row) + b"\n"


def csv_line(cells: list[str]) -> str:
    """Return cells as one line of CSV.

    The module `csv` quotes a line break in a cell only if it is part of its own, so ours has both."""
    line = StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def cell(value: Any) -> str:
    """Return a value as the text of a cell: numbers as numbers, what a spreadsheet would execute as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _json(value).decode()
    return _json(value).decode()


def text_cell(text: str) -> str:
    """Return a text whose first sign cannot start a formula; a number keeps its sign."""
    if text.startswith(_LINE_SIGNS):
        return f"'{text}"
    # Spreadsheets pass over what nobody sees before they look for a formula.
    visible = trimmed(without_invisible_signs(text))
    if visible.startswith(_FORMULA) and not _NUMBER.fullmatch(visible):
        return f"'{text}"
    return text


def _verdict(settled: Settled) -> dict[str, str]:
    """Return the columns of `VERDICT` for one record."""
    note = settled.note
    if note is None:
        words = (settled.outcome.value, "", "", "")
    else:
        message = note.detail or EXPLANATIONS[note.reason].log
        words = (settled.outcome.value, note.reason.value, note.field, message)
    return dict(zip(VERDICT, words, strict=True))


def _free_name(name: str, record: Mapping[str, Any]) -> str:
    while name in VERDICT or name in record:
        name = f"record_{name}"
    return name


def _json(value: Any) -> bytes:
    return write_json(value)
