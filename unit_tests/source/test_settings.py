"""The form as values, and the form itself."""

import json
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import jsonschema
import pytest

from source_destination_mailchimp.airbyte.problems import BadSetting
from source_destination_mailchimp.source.settings import Settings, check_start, choose_audiences, parse
from source_destination_mailchimp.source.spec import specification

KEY = {"auth_type": "apikey", "apikey": "0123456789abcdef0123456789abcdef-us6"}
FORM = specification()["connectionSpecification"]


OFFICIAL = {"apikey", "data_center", "num_workers"}
"""Boxes of the official connector's configurations; they end in other settings, or in none."""


def test_every_setting_has_its_box() -> None:
    """The form has a box for every setting, and none that does nothing."""
    without_a_box = set(Settings.model_fields) - set(FORM["properties"])
    assert not without_a_box, f"source/spec.py has no box for {without_a_box}"
    assert set(FORM["properties"]) - set(Settings.model_fields) == OFFICIAL


def test_defaults() -> None:
    """A config of credentials alone reads everything, archived people too, over five connections."""
    found = parse({"credentials": KEY})
    assert (found.start_date, found.audiences, found.include_archived) == (None, (), True)
    assert (found.lookback, found.is_flat, found.detect_deleted) == (timedelta(minutes=1), False, False)
    assert found.max_connections == 5


@pytest.mark.parametrize(
    ("config", "connections"),
    [
        ({"num_workers": 6}, 6),
        ({"num_workers": 6, "max_connections": 2}, 2),
        ({"num_workers": 10}, 10),
        ({"max_connections": 10}, 10),
    ],
)
def test_workers_are_connections(config: dict[str, Any], connections: int) -> None:
    """The official connector's `num_workers` counts where ours is not set."""
    assert parse({"credentials": KEY, **config}).max_connections == connections


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T10:00:00.000Z", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_start_dates(text: str | None, expected: datetime | None) -> None:
    """Days and moments are taken, in UTC unless they say otherwise."""
    assert parse({"credentials": KEY, "start_date": text}).start_date == expected


def test_a_key_beside_the_credentials() -> None:
    """Configs older than the credentials box have the key at their root."""
    assert parse({"apikey": "k"}).credentials.model_dump() == {"auth_type": "apikey", "apikey": "k"}
    assert parse({"apikey": "k", "credentials": KEY}).credentials.model_dump() == KEY


SECRET = KEY["apikey"]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"credentials": SECRET}, "credentials: wrong type. Use an object with auth_type: oauth2.0 or apikey."),
    ({"credentials": {"apikey": SECRET}}, "credentials.auth_type: required, but not set. Use oauth2.0 or apikey."),
    ({"credentials": {"auth_type": SECRET}}, "credentials.auth_type: not one of the allowed values."),
    ({"credentials": {"auth_type": "oauth2.0", "client_secret": SECRET}}, "credentials.access_token: required"),
    ({"credentials": {**KEY, "api_key": SECRET}}, "credentials.api_key: not a setting of this connector. Did you mean"),
    ({"credentials": {**KEY, SECRET: 1}}, "credentials.(a key of 36 characters): not a setting of this connector."),
    ({"api_key": SECRET}, "api_key: not a setting of this connector. Did you mean apikey?"),
    ({"audience": ["News"]}, "audience: not a setting of this connector. Did you mean audiences?"),
    ({"audiences": SECRET}, "audiences: wrong type. Use a list."),
    ({"audiences": [1]}, "audiences[0]: wrong type. Use text."),
    ({"start_date": SECRET}, "start_date: wrong format. Write it as 2026-01-31 or 2026-01-31T00:00:00Z."),
    ({"start_date": 1735689600}, "start_date: wrong type. Write it as 2026-01-31 or 2026-01-31T00:00:00Z, as text."),
    (
        {"start_date": ["2026-01-31"]},
        "start_date: wrong type. Write it as 2026-01-31 or 2026-01-31T00:00:00Z, as text.",
    ),
    ({"start_date": "31.01.2026"}, "start_date: wrong format. Write it as 2026-01-31 or 2026-01-31T00:00:00Z."),
    ({"start_date": "0001-01-01"}, "start_date: before 1970. Write it as 2026-01-31 or 2026-01-31T00:00:00Z, or leave"),
    ({"start_date": "0001-01-01T00:00:00+14:00"}, "start_date: before 1970."),
    ({"start_date": "2026-02-31"}, "start_date: not a valid date. Write it as 2026-01-31"),
    ({"include_archived": "yes"}, "include_archived: wrong type. Use true or false."),
    ({"merge_fields": SECRET}, "merge_fields: not one of the allowed values. Use nested or flat."),
    ({"lookback_seconds": 1.5}, "lookback_seconds: wrong type. Use a whole number."),
    ({"lookback_seconds": -1}, "lookback_seconds: out of range. Use a number from 0 to 2592000."),
    ({"max_connections": 11}, "max_connections: out of range. Use a number from 1 to 10."),
    ({"num_workers": 50}, "num_workers: out of range. Use a number from 1 to 10."),
]


