"""What is published under which name and licence, and where a user's page is, say the same everywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.images.publish import NO_REGISTRY
from tools.images.roles import ROOT, read_role

ROLES = ("destination-mailchimp", "source-mailchimp")
PAGES = "https://docs.airbyte.com/"
LICENCE = "MIT"


def metadata(role: str) -> dict[str, object]:
    """Return the `data` of a role's metadata.yaml."""
    text = (ROOT / "connectors" / role / "metadata.yaml").read_text(encoding="utf-8")
    data: dict[str, object] = yaml.safe_load(text)["data"]
    return data


@pytest.mark.parametrize("role", ROLES)
def test_the_user_s_page_is_in_this_repository(role: str) -> None:
    """`documentationUrl` is the address that Airbyte gives to the page at the same path under docs/."""
    address = str(metadata(role)["documentationUrl"])
    assert address.startswith(PAGES)
    page = ROOT / "docs" / f"{address.removeprefix(PAGES)}.md"
    assert page.is_file()
    assert f'"{PAGES}integrations"' in (ROOT / "setup.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("role", ROLES)
def test_the_licence_is_one(role: str) -> None:
    """metadata.yaml, the package and the file LICENSE name one licence."""
    assert metadata(role)["license"] == LICENCE
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{LICENCE} License")
    assert f'license_expression="{LICENCE}"' in (ROOT / "setup.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("registry", ["registry.example.com/team", "registry.example.com/team/"])
def test_a_registry_takes_the_place_of_the_one_in_the_metadata(role: str, registry: str) -> None:
    """Image and label get the registry's name; the connector's own name and its version stay."""
    named = read_role(role, registry)
    assert named.repository == f"registry.example.com/team/{role}"
    assert named.labels == {"io.airbyte.name": named.repository, "io.airbyte.version": read_role(role).version}


def test_names_of_images_stand_nowhere_else() -> None:
    """No page, no Makefile and no Dockerfile repeats a name: only metadata.yaml and what `make docs` writes from it."""
    names = [str(metadata(role)["dockerRepository"]) for role in ROLES]
    readers = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/*/*.md")]
    readers += [ROOT / "Makefile", ROOT / "Dockerfile", ROOT / ".ci" / "run"]
    readers += [path for folder in ("tools", "integration_tests", "examples") for path in (ROOT / folder).rglob("*.py")]
    found = [path for path in readers if any(name in path.read_text(encoding="utf-8") for name in names)]
    assert [path.relative_to(ROOT) for path in found] == []


def test_nothing_is_published_without_a_registry() -> None:
    """`make publish` alone says what it needs, before it looks for an engine."""
    environment = {**os.environ, "IMAGE_REGISTRY": "", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tools.images.publish"]
    done = subprocess.run(command, env=environment, cwd=Path("/"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (1, NO_REGISTRY)
