"""Start the connector named on the command line; the other one is not even imported."""

import sys
from importlib import import_module


def destination() -> None:
    """destination-mailchimp."""
    _run("destination.connector", "DestinationMailchimp")


def source() -> None:
    """source-mailchimp."""
    _run("source.source", "SourceMailchimp")


def _run(module: str, connector: str) -> None:
    # By name, because each role imports a second's worth of libraries that the other does not need.
    getattr(import_module(f"source_destination_mailchimp.{module}"), connector)().run(sys.argv[1:])
