"""Every fault × every call of every stream × once and for ever: all rows, or an incomplete stream that says so.

`MAILCHIMP_FAULTS=all` plays every cell; without it a fifth of them is played, and all of those in `ALWAYS`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalog

from integration_tests.source.conftest import Seeded, fill_small
from integration_tests.source.syncing import Row, Sync, catalog, config, sync
from source_destination_mailchimp.sandbox.control.traffic import FAULTS
from source_destination_mailchimp.sandbox.http.server import running_sandbox

MEMBERS = "/3.0/lists/{audience}/members"
REPORT = "/3.0/reports/{campaign}"
CONTACTS = "/3.0/audiences/{audience}/contacts"
JOURNEYS = "/3.0/customer-journeys/journeys"
CALLS: dict[str, tuple[str, ...]] = {
    "automations": ("/3.0/automations",),
    "campaigns": ("/3.0/campaigns",),
    "lists": ("/3.0/lists", "/3.0/"),
    "reports": ("/3.0/reports",),
    "list_members": (MEMBERS,),
    "segments": ("/3.0/lists/{audience}/segments",),
    "segment_members": ("/3.0/lists/{audience}/segments", "/3.0/lists/{audience}/segments/*/members"),
    "tags": ("/3.0/lists/{audience}/tag-search",),
    "interest_categories": ("/3.0/lists/{audience}/interest-categories",),
    "interests": (
        "/3.0/lists/{audience}/interest-categories",
        "/3.0/lists/{audience}/interest-categories/*/interests",
    ),
    "email_activity": ("/3.0/reports", f"{REPORT}/email-activity"),
    "unsubscribes": (f"{REPORT}/unsubscribed",),
    "merge_fields": ("/3.0/lists/{audience}/merge-fields",),
    "member_tags": (MEMBERS, f"{MEMBERS}/*/tags"),
    "member_activity": (MEMBERS, f"{MEMBERS}/*/activity-feed", "/3.0/reports"),
    "campaign_recipients": (f"{REPORT}/sent-to",),
    "click_details": (f"{REPORT}/click-details",),
    "click_members": (f"{REPORT}/click-details", f"{REPORT}/click-details/*/members"),
    "open_details": (f"{REPORT}/open-details",),
    "consent": (MEMBERS, "/3.0/reports", f"{REPORT}/unsubscribed"),
    "automation_emails": ("/3.0/automations", "/3.0/automations/*/emails"),
    "automation_recipients": ("/3.0/automations/*/emails", "/3.0/reports/{series_email}/sent-to"),
    "automation_recipient_activity": ("/3.0/reports/{series_email}/email-activity",),
    "contacts": (CONTACTS,),
    "customer_journeys": (JOURNEYS,),
    "growth_history": ("/3.0/lists/{audience}/growth-history",),
    "list_activity": ("/3.0/lists/{audience}/activity",),
    "list_locations": ("/3.0/lists/{audience}/locations",),
    "abuse_reports": ("/3.0/lists/{audience}/abuse-reports",),
    "domain_performance": (f"{REPORT}/domain-performance",),
}
"""Stream → the calls that it stands on, but for those that every sync begins with (they are at `lists`)."""

ALL_READ_WITHOUT = {
    ("consent", "403", "/3.0/reports"),
    ("consent", "403", f"{REPORT}/unsubscribed"),
    ("member_activity", "403", "/3.0/reports"),
}
"""Where a call that is refused for ever leaves the stream complete, with less in its rows and a warning."""

_BETAS = (("contacts", CONTACTS), ("customer_journeys", JOURNEYS))
NOT_OFFERED = {(stream, kind, path) for stream, path in _BETAS for kind in ("403", "404")}
"""Where a refusal is taken for something that Mailchimp does not offer: a warning, and all rows with the next sync."""

ALWAYS = ("404", "200_empty_object")
KINDS = [kind for kind in FAULTS if kind not in ("delay", "500_for")]
"""`delay` is no fault to us, and `500_for` is a 500 for one contact."""


class Cell(NamedTuple):
    """One fault at one call of one stream."""

    stream: str
    path: str
    kind: str
    is_for_ever: bool


CELLS = [
    Cell(stream, path, kind, is_for_ever)
    for stream, paths in CALLS.items()
    for path in paths
    for kind in KINDS
    for is_for_ever in (False, True)
]
EVERY = 1 if os.environ.get("MAILCHIMP_FAULTS") == "all" else 5
PLAYED = [cell for number, cell in enumerate(CELLS) if number % EVERY == 0 or cell.kind in ALWAYS]


@dataclass(frozen=True, slots=True)
class World:
    """An account, the catalog of each stream, and what a sync without faults reads."""

    seeded: Seeded
    email: str
    """An email of an automation that was sent."""

    settings: Row
    catalogs: dict[str, ConfiguredAirbyteCatalog]
    truth: dict[str, Counter[str]]

    def read(self, stream: str, **more: Any) -> Sync:
        """Read one stream."""
        return sync(self.settings, configured=self.catalogs[stream], **more)


def _rows(found: Sync, stream: str) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in found.records[stream])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A small account with something in every stream, and somebody with more tags than a member shows."""
    with running_sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILCHIMP_API_BASE_URL", sandbox.api_url)
        seeded = fill_small(sandbox)
        settings = config(sandbox)
        catalogs = {name: catalog(settings, name) for name in CALLS}
        email = sync(settings, "automation_recipients").records["automation_recipients"][0]["campaign_id"]
        world = World(seeded, email, settings, catalogs, {})
        for name in CALLS:
            world.truth[name] = _rows(world.read(name), name)
        yield world


