"""Any source's stream into an audience with PyAirbyte, and the audience back into a table.

    python examples/from_python.py CONFIG.json [REGISTRY]

CONFIG.json is a configuration of the destination. People come from Airbyte's source-faker here; put your own source in
its place. The programs are found on the PATH, or where the variables SOURCE_FAKER, DESTINATION_MAILCHIMP and
SOURCE_MAILCHIMP say. With a registry, both Mailchimp connectors run as its images.
"""

import json
import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import airbyte as ab

PEOPLE = 200


def connector(name: str, registry: str) -> dict[str, Any]:
    """Where PyAirbyte finds a connector: an image of the registry if there is one, else a program."""
    if not registry:
        return {"local_executable": program(name)}
    # The host's network, for a database or a sandbox of this machine; Docker's own network does for Mailchimp.
    return {"docker_image": f"{registry}/{name}:{version('source-destination-mailchimp')}", "use_host_network": True}


def program(name: str) -> Path | None:
    """Where a connector is installed; None lets PyAirbyte install it by itself."""
    found = os.environ.get(name.upper().replace("-", "_")) or shutil.which(name)
    return Path(found) if found else None


def send(config: dict[str, object], registry: str) -> None:
    """Write the people of a source into the audience that the configuration names."""
    people = ab.get_source(
        "source-faker",
        config={"count": PEOPLE, "seed": 1, "parallelism": 1},
        streams=["users"],
        local_executable=program("source-faker"),
    )
    mailchimp = ab.get_destination(
        "destination-mailchimp",
        config=config,
        **connector("destination-mailchimp", registry),
    )
    mailchimp.check()
    mailchimp.write(people, cache=False, state_cache=False)


def read_back(config: dict[str, object], registry: str) -> int:
    """How many members the audience has now, read into PyAirbyte's own table."""
    mailchimp = ab.get_source(
        "source-mailchimp",
        config={"credentials": config["credentials"]},
        streams=["list_members"],
        **connector("source-mailchimp", registry),
    )
    return len(mailchimp.read(force_full_refresh=True)["list_members"])


def main() -> None:
    """Send, read back, and say what is there."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    registry = sys.argv[2] if len(sys.argv) > 2 else ""
    send(config, registry)
    print(f"{read_back(config, registry)} members in the account now.")


if __name__ == "__main__":
    main()
