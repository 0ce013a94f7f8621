"""What `make publish` pushes, and what it refuses to push."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from integration_tests.images.registry import running_registry
from tools.images.engine import Engine
from tools.images.foundation import STAND_IN, base_image
from tools.images.publish import NO_BASE, push
from tools.images.roles import ROOT

pytestmark = [pytest.mark.image_tests, pytest.mark.timeout(300), pytest.mark.xdist_group("images")]
SMALL = "FROM scratch\nCOPY Dockerfile /Dockerfile\n"


def test_images_reach_a_registry_under_their_names(engine: Engine, tmp_path: Path) -> None:
    """Each image is there with the name and the version that it is to have."""
    (tmp_path / "Dockerfile").write_text(SMALL, encoding="utf-8")
    image = "localhost/publishing:test"
    with running_registry() as registry:
        names = [f"{registry.address}/team/{name}:0.1.0" for name in ("destination-mailchimp", "source-mailchimp")]
        plain = tmp_path / "registries.conf"
        plain.write_text(f'[[registry]]\nlocation = "{registry.address}"\ninsecure = true\n', encoding="utf-8")
        pushing = replace(engine, environment={**engine.environment, "CONTAINERS_REGISTRIES_CONF": str(plain)})
        engine.must("build", "--quiet", "--tag", image, str(tmp_path))
        push(pushing, names, [image, image])
        engine.must("rmi", "--force", image, *names)
        assert set(registry.manifests) == {"team/destination-mailchimp:0.1.0", "team/source-mailchimp:0.1.0"}
        assert registry.blobs


def test_an_image_on_the_stand_in_is_not_published(engine: Engine) -> None:
    """Where Airbyte's base image cannot be pulled, `make publish` says so and pushes nothing."""
    if base_image(engine) != STAND_IN:
        pytest.skip("Airbyte's base image is here")
    environment = {**os.environ, "IMAGE_REGISTRY": "registry.example.com/team", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tools.images.publish"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert NO_BASE in done.stderr
