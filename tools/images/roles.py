"""The two images by role. Their names and versions stand in `connectors/*/metadata.yaml` and nowhere else."""

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TAG = "dev"


@dataclass(frozen=True, slots=True)
class Role:
    """One connector: its folder under `connectors/`, which is also the stage of the Dockerfile, and its image."""

    stage: str
    repository: str
    version: str

    @property
    def image(self) -> str:
        """Return the image's name with the tag that local builds get."""
        return f"{self.repository}:{TAG}"

    @property
    def folder(self) -> Path:
        """Return the connector's folder."""
        return ROOT / "connectors" / self.stage

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels that Airbyte's own build puts on an image."""
        return {"io.airbyte.name": self.repository, "io.airbyte.version": self.version}


def read_role(stage: str) -> Role:
    """Read a role from its metadata.yaml."""
    text = (ROOT / "connectors" / stage / "metadata.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)["data"]
    return Role(stage, data["dockerRepository"], data["dockerImageTag"])


ROLES = (read_role("destination-mailchimp"), read_role("source-mailchimp"))
