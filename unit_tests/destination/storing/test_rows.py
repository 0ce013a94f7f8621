"""Rows of records that did not get through: nothing lost, nothing a spreadsheet would execute."""

import csv
import io
import json
import re
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Route,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.storing import row_formats
from source_destination_mailchimp.destination.storing.row_formats import Csv, JsonLines
from source_destination_mailchimp.destination.storing.rows import (
    VERDICT,
    cell,
    flat_row,
    json_line,
    planned_rows,
    text_cell,
)
from source_destination_mailchimp.mailchimp.members import Status

REFUSED = Settled(Outcome.REJECTED, Note(Reason.VALUE_REFUSED, "BIRTHDAY", "Please enter the birthday"))


def read(*texts: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(texts).decode())))


def test_a_row_is_the_record_and_its_verdict() -> None:
    """The record's own columns come first, then what was decided and why."""
    assert flat_row({"email": "a@b.c", "age": 5}, REFUSED) == {
        "email": "a@b.c",
        "age": 5,
        "outcome": "rejected",
        "rejected_reason": "value_refused",
        "rejected_field": "BIRTHDAY",
        "rejected_message": "Please enter the birthday",
    }


def test_a_reason_without_words_of_its_own_is_explained() -> None:
    """The file can be read by somebody who never saw the log."""
    row = flat_row({}, Settled(Outcome.HELD, Note(Reason.OPTED_OUT)))
    assert row["rejected_message"] == "Opted out; left unsubscribed"


def test_a_column_named_like_ours_gives_way() -> None:
    """Neither the record's value nor ours is lost where both have one name."""
    row = flat_row({"outcome": "won", "record_outcome": "lost"}, REFUSED)
    assert row["outcome"] == "rejected"
    assert sorted(str(value) for value in row.values())[-2:] == ["value_refused", "won"]
    assert row["record_outcome"] == "lost"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("Ann", "Ann"),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (-5.25, "-5.25"),
        ("-5", "-5"),
        ("+4915112345", "+4915112345"),
        ("-1e9", "-1e9"),
        ("1,234.50", "1,234.50"),
        ({"city": "Berlin"}, '{"city":"Berlin"}'),
        (["a", None], '["a",null]'),
        ("=1+1", "'=1+1"),
        ("+49 151 12345", "'+49 151 12345"),
        ("-", "'-"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("-５", "'-５"),
    ],
)
def test_cell(value: object, text: str) -> None:
    """Numbers stay numbers; what a spreadsheet would take for a formula becomes text."""
    assert cell(value) == text


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)
)
RECORDS = st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=5)
DANGEROUS = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
A_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*([eE][+-]?[0-9]+)?")


@given(st.lists(RECORDS, min_size=1, max_size=6))
def test_no_cell_starts_a_formula_and_every_row_comes_back(records: list[dict[str, object]]) -> None:
    """Whatever the columns and values are, a reader of CSV sees one row per record, and no cell is a formula."""
    row_format = Csv()
    rows = [flat_row(record, REFUSED) for record in records]
    row_format.fit(rows)
    text = (row_format.head() + row_format.lines(rows)).decode()
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert len(table) == len(records) + 1
    assert {len(line) for line in table} == {len(table[0])}
    for value in (value for line in table for value in line):
        assert not DANGEROUS.match(value) or A_NUMBER.fullmatch(value)
    assert table[0][-4:] == list(VERDICT)


@given(RECORDS)
def test_a_line_of_json_is_the_row(record: dict[str, object]) -> None:
    """JSONL keeps types and text as they are; no value can end the line early."""
    line = json_line(flat_row(record, REFUSED))
    assert line.count(b"\n") == 1
    row = json.loads(line)
    assert {name: row[name] for name in record if name not in VERDICT} == {
        name: value for name, value in record.items() if name not in VERDICT
    }


@pytest.mark.parametrize("odd", ["\ud800", 2**70])
def test_values_that_json_cannot_hold_do_not_lose_the_row(odd: object) -> None:
    """Half a surrogate pair or a number beyond 64 bits is written as well as may be, in both formats."""
    row = flat_row({"id": 1, "odd": odd}, REFUSED)
    assert orjson.loads(json_line(row).replace(b"\\ud800", b"?"))["id"] == 1
    row_format = Csv()
    row_format.fit([row])
    assert read(row_format.head(), row_format.lines([row]))[0]["id"] == "1"


def test_a_heading_begins_with_the_columns_of_the_schema() -> None:
    """Files of one stream look alike although records leave out what is empty."""
    row_format = Csv(["email", "name", "outcome"])
    assert not row_format.fit([flat_row({"name": "Ann"}, REFUSED)])
    assert row_format.head() == b"email,name,outcome,rejected_reason,rejected_field,rejected_message\r\n"


