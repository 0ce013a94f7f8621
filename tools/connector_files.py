"""What is written from `connectors/*/metadata.yaml`, so that each image is named in one place."""

import re
from collections.abc import Callable
from pathlib import Path

from tools.images.roles import ROOT, Role, read_role

ACCEPTANCE = "acceptance-test-config.yml"
METADATA = "metadata.yaml"
DESTINATION = read_role("destination-mailchimp", registry="")
SOURCE = read_role("source-mailchimp", registry="")
LOCAL_TAG = "dev"


def acceptance_config(role: Role) -> str:
    """Return a role's acceptance configuration with the name that metadata.yaml gives the image."""
    text = (role.folder / ACCEPTANCE).read_text(encoding="utf-8")
    return re.sub(r"(?m)^connector_image: .*$", f"connector_image: {role.repository}:{LOCAL_TAG}", text)


def metadata_of_the_root() -> str:
    """Return the destination's metadata.yaml: Airbyte's tools look for one beside the code, and it has one role."""
    return (DESTINATION.folder / METADATA).read_text(encoding="utf-8")


FILES: dict[Path, Callable[[], str]] = {
    ROOT / METADATA: metadata_of_the_root,
    ROOT / ACCEPTANCE: lambda: acceptance_config(DESTINATION),
    DESTINATION.folder / ACCEPTANCE: lambda: acceptance_config(DESTINATION),
    SOURCE.folder / ACCEPTANCE: lambda: acceptance_config(SOURCE),
}
"""Each written file and its text."""
