"""Write the locks in requirements/: every package at one version, with the hashes of its files.

`make lock` keeps what is locked already and only follows what changed in setup.py; `make lock ARGS=--upgrade` takes the
newest release that each range allows. The four locks hold no address, so that the same file works with any mirror.
"""

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = "3.11"
HEADER = "# Made by `make lock` from {origin}. Install it with --require-hashes.\n"


class Lock(NamedTuple):
    """One file in requirements/: what it is made from, and the lock whose versions it has to share."""

    path: Path
    origins: tuple[Path, ...]
    extras: tuple[str, ...] = ()
    shares: Path | None = None


PROJECT = ROOT / "setup.py"
IMAGE = Lock(ROOT / "requirements" / "image.txt", (PROJECT,))
DEVELOPMENT = Lock(ROOT / "requirements" / "development.txt", (PROJECT,), ("sandbox", "dev"), IMAGE.path)
BROWSER = Lock(ROOT / "requirements" / "browser.txt", (PROJECT,), ("browser",), DEVELOPMENT.path)
EXAMPLES = Lock(ROOT / "requirements" / "examples.txt", (ROOT / "examples" / "requirements.txt", PROJECT))
LOCKS = (IMAGE, DEVELOPMENT, BROWSER, EXAMPLES)


def main(options: Sequence[str]) -> None:
    """Resolve each lock for every Python and platform at once, and write it."""
    for lock in LOCKS:
        subprocess.run([*command(lock), *options], cwd=ROOT, input=build_needs(), text=True, check=True)
        resolved = lock.path.read_text(encoding="utf-8")
        header = HEADER.format(origin=" and ".join(origin.relative_to(ROOT).as_posix() for origin in lock.origins))
        lock.path.write_text(header + resolved, encoding="utf-8")
        print(f"written: {lock.path.relative_to(ROOT)}")


def command(lock: Lock) -> list[str]:
    """Return uv's command line for one lock; what the build needs comes on standard input (`-`)."""
    resolver = Path(sys.executable).with_name("uv")
    found = [str(resolver), "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
    # One version for every Python: what the full suite ran with is what every Python gets.
    found += ["--fork-strategy", "fewest", "--generate-hashes", "--no-header"]
    # A package that is asked for with an extra has to be pinned with it, or pip takes it for another requirement.
    found += ["--no-emit-index-url", "--no-emit-find-links", "--no-strip-extras"]
    found += [origin.relative_to(ROOT).as_posix() for origin in lock.origins]
    found += ["-", "--output-file", lock.path.relative_to(ROOT).as_posix()]
    for extra in lock.extras:
        found += ["--extra", extra]
    if lock.shares:
        found += ["--constraint", lock.shares.relative_to(ROOT).as_posix()]
    return found


def build_needs() -> str:
    """Return the packages that building the project needs, one a line, as pyproject.toml names them."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return "\n".join(pyproject["build-system"]["requires"]) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