def test_a_column_that_turns_up_late_needs_a_new_heading() -> None:
    """The heading grows, the known columns keep their order, and the caller is told to begin a new file."""
    row_format = Csv()
    assert row_format.fit([{"a": 1}])
    assert not row_format.fit([{"a": 2}])
    assert row_format.fit([{"b": 1}])
    assert row_format.head().startswith(b"a,b,outcome")


@pytest.mark.parametrize(("changes", "columns"), [(3, 1000), (1000, 30)])
def test_columns_without_end_make_no_files_without_end(
    changes: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a bounded number of headings, or of columns, what is new goes into one column as JSON."""
    monkeypatch.setattr(row_formats, "MOST_CHANGES", changes)
    monkeypatch.setattr(row_formats, "MOST_COLUMNS", columns)
    row_format = Csv()
    files = sum(row_format.fit([{f"column_{number}": number}]) for number in range(50))
    assert files == min(changes, columns) + 1
    row = read(row_format.head(), row_format.lines([{"column_0": 7, "column_49": 9}]))[0]
    assert row["column_0"] == "7"
    assert orjson.loads(row[row_formats.OTHER_COLUMNS]) == {"column_49": 9}


def test_json_lines_need_no_heading() -> None:
    """Any row fits into a file of JSON lines."""
    row_format = JsonLines()
    assert not row_format.fit([{"a": 1}])
    assert row_format.head() == b""


def test_the_plan_of_a_dry_run_says_everything_about_one_member() -> None:
    """Who, by which call, from which status to which, which values and which tags."""
    contact = Contact(StreamId(None, "users"), {}, "Ann@example.com", "hash")
    settled = Settled(Outcome.UPDATED, None, (Note(Reason.CONFIRMATION_ASKED),))
    operation = Operation(
        contact,
        Route.RESUBSCRIBE,
        settled,
        Status.PENDING,
        {"merge_fields": {"FNAME": "Ann"}},
        Known(Status.UNSUBSCRIBED, "ann@example.com"),
        ("vip",),
        ("old",),
    )
    (row,) = planned_rows(operation)
    assert row.pop("call").startswith("PUT")
    assert row == {
        "email_address": "Ann@example.com",
        "outcome": "updated",
        "reason": None,
        "status_now": "unsubscribed",
        "status_to_be": "pending",
        "changes": {"merge_fields": {"FNAME": "Ann"}},
        "tags_on": ["vip"],
        "tags_off": ["old"],
        "beside": ["confirmation_asked"],
    }


def test_what_prepares_a_write_stands_in_its_row() -> None:
    """A join whose tags go on before the id is one line: with the status, the outcome and the tags of both writes."""
    contact = Contact(StreamId(None, "users"), {}, "ann@example.com", "hash")
    joined = Operation(
        contact,
        Route.CHANGE_STATUS,
        Settled(Outcome.UNSUBSCRIBED),
        Status.UNSUBSCRIBED,
        {"merge_fields": {"CRMID": "1"}},
        Known(Status.SUBSCRIBED, "ann@example.com"),
        tags_on=("new",),
    )
    first = replace(joined, route=Route.NOTHING, status=None, changes={}, tags_on=("vip",), comes_first=True)
    (row,) = planned_rows(replace(first, settled=Settled(Outcome.HELD), then=joined))
    assert row["outcome"] == planned_rows(joined)[0]["outcome"]
    assert (row["status_now"], row["status_to_be"]) == ("subscribed", "unsubscribed")
    assert (row["changes"], row["tags_on"]) == (joined.changes, ["vip", "new"])


def test_what_follows_for_the_same_member_leaves_the_outcome() -> None:
    """A deletion that takes tags off and then the id is one line, with the outcome of the first."""
    contact = Contact(StreamId(None, "users"), {}, "", "hash", deleted=True)
    known = Known(Status.SUBSCRIBED, "ann@example.com")
    last = Operation(contact, Route.PATCH, Settled(Outcome.HELD), None, {"merge_fields": {"CRMID": ""}}, known)
    untagged = Operation(contact, Route.NOTHING, Settled(Outcome.UNTAGGED), None, {}, known, tags_off=("vip",))
    (row,) = planned_rows(replace(untagged, then=last))
    assert row["outcome"] == planned_rows(untagged)[0]["outcome"]
    assert row["email_address"] == "ann@example.com"
    assert (row["changes"], row["tags_off"]) == ({"merge_fields": {"CRMID": ""}}, ["vip"])


@pytest.mark.parametrize(
    "before", ["", " ", "\u00a0", "\ufeff", "\t", "\r", "\u200b", "\x00", " \u2003\ufeff", "\u3164\ufe0f\U000e0061"]
)
@pytest.mark.parametrize("sign", [*"=+-@", *"＝＋－＠﹦﹢﹣﹫"])
def test_a_formula_behind_what_nobody_sees(before: str, sign: str) -> None:
    """Spreadsheets pass over blanks and marks before they look for a formula."""
    assert text_cell(f"{before}{sign}cmd()") == f"'{before}{sign}cmd()"
    assert text_cell(" -5") == " -5"
