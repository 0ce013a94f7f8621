"""The connector specification: generated, complete, and in the dialect that the platform's form builder speaks."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.models.airbyte_protocol_serializers import ConnectorSpecificationSerializer
from jsonschema import Draft7Validator

from source_destination_mailchimp.destination.config import CONFIRMATION, Settings, parse
from source_destination_mailchimp.destination.form import BOXES, GROUPS
from source_destination_mailchimp.destination.spec import specification
from tools.docs import GENERATED, PACKAGE

Json = dict[str, Any]
SPEC = specification()
FORM: Json = SPEC["connectionSpecification"]
# Names by which the platform's tests recognise what must be marked as secret.
SECRET_NAMES = re.compile(r"(_token|secret|password|api_?key|access_key(_id)?)$")
# Keywords that the form builder cannot draw, or that would refuse what a platform adds to a configuration.
UNDRAWABLE = {"$ref", "$defs", "allOf", "anyOf", "not", "discriminator", "patternProperties"}


def nodes(schema: Any, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every schema within the form with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key == "properties":
                for name, child in value.items():
                    yield from nodes(child, f"{path}.{name}".lstrip("."))
            elif key == "items":
                yield from nodes(value, f"{path}[]")
            elif key == "oneOf":
                for number, variant in enumerate(value):
                    yield from nodes(variant, f"{path}({number})")


NODES = list(nodes(FORM))
OBJECTS = [(path, node) for path, node in NODES if "properties" in node]
CHOICES = [(path, node) for path, node in NODES if "oneOf" in node]
BOXES_DRAWN = [(path, node) for path, node in NODES if path and "const" not in node and not path.endswith((")", "]"))]


def test_spec_json_is_what_the_settings_say() -> None:
    """The committed specification is the generated one; `make docs` writes it."""
    path = PACKAGE / "destination" / "spec.json"
    assert path.read_text(encoding="utf-8") == GENERATED[path]()


def test_is_a_json_schema() -> None:
    """Any validator of draft 7 takes the form."""
    Draft7Validator.check_schema(FORM)


def test_survives_the_protocol_classes() -> None:
    """Nothing of it is lost when the connector says it through Airbyte's own classes."""
    said = ConnectorSpecificationSerializer.dump(ConnectorSpecificationSerializer.load(SPEC))
    assert said["connectionSpecification"] == FORM
    assert said["supported_destination_sync_modes"] == SPEC["supported_destination_sync_modes"]
    told = said["advanced_auth"]["oauth_config_specification"]["oauth_connector_input_specification"]
    asked = SPEC["advanced_auth"]["oauth_config_specification"]["oauth_connector_input_specification"]
    assert told == asked


def test_four_boxes_are_enough() -> None:
    """A first sync needs a key, an audience and the status of new people, and nothing else; that never grows."""
    assert FORM["required"] == ["credentials", "audience", "new_member_status"]
    assert [v["required"] for v in FORM["properties"]["credentials"]["oneOf"]] == [
        ["auth_type", "access_token"],
        ["auth_type", "apikey"],
    ]
    assert not [path for path, node in NODES if node.get("always_show") and "." not in path]


def test_nobody_is_subscribed_by_a_default() -> None:
    """The status of new people has no default, and the defaults there are bring nobody back and remove nobody."""
    defaults = {key: node.get("default") for key, node in FORM["properties"].items()}
    assert defaults["new_member_status"] is None
    assert (defaults["resubscribe"], defaults["removal"]) == ("never", "keep")


@pytest.mark.parametrize(("path", "node"), NODES, ids=[path or "form" for path, _ in NODES])
def test_can_be_drawn(path: str, node: Json) -> None:
    """No keyword that the form builder, the acceptance tests or a platform's own additions stumble over."""
    assert not UNDRAWABLE & set(node)
    assert node.get("additionalProperties", True) is True
    assert ("group" in node) <= ("." not in path and "[" not in path and "(" not in path)
    assert ("display_type" in node) <= ("oneOf" in node)
    assert isinstance(node.get("type"), str)
    if node["type"] == "array":
        assert node["items"]["type"] in ("string", "object")


