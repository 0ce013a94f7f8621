"""The base image: Airbyte's own by its digest where it can be pulled, else a stand-in made from Debian's packages.

The stand-in has what the Dockerfile relies on: python3 with venv, root certificates, a user `airbyte` with the ID 1000.
It proves that our part of the image builds and runs; it proves nothing about the real base image.
"""

import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.images.engine import Engine, install

DOCKERFILE = Path(__file__).resolve().parents[2] / "Dockerfile"
STAND_IN = "localhost/python-connector-base:stand-in"
PULL_SECONDS = 300.0
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def declared_base() -> str:
    """Return the base image that the Dockerfile names, with its digest."""
    (base,) = re.findall(r"(?m)^ARG BASE_IMAGE=(\S+)$", DOCKERFILE.read_text(encoding="utf-8"))
    return str(base)


def base_image(engine: Engine) -> str:
    """Return the name of a base image that the engine has: Airbyte's, or the stand-in, made where it is missing."""
    declared = declared_base()
    if _has(engine, declared) or _pulled(engine, declared):
        return declared
    if not _has(engine, STAND_IN):
        _make_stand_in(engine)
    return STAND_IN


def _has(engine: Engine, image: str) -> bool:
    return engine.run("image", "inspect", image).returncode == 0


def _pulled(engine: Engine, image: str) -> bool:
    try:
        return engine.run("pull", "--quiet", image, timeout=PULL_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _make_stand_in(engine: Engine) -> None:
    if shutil.which("mmdebstrap") is None:
        install("mmdebstrap")
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    sources = next(path for path in SOURCES if path.exists())
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "base.tar"
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=python3,python3-venv,ca-certificates"]
        command += ["--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*"]
        command += ["--dpkgopt=path-exclude=/usr/share/man/*"]
        command += [f"--customize-hook={hook}" for hook in _hooks()]
        subprocess.run([*command, release, str(archive), str(sources)], check=True)
        changes = [f"ENV PIP_CERT={CERTIFICATES}", "WORKDIR /airbyte"]
        engine.must("import", *(part for change in changes for part in ("--change", change)), str(archive), STAND_IN)


def _hooks() -> list[str]:
    """Return what is done to the new root file system before it is packed; `$1` is its folder."""
    hooks = [
        'chroot "$1" useradd --uid 1000 --user-group --create-home airbyte',
        'chroot "$1" install -d -o airbyte -g airbyte /airbyte /secrets /config',
    ]
    if CERTIFICATES.exists():  # a machine behind a proxy of its own trusts more than Debian does
        hooks.append(f"copy-in {CERTIFICATES} {CERTIFICATES.parent}")
    return hooks
