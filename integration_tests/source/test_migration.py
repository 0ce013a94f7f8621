"""A user of the official source-mailchimp switches: their config, their columns, their saved states."""

import json
from typing import Any

import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.syncing import Row, catalog, config, saved_state, sync

NOW = "(six days after the account was seeded: bounces are looked back for)"

OFFICIAL: dict[str, tuple[list[str], str | None]] = {
    "automations": (["id"], "create_time"),
    "campaigns": (["id"], "create_time"),
    "lists": (["id"], "date_created"),
    "reports": (["id"], "send_time"),
    "list_members": (["id", "list_id"], "last_changed"),
    "segments": (["id"], "updated_at"),
    "segment_members": (["id", "segment_id"], "last_changed"),
    "tags": (["id"], None),
    "interest_categories": (["id"], None),
    "interests": (["id"], None),
    "email_activity": (["timestamp", "email_id", "action"], "timestamp"),
    "unsubscribes": (["campaign_id", "email_id", "timestamp"], "timestamp"),
}
"""Names, primary keys and cursors of the official connector's streams."""


def official_configs(key: str) -> dict[str, Row]:
    """Configs as the official connector's versions have saved them."""
    return {
        "api key": {"credentials": {"auth_type": "apikey", "apikey": key}, "start_date": "2010-01-01T00:00:00.000Z"},
        "oauth": {
            "credentials": {
                "auth_type": "oauth2.0",
                "client_id": "1",
                "client_secret": "2",
                "access_token": key.partition("-")[0],
            }
        },
        "workers and data centre": {
            "credentials": {"auth_type": "apikey", "apikey": key},
            "num_workers": 6,
            "data_center": "us6",
        },
        "before credentials": {"apikey": key},
    }


@pytest.mark.parametrize("name", list(official_configs("")))
def test_an_official_config_works_unchanged(seeded: Seeded, name: str) -> None:
    """Every form that the official connector's config ever had reads the account."""
    found = sync(official_configs(seeded.sandbox.api_key)[name], "lists", "tags")
    assert {row["name"] for row in found.records["lists"]} == {"Readers", "Others"}
    assert [row["name"] for row in found.records["tags"]] == ["vip"]


@pytest.mark.parametrize("name", list(OFFICIAL))
def test_streams_keep_names_keys_and_cursors(seeded: Seeded, name: str) -> None:
    """Each official stream is there under its name, with its primary key and its cursor."""
    (stream,) = [one.stream for one in catalog(config(seeded.sandbox), name).streams]
    key, cursor = OFFICIAL[name]
    assert stream.source_defined_primary_key == [[column] for column in key]
    assert stream.default_cursor_field == ([cursor] if cursor else None)


def _per_partition(key: str, cursor: dict[str, str]) -> Row:
    return {
        "use_global_cursor": False,
        "states": [{"partition": {"id": key, "parent_slice": {}}, "cursor": cursor}],
        "state": cursor,
        "lookback_window": 1,
        "parent_state": {},
    }


def _shapes(stream: str, key: str, cursor: str, value: str) -> dict[str, Row]:
    """The shapes in which the official connector has saved one position of a stream with partitions."""
    names = {"list_members": "list_id", "segments": "list_id"}
    return {
        "per partition": _per_partition(key, {cursor: value}),
        "low-code 2.0": {"states": [{"partition": {names.get(stream, "campaign_id"): key}, "cursor": {cursor: value}}]},
        "before 2.0": {key: {cursor: value}},
        "global cursor": {"use_global_cursor": True, "state": {cursor: value}, "states": [], "lookback_window": 3},
        "no zone": _per_partition(key, {cursor: value.replace("+00:00", "")}),
        "zulu": _per_partition(key, {cursor: value.replace("+00:00", ".000Z")}),
    }


@pytest.mark.parametrize("shape", list(_shapes("", "", "", "")))
def test_members_go_on_where_an_official_state_stands(seeded: Seeded, shape: str) -> None:
    """Members changed since the saved position come, archived ones all come once, the rest does not come again."""
    settings = config(seeded.sandbox, audiences=["Readers"])
    everybody = sync(settings, "list_members").records["list_members"]
    present = sorted(row["last_changed"] for row in everybody if row["status"] != "archived")
    position = present[len(present) // 2]
    state = _shapes("list_members", seeded.audience, "last_changed", position)[shape]
    rows = sync(settings, "list_members", state=[saved_state("list_members", state)]).records["list_members"]
    assert sorted(row["last_changed"] for row in rows if row["status"] != "archived") == present[len(present) // 2 :]
    assert sum(row["status"] == "archived" for row in rows) == 30


def test_activity_goes_on_where_an_official_state_stands(seeded: Seeded) -> None:
    """What recipients did before the saved position does not come again, but for a look back of ten minutes."""
    settings = config(seeded.sandbox)
    everything = sync(settings, "email_activity").records["email_activity"]
    position = "2026-03-01T12:40:00+00:00"
    state = _per_partition(seeded.campaign, {"timestamp": position})
    rows = sync(settings, "email_activity", state=[saved_state("email_activity", state)]).records["email_activity"]
    expected = [row for row in everything if row["timestamp"] >= "2026-03-01T12:30:00+00:00"]
    assert 0 < len(expected) < len(everything)
    assert sorted(map(str, rows)) == sorted(map(str, expected))


@pytest.mark.parametrize(
    ("stream", "state", "expected"),
    [
        ("campaigns", {"create_time": "2026-02-01T12:00:00+00:00"}, 1),
        ("campaigns", {"create_time": NOW}, 0),
        ("reports", {"send_time": "2026-03-01T12:00:00+00:00"}, 1),
        ("reports", {"send_time": NOW}, 0),
        ("lists", {"date_created": NOW}, 0),
        ("automations", {"create_time": NOW}, 0),
        ("email_activity", _per_partition("", {"timestamp": NOW}), 0),
    ],
)
def test_positions_of_creation(seeded: Seeded, stream: str, state: dict[str, Any], expected: int) -> None:
    """A row behind an official position comes only if a time in it is later: sent, opened or clicked since."""
    now = seeded.sandbox.control.clock(advance_seconds=6 * 24 * 3600)
    seeded.sandbox.control.clock(advance_seconds=60)
    state = json.loads(json.dumps(state).replace(NOW, now))
    if stream == "email_activity":
        state["states"][0]["partition"]["id"] = seeded.campaign
    found = sync(config(seeded.sandbox), stream, state=[saved_state(stream, state)])
    assert len(found.records[stream]) == expected


def test_our_state_has_the_official_shape(seeded: Seeded) -> None:
    """A saved position stands where the official connector puts it, so that going back is possible too."""
    found = sync(config(seeded.sandbox), "list_members", "campaigns", "email_activity")
    states = found.state("list_members")["states"]
    assert {entry["partition"]["id"] for entry in states} == {seeded.audience, seeded.other}
    assert all(entry["cursor"]["last_changed"] for entry in states)
    assert found.state("campaigns")["create_time"] == "2026-02-01T12:00:00+00:00"
    (activity,) = found.state("email_activity")["states"]
    assert activity["partition"] == {"id": seeded.campaign, "parent_slice": {}}
    assert activity["cursor"]["timestamp"] == max(row["timestamp"] for row in found.records["email_activity"])
