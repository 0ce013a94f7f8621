"""An engine, a pretend Mailchimp on this machine's loopback, and the files of a sync job."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_tests.images.jobs import Job
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox
from tools.images.engine import Engine, find_engine
from tools.images.roles import ROLES


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop what the CDK's suites bring along that is no test of an image: it runs with the other standard tests."""
    here = Path(__file__).parent
    others = [item for item in items if here in item.path.parents and item.get_closest_marker("image_tests") is None]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Return the engine that has both images; skip where nobody built them."""
    found = find_engine()
    if found is None:
        pytest.skip("there is no container engine: `make test-images` installs one and builds the images")
    if any(found.run("image", "inspect", role.image).returncode for role in ROLES):
        pytest.skip("the images are not built: `make test-images` builds them")
    return found


@pytest.fixture(scope="module")
def docker(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put a `docker` on PATH that is the engine found here; return its folder.

    Each container gets the host's network and MAILCHIMP_API_BASE_URL, so that it reaches a sandbox of this machine.
    """
    folder = tmp_path_factory.mktemp("docker")
    program = shlex.quote(engine.program)
    settings = shlex.quote(engine.environment.get("CONTAINERS_CONF", ""))
    script = f"""#!/bin/sh
export CONTAINERS_CONF={settings}
if [ "$1" = run ]; then
  shift
  case " $* " in *" --network "*) ;; *) set -- --network host "$@" ;; esac  # engines refuse it twice
  set -- run --env MAILCHIMP_API_BASE_URL "$@"
fi
exec {program} "$@"
"""
    path = folder / "docker"
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=":")
        yield folder


@pytest.fixture
def mailchimp() -> Iterator[Sandbox]:
    """Start an account with one audience that is read and one that is written."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name="From", members=1500)
        sandbox.control.seed(name="To")
        yield sandbox


@pytest.fixture
def job(engine: Engine, mailchimp: Sandbox, tmp_path: Path) -> Job:
    """Return a sync job whose files lie in a folder that any user may read."""
    return Job(engine, mailchimp, tmp_path).prepared()
