"""What the platform reads about each connector before it starts it."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import MetadataFile
from jsonschema import Draft7Validator

ROOT = Path(__file__).resolve().parents[1]
ROLES = ("destination", "source")
SHARED_SCHEMA = ROOT.parent / "shared" / "airbyte" / "metadata-schema.json"


def folder(role: str) -> Path:
    """Where Airbyte's machinery looks for a connector."""
    return ROOT / "connectors" / f"{role}-mailchimp"


def metadata(role: str) -> dict[str, Any]:
    """The `data` of a role's metadata.yaml."""
    data: dict[str, Any] = yaml.safe_load((folder(role) / "metadata.yaml").read_text(encoding="utf-8"))["data"]
    return data


def without_ids(schema: Any) -> Any:
    """The schema without the `$id`s of its parts, from which its own references do not resolve."""
    if isinstance(schema, dict):
        return {key: without_ids(value) for key, value in schema.items() if key != "$id"}
    return [without_ids(item) for item in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("role", ROLES)
def test_metadata_is_valid(role: str) -> None:
    """metadata.yaml satisfies the schema of Airbyte's registry."""
    if not SHARED_SCHEMA.exists():
        pytest.skip("the registry's schema is not beside the repository")
    schema = without_ids(json.loads(SHARED_SCHEMA.read_text(encoding="utf-8")))
    document = yaml.safe_load((folder(role) / "metadata.yaml").read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []


@pytest.mark.parametrize("role", ROLES)
def test_metadata_is_read_by_the_cdk(role: str) -> None:
    """The CDK finds the image's name and version where it looks for them."""
    document = MetadataFile.from_file(folder(role) / "metadata.yaml")
    assert document.data.dockerRepository.endswith(f"/{role}-mailchimp")


@pytest.mark.parametrize(
    "name",
    [
        "metadata.yaml",
        "acceptance-test-config.yml",
        "icon.svg",
        "integration_tests/valid_config.json",
        "integration_tests/invalid_config.json",
        "integration_tests/spec.json",
    ],
)
def test_the_root_is_the_destination(name: str) -> None:
    """The files at the root are the destination's own, to the byte."""
    assert (ROOT / name).read_bytes() == (folder("destination") / name).read_bytes()


def test_roles_are_told_apart() -> None:
    """The two connectors share a version and nothing that names them."""
    destination, source = metadata("destination"), metadata("source")
    assert destination["dockerImageTag"] == source["dockerImageTag"]
    for key in ("definitionId", "connectorType", "dockerRepository", "documentationUrl", "githubIssueLabel"):
        assert destination[key] != source[key]


@pytest.mark.parametrize("role", ROLES)
def test_may_reach_mailchimp_and_nothing_unnamed(role: str) -> None:
    """The hosts that the platform lets through are named."""
    hosts = metadata(role)["allowedHosts"]["hosts"]
    assert {"*.api.mailchimp.com", "login.mailchimp.com"} <= set(hosts)
    assert "*" not in hosts


def test_data_activation_is_announced() -> None:
    """The platform offers the mapping page, and tells the destination when a stream is complete."""
    assert metadata("destination")["supportsDataActivation"] is True
    assert metadata("destination")["supportsRefreshes"] is True


@pytest.mark.parametrize("role", ROLES)
def test_icon_is_a_picture(role: str) -> None:
    """The icon is well-formed SVG, square, without script or links."""
    tree = ElementTree.parse(folder(role) / "icon.svg").getroot()
    assert tree.tag.endswith("svg")
    assert tree.get("width") == tree.get("height")
    assert not [node for node in tree.iter() if node.tag.endswith(("script", "image", "a"))]


@pytest.mark.parametrize("role", ROLES)
def test_acceptance_config_names_files_that_are_there(role: str) -> None:
    """Every configuration that is not a secret exists, and the suite takes every key."""
    config = yaml.safe_load((folder(role) / "acceptance-test-config.yml").read_text(encoding="utf-8"))
    for section in config["acceptance_tests"].values():
        for entry in section["tests"]:
            assert set(entry) <= {"spec_path", "config_path", "status", "backward_compatibility_tests_config"}
            for path in (Path(entry[key]) for key in ("spec_path", "config_path") if key in entry):
                assert path.parts[0] == "secrets" or (folder(role) / path).is_file()
