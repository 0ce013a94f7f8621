"""Time and wire for tests of the client: nobody waits, and nothing leaves the process."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from source_destination_mailchimp.mailchimp.answers import Weather
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.transport import Reply, Request
from source_destination_mailchimp.mailchimp.waiting import Patience

ROOT = "https://us1.api.example.com/3.0"


class PretendClock:
    """A clock that is moved by waiting only, and notes each wait."""

    def __init__(self, jitter: float = 0.0) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.waits: list[float] = []
        self.is_awake = False
        self._jitter = jitter

    def now(self) -> datetime:
        """Return the pretended time."""
        return self.time

    def monotonic(self) -> float:
        """Return the pretended time in seconds."""
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let the pretended time pass, unless woken."""
        self.waits.append(seconds)
        if not self.is_awake:
            self.time += timedelta(seconds=seconds)

    def jitter(self) -> float:
        """Return the same number every time."""
        return self._jitter

    def wake(self) -> None:
        """End every sleep."""
        self.is_awake = True


class ScriptedTransport:
    """Answers requests from a script, in its order, and keeps what was asked."""

    def __init__(self, script: Iterable[Reply | Weather]) -> None:
        self.asked: list[Request] = []
        self.is_closed = False
        self._script = list(script)
        self._turn = threading.Lock()

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Return the next line of the script; its last line is said again and again."""
        with self._turn:
            self.asked.append(request)
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def close(self) -> None:
        """Note that the sockets are freed."""
        self.is_closed = True


def scripted(
    *script: Reply | Weather, patience: Patience | None = None, clock: PretendClock | None = None
) -> tuple[Client, ScriptedTransport]:
    """Return a client that is answered by a script, and the transport that speaks it."""
    transport = ScriptedTransport(script)
    client = Client(
        Access(ROOT, "Bearer secret"),
        max_connections=4,
        patience=patience,
        clock=clock or PretendClock(),
        transport=transport,
    )
    return client, transport


def reply(status: int, body: Any = None) -> Reply:
    """Return a reply with a JSON body, with bytes as they are, or with nothing."""
    if body is None:
        return Reply(status, b"")
    if isinstance(body, bytes):
        return Reply(status, body)
    return Reply(status, orjson.dumps(body))


def problem(status: int, title: str, detail: str = "", **fields: str) -> Reply:
    """Return a refusal with Mailchimp's problem document."""
    errors = [{"field": name, "message": message} for name, message in fields.items()]
    return reply(status, {"status": status, "title": title, "detail": detail, "errors": errors})
