"""The two images by role. Their names and versions stand in `connectors/*/metadata.yaml` and nowhere else.

`make images REGISTRY=… TAG=…` puts another registry before the names, and another tag behind them, without a change of
any file: both come here as environment variables.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = os.environ.get("IMAGE_REGISTRY", "")
TAG = os.environ.get("IMAGE_TAG") or "dev"


@dataclass(frozen=True, slots=True)
class Role:
    """One connector: its folder under `connectors/`, which is also the stage of the Dockerfile, and its image."""

    stage: str
    repository: str
    version: str

    @property
    def image(self) -> str:
        """Return the image's name with its tag."""
        return f"{self.repository}:{TAG}"

    @property
    def folder(self) -> Path:
        """Return the connector's folder."""
        return ROOT / "connectors" / self.stage

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels that Airbyte's own build puts on an image."""
        return {"io.airbyte.name": self.repository, "io.airbyte.version": self.version}


def read_role(stage: str, registry: str = REGISTRY) -> Role:
    """Read a role from its metadata.yaml; a registry with its path takes the place of the one that is named there."""
    text = (ROOT / "connectors" / stage / "metadata.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)["data"]
    there, _, name = data["dockerRepository"].rpartition("/")
    return Role(stage, f"{registry.rstrip('/') or there}/{name}", data["dockerImageTag"])


ROLES = (read_role("destination-mailchimp"), read_role("source-mailchimp"))
