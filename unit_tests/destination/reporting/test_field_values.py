"""Values per field: of records that reached their contact, and only those."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Contact, Outcome, Settled, StreamId
from source_destination_mailchimp.destination.reporting.field_values import FieldValues

USERS = StreamId(None, "users")
REACHED = {
    Outcome.CREATED,
    Outcome.UPDATED,
    Outcome.RESUBSCRIBED,
    Outcome.ASKED,
    Outcome.UNSUBSCRIBED,
    Outcome.UNCHANGED,
}


def contact(**values: Any) -> Contact:
    """A contact with the values of a test."""
    return Contact(USERS, {}, "ann@postbox.org", "hash", **values)


def test_each_kind_of_value_has_its_key() -> None:
    """Merge tags and properties are keys themselves, groups and permissions have a prefix, tags count once."""
    values = FieldValues()
    full = contact(
        merge={"FNAME": "Ann", "ADDRESS": {"city": "Bern"}},
        profile={"language": "de"},
        interests={"i-red": True, "i-blue": False},
        permissions={"p-email": True},
        tags=("vip", "shop"),
    )
    values.count(full, Settled(Outcome.CREATED))
    values.count(contact(merge={"FNAME": "Bob"}), Settled(Outcome.UPDATED))
    assert values.counted() == {
        "FNAME": 2,
        "ADDRESS": 1,
        "language": 1,
        "interest:i-red": 1,
        "interest:i-blue": 1,
        "permission:p-email": 1,
        "tags": 1,
    }


def test_a_cleared_field_has_no_value() -> None:
    """An empty text clears the field in Mailchimp; zero is a value."""
    values = FieldValues()
    values.count(contact(merge={"FNAME": "", "AGE": 0}), Settled(Outcome.UPDATED))
    assert values.counted() == {"AGE": 1}


@pytest.mark.parametrize("outcome", Outcome)
def test_only_records_that_reached_their_contact_count(outcome: Outcome) -> None:
    """What was rejected, held, skipped, overtaken or removed left no value in Mailchimp."""
    values = FieldValues()
    values.count(contact(merge={"FNAME": "Ann"}), Settled(outcome))
    assert values.counted() == ({"FNAME": 1} if outcome in REACHED else {})
