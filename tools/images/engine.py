"""Find a container engine that works here: Docker where its daemon answers, else podman, which can be installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".containers"
DEBIAN_PACKAGES = ("podman", "runc", "mmdebstrap")
# runc: crun 1.8, which Debian 12 has, refuses machines with mixed cgroups. The host's network: a machine without the
# bridge plugin has no other, and the sandbox listens on loopback. The limits: podman's own are higher than what a
# process without CAP_SYS_RESOURCE may ask for.
PODMAN_SETTINGS = """\
[containers]
netns = "host"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
"""
HOW_TO_GET_ONE = (
    "No container engine works on this machine. Start Docker, or install podman; as root on Debian or Ubuntu,"
    " this command installs podman itself."
)


class NoEngine(RuntimeError):
    """Say that no engine was found and how to get one."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that takes Docker's commands, and the environment it needs."""

    program: str
    environment: Mapping[str, str]

    @property
    def is_podman(self) -> bool:
        """Return whether the program is podman."""
        return Path(self.program).name == "podman"

    def run(self, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command to its end and return it with its output, whatever its exit code.

        Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        return subprocess.run(
            [self.program, *arguments],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def must(self, *arguments: str) -> str:
        """Run one command and return what it printed; raise RuntimeError with its errors where it failed."""
        ended = self.run(*arguments)
        if ended.returncode:
            raise RuntimeError(f"{Path(self.program).name} {' '.join(arguments)} failed:\n{ended.stderr.strip()}")
        return ended.stdout.strip()


def find_engine() -> Engine | None:
    """Return Docker where its daemon answers, else podman where it is installed, else None."""
    docker = shutil.which("docker")
    if docker is not None:
        engine = Engine(docker, dict(os.environ))
        if engine.run("info").returncode == 0:
            return engine
    podman = shutil.which("podman")
    return None if podman is None else Engine(podman, podman_environment())


def find_or_install_engine() -> Engine:
    """Return an engine that works; install podman with Debian's packages where there is none.

    Raises NoEngine where that is not possible: not root, or no apt-get.
    """
    engine = find_engine()
    if engine is None:
        install(*DEBIAN_PACKAGES)
        engine = find_engine()
    if engine is None:
        raise NoEngine(HOW_TO_GET_ONE)
    return engine


def install(*packages: str) -> None:
    """Install Debian packages; raise NoEngine where this process may not."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise NoEngine(HOW_TO_GET_ONE)
    print(f"· installing {', '.join(packages)}", file=sys.stderr)
    unattended = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], check=True, env=unattended, stdout=subprocess.DEVNULL)


def podman_environment() -> dict[str, str]:
    """Return this process's environment with the settings under which podman works on a machine without much."""
    FOLDER.mkdir(exist_ok=True)
    settings = FOLDER / "containers.conf"
    runc = shutil.which("runc", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    runtime_of_its_own = PODMAN_SETTINGS.partition("[engine]")[0]
    settings.write_text(PODMAN_SETTINGS if runc else runtime_of_its_own, encoding="utf-8")
    return {**os.environ, "CONTAINERS_CONF": str(settings)}
