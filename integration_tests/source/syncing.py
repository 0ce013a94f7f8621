"""Syncs of the source in this process, against a sandbox, and what came out of them."""

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput, read

from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.waiting import Patience
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.settings import Settings
from source_destination_mailchimp.source.source import SourceMailchimp, Waits

Row = dict[str, Any]
Config = dict[str, Any]


IMPATIENT = Patience(tries=8, first_wait_seconds=0.001, longest_wait_seconds=0.002, timeout_seconds=(2.0, 20.0))
"""As many tries as in earnest, and hardly a wait between them."""


def impatient(settings: Settings, on_wait: Waits) -> Client:
    """The client of a run that does not wait long."""
    found = access(settings.credentials.model_dump(), os.environ["MAILCHIMP_API_BASE_URL"], fetch_metadata)
    return Client(found, max_connections=settings.max_connections, patience=IMPATIENT, on_wait=on_wait)


@dataclass(frozen=True, slots=True)
class Sync:
    """What one sync printed."""

    records: Mapping[str, list[Row]]
    states: list[AirbyteStateMessage]
    """The last of each stream, as the platform keeps them."""

    output: EntrypointOutput

    @property
    def errors(self) -> list[str]:
        """The sentences of the error traces."""
        return [str(message.trace.error.message) for message in self.output.errors if message.trace]

    @property
    def turns(self) -> list[str]:
        """Whose turn it is by each error trace: config_error, transient_error or system_error."""
        return [trace.error.failure_type.value for trace in self.traces("ERROR")]

    @property
    def ends(self) -> dict[str, str]:
        """The last status of each stream: COMPLETE, INCOMPLETE, or how far it came."""
        return {
            trace.stream_status.stream_descriptor.name: trace.stream_status.status.value
            for trace in self.traces("STREAM_STATUS")
        }

    @property
    def warnings(self) -> list[str]:
        """The sentences of level WARN."""
        return [m.log.message for m in self.output.logs if m.log and m.log.level.value == "WARN"]

    def state(self, stream: str) -> Row:
        """The last state of one stream."""
        for saved in self.states:
            if saved.stream and saved.stream.stream_descriptor.name == stream:
                return dict(vars(saved.stream.stream_state))
        return {}

    def traces(self, kind: str) -> list[Any]:
        """Traces of one kind (ESTIMATE, STREAM_STATUS), in their order."""
        return [m.trace for m in self.output.trace_messages if m.trace and m.trace.type.value == kind]


def config(sandbox: Sandbox, **settings: Any) -> Config:
    """A config with the sandbox's key; the sandbox shows a change at once, so nothing is looked back for."""
    credentials = {"auth_type": "apikey", "apikey": sandbox.api_key}
    return {"credentials": credentials, "lookback_seconds": 0, **settings}


def catalog(settings: Config, *streams: str, incremental: bool = True) -> ConfiguredAirbyteCatalog:
    """The discovered streams, all of them or some."""
    found = SourceMailchimp().discover(logging.getLogger("airbyte"), settings).streams
    wanted = [stream for stream in found if not streams or stream.name in streams]
    return ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=stream,
                sync_mode=SyncMode.incremental
                if incremental and SyncMode.incremental in stream.supported_sync_modes
                else SyncMode.full_refresh,
                destination_sync_mode=DestinationSyncMode.append,
            )
            for stream in wanted
        ]
    )


def sync(
    settings: Config,
    *streams: str,
    state: Sequence[AirbyteStateMessage] = (),
    incremental: bool = True,
    fails: bool = False,
    configured: ConfiguredAirbyteCatalog | None = None,
    connects: Callable[[Settings, Waits], Client] = impatient,
) -> Sync:
    """Read streams, without patience; an error is an error of the test unless the sync is meant to fail."""
    configured = configured or catalog(settings, *streams, incremental=incremental)
    output = read(SourceMailchimp(connects), settings, configured, list(state), expecting_exception=fails)
    assert fails or not output.errors, output.errors
    records: dict[str, list[Row]] = defaultdict(list)
    for message in output.records:
        assert message.record
        records[message.record.stream].append(dict(message.record.data))
    return Sync(records, last_states(output.state_messages), output)


def last_states(messages: Sequence[AirbyteMessage]) -> list[AirbyteStateMessage]:
    """The last state of each stream."""
    last: dict[str, AirbyteStateMessage] = {}
    for message in messages:
        if message.type is Type.STATE and message.state and message.state.stream:
            last[message.state.stream.stream_descriptor.name] = message.state
    return list(last.values())


def saved_state(stream: str, blob: Mapping[str, Any]) -> AirbyteStateMessage:
    """A state as the platform hands it back."""
    content = {"stream_descriptor": {"name": stream}, "stream_state": dict(blob)}
    return AirbyteStateMessageSerializer.load({"type": "STREAM", "stream": content})


def by_key(rows: Sequence[Row], key: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Rows as a destination that removes duplicates ends with."""
    return {tuple(row.get(name) for name in key): row for row in rows}
