"""destination-mailchimp as Airbyte sees it: spec, check, discover, write."""

import argparse
import gc
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airbyte_cdk.destinations import Destination
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConnectorSpecification,
    ConnectorSpecificationSerializer,
    Status,
    Type,
)
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets, update_secrets

from source_destination_mailchimp.airbyte import traces
from source_destination_mailchimp.airbyte.console import Console
from source_destination_mailchimp.airbyte.ending import Ending
from source_destination_mailchimp.airbyte.input_files import read_catalog_file, read_config_file
from source_destination_mailchimp.airbyte.lines import messages
from source_destination_mailchimp.airbyte.lossless_json import write_json
from source_destination_mailchimp.airbyte.messages import InputError, Line, Message, log
from source_destination_mailchimp.destination import command_line
from source_destination_mailchimp.destination.failures import failed_exit, no_temporary_file, traced
from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.judging import forgiven, judge
from source_destination_mailchimp.destination.reporting.run_record import PAGE
from source_destination_mailchimp.destination.reporting.run_summary import Exit
from source_destination_mailchimp.destination.reporting.wording import waiting_for
from source_destination_mailchimp.destination.rules.after_write import ConsentBroken
from source_destination_mailchimp.destination.startup.build import Run, build_run
from source_destination_mailchimp.destination.startup.catalog import parse_catalog
from source_destination_mailchimp.destination.startup.discover import destination_catalog
from source_destination_mailchimp.destination.startup.preflight import check_mappings, read_account
from source_destination_mailchimp.destination.storing.open_store import open_store
from source_destination_mailchimp.destination.writing.workers import Stopped
from source_destination_mailchimp.mailchimp.auth import BASE_URL_VARIABLE, access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured

logger = logging.getLogger("airbyte")

GARBAGE_THRESHOLDS = (100_000, 50, 1000)

SPEC_PATH = Path(__file__).with_name("spec.json")
ABORTED = "Sync aborted. Results so far:"


class DestinationMailchimp(Destination):
    """Writes any stream of people into Mailchimp audiences."""

    VALID_CMDS = {"spec", "check", "discover", "write"}  # noqa: RUF012 - a set of the class in the CDK too

    def __init__(self, connects: Callable[[Settings], Client] | None = None) -> None:
        """Take what makes the client of a run; a test gives one whose patience is short."""
        super().__init__()
        self._connects = connects or connect
        self._ending: Ending | None = None
        self._console = Console()

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        """Return the form, from this role's own file: the CDK looks for one in the package, which both roles share."""
        return ConnectorSpecificationSerializer.load(json.loads(SPEC_PATH.read_bytes()))

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Try everything that can be tried without the streams; a failure names the setting and the way out."""
        try:
            settings = parse(config)
            client = self._connects(settings)
            try:
                for warning in _check(client, settings):
                    logger.warning(warning)
            finally:
                client.close()
        except MailchimpError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterator[AirbyteMessage]:
        """Write records given as the CDK's classes, for callers from Python; the command line takes `write_raw`."""
        catalog = ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)
        raw = (AirbyteMessageSerializer.dump(message) for message in input_messages)
        for message in self.write_raw(config, catalog, raw):
            yield AirbyteMessageSerializer.load(message)

    def write_raw(
        self, config: Mapping[str, Any], catalog: Mapping[str, Any], input_messages: Iterable[Line | None]
    ) -> Iterator[Message]:
        """Write records, given and answered as the dicts of the wire: STATEs leave as the raw JSON they came as."""
        try:
            settings = parse(config)
            client = self._connects(settings)
            yield from _write(client, settings, catalog, input_messages, self._ending, self._console)
        except (MailchimpError, ConsentBroken, InputError) as error:
            raise traced(error) from error
        except sqlite3.Error as error:
            raise traced(no_temporary_file(error)) from error

    def run(self, args: list[str]) -> None:
        """Run a command; every message is one line, flushed at once.

        An error that explains itself ends as one sentence; a signal, or a closed standard output, within seconds.
        """
        init_uncaught_exception_handler(logger)
        # Records are many small objects without cycles: looking for cycles among them at the usual rate would cost a
        # third of the time.
        gc.freeze()
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        parsed = self.parse_args(args)
        if parsed.command in command_line.FOR_PEOPLE:
            sys.exit(command_line.run_for_people(parsed, self._connects))
        self._ending = Ending()
        self._ending.watch(sys.stdout.fileno())
        self._console = Console.of_process(os.environ, sys.stdout, sys.stderr)
        try:
            for message in self.run_raw(parsed):
                _print(message)
                self._console.show_warning(message)
        except traces.Explained as error:
            for message in traces.last_messages(error):
                _print(message)
            sys.exit(1)
        except (Stopped, BrokenPipeError):
            self._ending.exit()

    def run_cmd(self, parsed_args: argparse.Namespace) -> Iterator[AirbyteMessage]:
        """Yield the messages of a command, for callers that take the CDK's classes.

        The CDK's own method would check the configuration first, and repeats in its sentence what it refuses.
        """
        for message in self.run_raw(parsed_args):
            yield AirbyteMessageSerializer.load(message)

    def run_raw(self, parsed: argparse.Namespace) -> Iterator[Message]:
        """Yield the messages of a command, as dicts; raises what the platform is told as a TRACE."""
        if parsed.command == "spec":
            yield {"type": "SPEC", "spec": json.loads(SPEC_PATH.read_bytes())}
            return
        try:
            config = read_config_file(parsed.config)
        except Misconfigured as error:
            if parsed.command != "check":
                raise traced(error) from error
            yield _failed(error)
            return
        update_secrets(get_secrets(json.loads(SPEC_PATH.read_bytes())["connectionSpecification"], config))
        if parsed.command == "check":
            status = self.check(logger, config)
            yield AirbyteMessageSerializer.dump(AirbyteMessage(type=Type.CONNECTION_STATUS, connectionStatus=status))
        elif parsed.command == "discover":
            yield self.discover(config)
        else:
            try:
                catalog = read_catalog_file(parsed.catalog)
            except Misconfigured as error:
                raise traced(error) from error
            yield from self.write_raw(config, catalog, messages(sys.stdin.fileno()))

    def discover(self, config: Mapping[str, Any]) -> Message:
        """Return a DESTINATION_CATALOG message, as a dict: the CDK's own message class has no place for it."""
        try:
            settings = parse(config)
            client = self._connects(settings)
            try:
                return destination_catalog(client, settings)
            finally:
                client.close()
        except MailchimpError as error:
            raise traced(error) from error

    def parse_args(self, args: list[str]) -> argparse.Namespace:
        """Return the command line as values; the CDK's own parser knows no `discover` for destinations."""
        return command_line.parse(args)


