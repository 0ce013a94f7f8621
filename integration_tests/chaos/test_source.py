"""Every fault at every call of the source: all rows, or an incomplete stream that says so; later nothing lacks.

`make chaos` plays every cell; without it a sample is played in which each fault and each call occurs.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from airbyte_cdk.models import AirbyteStateMessage, ConfiguredAirbyteCatalog

from integration_tests.chaos.cells import SOURCE_CALLS, Cell, name_of, played, strike, unlisted, unused
from integration_tests.chaos.clock import HURRIED, TIRELESS, ClockWithoutWaits
from integration_tests.source.conftest import Seeded, fill_small
from integration_tests.source.syncing import Row, Sync, catalog, config, sync
from source_destination_mailchimp.mailchimp.auth import BASE_URL_VARIABLE, access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.sandbox.http.server import running_sandbox
from source_destination_mailchimp.source.settings import Settings
from source_destination_mailchimp.source.source import Waits

LONGEST_SECONDS = 15 * 60
"""A run has given up by then, all waits of all threads together."""

TRIES_SECONDS = 64
"""What a call waits at most between its eight tries. Parents are given up one by one, as each may fail by itself, until
those of a stream have got no answer for five minutes; the few of this account may each spend their own."""

STRUCK = "person5@sandbox-people.org"
"""Whom `500_for` is for."""


@dataclass(frozen=True, slots=True)
class World:
    """An account, the catalog of all streams, and what a sync without faults reads."""

    seeded: Seeded
    settings: Row
    catalog: ConfiguredAirbyteCatalog
    truth: dict[str, Counter[str]]

    def read(
        self, clock: ClockWithoutWaits, cell: Cell | None = None, state: Sequence[AirbyteStateMessage] = ()
    ) -> Sync:
        """Read all streams; faults may fail it."""

        def connects(settings: Settings, on_wait: Waits) -> Client:
            found = access(settings.credentials.model_dump(), os.environ[BASE_URL_VARIABLE], fetch_metadata)
            patience = HURRIED if cell and cell.never_answers else TIRELESS
            return Client(found, max_connections=3, patience=patience, clock=clock, on_wait=on_wait)

        return sync(self.settings, configured=self.catalog, state=state, fails=cell is not None, connects=connects)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A small account with something in every stream, and somebody with more tags than a member shows."""
    with running_sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setenv(BASE_URL_VARIABLE, sandbox.api_url)
        seeded = fill_small(sandbox)
        settings = config(sandbox)
        world = World(seeded, settings, catalog(settings), {})
        found = world.read(ClockWithoutWaits())
        world.truth.update({stream: _rows(found, stream) for stream in _streams(world)})
        yield world


def _streams(world: World) -> list[str]:
    return [entry.stream.name for entry in world.catalog.streams]


def _rows(found: Sync, stream: str) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in found.records.get(stream, ()))


def test_the_table_has_every_call_that_a_read_of_all_streams_makes(world: World) -> None:
    """No call is missing from the table, none is in it that is never made, and no stream is empty."""
    control = world.seeded.sandbox.control
    control.forget_requests()
    world.read(ClockWithoutWaits())
    made = control.requests()
    for audience in (world.seeded.audience, world.seeded.other):
        here = [row for row in made if "/lists/" not in row["path"] or audience in row["path"]]
        assert not unlisted(SOURCE_CALLS, here, audience=audience)
    assert not unused(SOURCE_CALLS, made, audience=world.seeded.audience)
    assert all(world.truth.values())


@pytest.mark.parametrize("cell", played(SOURCE_CALLS, 30), ids=name_of)
def test_a_fault_never_costs_rows_in_silence(world: World, cell: Cell) -> None:
    """Each stream has all its rows, or is not complete and the sync says so as transient; later nothing is missing."""
    control, clock = world.seeded.sandbox.control, ClockWithoutWaits()
    control.forget_requests()
    strike(control, cell, contact=STRUCK, audience=world.seeded.audience)
    try:
        found = world.read(clock, cell)
    finally:
        control.lift_faults()
    paths = {row["path"] for row in control.requests()}
    assert clock.waited_seconds < max(LONGEST_SECONDS, TRIES_SECONDS * len(paths))
    _says_what_is_missing(found, world)
    later = world.read(ClockWithoutWaits(), state=found.states)
    for stream, truth in world.truth.items():
        assert not truth - _rows(found, stream) - _rows(later, stream), stream


def _says_what_is_missing(found: Sync, world: World) -> None:
    """Check that a stream is COMPLETE only with all its rows, and that otherwise the sync fails as transient."""
    incomplete = [stream for stream in world.truth if found.ends.get(stream) != "COMPLETE"]
    for stream, truth in world.truth.items():
        if stream not in incomplete:
            assert _rows(found, stream) == truth, stream
    if not incomplete:
        assert not found.errors
        return
    assert set(found.turns) == {"transient_error"}
    said = " ".join(found.errors)
    if found.ends:
        assert [stream for stream in incomplete if stream not in said] == []
