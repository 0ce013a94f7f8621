"""The recordings of the real API, replayed: every status, every header and every stable field is equal."""

import copy
from pathlib import Path
from typing import Any

import pytest

from integration_tests.sandbox.recorded import RECORDINGS, Exchange, read
from integration_tests.sandbox.replaying import Replay
from source_destination_mailchimp.sandbox.http.server import running_sandbox

FOUND = sorted(RECORDINGS.glob("*.json"))


@pytest.mark.skipif(not FOUND, reason="the recordings are not beside the repository")
@pytest.mark.parametrize("path", FOUND, ids=lambda path: getattr(path, "stem", "none"))
def test_answers_like_the_real_api(path: Path) -> None:
    """Every recorded exchange of a session gets the recorded answer (observed, G)."""
    with running_sandbox() as sandbox:
        assert Replay(sandbox.url, sandbox.api_key).run(read(path)) == []


def told_otherwise(exchanges: list[Exchange], place: str, value: object) -> list[Exchange]:
    """The recording with one thing changed: "exchange.key.key…"."""
    position, *keys = place.split(".")
    changed = copy.deepcopy(exchanges)
    target: Any = changed[int(position)]._asdict()
    whole = target
    for key in keys[:-1]:
        target = target[int(key)] if key.isdigit() else target[key]
    target[int(keys[-1]) if keys[-1].isdigit() else keys[-1]] = value
    changed[int(position)] = Exchange(**whole)
    return changed


@pytest.mark.skipif(not FOUND, reason="the recordings are not beside the repository")
@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("0.status", 404),
        ("0.headers.Allow", "GET, POST"),
        ("0.response.detail", "This list member cannot be removed."),
        ("3.response.total_items", 8),
        ("3.response.merge_fields.0.type", "text"),
        ("9.response.tags_count", 0),
        ("9.response.web_id", 440689829),
        ("9.response.timestamp_opt", "2022-02-23T19:31:52+00:00"),
        ("11.response.last_changed", "2022-02-23T19:37:41+00:00"),
        ("13.response.merge_fields.USERID", "100"),
        ("13.response.merge_fields.ADDRESS", None),
        ("15.response._links.0.href", "https://us3.api.mailchimp.com/3.0/lists/a36b032126/members"),
        ("16.headers.Content-Type", "text/html"),
    ],
)
def test_a_disagreement_is_noticed(place: str, value: object) -> None:
    """The replay itself can fail: a recording told otherwise in one place no longer agrees."""
    recorded = read(RECORDINGS / "export_contacts.json")
    with running_sandbox() as sandbox:
        assert Replay(sandbox.url, sandbox.api_key).run(told_otherwise(recorded, place, value)) != []