def connect(settings: Settings) -> Client:
    """Return a client for the account that the credentials name."""
    given = settings.credentials.model_dump()
    found = access(given, os.environ.get(BASE_URL_VARIABLE), fetch_metadata)
    return Client(found, max_connections=settings.max_connections, on_wait=_say_wait)


def _check(client: Client, settings: Settings) -> list[str]:
    audiences = read_account(client).audiences
    warnings = check_mappings(client, settings, audiences)
    store = open_store(settings, sync_id=None, started=datetime.now(UTC))
    try:
        store.check()
    finally:
        store.close()
    return warnings


def _write(
    client: Client,
    settings: Settings,
    catalog: Mapping[str, Any],
    input_messages: Iterable[Line | None],
    ending: Ending | None,
    console: Console,
) -> Iterator[Message]:
    remarks: list[str] = []
    try:
        run = build_run(client, settings, parse_catalog(catalog), read_account(client), remarks.append)
    except BaseException:
        client.close()
        raise
    try:
        yield from (log(sentence, "WARN") for sentence in remarks)
        if run.record is not None:
            for sentence in remarks:
                run.record.warn(sentence)
        yield from _news(run)
        if ending is not None:
            ending.stops(run.sync.stop)
        try:
            yield from _synced(run, input_messages, ending, console)
            yield from _last_words(run, console)
            judge(run, settings)
        except GeneratorExit:
            raise
        except BaseException as error:
            yield from _leave(run, _exit_of(error))
            raise
        yield from _leave(run, Exit("succeeded"))
    finally:
        run.close()


def _exit_of(error: BaseException) -> Exit:
    """Return how a run failed that ended in this module's hands."""
    if isinstance(error, Stopped):
        return Exit("failed", "stopped", "The sync was asked to stop.")
    if isinstance(error, sqlite3.Error):
        return failed_exit(no_temporary_file(error))
    return failed_exit(error)


def _leave(run: Run, ending: Exit) -> Iterator[Message]:
    """Write the run's folder and say where it is. A folder that cannot be written now fails no run: all is settled."""
    if run.record is None:
        return
    try:
        run.record.finish(ending)
    except MailchimpError as error:
        yield log(f"The report of this sync could not be written: {error}", "WARN")
        return
    yield log(f"Report of this sync: {run.record.folder.locate(PAGE)}")
    changes = run.record.changes
    if changes is not None:
        yield log(changes.sentence())


def _synced(
    run: Run, input_messages: Iterable[Line | None], ending: Ending | None, console: Console
) -> Iterator[Message]:
    """Yield what a run says until its end; of one that ends early, first what it did until then."""
    try:
        yield from run.sync.run(input_messages)
        if any(pipeline.fuse_is_blown for pipeline in run.sync.pipelines):
            yield log(ABORTED, "WARN")
    except Stopped:
        yield from run.sync.settled_states()
        reason = "" if ending is None else f" ({ending.reason})"
        yield log(f"Sync stopped{reason}. Results so far:", "WARN")
        yield from _last_words(run, console)
        run.abandon()
        raise
    except (MailchimpError, ConsentBroken, InputError, sqlite3.Error):
        yield log(ABORTED, "WARN")
        yield from _last_words(run, console)
        raise


def _news(run: Run) -> Iterator[Message]:
    yield from (log(news.text, news.level) for news in run.report.take_news())


def _last_words(run: Run, console: Console) -> Iterator[Message]:
    """Yield what a run has to say at its end."""
    run.conclude()
    yield from _news(run)
    yield from (log(sentence, "WARN") for sentence in run.report.warnings())
    yield from (log(sentence, "WARN") for sentence in forgiven(run))
    headline = run.report.headline()
    console.show(headline)
    yield log(headline)
    yield from (log(line.text, line.level) for line in run.report.tables())
    yield from run.report.analytics()


def _say_wait(reason: str, seconds: float) -> None:
    logger.info("%s; retrying in %.1f s with fewer connections.", waiting_for(reason), seconds)


def _failed(error: Misconfigured) -> Message:
    return {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "FAILED", "message": str(error)}}


def _print(message: Message) -> None:
    """Write a message as one line, whatever is in it, and flush it."""
    out = sys.stdout.buffer
    out.write(write_json(message) + b"\n")
    out.flush()
