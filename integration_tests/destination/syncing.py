"""Syncs against a sandbox, in this process: what goes in, what comes out, and how the audience ends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from airbyte_cdk.utils import AirbyteTracedException

from source_destination_mailchimp.airbyte.messages import Line
from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.waiting import Clock, Patience, SystemClock
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox

Json = dict[str, Any]
Message = dict[str, Any]

IMPATIENT = Patience(tries=8, first_wait_seconds=0.001, longest_wait_seconds=0.002, timeout_seconds=(2.0, 20.0))
"""As many tries as in earnest, and hardly a wait between them."""

LONGEST_SLEEP_SECONDS = 0.005

OPT_IN = "opt_in"
"""The column of the streams that says who may be mailed."""

FIELDS = [
    {"tag": "FNAME", "name": "First Name", "type": "text"},
    {"tag": "LNAME", "name": "Last Name", "type": "text"},
    {"tag": "BORN", "name": "Born", "type": "birthday"},
]


class Person(NamedTuple):
    """One member as a marketer sees them."""

    status: str
    values: Mapping[str, Any]
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Account:
    """One audience of a sandbox, and the address under which the connector reaches it."""

    sandbox: Sandbox
    audience: str
    api_url: str

    @property
    def control(self) -> Control:
        """What only people, marketers and the network can do."""
        return self.sandbox.control

    def seed(self, *members: Json, **order: Any) -> None:
        """Put members, fields or settings into the audience."""
        if members:
            order["members"] = list(members)
        self.control.seed(self.audience, **order)

    def put(self, email: str, status: str, **row: Any) -> None:
        """One member of this status, changed long ago."""
        self.seed({"email_address": email, "status": status, "last_changed": "2024-01-01T00:00:00Z", **row})

    def act(self, email: str, action: str, **details: Any) -> None:
        """Something a person does."""
        self.control.people(email, self.audience, action, **details)

    def archive(self, email: str) -> None:
        """Something a marketer does in Mailchimp's own pages."""
        audience = self.sandbox.store.audience(self.audience)
        member = audience.find(email)
        assert member is not None
        audience.set_status(member, "archived")
        audience.touch(member, self.sandbox.store.clock.now())

    def forget(self, email: str) -> None:
        """Somebody is deleted permanently, by a marketer."""
        audience = self.sandbox.store.audience(self.audience)
        member = audience.find(email)
        assert member is not None
        audience.remove(member)
        audience.forgotten.add(member.digest)

    def status(self, email: str) -> str | None:
        """A member's status; None for nobody."""
        member = self.sandbox.store.audience(self.audience).find(email)
        return member.status if member else None

    def people(self) -> dict[str, Person]:
        """Everybody in the audience by address, archived people too."""
        audience = self.sandbox.store.audience(self.audience)
        tags = {segment.id: segment.name for segment in audience.segments.values()}
        fields = {one.merge_id: one.tag for one in audience.merge_fields.values()}
        return {
            member.email_address.lower(): Person(
                member.status,
                {fields[key]: value for key, value in member.merge_values.items()},
                frozenset(tags[tag] for tag in member.tags),
            )
            for member in audience.by_digest.values()
        }

    def mailed(self) -> list[str]:
        """Who was sent a confirmation mail, in order."""
        return [mail["email"].lower() for mail in self.control.mail()]

    def writes(self) -> list[tuple[str, str]]:
        """Method and path of every call that was no read."""
        return [(row["method"], row["path"]) for row in self.control.requests() if row["method"] != "GET"]

    def writes_of(self, what: Callable[[], Any]) -> list[tuple[str, str]]:
        """The calls, reads aside, that something causes."""
        self.control.forget_requests()
        what()
        return self.writes()


