"""Every fault at every call of the destination: outcomes, STATEs, the audience after a second run, and bounded time.

`make chaos` plays every cell; without it a sample is played in which each fault and each call occurs.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.chaos.cells import DESTINATION_CALLS, Cell, name_of, played, strike, unlisted, unused
from integration_tests.chaos.clock import HURRIED, TIRELESS, ClockWithoutWaits
from integration_tests.chaos.stage import (
    SETTINGS,
    STREAMS,
    STRUCK,
    Contact,
    addresses,
    contacts,
    counted,
    covered,
    messages,
    opened,
    records_of,
)
from integration_tests.destination.syncing import Account, Message, Result, feed, succeeded
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

LONGEST_SECONDS = 15 * 60
"""A run has given up by then."""

Audience = Mapping[str, Contact]


@dataclass(frozen=True, slots=True)
class Truth:
    """How the audience ends, who is mailed and what the counts are where nothing fails."""

    contacts: Audience
    mailed: Counter[str]
    outcomes: Mapping[str, int]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Start a sandbox of its own, because a fault may strike every call."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def truth(sandbox: Sandbox) -> Truth:
    """Return what a sync without faults does."""
    account = opened(sandbox)
    result = succeeded(_written(account, messages()))
    return Truth(contacts(account), Counter(account.mailed()), result.outcomes)


def _written(
    account: Account, given: list[Message], clock: ClockWithoutWaits | None = None, cell: Cell | None = None
) -> Result:
    patience = HURRIED if cell and cell.never_answers else TIRELESS
    return feed(account, given, STREAMS, patience=patience, clock=clock or ClockWithoutWaits(), **SETTINGS)


def test_the_table_has_every_call_that_a_broad_sync_makes(sandbox: Sandbox) -> None:
    """No call of the sync is missing from the table, and none is in it that the sync does not make."""
    account = opened(sandbox)
    succeeded(_written(account, messages()))
    made = sandbox.control.requests()
    assert not unlisted(DESTINATION_CALLS, made, audience=account.audience)
    assert not unused(DESTINATION_CALLS, made, audience=account.audience)


@pytest.mark.parametrize("cell", played(DESTINATION_CALLS, 30), ids=name_of)
def test_a_fault_costs_no_record_and_no_consent(sandbox: Sandbox, truth: Truth, cell: Cell) -> None:
    """Every record has one outcome or the run ends as transient, STATEs are true, and a second run ends it right."""
    account, clock = opened(sandbox), ClockWithoutWaits()
    strike(sandbox.control, cell, contact=STRUCK, audience=account.audience)
    found = _written(account, messages(), clock, cell)
    sandbox.control.lift_faults()
    assert clock.waited_seconds < LONGEST_SECONDS
    spared = _rejected_for_the_fault(found, truth, cell)
    _has_one_outcome_each(found)
    _states_are_true(found, account, truth, spared)
    succeeded(_written(account, messages(found)))
    assert _without(contacts(account), spared) == _without(truth.contacts, spared)
    assert Counter(account.mailed()) == truth.mailed


def _rejected_for_the_fault(found: Result, truth: Truth, cell: Cell) -> set[str]:
    """Return whoever was rejected although nothing is wrong with them: one contact, where the fault is for one."""
    if found.outcomes.get("rejected", 0) <= truth.outcomes["rejected"]:
        return set()
    assert cell.fault == "500_for"
    assert found.outcomes["rejected"] == truth.outcomes["rejected"] + 1
    return {STRUCK}


def _has_one_outcome_each(found: Result) -> None:
    """Check the counts of a run that ended well, and the class of the error of one that did not."""
    if found.error is None:
        assert sum(found.outcomes.values()) == sum(len(records_of(stream)) for stream in STREAMS)
        assert len(found.cursors) == sum(one["type"] == "STATE" for one in messages())
        return
    assert found.error.failure_type is FailureType.transient_error, found.complaint
    assert "Traceback" not in found.log


def _states_are_true(found: Result, account: Account, truth: Truth, spared: set[str]) -> None:
    """Check that each STATE counts its records, and that what it covers is in the audience."""
    there = contacts(account)
    for stream in STREAMS:
        done = covered(found, stream)
        for address in addresses(records_of(stream)[:done]):
            if address not in spared:
                assert there.get(address) == truth.contacts.get(address), address
        assert counted(found, stream) == done


def _without(audience: Audience, spared: set[str]) -> dict[str, Contact]:
    return {address: contact for address, contact in audience.items() if address not in spared}
