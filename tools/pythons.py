"""`make test-pythons`: what matters most, once more on every other supported Python that this machine has.

Each version gets an environment of its own from the same lock. A Python is found on PATH or where pyenv keeps it; what
ran and what was not found is printed, and a version that is not there is no failure.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = Path("requirements", "development.txt")
SUPPORTED = ("3.11", "3.12", "3.13")
UNIT = "unit_tests"
STORIES = "integration_tests/destination/test_promises.py"
SYNCS = ("integration_tests/test_commands.py", "integration_tests/test_version.py")
CONFIRM = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"


def main(workers: str) -> int:
    """Run the tests on each other version; return 1 where one of them fails."""
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    others = [version for version in SUPPORTED if version != mine]
    results = {version: _result(version, workers) for version in others}
    print(f"· Python {mine}: the full suite")
    for version, result in results.items():
        print(f"· Python {version}: {result}")
    return 1 if "failed" in results.values() else 0


def _result(version: str, workers: str) -> str:
    interpreter = found(version)
    if interpreter is None:
        return "not found on this machine, nothing ran"
    environment = ROOT / f".venv-{version}"
    install(interpreter, environment)
    print(f"· tests on Python {version}: unit tests, stories, a sync of each connector", flush=True)
    command = [str(environment / "bin" / "python"), "-m", "pytest", "-q", "-n", workers, "--dist", "loadgroup"]
    command += ["-rfE", "-m", "not image_tests", "-p", "no:cacheprovider", UNIT, STORIES, *SYNCS]
    outcome = subprocess.run(command, cwd=ROOT, check=False)
    return "failed" if outcome.returncode else "unit tests, stories, a sync of each connector"


def found(version: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return a Python of this version that can make environments, on PATH or of pyenv; None where there is none."""
    for candidate in _candidates(version, environment.get("PATH", "")):
        confirmed = subprocess.run([candidate, "-c", CONFIRM], capture_output=True, text=True, check=False)
        if confirmed.returncode == 0 and confirmed.stdout.strip() == version:
            return candidate
    return None


def _candidates(version: str, path: str) -> Iterator[str]:
    name = f"python{version}"
    if on_path := shutil.which(name, path=path):
        yield on_path
    if pyenv := shutil.which("pyenv", path=path):
        listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False)
        for release in newest_first(listed.stdout.split(), version):
            prefix = subprocess.run([pyenv, "prefix", release], capture_output=True, text=True, check=False)
            interpreter = Path(prefix.stdout.strip(), "bin", name)
            if prefix.returncode == 0 and interpreter.exists():
                yield str(interpreter)


def newest_first(releases: Iterable[str], version: str) -> list[str]:
    """Return the releases of one version (3.13 → 3.13.10, 3.13.9) from the newest to the oldest."""
    numbered = []
    for release in releases:
        patch = release.removeprefix(f"{version}.")
        if patch != release and patch.isdigit():
            numbered.append((int(patch), release))
    return [release for _, release in sorted(numbered, reverse=True)]


def install(interpreter: str, environment: Path) -> None:
    """Fill an environment from the lock, with the project in it, unless that was done with this very lock."""
    stamp = environment / ".ready"
    wanted = sha256((ROOT / LOCK).read_bytes() + (ROOT / "setup.py").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"· {environment.name}", flush=True)
    subprocess.run([interpreter, "-m", "venv", "--clear", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    libraries = ["--quiet", "--require-hashes", "--requirement", str(LOCK)]
    project = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    for arguments in (libraries, project):
        _pip(python, arguments)
    stamp.write_text(wanted, encoding="utf-8")


def _pip(python: str, arguments: Sequence[str]) -> None:
    """Install with uv, which takes seconds; with pip where uv cannot reach the packages that pip is set up for."""
    resolver = str(Path(sys.executable).with_name("uv"))
    fast = subprocess.run([resolver, "pip", "install", "--python", python, *arguments], cwd=ROOT, check=False)
    if fast.returncode:
        subprocess.run([python, "-m", "pip", "install", "--no-input", *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
