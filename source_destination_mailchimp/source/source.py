"""Airbyte's face of the source: spec, check, discover, read."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from importlib import resources
from logging import Logger
from queue import Queue
from typing import Any

import orjson
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    ConnectorSpecification,
    ConnectorSpecificationSerializer,
    Status,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.concurrent_source.thread_pool_manager import ThreadPoolManager
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem
from airbyte_cdk.sources.utils.slice_logger import DebugSliceLogger
from serpyco_rs import SchemaValidationError

from source_destination_mailchimp.airbyte import traces
from source_destination_mailchimp.airbyte.input_files import (
    check_state_file,
    not_a_catalog,
    not_states,
    read_catalog_file,
    read_config_file,
)
from source_destination_mailchimp.airbyte.problems import BadSetting
from source_destination_mailchimp.airbyte.settings import cleaned
from source_destination_mailchimp.mailchimp.auth import BASE_URL_VARIABLE, access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured
from source_destination_mailchimp.source.account import Account
from source_destination_mailchimp.source.audience_reader import AudienceReader
from source_destination_mailchimp.source.engine import PagedConcurrentSource
from source_destination_mailchimp.source.entrypoint import SourceEntrypoint
from source_destination_mailchimp.source.failures import traced
from source_destination_mailchimp.source.foreign import check_states
from source_destination_mailchimp.source.message_queue import QueueMessageRepository
from source_destination_mailchimp.source.progress import Progress
from source_destination_mailchimp.source.reading import SyncContext, concurrent_streams
from source_destination_mailchimp.source.said_once import SaidOnce
from source_destination_mailchimp.source.settings import Settings, check_start, parse
from source_destination_mailchimp.source.streams import BY_NAME

MOST_WAITING = 4
"""Pages of up to a thousand records between the threads that read and the one that prints."""

GARBAGE_THRESHOLD = 200_000
"""Objects made before the interpreter looks for cycles among them."""

GENERATORS = 2
"""Streams whose parents are listed at once."""

Waits = Callable[[str, float], None]
Connects = Callable[[Settings, Waits], Client]


class SourceMailchimp(Source):
    """Reads a Mailchimp account."""

    def __init__(self, connects: Connects | None = None) -> None:
        """Take what makes the client of a run; a test gives one whose patience is short."""
        self._connects = connects or connect

    def run(self, args: list[str]) -> None:
        """Carry out a command line."""
        # Rows hold no cycles: looking for some after every few hundred of them costs a fifth of the run.
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        SourceEntrypoint(self).launch(args)

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        """Return the settings in a file; what is wrong with the file is the user's turn."""
        try:
            return read_config_file(config_path)
        except BadSetting as error:
            raise traces.traced(error) from error

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        """Return the configured catalog in a file; what is wrong with the file is the user's turn."""
        try:
            return ConfiguredAirbyteCatalogSerializer.load(read_catalog_file(catalog_path))
        except BadSetting as error:
            raise traces.traced(error) from error
        except SchemaValidationError:
            raise traces.traced(not_a_catalog()) from None

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        """Return the states in a file, none where no file is given; what is wrong with the file is the user's turn."""
        if not state_path:
            return []
        try:
            check_state_file(state_path)
            return super().read_state(state_path)
        except BadSetting as error:
            raise traces.traced(error) from error
        except (SchemaValidationError, ValueError):
            raise traces.traced(not_states()) from None

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Return the settings as they are meant; raises what is wrong with them.

        What this lets through has nothing in it that the CDK's own check, which comes next, could refuse and repeat.
        """
        try:
            parse(config)
        except BadSetting as error:
            raise traces.traced(error) from error
        return super().configure(cleaned(config), temp_dir)

    def spec(self, logger: Logger) -> ConnectorSpecification:
        """Return the form; from a file of this folder, because the package holds two connectors."""
        text = resources.files(__package__).joinpath("spec.json").read_bytes()
        return ConnectorSpecificationSerializer.load(orjson.loads(text))

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Return whether the key works and every setting can be meant."""
        try:
            with _account(config, logger.warning, lambda reason, seconds: None, self._connects) as account:
                _check(account)
        except MailchimpError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def discover(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return every stream; Mailchimp is asked only where merge fields are columns."""
        try:
            warn = SaidOnce(logger.warning)
            with _account(config, warn, lambda reason, seconds: None, self._connects) as account:
                messages = InMemoryMessageRepository()
                progress = Progress(messages.emit_message)
                audiences = AudienceReader(account, warn)
                manager = ConnectorStateManager()
                context = SyncContext(account, manager, messages, progress, logger, audiences, warn, is_discovery=True)
                streams = concurrent_streams(context, BY_NAME)
                return AirbyteCatalog(streams=[stream.as_airbyte_stream() for stream in streams])
        except MailchimpError as error:
            raise traced(error, "list_members") from error

    def read(
        self,
        logger: Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Yield records, states and traces of the configured streams, all read at once."""
        names = _checked([configured.stream.name for configured in catalog.streams])
        queue: Queue[QueueItem] = Queue(maxsize=MOST_WAITING)
        messages = QueueMessageRepository(queue)
        progress = Progress(messages.emit_message)
        manager = ConnectorStateManager(state)
        try:
            warn = SaidOnce(logger.warning)
            with _account(config, warn, progress.waits, self._connects) as account:
                _check(account)
                check_states(account, manager, names)
                audiences = AudienceReader(account, warn)
                context = SyncContext(account, manager, messages, progress, logger, audiences, warn)
                engine = _engine(account.settings.max_connections, logger, messages, queue)
                try:
                    yield from engine.read(list(concurrent_streams(context, names)))
                finally:
                    context.stopped.set()
                    messages.release()
                    audiences.close()
        except MailchimpError as error:
            raise traced(error, ", ".join(names)) from error


def _engine(
    connections: int, logger: Logger, messages: QueueMessageRepository, queue: Queue[QueueItem]
) -> PagedConcurrentSource:
    """Return what runs the streams.

    It has more threads than connections: some list parents, and some wait for the pages of an audience.
    """
    threads = ThreadPoolExecutor(connections + GENERATORS + 1, thread_name_prefix="reader")
    return PagedConcurrentSource(
        ThreadPoolManager(threads, logger), logger, DebugSliceLogger(), queue, messages, GENERATORS
    )


@contextmanager
def _account(
    config: Mapping[str, Any], warn: Callable[[str], None], on_wait: Waits, connects: Connects
) -> Iterator[Account]:
    """Give the account that a configuration names, and the threads that read its pages."""
    wanted = parse(config)
    client = connects(wanted, on_wait)
    pool = ThreadPoolExecutor(wanted.max_connections, thread_name_prefix="mailchimp")
    try:
        yield Account(client, wanted, pool, warn)
    finally:
        client.close()
        pool.shutdown(wait=False)  # not cancelled: whoever waits for a page would never hear of it


def connect(wanted: Settings, on_wait: Waits) -> Client:
    """Return the client of a run."""
    found = access(wanted.credentials.model_dump(), os.environ.get(BASE_URL_VARIABLE), fetch_metadata)
    return Client(found, max_connections=wanted.max_connections, on_wait=on_wait)


def _check(account: Account) -> None:
    """Ask two calls at once: who the key belongs to, and which audiences there are."""
    asked = account.pool.submit(account.closed_at)
    account.audience_ids()
    check_start(account.settings, asked.result() + timedelta(seconds=1))


def _checked(names: list[str]) -> list[str]:
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        error = Misconfigured(
            f"There is no stream {', '.join(unknown)}. Refresh the schema of the connection. "
            f"Available: {', '.join(BY_NAME)}."
        )
        raise traces.traced(error)
    return names
