"""The steps of the image's build, run without a container engine: in a folder and an environment of their own."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest
import yaml

from unit_tests.dockerfile import ROOT, stages

STAGES = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
ENVIRONMENT = "/opt/connector"
pytestmark = [
    pytest.mark.xdist_group("image"),  # built once, not once per worker
    pytest.mark.timeout(900),  # every library is installed anew
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the builder stage makes: its files copied, its commands run."""
    here = tmp_path_factory.mktemp("image")
    for argument in STAGES["builder"].all("COPY"):
        *names, target = argument.split()
        for name in names:
            (here / target).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, here / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, here / target)
    environment = here / "connector"
    for command in STAGES["builder"].all("RUN"):
        mended = command.replace(ENVIRONMENT, str(environment)).replace("python3 ", f"{sys.executable} ")
        subprocess.run(mended, shell=True, cwd=here, check=True, capture_output=True)
    yield environment
    shutil.rmtree(here)


@pytest.mark.parametrize("role", ["destination-mailchimp", "source-mailchimp"])
def test_the_entrypoint_answers(built: Path, role: str, tmp_path: Path) -> None:
    """The installed connector, outside the repository, says its specification."""
    (program,) = json.loads(STAGES[role].all("ENTRYPOINT")[0])
    command = [program.replace(ENVIRONMENT, str(built)), "spec"]
    said = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )
    (spec,) = (message for line in said.stdout.splitlines() if (message := json.loads(line))["type"] == "SPEC")
    form = spec["spec"]["connectionSpecification"]
    packaged = ROOT / "source_destination_mailchimp" / role.partition("-")[0] / "spec.json"
    assert form == json.loads(packaged.read_text(encoding="utf-8"))["connectionSpecification"]


def test_no_build_tools_are_left(built: Path) -> None:
    """Neither pip nor setuptools is in what the runtime stage takes over."""
    libraries = {path.name for path in built.glob("lib/python3*/site-packages/*")}
    assert not {"pip", "setuptools", "wheel"} & libraries


def test_the_package_says_what_it_is(built: Path) -> None:
    """The installed metadata has the licence and its text, the readme, the addresses and the supported Pythons."""
    (metadata,) = built.glob("lib/python3*/site-packages/source_destination_mailchimp-*.dist-info/METADATA")
    headers = message_from_string(metadata.read_text(encoding="utf-8"))
    assert headers["License-Expression"] == "MIT"
    assert (metadata.parent / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert headers["Description-Content-Type"] == "text/markdown"
    assert headers.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    assert headers["Requires-Python"] == ">=3.11,<3.14"
    pages = {address for _, _, address in (url.partition(", ") for url in headers.get_all("Project-URL", []))}
    assert {documentation_page(role) for role in ("destination", "source")} <= pages


def documentation_page(role: str) -> str:
    """Return the address of the user's page that a role's metadata.yaml names."""
    text = (ROOT / "connectors" / f"{role}-mailchimp" / "metadata.yaml").read_text(encoding="utf-8")
    return str(yaml.safe_load(text)["data"]["documentationUrl"])
