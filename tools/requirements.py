"""Read what the project asks for (setup.py) and what is locked for it (requirements/*.txt)."""

import re
import runpy
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
IMAGE = ROOT / "requirements" / "image.txt"
DEVELOPMENT = ROOT / "requirements" / "development.txt"
BROWSER = ROOT / "requirements" / "browser.txt"
EXAMPLES = ROOT / "requirements" / "examples.txt"
LOCKS = (IMAGE, DEVELOPMENT, BROWSER, EXAMPLES)

_ENTRY = re.compile(r"(?m)^(?P<pin>[a-z0-9][a-z0-9._-]*(?:\[[^]\n]*\])?==[^\n\\]+?) *\\\n(?P<rest>(?:^    .*\n?)*)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"(?m)^    #(?: via|  ) +(?!-c )(\S.*)$")


class Declared(NamedTuple):
    """The lists of setup.py."""

    runtime: list[Requirement]
    sandbox: list[Requirement]
    development: list[Requirement]
    browser: list[Requirement]


class Locked(NamedTuple):
    """One package of a lock: its pin, the hashes of its files, and the names of what asks for it."""

    requirement: Requirement
    hashes: frozenset[str]
    asked_for_by: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the package's name, normalised."""
        return self.requirement.name

    @property
    def version(self) -> str:
        """Return the one version that the pin allows."""
        (specifier,) = self.requirement.specifier
        return specifier.version

    @property
    def is_for_windows(self) -> bool:
        """Return whether only Windows, where the project is not run, gets the package."""
        return "win32" in str(self.requirement.marker or "")


def declared() -> Declared:
    """Return setup.py's lists with their ranges."""
    names = runpy.run_path(str(ROOT / "setup.py"))
    lists = [[Requirement(text) for text in names[name]] for name in ("RUNTIME", "SANDBOX", "DEVELOPMENT", "BROWSER")]
    return Declared(*lists)


def locked(path: Path) -> list[Locked]:
    """Return the packages of a lock in its order; one may be there twice, for different versions of Python."""
    found = []
    for entry in _ENTRY.finditer(path.read_text(encoding="utf-8")):
        rest = entry["rest"]
        found.append(Locked(Requirement(entry["pin"]), frozenset(_HASH.findall(rest)), tuple(_VIA.findall(rest))))
    return found
