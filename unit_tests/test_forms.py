"""Both forms, in the dialect that the platform's form builder and its acceptance tests speak."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from airbyte_cdk.models.airbyte_protocol_serializers import ConnectorSpecificationSerializer
from jsonschema import Draft7Validator

from source_destination_mailchimp.destination.form import spec as destination
from source_destination_mailchimp.source import spec as source

Json = dict[str, Any]
SPECS: dict[str, Json] = {"destination": destination.specification(), "source": source.specification()}
# Names by which the platform's tests recognise what must be marked as secret.
SECRET_NAMES = re.compile(r"(_token|secret|password|api_?key|access_key(_id)?)$")
# Keywords that the form builder cannot draw, or that would refuse what a platform adds to a configuration.
UNDRAWABLE = {"$ref", "$defs", "allOf", "anyOf", "not", "discriminator", "patternProperties"}


class Node(NamedTuple):
    """One schema within a form."""

    role: str
    path: str
    schema: Json

    def __repr__(self) -> str:
        return f"{self.role}:{self.path or 'form'}"


def nodes(role: str, schema: Any, path: str = "") -> Iterator[Node]:
    """Every schema within a form with its path."""
    yield Node(role, path, schema)
    for name, child in schema.get("properties", {}).items():
        yield from nodes(role, child, f"{path}.{name}".lstrip("."))
    for number, variant in enumerate(schema.get("oneOf", ())):
        yield from nodes(role, variant, f"{path}({number})")
    if "items" in schema:
        yield from nodes(role, schema["items"], f"{path}[]")


NODES = [node for role, spec in SPECS.items() for node in nodes(role, spec["connectionSpecification"])]
OBJECTS = [node for node in NODES if "properties" in node.schema]
CHOICES = [node for node in NODES if "oneOf" in node.schema]
BOXES = [node for node in NODES if node.path and "const" not in node.schema and not node.path.endswith((")", "]"))]
roles = pytest.mark.parametrize("role", SPECS)


def each(found: list[Node]) -> pytest.MarkDecorator:
    """One test per schema, called by its path."""
    return pytest.mark.parametrize("node", found, ids=repr)


@roles
def test_is_a_json_schema(role: str) -> None:
    """Any validator of draft 7 takes the form."""
    Draft7Validator.check_schema(SPECS[role]["connectionSpecification"])


@roles
def test_survives_the_protocol_classes(role: str) -> None:
    """Nothing of it is lost when the connector says it through Airbyte's own classes."""
    said = ConnectorSpecificationSerializer.dump(ConnectorSpecificationSerializer.load(SPECS[role]))
    for key in ("connectionSpecification", "documentationUrl", "supportsIncremental"):
        assert said[key] == SPECS[role][key]
    assert said.get("supported_destination_sync_modes") == SPECS[role].get("supported_destination_sync_modes")
    flows = [spec["advanced_auth"]["oauth_config_specification"] for spec in (said, SPECS[role])]
    assert flows[0]["oauth_connector_input_specification"] == flows[1]["oauth_connector_input_specification"]


@each(NODES)
def test_can_be_drawn(node: Node) -> None:
    """No keyword that the form builder, the acceptance tests or a platform's own additions stumble over."""
    assert not UNDRAWABLE & set(node.schema)
    assert node.schema.get("additionalProperties", True) is True
    assert ("group" in node.schema) <= (not re.search(r"[.(\[]", node.path))
    assert ("display_type" in node.schema) <= ("oneOf" in node.schema)
    assert isinstance(node.schema.get("type"), str)
    if node.schema["type"] == "array":
        assert node.schema["items"]["type"] in ("string", "object")


@each(OBJECTS)
def test_orders_are_given_and_unique(node: Node) -> None:
    """Boxes have an order, and no two within one object and group share it."""
    orders = [child.get("order") for child in node.schema["properties"].values()]
    assert None not in orders
    grouped = [(child.get("group"), child["order"]) for child in node.schema["properties"].values()]
    assert len(grouped) == len(set(grouped))
    assert set(node.schema.get("required", [])) <= set(node.schema["properties"])


