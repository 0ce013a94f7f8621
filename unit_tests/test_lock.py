"""The locks in requirements/, held against setup.py and against each other."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.dependencies import WHY
from tools.requirements import DEVELOPMENT, EXAMPLES, IMAGE, LOCKS, ROOT, declared, locked

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD = [Requirement(text) for text in PYPROJECT["build-system"]["requires"]]


def unmet(asked: list[Requirement], lock: Path) -> list[str]:
    """Return what is asked for and not in a lock, or there in a version that the range does not allow."""
    versions = {package.name: package.version for package in locked(lock)}
    found = []
    for requirement in asked:
        version = versions.get(requirement.name.lower(), "")
        if not version or not requirement.specifier.contains(version):
            found.append(f"{requirement} (locked: {version or 'not at all'})")
    return found


def test_images_get_what_setup_py_asks_for() -> None:
    """Every package of a run, and of the build, is locked for the image within its range."""
    assert unmet([*declared().runtime, *BUILD], IMAGE) == []


def test_developers_get_what_setup_py_asks_for() -> None:
    """Every package of a run, of the build, of the sandbox and of the tests is locked within its range."""
    ours = declared()
    assert unmet([*ours.runtime, *ours.sandbox, *ours.development, *BUILD], DEVELOPMENT) == []


def test_examples_get_what_they_ask_for() -> None:
    """What the examples in Python need is locked within its range."""
    lines = (ROOT / "examples" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert unmet([Requirement(line) for line in lines if not line.startswith("#")], EXAMPLES) == []


def test_a_lock_that_disagrees_is_found() -> None:
    """A package that is not locked, and one outside of its range, are both named."""
    asked = [Requirement("airbyte-cdk<7"), Requirement("not-a-package-of-ours>=1"), Requirement("requests>=2")]
    first, second = unmet(asked, IMAGE)
    assert first.startswith("airbyte-cdk<7 (locked: 7.")
    assert second == "not-a-package-of-ours>=1 (locked: not at all)"


def test_tests_run_with_what_images_have() -> None:
    """A package that is in both locks has one version."""
    tested = {package.name: package.requirement for package in locked(DEVELOPMENT)}
    shipped = {package.name: package.requirement for package in locked(IMAGE)}
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_has_hashes(lock: Path) -> None:
    """Each entry of a lock is read, is pinned to one version and names the hash of at least one file."""
    text = lock.read_text(encoding="utf-8")
    entries = re.findall(r"(?m)^[^\s#]", text)
    packages = locked(lock)
    assert len(packages) == len(entries) > 50
    assert not [package.name for package in packages if not package.hashes]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_address(lock: Path) -> None:
    """A lock works with any mirror: no address, no option of an index, no file beside it is in it."""
    found = re.findall(r"(?m)://|\bfile:|^\s*-+(?!-hash=)\S+|\S+ @ \S+", lock.read_text(encoding="utf-8"))
    assert [text for text in found if not text.strip().startswith("--hash=sha256:")] == []


def test_every_dependency_says_why() -> None:
    """The table behind docs/dependencies.md has a reason for each package of setup.py, and for nothing else."""
    ours = declared()
    assert {asked.name.lower() for asked in [*ours.runtime, *ours.sandbox, *ours.development, *ours.browser]} == set(
        WHY
    )
