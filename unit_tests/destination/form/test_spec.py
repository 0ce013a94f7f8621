"""The destination's form: generated from its settings, safe by default. What holds for both forms: `test_forms.py`."""

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.form.settings import CONFIRMATION, Settings, StreamSettings
from source_destination_mailchimp.destination.form.spec import specification
from source_destination_mailchimp.destination.form.texts import BOXES, GROUPS
from unit_tests.architecture import PACKAGE, modules

Json = dict[str, Any]
SPEC = specification()
FORM: Json = SPEC["connectionSpecification"]


def test_four_boxes_are_enough() -> None:
    """A first sync needs a key, an audience and the status of new people, and nothing else; that never grows."""
    assert FORM["required"] == ["credentials", "audience", "new_member_status"]
    assert [v["required"] for v in FORM["properties"]["credentials"]["oneOf"]] == [
        ["auth_type", "access_token"],
        ["auth_type", "apikey"],
    ]
    assert [key for key, node in FORM["properties"].items() if node.get("always_show")] == ["dry_run"]


def test_nobody_is_subscribed_by_a_default() -> None:
    """The status of new people has no default, and the defaults there are bring nobody back and remove nobody."""
    defaults = {key: node.get("default") for key, node in FORM["properties"].items()}
    assert defaults["new_member_status"] is None
    assert (defaults["resubscribe"], defaults["removal"]) == ("never", "keep")


def test_every_setting_has_a_group() -> None:
    """No setting is missing in the groups of the form, and none is there twice."""
    assert sorted(key for group in GROUPS for key in group.boxes) == sorted(Settings.model_fields)


@pytest.mark.parametrize("model", [Settings, StreamSettings])
def test_every_setting_is_read_by_somebody(model: type[BaseModel]) -> None:
    """A setting that no code asks for would be drawn in the form, and do nothing."""
    elsewhere = modules(f"{PACKAGE}/destination")
    read = {name for module in elsewhere for name in module.attributes}
    unread = set(model.model_fields) - read
    assert not unread, f"nothing in destination/ reads {unread}"


def test_nothing_is_preset_within_an_entry() -> None:
    """The platform heads each entry of a list by its values, so a default would head every new one alike."""
    entry = FORM["properties"]["streams"]["items"]["properties"]
    assert not [key for key, node in entry.items() if "default" in node]
    assert not [key for key, node in entry["fields"]["items"]["properties"].items() if "default" in node]
    assert entry["fields"]["items"]["required"] == ["column", "target"]


def test_groups_are_named_as_users_read_them() -> None:
    """Seven cards, in their order."""
    assert [group["title"] for group in FORM["groups"]] == [
        "Mailchimp account",
        "Who may be emailed",
        "Per-stream settings",
        "Deleted records and lists",
        "Values and conflicts",
        "Dry run and limits",
        "Reports and rejected records",
    ]


def test_no_words_without_a_box() -> None:
    """The table of words names no box that the form does not have."""
    drawn = json.dumps(FORM, ensure_ascii=False)
    for path, box in BOXES.items():
        assert json.dumps(box.title, ensure_ascii=False) in drawn, path


def test_defaults_are_those_of_the_settings() -> None:
    """A form left alone means the same to the platform as to the connector."""
    least = {"credentials": {"auth_type": "apikey", "apikey": "k-us1"}, "audience": "A", "new_member_status": "pending"}
    boxes = {key: node for key, node in FORM["properties"].items() if key != "credentials"}  # which of two is drawn
    shown = {key: node["default"] for key, node in boxes.items() if "default" in node}
    assert parse({**least, **shown}) == parse(least)


def test_confirmation_is_the_words_the_settings_want() -> None:
    """The pattern of the form lets through what the settings accept, and nothing close to it."""
    pattern = FORM["properties"]["confirm_permanent_deletion"]["pattern"]
    assert re.search(pattern, CONFIRMATION)
    assert not re.search(pattern, "delete")
