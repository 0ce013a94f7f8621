"""Start the connector named on the command line; the other one is not even imported."""

import sys
from importlib import import_module
from importlib.metadata import version

from source_destination_mailchimp.airbyte.temporary_files import choose_temporary_folder

DISTRIBUTION = "source-destination-mailchimp"


def destination() -> None:
    """Run destination-mailchimp on the arguments of this process."""
    _run("destination-mailchimp", "destination.connector", "DestinationMailchimp")


def source() -> None:
    """Run source-mailchimp on the arguments of this process."""
    _run("source-mailchimp", "source.source", "SourceMailchimp")


def _run(command: str, module: str, connector: str) -> None:
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"{command} {version(DISTRIBUTION)}\n")
        return
    choose_temporary_folder()
    # By name, because each role imports a second's worth of libraries that the other does not need.
    getattr(import_module(f"source_destination_mailchimp.{module}"), connector)().run(sys.argv[1:])
