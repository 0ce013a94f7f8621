"""Every fault at every call of undo: what it says of a contact is so, and a second start ends what the first could not.

`make chaos` plays every cell; without it a sample is played in which each fault and each call occurs.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import NamedTuple

import orjson
import pytest

from integration_tests.chaos.cells import UNDO_CALLS, Cell, name_of, played, strike, unlisted, unused
from integration_tests.chaos.clock import HURRIED, TIRELESS, ClockWithoutWaits
from integration_tests.destination.syncing import FIELDS, Account, Json, Person
from integration_tests.destination.undoing import ANN, BOB, CID, DEE, EVE, Said, kept, undo
from source_destination_mailchimp.mailchimp.waiting import Patience
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

MANY_TAGS = [f"tag {number}" for number in range(55)]
LONGEST_SECONDS = 15 * 60


class Stage(NamedTuple):
    """A sync that can be taken back."""

    account: Account
    store: File
    run: str
    before: Mapping[str, Person]

    def undo(self, clock: ClockWithoutWaits, patience: Patience, *more: str) -> Said:
        """Run the command."""
        return undo(self.account, self.store, self.run, *more, patience=patience, clock=clock)

    def whole(self) -> Said:
        """Take the sync back where nothing fails."""
        number = self.undo(ClockWithoutWaits(), TIRELESS, "--dry-run").number
        return self.undo(ClockWithoutWaits(), TIRELESS, "--expect", number)

    def listed(self) -> list[Json]:
        """What the last undo says of each contact."""
        last = sorted((self.store / "runs").glob("*/undo.json"))[-1]
        found: list[Json] = orjson.loads(last.read_bytes())["contacts"]
        return found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Start a sandbox of its own, because a fault may strike every call."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def stage(sandbox: Sandbox, tmp_path: File) -> Stage:
    """Two contacts were added, and three changed: values, tags, and the tags of one who has more than are shown."""
    sandbox.control.reset()
    audience = str(sandbox.control.seed(name="Readers", merge_fields=FIELDS, members=0)["audience"])
    account, store = Account(sandbox, audience, sandbox.api_url), tmp_path / "store"
    store.mkdir()
    account.put(ANN, "unsubscribed", merge_fields={"FNAME": "Anne"}, tags=["old"])
    account.put(BOB, "subscribed", merge_fields={"FNAME": "Bob"}, tags=[])
    account.put(CID, "subscribed", merge_fields={"FNAME": "Cid"}, tags=["old", *MANY_TAGS])
    account.control.clock(advance_seconds=5)
    before = account.people()
    streams = [{"stream": "people", "tags": ["new"], "tags_mode": "replace_owned", "owned_tags": ["old", "new"]}]
    rows = [{"email": email, "FNAME": "New"} for email in (ANN, BOB, CID, DEE, EVE)]
    run, _ = kept(account, store, rows, streams=streams)
    account.control.forget_requests()
    return Stage(account, store, run, before)


def test_the_table_has_every_call_that_an_undo_makes(stage: Stage) -> None:
    """No call of the undo is missing from the table, and none is in it that the undo does not make."""
    assert stage.whole().code == 0
    made = stage.account.control.requests()
    assert not unlisted(UNDO_CALLS, made, audience=stage.account.audience)
    assert not unused(UNDO_CALLS, made, audience=stage.account.audience)
    assert {one["action"] for one in stage.listed()} >= {"archive", "put_back"}


@pytest.mark.parametrize("cell", played(UNDO_CALLS, 30), ids=name_of)
def test_undo_says_of_nobody_what_is_not_so(stage: Stage, cell: Cell) -> None:
    """Whoever counts as archived or put back is; what could not be done ends the command, or is named."""
    account, clock = stage.account, ClockWithoutWaits()
    number = stage.undo(ClockWithoutWaits(), TIRELESS, "--dry-run").number
    strike(account.control, cell, contact=CID, audience=account.audience)
    said = stage.undo(clock, HURRIED if cell.never_answers else TIRELESS, "--expect", number)
    account.control.lift_faults()
    assert clock.waited_seconds < LONGEST_SECONDS
    assert "Traceback" not in said.text
    assert ANN not in said.text
    if said.code == 0:
        _is_so(stage)
    else:
        assert "Mailchimp" in said.text
        again = stage.undo(ClockWithoutWaits(), TIRELESS, "--expect", number)
        assert again.code == 0, again.text
        _is_so(stage)
    assert account.mailed() == []
    assert {account.status(email) for email in (ANN, BOB, CID)} == {"unsubscribed", "subscribed"}


def _is_so(stage: Stage) -> None:
    """Check what the list of the last undo says of each contact against the audience."""
    people = stage.account.people()
    for one in stage.listed():
        person = people[one["email"]]
        match one["action"]:
            case "archive":
                assert person.status == "archived", one
            case "put_back":
                assert person == stage.before[one["email"]], one
            case _:
                assert one["reason"] in ("unanswered", "refused", "failing", "cannot_tell", "changed_since"), one
