"""The fault matrix is whole, and its sample has something of everything."""

import pytest

from integration_tests.chaos.cells import (
    DESTINATION_CALLS,
    FAULTS,
    OFTEN,
    SOURCE_CALLS,
    UNDO_CALLS,
    Path,
    cells,
    sample,
)
from source_destination_mailchimp.sandbox.control import traffic

MEANT_BY_MAILCHIMP = {"403", "404"}
"""Refusals in Mailchimp's own form: no faults but knowledge, which the tests of each call are about."""

SAME_AS_ANOTHER = {"429_bare"}
"""Seen from here like `403_bare`: a status without a body."""


def test_every_fault_of_the_sandbox_is_in_the_matrix() -> None:
    """A new fault has to be added to the matrix, or to those that are left out for a reason."""
    assert set(FAULTS) == set(traffic.FAULTS) - MEANT_BY_MAILCHIMP - SAME_AS_ANOTHER


@pytest.mark.parametrize("calls", [DESTINATION_CALLS, SOURCE_CALLS, UNDO_CALLS], ids=["destination", "source", "undo"])
def test_the_sample_has_every_call_every_fault_and_every_frequency(calls: tuple[Path, ...]) -> None:
    """What is played in each run of the tests leaves out no row, no column and no frequency of the matrix."""
    played = sample(calls, 30)
    assert {cell.call for cell in played} == set(calls)
    assert {cell.fault for cell in played} == set(FAULTS)
    assert {cell.often for cell in played} == set(OFTEN)
    assert set(played) <= set(cells(calls))
