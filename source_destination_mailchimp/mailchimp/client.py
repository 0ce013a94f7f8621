"""The only retry and the only connection budget of a process: a call is tried until Mailchimp has answered it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

import orjson

from source_destination_mailchimp.mailchimp.addresses import shown_host
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
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable, unusable_credentials
from source_destination_mailchimp.mailchimp.silence import Silence
from source_destination_mailchimp.mailchimp.transport import (
    MAX_ANSWER_BYTES,
    HttpTransport,
    Reply,
    Request,
    Transport,
)
from source_destination_mailchimp.mailchimp.waiting import Clock, Patience, SystemClock

RAW = Expect(is_raw=True)
METADATA = Expect(one_of=("api_endpoint", "dc", "error"))
"""A living token's has an endpoint and a data center [observed], a dead one's an error. [observed elsewhere]"""


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
        self._silence = Silence(self.patience.longest_silence_seconds)
        self._closed = threading.Event()

    def ask(self, call: Call, before_retry: Callable[[], None] | None = None, *, tries: int | None = None) -> Answer:
        """Send one call until Mailchimp has answered it: with what was asked for, or with a refusal.

        Raises `Misconfigured` for a key that Mailchimp does not take, `Unavailable` when all tries are spent, or when
        Mailchimp has been silent for too long whichever call was asked.
        `before_retry` is called after the wait and before each further try; what it raises ends the trying.
        `tries`: by default as many as any call has.
        """
        url = f"{self.root}{call.path}"
        request = Request(call.method, url, call.params, call.encoded_body(), self._authorization)
        return self._persist(request, call.expect, before_retry, tries)

    def send(self, call: Call, before_retry: Callable[[], None] | None = None) -> Knowledge:
        """Send one call for which a refusal is an error: raises `Refused`, and what `ask` raises."""
        return _knowledge(self.ask(call, before_retry))

    def fetch(self, url: str, *, tries: int | None = None, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """Return the raw body of another address, such as that of a job's results.

        Nothing of the credentials is sent there. Tried `tries` times, by default as often as any call. Raises what
        `send` raises, and `TooLarge`.
        """
        request = Request("GET", url, max_bytes=max_bytes)
        return bytes(_knowledge(self._persist(request, RAW, tries=tries)).body)

    def read_metadata(self, url: str) -> Mapping[str, Any]:
        """Return what the sign-in service says of our token, at its own address; raises what `send` raises."""
        request = Request("GET", url, authorization=self._authorization)
        found: Mapping[str, Any] = _knowledge(self._persist(request, METADATA)).body
        return found

    def rest(self, seconds: float) -> None:
        """Let time pass; raises `Unavailable` when the client is closed meanwhile."""
        self.clock.sleep(seconds)
        if self._closed.is_set():
            raise Unavailable("The sync was stopped while it waited for Mailchimp.")

    def close(self) -> None:
        """End all waiting and free the sockets; a call still under way is not tried again."""
        self._closed.set()
        self.clock.wake()
        self._transport.close()

    def _persist(
        self,
        request: Request,
        expect: Expect,
        before_retry: Callable[[], None] | None = None,
        tries: int | None = None,
    ) -> Answer:
        most = tries or self.patience.tries
        tried = 0
        while True:
            if tried and before_retry is not None:
                before_retry()
            tried += 1
            match self._try(request, expect):
                case Knowledge() as known:
                    self._budget.succeeded()
                    return replace(known, tries=tried)
                case Refusal() as refusal:
                    if refusal.kind is RefusalKind.CREDENTIALS:
                        raise unusable_credentials(refusal)
                    return replace(refusal, tries=tried)
                case Weather() as weather:
                    self._budget.refused()
                    if self._is_spent(weather, tried, most):
                        raise _unavailable(request, weather, tried)
                    self._wait_out(weather, tried)
                case never:
                    assert_never(never)

    def _try(self, request: Request, expect: Expect) -> Answer | Weather:
        """Send one request once; raises `Unavailable` where all calls have given up while it waited for its turn."""
        with self._budget.connection():
            tried_at = self.clock.monotonic()
            if self._silence.is_final(tried_at):
                minutes = self.patience.longest_silence_seconds / 60
                raise Unavailable(
                    f"Mailchimp ({shown_host(request.url)}) has not answered any call for {minutes:g} minutes. "
                    "The run was given up; it can be tried again later."
                )
            reply = self._transport.send(request, self.patience.timeout_seconds)
        answer = reply if isinstance(reply, Weather) else _read(reply, expect)
        if isinstance(answer, Weather) and not answer.is_mailchimps:
            self._silence.begin(tried_at)
        else:
            self._silence.end()
        return answer

    def _is_spent(self, weather: Weather, tried: int, most: int) -> bool:
        """Return whether a call is not tried again."""
        if tried >= most:
            return True
        looks_like_a_setting = weather.way_out and not self._silence.was_heard
        return bool(looks_like_a_setting) and tried >= self.patience.tries_of_a_setting

    def _wait_out(self, weather: Weather, tried: int) -> None:
        seconds = self.patience.wait_seconds(tried, self.clock.jitter())
        self._on_wait(weather.reason, seconds)
        self.rest(seconds)


def fetch_metadata(
    url: str, authorization: str, *, patience: Patience | None = None, clock: Clock | None = None
) -> Mapping[str, Any]:
    """Return what Mailchimp says an OAuth token is for; asked before there is an account to call."""
    client = Client(Access("", authorization), max_connections=1, patience=patience, clock=clock)
    try:
        return client.read_metadata(url)
    finally:
        client.close()


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
    answer = classify(reply.status, body, expect, is_signed=reply.is_signed)
    if not isinstance(answer, Knowledge):
        return answer
    return replace(answer, server_time=reply.server_time, seconds=reply.seconds)


def _knowledge(answer: Answer) -> Knowledge:
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


def _unavailable(request: Request, weather: Weather, tried: int) -> Unavailable:
    if weather.way_out:
        return Unavailable(f"Cannot reach Mailchimp: {weather.reason}. {weather.way_out}")
    what = f"{request.method} {_shape(request.url)}"
    times = "1 try" if tried == 1 else f"{tried} tries"
    return Unavailable(
        f"Mailchimp ({shown_host(request.url)}) did not answer {what} after {times}: {weather.reason}.", weather.status
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
