"""The Dockerfile, as far as it can be judged without a container engine."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.images.roles import read_role
from unit_tests.dockerfile import ROOT, stages

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = stages(TEXT)
ROLES = ("destination-mailchimp", "source-mailchimp")


def test_linter_has_nothing_to_say() -> None:
    """hadolint, which knows the mistakes others made, finds none."""
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if not linter:
        pytest.skip("hadolint has no build for this machine")
    found = subprocess.run(
        [linter, "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert found.stdout == ""


def test_base_is_pinned_and_declared() -> None:
    """The base image is named by digest, and metadata.yaml of both roles names the same."""
    (base,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", TEXT, re.MULTILINE)
    assert re.search(r"@sha256:[0-9a-f]{64}$", base)
    for role in ROLES:
        metadata = yaml.safe_load((ROOT / "connectors" / role / "metadata.yaml").read_text(encoding="utf-8"))
        assert metadata["data"]["connectorBuildOptions"]["baseImage"] == base


@pytest.mark.parametrize("role", ROLES)
def test_entrypoint_is_what_the_platform_is_told(role: str) -> None:
    """The platform starts what AIRBYTE_ENTRYPOINT says, everybody else the ENTRYPOINT; they are one."""
    entrypoint = json.loads(STAGES[role].all("ENTRYPOINT")[0])
    assert f'AIRBYTE_ENTRYPOINT="{" ".join(entrypoint)}"' in STAGES[role].all("ENV")
    assert entrypoint[0].endswith(f"/{role}")


def test_names_stand_in_the_metadata_alone() -> None:
    """The file names no image of ours outside its comments: `make images` takes names and labels from metadata.yaml."""
    instructions = [line for line in TEXT.splitlines() if not line.startswith("#")]
    assert not [line for line in instructions if "LABEL" in line or "local/" in line]
    for role in ROLES:
        data = yaml.safe_load((ROOT / "connectors" / role / "metadata.yaml").read_text(encoding="utf-8"))["data"]
        assert read_role(role).image == f"{data['dockerRepository']}:dev"
        labels = {"io.airbyte.name": data["dockerRepository"], "io.airbyte.version": data["dockerImageTag"]}
        assert read_role(role).labels == labels


def test_the_destination_is_what_a_build_without_a_target_makes() -> None:
    """The last stage is the one whose metadata.yaml lies beside the file."""
    assert list(STAGES)[-1] == "destination-mailchimp"


def test_what_only_developers_use_stays_out() -> None:
    """Neither the sandbox nor its command is in the image."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "source_destination_mailchimp/sandbox" in ignored
    assert "rm /opt/connector/bin/mailchimp-sandbox" in STAGES["builder"].all("RUN")[-1]


@pytest.mark.parametrize("role", ROLES)
def test_does_not_run_as_root(role: str) -> None:
    """What is shipped runs as Airbyte's user, says what it has at once, and never as root."""
    assert STAGES[role].parent == "runtime"
    assert STAGES["runtime"].all("USER") == ["1000:1000"]
    assert not STAGES[role].all("USER")
    assert "PYTHONUNBUFFERED=1" in " ".join(STAGES["runtime"].all("ENV"))


def test_build_leaves_its_tools_behind() -> None:
    """Only the finished environment is taken over, without pip and setuptools."""
    assert STAGES["runtime"].all("COPY") == ["--from=builder /opt/connector /opt/connector"]
    assert "pip uninstall --yes --quiet setuptools pip" in STAGES["builder"].all("RUN")[-1]


def test_only_locked_files_are_installed() -> None:
    """Libraries come from the lock with their hashes; the project itself brings nothing along, also to be built."""
    installs = [
        command for step in STAGES["builder"].all("RUN") for command in step.split("&&") if " pip install " in command
    ]
    libraries, project = installs
    assert "--require-hashes --requirement requirements/image.txt" in libraries
    assert "--no-deps --no-build-isolation ." in project


def test_everything_copied_is_let_through() -> None:
    """Each file that the build copies exists and is named in .dockerignore, which lets nothing else in."""
    let_in = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    copied = [name for argument in STAGES["builder"].all("COPY") for name in argument.split()[:-1]]
    assert let_in[0] == "*"
    assert {f"!{name}" for name in copied} == {line for line in let_in if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)
