"""PyAirbyte runs the images, with Docker or with podman under its name, as examples/README.md says."""

from pathlib import Path

import pytest

from integration_tests.readme_commands import ROOT, block_with, blocks, checkout
from source_destination_mailchimp.sandbox.http.server import Sandbox
from tools.images.engine import Engine
from tools.images.roles import ROLES

pytestmark = [
    pytest.mark.image_tests,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("images"),
    pytest.mark.skipif(
        not (ROOT / ".venv-airbyte" / "bin" / "python").exists() or not (ROOT / ".demo" / "faker" / "bin").exists(),
        reason="`make setup-airbyte` installs PyAirbyte and source-faker",
    ),
]
EXAMPLES = "examples/README.md"
REGISTRY_OF_THE_PAGE = "registry.example.com/team"
REGISTRY = "localhost/newcomer"


def test_people_into_the_audience_and_back(engine: Engine, docker: Path, mailchimp: Sandbox, tmp_path: Path) -> None:
    """The command of the page, with images that this machine has: people are written, and read back."""
    mailchimp.control.reset()
    mailchimp.control.seed(name="Customers")
    for role in ROLES:
        engine.must("tag", role.image, f"{REGISTRY}/{role.stage}:{role.version}")
    (command,) = (block for block in blocks(EXAMPLES, "bash") if REGISTRY_OF_THE_PAGE in block)
    reader = checkout(tmp_path, mailchimp)
    said = reader.run(block_with(EXAMPLES, "bash", "export PATH"), command.replace(REGISTRY_OF_THE_PAGE, REGISTRY))
    (audience,) = mailchimp.store.audiences.values()
    assert len(audience.by_digest) > 100
    assert f"{len(audience.by_digest)} members in the account now." in said
    assert docker.joinpath("docker").exists()
