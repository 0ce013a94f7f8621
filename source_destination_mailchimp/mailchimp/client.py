"""The only retry and the only connection budget of a process: a call is tried until Mailchimp has answered it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

import orjson

from source_destination_mailchimp.mailchimp.answers import (
    SUCCESS,
    Answer,
    Expect,
    Knowledge,
    Refusal,
    RefusalKind,
    Weather,
    classify,
)
from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.budget import ConnectionBudget
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused, Unavailable
from source_destination_mailchimp.mailchimp.transport import HttpTransport, Reply, Request, Transport
from source_destination_mailchimp.mailchimp.waiting import Clock, Patience, SystemClock

RAW = Expect(is_raw=True)


class Client:
    """Calls to one Mailchimp account, safe to use from any number of threads.

    `clock`, `patience` and `transport` are arguments so that a test needs neither time nor luck nor network.
    `on_wait(reason, seconds)` hears of every wait, from the thread that waits.
    """

    def __init__(
        self,
        access: Access,
        *,
        max_connections: int,
        patience: Patience | None = None,
        clock: Clock | None = None,
        transport: Transport | None = None,
        on_wait: Callable[[str, float], None] = lambda reason, seconds: None,
    ) -> None:
        self.root = access.root
        self.max_connections = max_connections
        self.patience = patience or Patience()
        self.clock = clock or SystemClock()
        self._transport = transport or HttpTransport()
        self._authorization = access.authorization
        self._on_wait = on_wait
        self._budget = ConnectionBudget(max_connections)
        self._closed = threading.Event()

    def ask(self, call: Call, before_retry: Callable[[], None] | None = None) -> Answer:
        """Send one call until Mailchimp has answered it: with what was asked for, or with a refusal.

        Raises `Misconfigured` for a key that Mailchimp does not take, `Unavailable` when all tries are spent.
        `before_retry` is called after the wait and before each further try; what it raises ends the trying.
        """
        url = f"{self.root}{call.path}"
        request = Request(call.method, url, call.params, call.encoded_body(), self._authorization)
        return self._persist(request, call.expect, before_retry)

    def send(self, call: Call) -> Knowledge:
        """Send one call for which a refusal is an error: raises `Refused`, and what `ask` raises."""
        return _knowledge(self.ask(call))

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON body of a read below the root; raises what `send` raises."""
        return self.send(Call("GET", path, params)).body

    def fetch(self, url: str, authorization: str | None = None) -> bytes:
        """Return the raw body of another address (batch results, token metadata).

        Our header is not sent there; `authorization` is, where one is given. Raises what `send` raises.
        """
        return bytes(_knowledge(self._persist(Request("GET", url, authorization=authorization), RAW)).body)

    def rest(self, seconds: float) -> None:
        """Let time pass; raises `Unavailable` when the client is closed meanwhile."""
        self.clock.sleep(seconds)
        if self._closed.is_set():
            raise Unavailable("The run was ended while it waited for Mailchimp.")

    def close(self) -> None:
        """End all waiting and free the sockets; a call still under way is not tried again."""
        self._closed.set()
        self.clock.wake()
        self._transport.close()

    def _persist(self, request: Request, expect: Expect, before_retry: Callable[[], None] | None = None) -> Answer:
        last = Weather("")
        for tried in range(1, self.patience.tries + 1):
            if tried > 1 and before_retry is not None:
                before_retry()
            match self._try(request, expect):
                case Knowledge() as known:
                    self._budget.succeeded()
                    return replace(known, tries=tried)
                case Refusal() as refusal:
                    if refusal.kind is RefusalKind.CREDENTIALS:
                        raise _unknown_key(refusal)
                    return replace(refusal, tries=tried)
                case Weather() as weather:
                    last = weather
                    self._wait_out(weather, tried)
                case never:
                    assert_never(never)
        what = f"{request.method} {_shape(request.url)}"
        message = f"Mailchimp did not answer {what} after {self.patience.tries} tries: {last.reason}."
        raise Unavailable(message, last.status)

    def _try(self, request: Request, expect: Expect) -> Answer | Weather:
        """Send one request once."""
        with self._budget.connection():
            reply = self._transport.send(request, self.patience.timeout_seconds)
        return reply if isinstance(reply, Weather) else _read(reply, expect)

    def _wait_out(self, weather: Weather, tried: int) -> None:
        """Go on with fewer connections, after a wait unless this was the last try."""
        self._budget.refused()
        if tried >= self.patience.tries:
            return
        seconds = self.patience.wait_seconds(tried, self.clock.jitter())
        self._on_wait(weather.reason, seconds)
        self.rest(seconds)


def fetch_metadata(
    url: str, authorization: str, *, patience: Patience | None = None, clock: Clock | None = None
) -> Mapping[str, Any]:
    """Return what Mailchimp says an OAuth token is for; asked before there is an account to call."""
    client = Client(Access("", authorization), max_connections=1, patience=patience, clock=clock)
    try:
        found = decoded(client.fetch(url, authorization))
    finally:
        client.close()
    return found if isinstance(found, dict) else {}


def decoded(content: bytes | str) -> Any:
    """Return the JSON value in a body; None where there is none."""
    if not content:
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _read(reply: Reply, expect: Expect) -> Answer | Weather:
    body = reply.content if expect.is_raw and reply.status in SUCCESS else decoded(reply.content)
    answer = classify(reply.status, body, expect)
    if not isinstance(answer, Knowledge):
        return answer
    return replace(answer, server_time=reply.server_time, seconds=reply.seconds)


def _knowledge(answer: Answer) -> Knowledge:
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


def _unknown_key(refusal: Refusal) -> Misconfigured:
    return Misconfigured(
        "Mailchimp does not accept the key or token in credentials: "
        f"{refusal.sentence()} Create a new one and enter it there."
    )


def _shape(url: str) -> str:
    """Return the path of a call without what could be personal: hashes are shown by their place only."""
    path = url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    return "/" + "/".join(map(_shown, path.split("/")))


def _shown(part: str) -> str:
    """Return a part of a path, or `…` where it is an address or the hash of one."""
    if "@" in part:
        return "…"
    if len(part) == 32:
        return "…"
    return part
