"""The command line of destination-mailchimp: the commands of the platform, and those for people."""

import argparse
import sys
from pathlib import Path

from source_destination_mailchimp.destination.changes.verify import verify_folder

FOR_PEOPLE = frozenset({"verify-changes"})
"""Commands that answer in sentences and with an exit code, rather than in Airbyte messages."""


def parse(args: list[str]) -> argparse.Namespace:
    """Return the command line as values; the CDK's own parser knows no `discover` for destinations."""
    parser = argparse.ArgumentParser(
        prog="destination-mailchimp", description="Write any stream of people into Mailchimp audiences."
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="{spec,check,discover,write,verify-changes}"
    )
    commands.add_parser("spec", help="print the form: every setting with its meaning")
    for name, meaning in (
        ("check", "try the credentials, the audiences and the mapping"),
        ("discover", "print the audiences and their fields, to map streams to"),
        ("write", "take Airbyte messages on standard input and write the people in them"),
    ):
        command = commands.add_parser(name, help=meaning)
        command.add_argument("--config", required=True, help="file with the settings, as JSON")
        if name == "write":
            command.add_argument("--catalog", required=True, help="file with the configured catalog, as JSON")
    verify = commands.add_parser(
        "verify-changes", help="say whether the list of changes of one sync is as it was written"
    )
    verify.add_argument(
        "folder", type=Path, help="folder of the sync on this machine: …/runs/2026-01-02T03-04-05.678Z-…"
    )
    return parser.parse_args(args)


def run_for_people(parsed: argparse.Namespace) -> int:
    """Run a command for people, print its sentences, and return the exit code."""
    try:
        verdict = verify_folder(parsed.folder)
    except OSError as error:
        sys.stdout.write(f"{error.filename or parsed.folder} cannot be read: {error.strerror or error}\n")
        return 1
    for sentence in verdict.sentences:
        sys.stdout.write(f"{sentence}\n")
    return 0 if verdict.is_whole else 1
