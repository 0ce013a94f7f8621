"""No address and no value of a record reaches the lines that the report writes to the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from unit_tests.destination.reporting.test_report import report, texts

TEXT = st.text(max_size=40)
ADDRESS = st.from_regex(r"[a-z]{3,8}[.+]?[a-z]{3,8}@[a-z]{3,8}\.(com|co\.uk)", fullmatch=True)


@given(ADDRESS, st.sampled_from(sorted(Reason)), st.sampled_from(sorted(Outcome)), TEXT)
def test_no_address_reaches_the_log(address: str, reason: Reason, outcome: Outcome, text: str) -> None:
    """Wherever an address hides in a note, the lines of the report do not have it."""
    note = Note(reason, f"column {address}", f"{text} {address} {text}")
    made = report((Settled(outcome, note, (note,)), 1))
    made.remark(f"{text} {address}")
    lines = " ".join([made.headline(), *texts(made), str(made.analytics())])
    assert address not in lines
    assert address.partition("@")[0] not in lines


@pytest.mark.parametrize("reason", [reason for reason in Reason if not EXPLANATIONS[reason].quotes_mailchimp])
def test_values_of_a_record_stay_out_of_the_log(reason: Reason) -> None:
    """Our own details may quote what a person entered: the log names the field, the store has the rest."""
    note = Note(reason, "BIRTHDAY", "31.13.1970 is not a date")
    lines = texts(report((Settled(Outcome.UPDATED, note, (note,)), 1)))
    assert not [line for line in lines if "1970" in line]
    assert [line for line in lines if "BIRTHDAY" in line]
