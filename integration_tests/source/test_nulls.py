"""Mailchimp may leave out, or leave empty, whatever it likes but IDs: no stream stops for it."""

import random
from typing import Any

import pytest

from integration_tests.source.conftest import fill_small
from integration_tests.source.rewriting import Query, rewriting
from integration_tests.source.syncing import catalog, config, sync
from source_destination_mailchimp.sandbox.http.server import Sandbox

KEPT = {"id", "list_id", "account_id", "total_items"}
FLAT = {"merge_fields": "flat", "external_id": "CRMID", "detect_deleted": True, "start_date": "2026-01-01T00:00:00Z"}


def emptied(value: Any, chance: random.Random, share: float) -> Any:
    """An answer in which about so large a share of its columns is null, "" or not there; collections stay."""
    if isinstance(value, list):
        return [emptied(item, chance, share) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, inner in value.items():
        if name in KEPT or chance.random() > share:
            found[name] = emptied(inner, chance, share)
        elif chance.random() < 0.7:
            found[name] = "" if isinstance(inner, str) and chance.random() < 0.5 else None
    return found


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("settings", [{}, FLAT], ids=["nested", "flat"])
def test_whatever_is_empty_no_stream_stops(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], share: float
) -> None:
    """Campaigns without a time, reports without figures, contacts without a status: two syncs of all streams end."""
    fill_small(sandbox)
    chance = random.Random(share)
    everything = catalog(config(sandbox))

    def rewrite(path: str, query: Query, body: Any) -> Any:
        if path in ("", "/"):
            return body
        return {name: emptied(inner, chance, share) for name, inner in body.items()}

    with rewriting(sandbox, rewrite) as (url, _):
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", url)
        first = sync(config(sandbox, **settings), configured=everything)
        second = sync(config(sandbox, **settings), configured=everything, state=first.states)
    for one in (first, second):
        assert set(one.ends.values()) == {"COMPLETE"}
    if share > 0.9:  # what has no time is not before a start date
        assert first.records["campaigns"]
