"""What a record says about consent and about being deleted."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.consent_and_deletion import is_deletion, opt_in_answer
from source_destination_mailchimp.destination.mapping.values import MISSING, Unfit
from source_destination_mailchimp.destination.model import OptIn


@pytest.mark.parametrize("value", [True, 1, 1.0, "true", "1", "YES", "y", "On", "t", " subscribed ", "Opted_In"])
def test_yes(value: Any) -> None:
    """Every word of the yes list is a yes, in any case."""
    assert opt_in_answer(value) is OptIn.YES


@pytest.mark.parametrize("value", [False, 0, 0.0, "false", "0", "NO", "n", "Off", "f", "unsubscribed", "opted_out"])
def test_no(value: Any) -> None:
    """Every word of the no list is a no, in any case."""
    assert opt_in_answer(value) is OptIn.NO


@pytest.mark.parametrize(
    "value", [None, MISSING, "", " ", "maybe", "yes please", 2, -1, "null", "pending", [True], {"yes": True}, ["yes"]]
)
def test_anything_else_is_no_answer(value: Any) -> None:
    """Nothing but the words of the lists subscribes or unsubscribes anybody."""
    assert opt_in_answer(value) is OptIn.MISSING


@pytest.mark.parametrize(
    "value", [True, "true", 1, "1", "yes", "2024-05-01", "2024-05-01T10:00:00Z", 1714602600, "1714602600000"]
)
def test_deleted(value: Any) -> None:
    """A yes or a time marks a deleted record."""
    assert is_deletion(value)


@pytest.mark.parametrize("value", [None, MISSING, "", "  ", False, "false", 0, "0", 0.0, "no", "NULL"])
def test_not_deleted(value: Any) -> None:
    """Nothing, a no and zero mark none."""
    assert not is_deletion(value)


@pytest.mark.parametrize("value", ["perhaps", 7, "active", ["yes"], {"a": 1}, "31/12/2024", "9999-12-31"])
def test_a_mark_nobody_can_read(value: Any) -> None:
    """A mark that is neither is refused: it must not remove somebody, nor add somebody who may be deleted.

    So is the last day there is, which tables write for "never".
    """
    with pytest.raises(Unfit):
        is_deletion(value)
