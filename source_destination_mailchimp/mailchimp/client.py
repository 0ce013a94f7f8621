"""The only socket, the only retry, the only connection budget of a process."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from source_destination_mailchimp.mailchimp.auth import Access
from source_destination_mailchimp.mailchimp.budget import ConnectionBudget
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refusal, Unavailable, kind_of, refused

USER_AGENT = "source-destination-mailchimp"

# Mailchimp ends a call after 120 s [documented]; giving up earlier would leave the call running
# over there, holding one of the user's ten connections.
TIMEOUT_SECONDS = (15.0, 130.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried and how long is waited between two tries."""

    tries: int = 8
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0
    timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS

    def wait_seconds(self, failures: int, jitter: float) -> float:
        """Exponential backoff with jitter: between half and the whole of 0.5, 1, 2, 4 … s for jitter in [0, 1)."""
        whole = min(self.longest_wait_seconds, self.first_wait_seconds * 2.0 ** (failures - 1))
        return float(whole * (0.5 + jitter / 2))


@dataclass(frozen=True, slots=True)
class Answer:
    """What Mailchimp answered to one call that it did not refuse."""

    status: int
    body: Any = field(repr=False)
    tries: int = 1
    """Above 1 an earlier try may have taken effect although its answer was lost."""

    server_time: datetime | None = None
    """Mailchimp's own clock, in full seconds, when it answered; None where it did not tell."""

    seconds: float = 0.0
    """How long the answer took."""


def _interruptible_sleep(stop: threading.Event) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        stop.wait(seconds)

    return sleep


class _Authorization(AuthBase):
    """Sets the header as an auth object, so that a ~/.netrc cannot replace it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


class Client:
    """Calls to one Mailchimp account, safe to use from any number of threads.

    `sleep` and `jitter` (a number in [0, 1)) are arguments so that a test needs neither time nor luck.
    `on_wait(reason, seconds)` hears of every wait, from the thread that waits.
    """

    def __init__(
        self,
        access: Access,
        *,
        max_connections: int,
        patience: Patience | None = None,
        sleep: Callable[[float], None] | None = None,
        jitter: Callable[[], float] = random.random,
        on_wait: Callable[[str, float], None] = lambda reason, seconds: None,
    ) -> None:
        self.root = access.root
        self.max_connections = max_connections
        self._authorization = _Authorization(access.authorization)
        self._patience = patience or Patience()
        self._stop = threading.Event()
        self.sleep = sleep or _interruptible_sleep(self._stop)
        self._jitter = jitter
        self._on_wait = on_wait
        self._budget = ConnectionBudget(max_connections)
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON body of a read; raises `Refused`, `Misconfigured` or `Unavailable`."""
        return self.call("GET", path, params=params).body

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | Any = None,
        before_retry: Callable[[], None] | None = None,
    ) -> Answer:
        """Send one request below the root until it is answered for good.

        `body` is JSON bytes, or a value to be encoded. Raises `Refused` when Mailchimp says no, `Misconfigured`
        for a key it does not take, `Unavailable` when all tries are spent. `before_retry` is called after the wait
        and before each further try; what it raises ends the trying.
        """
        data = body if isinstance(body, bytes | None) else orjson.dumps(body)
        url = f"{self.root}{path}"
        return self._persist(method, url, params, data, self._authorization, before_retry=before_retry)

    def fetch(self, url: str, authorization: str | None = None) -> bytes:
        """The raw body of another address (batch results, token metadata), without our header unless one is given."""
        auth = _Authorization(authorization) if authorization else None
        answer = self._persist("GET", url, None, None, auth, raw=True)
        return bytes(answer.body)

    def close(self) -> None:
        """End all waiting and free the sockets; a call still under way is not tried again."""
        self._stop.set()
        for session in self._sessions:
            session.close()

    def _persist(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        data: bytes | None,
        auth: AuthBase | None,
        raw: bool = False,
        before_retry: Callable[[], None] | None = None,
    ) -> Answer:
        reason = ""
        for tried in range(1, self._patience.tries + 1):
            if tried > 1 and before_retry is not None:
                before_retry()
            answer, reason = self._try(method, url, params, data, auth, raw)
            kind = Refusal.WAIT if answer is None else _verdict(answer.status, answer.body, raw)
            if answer is not None and kind is None:
                self._budget.succeeded()
                return replace(answer, tries=tried)
            if answer is not None and kind is Refusal.REFUSE:
                error = refused(answer.status, answer.body)
                error.tries = tried
                raise error
            if answer is not None and kind is Refusal.STOP:
                raise Misconfigured(
                    "Mailchimp does not accept the key or token in credentials: "
                    f"{refused(401, answer.body).sentence()} Create a new one and enter it there."
                )
            self._rest(reason, tried)
        raise Unavailable(
            f"Mailchimp did not answer {method} {_shape(url)} after {self._patience.tries} tries: {reason}."
        )

    def _try(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        data: bytes | None,
        auth: AuthBase | None,
        raw: bool,
    ) -> tuple[Answer | None, str]:
        """One request: (what came back or None, what to call it in a log)."""
        headers = {"Content-Type": "application/json"} if data is not None else None
        try:
            with self._budget.connection():
                response = self._session().request(
                    method,
                    url,
                    params=params,
                    data=data,
                    headers=headers,
                    auth=auth or _no_auth,
                    timeout=self._patience.timeout_seconds,
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            return None, type(error).__name__
        body = response.content if raw and response.ok else _json(response.content)
        answer = Answer(
            response.status_code,
            body,
            server_time=_time(response.headers.get("Date")),
            seconds=response.elapsed.total_seconds(),
        )
        return answer, f"HTTP {answer.status}"

    def _rest(self, reason: str, tried: int) -> None:
        self._budget.refused()
        if tried >= self._patience.tries:
            return
        seconds = self._patience.wait_seconds(tried, self._jitter())
        self._on_wait(reason, seconds)
        self.sleep(seconds)
        if self._stop.is_set():
            raise Unavailable("The run was ended while it waited for Mailchimp.")

    def _session(self) -> requests.Session:
        """A session of this thread's own: requests does not promise that one can be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=1))
            self._local.session = session
            self._sessions.append(session)
        return session


def fetch_metadata(url: str, authorization: str) -> Mapping[str, Any]:
    """What Mailchimp says an OAuth token is for; asked before there is an account to call."""
    client = Client(Access("", authorization), max_connections=1)
    try:
        found = _json(client.fetch(url, authorization))
    finally:
        client.close()
    return found if isinstance(found, dict) else {}


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _time(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC) if header else None
    except ValueError:
        return None


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


def _verdict(status: int, body: Any, raw: bool) -> Refusal | None:
    if 200 <= status < 300 and (raw or body is not None or status == 204):
        return None
    return kind_of(status, body)


def _shape(url: str) -> str:
    """The path of a call without what could be personal: hashes are shown by their place only."""
    path = url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    return "/" + "/".join("…" if "@" in part or len(part) == 32 else part for part in path.split("/"))