@pytest.mark.parametrize(("keys", "sentence"), WRONG, ids=[sentence.partition(":")[0] for _, sentence in WRONG])
def test_a_wrong_setting(keys: dict[str, Any], sentence: str) -> None:
    """Every mistake is one sentence with the key, what is wrong and the way out, and never with the value."""
    with pytest.raises(BadSetting) as found:
        parse({"credentials": KEY, **keys})
    assert str(found.value).startswith(sentence)
    assert SECRET not in str(found.value)
    assert len(found.value.problems) == 1


def test_what_the_platform_adds_is_passed_over() -> None:
    """The acceptance tests' own keys, keys that begin with two underscores, and nulls count as not there."""
    added = {"_limit": 5, "_page_size": 1, "__injected": {"a": 1}, "start_date": None, "data_center": "us6"}
    assert parse({"credentials": {**KEY, "client_id": None}, **added}) == parse({"credentials": KEY})


def test_secrets_stay_out_of_representations() -> None:
    """A printed setting holds no key."""
    assert "0123456789abcdef" not in repr(parse({"credentials": KEY}))


def test_a_future_start() -> None:
    """Nothing would be read: that is said, with the way out."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(BadSetting, match="start_date: 2026-02-01 is in the future"):
        check_start(parse({"credentials": KEY, "start_date": "2026-02-01"}), now)


KNOWN = {"a1": "Readers", "b2": "Twins", "c3": "Twins"}


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [((), ["a1", "b2", "c3"]), (("Readers",), ["a1"]), (("c3", "Readers", "c3"), ["c3", "a1"])],
)
def test_audiences_by_id_or_name(wanted: tuple[str, ...], chosen: list[str]) -> None:
    """None named is all of them; one named twice is one."""
    assert choose_audiences(wanted, KNOWN) == chosen


@pytest.mark.parametrize(("wanted", "words"), [("readers", "Readers \\(a1\\)"), ("Twins", "b2 or c3")])
def test_an_unclear_audience(wanted: str, words: str) -> None:
    """Unknown and ambiguous names are answered with what there is."""
    with pytest.raises(BadSetting, match=words):
        choose_audiences((wanted,), KNOWN)


def test_the_file_is_what_the_code_says() -> None:
    """`spec.json` is made from spec.py: write it again when this fails."""
    text = resources.files("source_destination_mailchimp.source").joinpath("spec.json").read_text(encoding="utf-8")
    assert json.loads(text) == specification()


@pytest.mark.parametrize(
    "config",
    [
        {"credentials": KEY},
        {"credentials": KEY, "start_date": "2010-01-01T00:00:00.000Z", "num_workers": 6, "data_center": "us6"},
        {"credentials": {"auth_type": "oauth2.0", "access_token": "t", "client_id": "1", "client_secret": "2"}},
        {"apikey": "k"},
        {"credentials": KEY, "audiences": ["Readers"], "merge_fields": "flat", "lookback_seconds": 60},
    ],
)
def test_the_form_takes_every_config(config: dict[str, Any]) -> None:
    """Official configs and ours keep to the form."""
    jsonschema.validate(config, FORM)


def test_the_form_as_its_builder_wants_it() -> None:
    """OAuth is first, one shared const tells the variants apart, groups and orders are whole, nothing is required."""
    properties = FORM["properties"]
    variants = properties["credentials"]["oneOf"]
    assert [variant["properties"]["auth_type"]["const"] for variant in variants] == ["oauth2.0", "apikey"]
    assert all(variant["properties"]["auth_type"]["type"] == "string" for variant in variants)
    groups = {group["id"] for group in FORM["groups"]}
    assert {box["group"] for box in properties.values()} == groups
    assert len({box["order"] for box in properties.values()}) == len(properties)
    assert FORM["required"] == []
    secrets = [*(v["properties"][k] for v in variants for k in v["properties"] if k != "auth_type")]
    assert all(box["airbyte_secret"] for box in [*secrets, properties["apikey"]])


def test_every_box_explains_itself() -> None:
    """Titles and helps are there for people."""
    for name, box in FORM["properties"].items():
        assert box["title"], name
        assert box["description"], name


def test_the_sign_in_flow_points_into_the_form() -> None:
    """What OAuth gives lands in boxes that exist."""
    flow = specification()["advanced_auth"]["oauth_config_specification"]
    boxes = FORM["properties"]["credentials"]["oneOf"][0]["properties"]
    for part in ("complete_oauth_output_specification", "complete_oauth_server_output_specification"):
        for target in flow[part]["properties"].values():
            folder, box = target["path_in_connector_config"]
            assert folder == "credentials"
            assert box in boxes


def test_the_base_url_is_no_box() -> None:
    """Nobody who can edit the form may send a key to another host."""
    assert "url" not in json.dumps(sorted(FORM["properties"])).lower()
