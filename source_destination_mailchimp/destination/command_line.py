"""The command line of destination-mailchimp: the commands of the platform, and those for people."""

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from source_destination_mailchimp.airbyte.input_files import read_config_file
from source_destination_mailchimp.destination.changes import undo
from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.verify import Verdict, verify_folder, verify_run
from source_destination_mailchimp.destination.failures import no_temporary_file
from source_destination_mailchimp.destination.form import parsing
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.storing.open_store import open_runs
from source_destination_mailchimp.destination.storing.run_folders import RunFolders
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured

FOR_PEOPLE = frozenset({"undo", "verify-changes"})
"""Commands that answer in sentences and with an exit code, rather than in Airbyte messages."""


def parse(args: list[str]) -> argparse.Namespace:
    """Return the command line as values; the CDK's own parser knows no `discover` for destinations."""
    parser = argparse.ArgumentParser(
        prog="destination-mailchimp", description="Sync contacts from any stream to Mailchimp audiences."
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="{spec,check,discover,write,undo,verify-changes}"
    )
    commands.add_parser("spec", help="print the specification: every setting with its meaning")
    for name, meaning in (
        ("check", "check the credentials, the audiences and the mapping"),
        ("discover", "print the audiences and their fields"),
        ("write", "read Airbyte messages from standard input and sync the contacts in them"),
        ("undo", "revert the changes of one sync, as far as that is safe"),
    ):
        command = commands.add_parser(name, help=meaning)
        command.add_argument("--config", required=True, help="file with the settings, as JSON")
        if name == "write":
            command.add_argument("--catalog", required=True, help="file with the configured catalog, as JSON")
        if name == "undo":
            _add_undo_arguments(command)
    verify = commands.add_parser("verify-changes", help="check that the list of changes of one sync is undamaged")
    verify.add_argument("folder", help="folder of the sync, …/runs/2026-01-02T03-04-05.678Z-…")
    verify.add_argument("--config", help="file with the settings: the folder is in their store, such as a bucket")
    return parser.parse_args(args)


def _add_undo_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--run", required=True, help="folder of the sync in the store of the settings, or its name")
    either = command.add_mutually_exclusive_group(required=True)
    either.add_argument("--dry-run", action="store_true", help="only report what would be done")
    either.add_argument("--expect", type=int, metavar="N", help="make the changes; N is the number from the dry run")
    command.add_argument(
        "--was-killed", action="store_true", help="the process of the sync was killed and is no longer running"
    )


def run_for_people(parsed: argparse.Namespace, connects: Callable[[Settings], Client]) -> int:
    """Run a command for people, print its sentences, and return the exit code."""
    try:
        if parsed.command == "undo":
            for sentence in _undo(parsed, connects):
                _say(sentence)
            return 0
        verdict = _verify(parsed)
    except MailchimpError as error:
        _say(str(error))
        return 1
    except sqlite3.Error as error:
        _say(str(no_temporary_file(error)))
        return 1
    except OSError as error:
        _say(f"{error.filename or 'A temporary file'} cannot be used: {error.strerror or error}.")
        return 1
    for sentence in verdict.sentences:
        _say(sentence)
    return 0 if verdict.is_whole else 1


def _undo(parsed: argparse.Namespace, connects: Callable[[Settings], Client]) -> Iterator[str]:
    """Yield the sentences of an undo; raises `MailchimpError`."""
    settings = parsing.parse(read_config_file(parsed.config))
    order = undo.Order(parsed.run, parsed.dry_run, parsed.expect, parsed.was_killed)
    with _runs_of(settings) as runs, closing(connects(settings)) as client, closing(ChangedContacts()) as contacts:
        yield from undo.prepare(client, settings, runs, contacts, order).play(order)


def _verify(parsed: argparse.Namespace) -> Verdict:
    """Return what is to be said of a list; raises `MailchimpError` and `OSError`."""
    if parsed.config is None:
        return verify_folder(Path(parsed.folder))
    with _runs_of(parsing.parse(read_config_file(parsed.config))) as runs:
        return verify_run(runs, parsed.folder)


@contextmanager
def _runs_of(settings: Settings) -> Iterator[RunFolders]:
    """Give the folders of the store that the settings name; raises `Misconfigured` where they name none."""
    runs = open_runs(settings)
    if runs is None:
        raise Misconfigured("object_storage_config: the folder of a sync lies in the store, and there is none.")
    try:
        yield runs
    finally:
        runs.close()


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
