"""What an image holds: what the connector needs, and nothing that only its developers use."""

import json

import pytest

from tools.images.engine import Engine
from tools.images.roles import ROLES, ROOT, Role
from tools.requirements import IMAGE, locked

pytestmark = [pytest.mark.image_tests, pytest.mark.timeout(120), pytest.mark.xdist_group("images")]

LIST_DISTRIBUTIONS = """
import importlib.metadata, json
print(json.dumps({found.name: found.version for found in importlib.metadata.distributions()}))
"""
FIND_MODULES = """
import importlib.util, json, sys
print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name)]))
"""
ONLY_FOR_DEVELOPERS = (
    "babel", "pytest", "hypothesis", "starlette", "uvicorn", "setuptools", "pip", "unit_tests", "integration_tests",
    "source_destination_mailchimp.sandbox",
)  # fmt: skip


def python(engine: Engine, role: Role, program: str, *arguments: str) -> str:
    """Return what a program prints that the image's own Python runs."""
    entrypoint = "--entrypoint=/opt/connector/bin/python"
    return engine.must("run", "--rm", "--network=host", entrypoint, role.image, "-c", program, *arguments)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.stage)
def test_libraries_are_those_of_the_lock(engine: Engine, role: Role) -> None:
    """Every library stands in the lock with its version; nothing came along unlocked."""
    installed = json.loads(python(engine, role, LIST_DISTRIBUTIONS))
    pins: dict[str, set[str]] = {}
    for package in locked(IMAGE):
        pins.setdefault(package.name.lower(), set()).add(package.version)
    ours = "source-destination-mailchimp"
    foreign = {name.lower().replace("_", "-"): version for name, version in installed.items() if name != ours}
    assert ours in installed
    assert not {name: version for name, version in foreign.items() if version not in pins.get(name, set())}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.stage)
def test_tools_of_developers_are_not_in_it(engine: Engine, role: Role) -> None:
    """No test, no sandbox, no library that only they use."""
    assert json.loads(python(engine, role, FIND_MODULES, *ONLY_FOR_DEVELOPERS)) == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.stage)
def test_labels_are_those_of_the_metadata(engine: Engine, role: Role) -> None:
    """Name and version on the image are those in metadata.yaml, and the version is the package's."""
    (image,) = json.loads(engine.must("image", "inspect", role.image))
    assert role.labels.items() <= image["Config"]["Labels"].items()
    assert f'version="{role.version}"' in (ROOT / "setup.py").read_text(encoding="utf-8")
