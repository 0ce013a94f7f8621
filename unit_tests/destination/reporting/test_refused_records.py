"""Refused records for the page of a run: as they came, in order, and never more than fit."""

import html
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.refused_records import RefusedRecord, RefusedRecords

USERS = StreamId("shop", "users")
REJECTED = Settled(Outcome.REJECTED, Note(Reason.INVALID_EMAIL, "email", "not an email address"))
KEPT = {Outcome.REJECTED, Outcome.HELD, Outcome.DUPLICATE}


def kept(*records: dict[str, Any], most_bytes: int = 1_000_000) -> RefusedRecords:
    """The records of a test, all rejected."""
    refused = RefusedRecords(most_bytes)
    for record in records:
        refused.add(USERS, REJECTED, record)
    return refused


def test_a_record_is_kept_with_its_columns_and_the_reason() -> None:
    """Texts stay as they are, everything else is written as JSON, and null is an empty cell."""
    (row,) = kept({"email": "nonsense", "age": 40, "address": {"city": "Bern"}, "phone": None}).rows()
    assert row == RefusedRecord(
        stream="shop.users",
        outcome="rejected",
        reason=EXPLANATIONS[Reason.INVALID_EMAIL].log,
        field="email",
        detail="not an email address",
        columns=(("email", "nonsense"), ("age", "40"), ("address", '{"city":"Bern"}'), ("phone", "")),
    )


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_did_not_get_through_is_kept(outcome: Outcome) -> None:
    """Rejected, held and duplicate records are on the page, and no others."""
    refused = RefusedRecords()
    refused.add(USERS, Settled(outcome), {"email": "ann@postbox.org"})
    assert (refused.kept, refused.left_out) == ((1, 0) if outcome in KEPT else (0, 0))


def test_the_first_records_are_kept_and_the_others_counted() -> None:
    """Once a record does not fit, no later one is kept, so that the page shows the beginning without gaps."""
    long, short = {"note": "x" * 5_000}, {"note": "x"}
    refused = kept(long, long, short, short, most_bytes=6_000)
    assert (refused.kept, refused.left_out) == (1, 3)
    assert [row.columns[0][1] for row in refused.rows()] == ["x" * 5_000]


def test_rows_can_be_read_while_more_come() -> None:
    """Reading does not end the keeping."""
    refused = kept({"n": 1})
    assert len(list(refused.rows())) == 1
    refused.add(USERS, REJECTED, {"n": 2})
    assert [row.columns[0][1] for row in refused.rows()] == ["1", "2"]


@given(st.lists(st.dictionaries(st.text(), st.text(st.characters(codec=None)), max_size=4), max_size=30))
@example([{"half": "\ud83d", "html": '<a href="x">&\'</a>'}])
def test_every_record_comes_back_in_order(records: list[dict[str, str]]) -> None:
    """Whatever is in it, with half characters replaced, because no file can hold them."""
    rows = list(kept(*records).rows())
    assert [dict(row.columns) for row in rows] == [
        {name: value.encode(errors="replace").decode() for name, value in record.items()} for record in records
    ]


@given(st.lists(st.dictionaries(st.text(), st.text(), max_size=4), max_size=30), st.integers(0, 5_000))
@example([{"html": "<" * 50}, {"html": "&" * 50}], 1_000)
def test_what_is_kept_fits(records: list[dict[str, str]], most_bytes: int) -> None:
    """The texts of all rows together, escaped as HTML, take no more room than there is; every record is counted."""
    refused = kept(*records, most_bytes=most_bytes)
    texts = [text for row in refused.rows() for text in (*row[:5], *(cell for pair in row.columns for cell in pair))]
    assert sum(len(html.escape(text).encode()) for text in texts) <= most_bytes
    assert refused.kept + refused.left_out == len(records)
