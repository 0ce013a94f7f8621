"""The hooks that pre-commit runs, as far as they can be judged without a commit."""

import subprocess
import sys
from pathlib import Path

import yaml

from unit_tests.architecture import ROOT

PATH = ROOT / ".pre-commit-config.yaml"
HOOKS = [hook for repo in yaml.safe_load(PATH.read_text(encoding="utf-8"))["repos"] for hook in repo["hooks"]]


def test_pre_commit_takes_the_configuration() -> None:
    """pre-commit itself finds nothing wrong."""
    program = Path(sys.executable).with_name("pre-commit")
    said = subprocess.run([program, "validate-config", PATH], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_hooks_need_no_network() -> None:
    """Every hook is the project's own and runs a program of .venv that the lock brings."""
    assert [repo["repo"] for repo in yaml.safe_load(PATH.read_text(encoding="utf-8"))["repos"]] == ["local"]
    for hook in HOOKS:
        folder, program = hook["entry"].split()[0].rsplit("/", 1)
        assert (hook["language"], folder) == ("system", ".venv/bin")
        assert Path(sys.executable).with_name(program).exists()


def test_types_are_checked_where_make_checks_them() -> None:
    """The hook for types names the folders that the Makefile names."""
    (types,) = (hook["entry"] for hook in HOOKS if hook["id"] == "types")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"CODE := $(wildcard {types.partition('--no-error-summary ')[2]})" in makefile
