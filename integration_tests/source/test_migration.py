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
    "email_activity": (["activity_id"], "timestamp"),
    "unsubscribes": (["campaign_id", "email_id", "timestamp"], "timestamp"),
}
"""Names, primary keys and cursors of the official connector's streams; the key of email_activity is ours, as the
official one makes one event of several."""


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


def test_a_global_cursor_is_not_believed(seeded: Seeded) -> None:
    """It does not say for which audiences it stands: everybody comes once."""
    settings = config(seeded.sandbox)
    truth = sync(settings, "list_members").records["list_members"]
    position = max(row["last_changed"] for row in truth)
    state = {"use_global_cursor": True, "state": {"last_changed": position}, "states": [], "lookback_window": 3}
    found = sync(settings, "list_members", state=[saved_state("list_members", state)])
    assert len(found.records["list_members"]) == len(truth)
    assert sync(settings, "list_members", state=found.states).records["list_members"] == []


def test_activity_goes_on_where_an_official_state_stands(seeded: Seeded) -> None:
    """What recipients did comes once whole: the official position says nothing of what showed late or was collapsed."""
    settings = config(seeded.sandbox)
    everything = sync(settings, "email_activity").records["email_activity"]
    position = "2026-03-01T12:40:00+00:00"
    state = _per_partition(seeded.campaign, {"timestamp": position})
    rows = sync(settings, "email_activity", state=[saved_state("email_activity", state)]).records["email_activity"]
    assert sorted(map(str, rows)) == sorted(map(str, everything))


@pytest.mark.parametrize(
    ("stream", "state"),
    [
        ("campaigns", {"create_time": NOW}),
        ("reports", {"send_time": NOW}),
        ("lists", {"date_created": NOW}),
        ("automations", {"create_time": NOW}),
        ("segments", _per_partition("", {"updated_at": NOW})),
        ("segment_members", {"states": [{"partition": {"id": "1"}, "cursor": {"last_changed": NOW}}]}),
        ("segment_members", {"use_global_cursor": True, "state": {"last_changed": NOW}, "states": []}),
        ("email_activity", _per_partition("", {"timestamp": NOW})),
        ("unsubscribes", _per_partition("", {"timestamp": NOW})),
    ],
)
def test_everything_comes_once_behind_an_official_state(seeded: Seeded, stream: str, state: dict[str, Any]) -> None:
    """An official position says nothing of what changed behind it: all rows come once, and then none."""
    truth = sync(config(seeded.sandbox), stream).records[stream]
    now = seeded.sandbox.control.clock(advance_seconds=6 * 24 * 3600)
    seeded.sandbox.control.clock(advance_seconds=60)
    saved = json.dumps(state).replace(NOW, now).replace('"id": ""', json.dumps({"id": _parent(seeded, stream)})[1:-1])
    found = sync(config(seeded.sandbox), stream, state=[saved_state(stream, json.loads(saved))])
    assert len(found.records[stream]) == len(truth) > 0
    assert sync(config(seeded.sandbox), stream, state=found.states).records[stream] == []


def _parent(seeded: Seeded, stream: str) -> str:
    return seeded.audience if stream == "segments" else seeded.campaign


@pytest.mark.parametrize("cursor", ["last_changed", "archived_last_changed"])
def test_nothing_but_the_cursor_is_taken_from_an_official_state(seeded: Seeded, cursor: str) -> None:
    """`closed` and our other keys count only in a state of our own, packed with the cursor that they belong to."""
    settings = config(seeded.sandbox, audiences=["Readers"])
    everybody = sync(settings, "list_members").records["list_members"]
    position = max(row["last_changed"] for row in everybody)
    state = _per_partition(seeded.audience, {"last_changed": position, cursor: position})
    state["states"][0]["cursor"]["closed"] = True
    found = sync(settings, "list_members", state=[saved_state("list_members", state)]).records["list_members"]
    assert {row["id"] for row in found} >= {row["id"] for row in everybody if row["last_changed"] == position}
    assert sum(row["status"] == "archived" for row in found) == 30


def test_our_state_is_ours(seeded: Seeded) -> None:
    """A state names its account and is packed: nothing in it can be taken for the official connector's."""
    found = sync(config(seeded.sandbox), "list_members", "campaigns", "email_activity", "segment_members")
    for stream in ("list_members", "campaigns", "email_activity", "segment_members"):
        assert set(found.state(stream)) == {"account_id", "packed"}