@pytest.mark.parametrize(("path", "node"), OBJECTS, ids=[path or "form" for path, _ in OBJECTS])
def test_orders_are_given_and_unique(path: str, node: Json) -> None:
    """Boxes have an order, and no two within one object share it."""
    orders = [child.get("order") for child in node["properties"].values()]
    assert None not in orders
    assert len(orders) == len(set(orders))
    assert set(node.get("required", [])) <= set(node["properties"])


@pytest.mark.parametrize(("path", "node"), CHOICES, ids=[path for path, _ in CHOICES])
def test_variants_are_told_apart(path: str, node: Json) -> None:
    """Variants are titled objects that share exactly one key, a required constant without default or enum."""
    assert node["type"] == "object"
    shared = set.intersection(
        *[{k for k, v in variant["properties"].items() if "const" in v} for variant in node["oneOf"]]
    )
    (key,) = shared
    constants = [variant["properties"][key] for variant in node["oneOf"]]
    assert len({constant["const"] for constant in constants}) == len(constants)
    assert not [constant for constant in constants if {"default", "enum"} & set(constant)]
    assert all(variant["title"] and key in variant["required"] for variant in node["oneOf"])


def test_oauth_comes_first() -> None:
    """OAuth is the first way to sign in, as the platform's tests ask for it."""
    first = FORM["properties"]["credentials"]["oneOf"][0]
    assert first["properties"]["auth_type"]["const"] == SPEC["advanced_auth"]["predicate_value"]


def test_groups_hold_every_box() -> None:
    """Each top-level box is in a group that is announced, in the order in which the groups are."""
    announced = [group["id"] for group in FORM["groups"]]
    used = [node["group"] for node in sorted(FORM["properties"].values(), key=lambda node: node["order"])]
    assert list(dict.fromkeys(used)) == announced
    assert {key for group in GROUPS for key in group.boxes} == set(Settings.model_fields)


@pytest.mark.parametrize(("path", "node"), BOXES_DRAWN, ids=[path for path, _ in BOXES_DRAWN])
def test_secrets_are_marked(path: str, node: Json) -> None:
    """What is a secret by its name is masked, nothing else is."""
    name = path.rpartition(".")[2]
    assert bool(SECRET_NAMES.search(name) or name == "client_id") == node.get("airbyte_secret", False)


@pytest.mark.parametrize(("path", "node"), BOXES_DRAWN, ids=[path for path, _ in BOXES_DRAWN])
def test_has_words(path: str, node: Json) -> None:
    """Every box has a title of its own, and every choice in it is explained."""
    assert node["title"]
    for value in node.get("enum", []):
        assert f"<b>{value}</b>: " in node["description"]


def test_no_words_without_a_box() -> None:
    """The table of words names no box that the form does not have."""
    drawn = json.dumps(FORM, ensure_ascii=False)
    for path, box in BOXES.items():
        assert json.dumps(box.title, ensure_ascii=False) in drawn, path


def test_defaults_are_those_of_the_settings() -> None:
    """A form left alone means the same to the platform as to the connector."""
    least = {"credentials": {"auth_type": "apikey", "apikey": "k-us1"}, "audience": "A", "new_member_status": "pending"}
    shown = {k: node["default"] for k, node in FORM["properties"].items() if "default" in node}
    assert parse({**least, **shown}) == parse(least)


def test_confirmation_is_the_words_the_settings_want() -> None:
    """The pattern of the form lets through what the settings accept, and nothing close to it."""
    pattern = FORM["properties"]["confirm_permanent_deletion"]["pattern"]
    assert re.search(pattern, CONFIRMATION)
    assert not re.search(pattern, "delete")


def test_oauth_flow_is_complete() -> None:
    """The generic OAuth flow finds the addresses, the parameters and the places where tokens go."""
    flow = SPEC["advanced_auth"]["oauth_config_specification"]
    asked = flow["oauth_connector_input_specification"]
    assert asked["access_token_params"]["grant_type"] == "authorization_code"
    assert "response_type=code" in asked["consent_url"]
    oauth = FORM["properties"]["credentials"]["oneOf"][0]["properties"]
    for part in ("complete_oauth_output_specification", "complete_oauth_server_output_specification"):
        for target in flow[part]["properties"].values():
            parent, key = target["path_in_connector_config"]
            assert parent == "credentials"
            assert key in oauth