def _strike(world: World, cell: Cell) -> None:
    path = cell.path.format(audience=world.seeded.audience, campaign=world.seeded.campaign, series_email=world.email)
    often: dict[str, Any] = {"rate": 1.0} if cell.is_for_ever else {"times": 1}
    world.seeded.sandbox.control.fault(cell.kind, path=path, seconds=0.01, **often)


def test_the_table_has_every_stream(world: World) -> None:
    """Each stream is in the table, and each has rows that could be missing."""
    everything = {stream.stream.name for stream in catalog(world.settings).streams}
    assert set(CALLS) == everything
    assert all(world.truth.values())


@pytest.mark.parametrize("cell", PLAYED, ids=lambda cell: f"{cell.stream}-{cell.path}-{cell.kind}-{cell.is_for_ever}")
def test_a_fault_never_costs_rows_in_silence(world: World, cell: Cell) -> None:
    """All rows come and the stream is COMPLETE, or it is not and the last trace says why; later nothing is missing."""
    control = world.seeded.sandbox.control
    _strike(world, cell)
    try:
        found = world.read(cell.stream, fails=True)
    finally:
        control.lift_faults()
    truth = world.truth[cell.stream]
    if found.errors:
        assert found.ends.get(cell.stream) != "COMPLETE"
        assert cell.stream in found.errors[-1]
        is_no_right = cell.kind == "403"
        assert found.turns[-1] == ("config_error" if is_no_right else "transient_error")
    else:
        assert found.ends[cell.stream] == "COMPLETE"
        if (cell.stream, cell.kind, cell.path) in ALL_READ_WITHOUT:
            assert any("does not allow this user to read campaign reports" in warning for warning in found.warnings)
            assert len(found.records[cell.stream]) == truth.total()
            return
        if (cell.stream, cell.kind, cell.path) in NOT_OFFERED:
            assert any("not available to this account or user" in warning for warning in found.warnings)
        else:
            assert _rows(found, cell.stream) == truth
    later = world.read(cell.stream, state=found.states)
    missing = truth - _rows(found, cell.stream) - _rows(later, cell.stream)
    assert not missing