def config(account: Account, **keys: Any) -> Json:
    """A valid form with some keys of its own."""
    return {
        "credentials": {"auth_type": "apikey", "apikey": account.sandbox.api_key},
        "audience": account.audience,
        "new_member_status": "subscribed",
        **keys,
    }


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the catalog."""

    name: str = "people"
    columns: Sequence[str] = ("email", "FNAME", "LNAME", OPT_IN, "agreed_at", "deleted", "tags")
    mode: str = "append_dedup"
    source_mode: str = "incremental"
    extra: Mapping[str, Any] = field(default_factory=dict)

    def configured(self, entries: Sequence[Json] = ()) -> Json:
        """As it stands in the catalog of a sync with these entries of the form.

        The column that says who may be mailed is there only where one of them reads it: unread, it stops a sync.
        """
        is_read = any(entry.get("opt_in_field") == OPT_IN for entry in entries)
        columns = [column for column in self.columns if column != OPT_IN or is_read]
        schema = {"type": "object", "properties": {column: {} for column in columns}}
        return {
            "stream": {"name": self.name, "json_schema": schema, "supported_sync_modes": [self.source_mode]},
            "sync_mode": self.source_mode,
            "destination_sync_mode": self.mode,
            "primary_key": [["email"]],
            **self.extra,
        }

    def record(self, **data: Any) -> Message:
        """One record."""
        return {"type": "RECORD", "record": {"stream": self.name, "data": data, "emitted_at": 0}}

    def state(self, cursor: int) -> Message:
        """A STATE with a cursor of ours."""
        descriptor = {"name": self.name}
        stream = {"stream_descriptor": descriptor, "stream_state": {"cursor": cursor}}
        return {"type": "STATE", "state": {"type": "STREAM", "stream": stream}}


PEOPLE = Stream()
CONSENT = {"stream": "people", "opt_in_field": OPT_IN, "consent_time_field": "agreed_at"}
"""An entry of the form for a stream that says who may be mailed."""


@dataclass(slots=True)
class Result:
    """What a sync said."""

    messages: list[Message] = field(default_factory=list)
    error: AirbyteTracedException | None = None

    @property
    def outcomes(self) -> dict[str, int]:
        """Outcome → number of records."""
        return self._analytics("outcome-")

    @property
    def reasons(self) -> dict[str, int]:
        """`outcome-reason` or `beside-reason` → number of records."""
        found = self._analytics("")
        return {name: n for name, n in found.items() if not name.startswith("outcome-")}

    @property
    def cursors(self) -> list[int]:
        """The STATEs that came out."""
        states = (one["state"] for one in self.messages if one["type"] == "STATE")
        return [state["stream"]["stream_state"]["cursor"] for state in states]

    @property
    def log(self) -> str:
        """Every line of the log."""
        return "\n".join(one["log"]["message"] for one in self.messages if one["type"] == "LOG")

    @property
    def complaint(self) -> str:
        """What the error says; empty where there is none."""
        return str(self.error.message) if self.error else ""

    def _analytics(self, prefix: str) -> dict[str, int]:
        start = f"destination-mailchimp-{prefix}"
        traces = (one["trace"] for one in self.messages if one["type"] == "TRACE")
        found = (trace["analytics"] for trace in traces if trace["type"] == "ANALYTICS")
        return {one["type"].removeprefix(start): int(one["value"]) for one in found if one["type"].startswith(start)}


def connector(api_url: str, patience: Patience = IMPATIENT, clock: Clock | None = None) -> DestinationMailchimp:
    """The destination with a client that hardly waits."""

    def connects(settings: Settings) -> Client:
        found = access(settings.credentials.model_dump(), api_url, fetch_metadata)
        return Client(found, max_connections=settings.max_connections, patience=patience, clock=clock or Nap())

    return DestinationMailchimp(connects)


class Nap(SystemClock):
    """The time of this machine, with waits that are cut short."""

    def sleep(self, seconds: float) -> None:
        """Wait a moment at most."""
        super().sleep(min(seconds, LONGEST_SLEEP_SECONDS))


def sync(
    account: Account,
    records: Iterable[Json] = (),
    *,
    stream: Stream = PEOPLE,
    patience: Patience = IMPATIENT,
    **keys: Any,
) -> Result:
    """One sync of one stream; a STATE with the number of records before it comes at the end."""
    messages = [stream.record(**data) for data in records]
    return feed(account, [*messages, stream.state(len(messages))], [stream], patience=patience, **keys)


def feed(
    account: Account,
    messages: Iterable[Line | None],
    catalog: Sequence[Stream] = (PEOPLE,),
    *,
    patience: Patience = IMPATIENT,
    clock: Clock | None = None,
    into: Result | None = None,
    **keys: Any,
) -> Result:
    """One sync of these messages; `into` has what came out also when the source ends with an error of its own."""
    result = into if into is not None else Result()
    entries = keys.get("streams", ())
    configured = {"streams": [stream.configured(entries) for stream in catalog]}
    destination = connector(account.api_url, patience, clock)
    try:
        result.messages.extend(destination.write_raw(config(account, **keys), configured, iter(messages)))
    except AirbyteTracedException as error:
        result.error = error
    return result


def succeeded(result: Result) -> Result:
    """The result, if the sync ended well."""
    assert result.error is None, result.complaint
    return result