@each(CHOICES)
def test_variants_are_told_apart(node: Node) -> None:
    """Variants are titled objects that share exactly one key, a required constant without default or enum."""
    variants = node.schema["oneOf"]
    assert node.schema["type"] == "object"
    told_by = [{key for key, child in variant["properties"].items() if "const" in child} for variant in variants]
    (key,) = set.intersection(*told_by)
    constants = [variant["properties"][key] for variant in variants]
    assert len({constant["const"] for constant in constants}) == len(constants)
    assert not [constant for constant in constants if {"default", "enum"} & set(constant)]
    assert all(variant["title"] and key in variant["required"] for variant in variants)


@roles
def test_the_api_key_is_preselected(role: str) -> None:
    """OAuth would be, as the first, and needs an app; each way to sign in says what it takes."""
    box = SPECS[role]["connectionSpecification"]["properties"]["credentials"]
    assert box["default"] == "apikey"
    assert all(variant["description"] for variant in box["oneOf"])
    oauth = box["oneOf"][0]["properties"]
    assert all(oauth[key]["always_show"] for key in ("client_id", "client_secret"))


@each(NODES)
def test_patterns_are_described(node: Node) -> None:
    """The platform shows the bare expression where nothing describes it."""
    assert ("pattern" in node.schema) <= ("pattern_descriptor" in node.schema)


@roles
def test_oauth_comes_first(role: str) -> None:
    """OAuth is the first way to sign in, as the platform's tests ask for it."""
    first = SPECS[role]["connectionSpecification"]["properties"]["credentials"]["oneOf"][0]
    assert first["properties"]["auth_type"]["const"] == SPECS[role]["advanced_auth"]["predicate_value"]


@roles
def test_groups_hold_every_box(role: str) -> None:
    """Each top-level box that is shown is in a group that is announced; groups are used in their order."""
    form = SPECS[role]["connectionSpecification"]
    announced = [group["id"] for group in form["groups"]]
    shown = [node for node in form["properties"].values() if not node.get("airbyte_hidden")]
    used = [node["group"] for node in sorted(shown, key=lambda node: node["order"])]
    assert list(dict.fromkeys(used)) == announced


@each(BOXES)
def test_secrets_are_marked(node: Node) -> None:
    """What is a secret by its name is masked, nothing else is."""
    name = node.path.rpartition(".")[2]
    assert bool(SECRET_NAMES.search(name) or name == "client_id") == node.schema.get("airbyte_secret", False)


@each(BOXES)
def test_has_words(node: Node) -> None:
    """Every box has a title of its own, and every choice in it is explained."""
    assert node.schema["title"]
    for value in node.schema.get("enum", []):
        is_explained = f"<b>{value}</b>: " in node.schema["description"]
        assert is_explained, f"{node}: explain {value} in destination/form/texts.py or source/spec.py"


@roles
def test_oauth_flow_is_complete(role: str) -> None:
    """The generic OAuth flow finds the addresses, the parameters and the places where tokens go."""
    flow = SPECS[role]["advanced_auth"]["oauth_config_specification"]
    asked = flow["oauth_connector_input_specification"]
    assert asked["access_token_params"]["grant_type"] == "authorization_code"
    assert "response_type=code" in asked["consent_url"]
    oauth = SPECS[role]["connectionSpecification"]["properties"]["credentials"]["oneOf"][0]["properties"]
    for part in ("complete_oauth_output_specification", "complete_oauth_server_output_specification"):
        for target in flow[part]["properties"].values():
            parent, key = target["path_in_connector_config"]
            assert parent == "credentials"
            assert key in oauth


def test_one_set_of_credentials_serves_both() -> None:
    """Credentials that one connector takes, the other takes as they are."""
    forms = [spec["connectionSpecification"]["properties"]["credentials"]["oneOf"] for spec in SPECS.values()]
    keys = [[(sorted(variant["properties"]), sorted(variant["required"])) for variant in form] for form in forms]
    assert keys[0] == keys[1]
    assert SPECS["destination"]["advanced_auth"] == SPECS["source"]["advanced_auth"]
