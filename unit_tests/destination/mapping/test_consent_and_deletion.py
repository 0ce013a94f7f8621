"""What a record says about consent."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.form.settings import OptInNo
from source_destination_mailchimp.destination.mapping.consent_and_deletion import (
    meaning_of_no,
    opt_in_answer,
    opt_out_answer,
    stricter,
)
from source_destination_mailchimp.destination.mapping.values import MISSING
from source_destination_mailchimp.destination.model import OptIn
from source_destination_mailchimp.destination.rules.consent import Rules, decide
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import NOW


@pytest.mark.parametrize("value", [True, 1, 1.0, "true", "1", "1.0", "YES", "y", "On", "t", " subscribed ", "Opted_In"])
def test_yes(value: Any) -> None:
    """Every word of the yes list is a yes, in any case."""
    assert opt_in_answer(value) is OptIn.YES


@pytest.mark.parametrize(
    "value", [False, 0, 0.0, "false", "0", "NO", "n", "Off", "f", "0.0", "unsubscribed", "opted_out", "Opted Out"]
)
def test_no(value: Any) -> None:
    """Every word of the no list is a no, in any case."""
    assert opt_in_answer(value) is OptIn.NO


@pytest.mark.parametrize(
    "value",
    [
        None,
        MISSING,
        "",
        " ",
        "maybe",
        "yes please",
        2,
        -1,
        "null",
        "pending",
        "opted in",
        [True],
        {"yes": True},
        ["yes"],
    ],
)
def test_anything_else_is_no_answer(value: Any) -> None:
    """Nothing but the words of the lists subscribes or unsubscribes anybody."""
    assert opt_in_answer(value) is OptIn.MISSING


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        *(
            (value, OptIn.NO)
            for value in (
                True,
                "true",
                1,
                "Yes",
                "1.0",
                "unsubscribed",
                "Opted_Out",
                "Opted Out",
                "opted-out",
                "2024-05-01 10:00:00",
            )
        ),
        *(
            (value, OptIn.NOT_ASKED)
            for value in (False, 0, "0.0", "no", None, "", "subscribed", "never", "9999-12-31", "1899-12-30")
        ),
        *((value, OptIn.MISSING) for value in (MISSING, "perhaps", 7, ["yes"], "2031-01-01")),
    ],
)
def test_a_column_whose_yes_means_no(value: Any, answer: OptIn) -> None:
    """A yes or a time opts out, a no asks nothing, and what cannot be read or lies ahead is no answer and is said."""
    found, note = opt_out_answer(value, "left_at", NOW)
    assert found is answer
    assert (note is not None) is (answer is OptIn.MISSING)


@pytest.mark.parametrize(("setting", "meaning"), [("unsubscribe", OptIn.NO), ("leave", OptIn.UNCHECKED)])
def test_what_a_no_means(setting: OptInNo, meaning: OptIn) -> None:
    """A no unsubscribes, unless the setting says that the box is merely not checked."""
    assert opt_in_answer("no", meaning_of_no(setting)) is meaning
    assert opt_in_answer("yes", meaning_of_no(setting)) is OptIn.YES


@pytest.mark.parametrize("one", OptIn)
@pytest.mark.parametrize("other", OptIn)
def test_of_two_answers_the_stricter_stands(one: OptIn, other: OptIn) -> None:
    """Whatever the other says, a no stays a no, and somebody whom one answer does not add is not added."""
    found = stricter(one, other)
    assert found is stricter(other, one)
    assert found in (one, other)
    rules = Rules("subscribed", "never")
    for known in (None, *Status):
        both = {decide(known, answer, rules).write for answer in (one, other)}
        if known is None and None in both:
            assert decide(None, found, rules).write is None
        if known is not None and Status.UNSUBSCRIBED in both:
            assert decide(known, found, rules).write is Status.UNSUBSCRIBED
