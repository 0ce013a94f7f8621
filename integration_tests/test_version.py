"""`--version` of the three commands, as a terminal sees it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
(VERSION,) = re.findall(r'version="([^"]+)"', (ROOT / "setup.py").read_text(encoding="utf-8"))
CONNECTORS = {"destination-mailchimp": "destination", "source-mailchimp": "source"}


@pytest.mark.parametrize("name", ["destination-mailchimp", "source-mailchimp", "mailchimp-sandbox"])
def test_each_command_says_its_version(name: str, tmp_path: Path) -> None:
    """`--version` prints the command's name and the package's version, and nothing else."""
    command = Path(sys.executable).with_name(name)
    said = subprocess.run([command, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == f"{name} {VERSION}\n"
    assert said.stderr == ""


@pytest.mark.parametrize("function", CONNECTORS.values())
def test_the_version_needs_no_connector(function: str) -> None:
    """`--version` answers before Airbyte's libraries, which take a second to import, are touched."""
    program = f"""
import sys
from source_destination_mailchimp import run
run.{function}()
print("airbyte_cdk" in sys.modules)
"""
    said = subprocess.run(
        [sys.executable, "-c", program, "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[1] == "False"
