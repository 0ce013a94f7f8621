"""The only socket: one request goes out, and what comes back is read as it is."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from source_destination_mailchimp.mailchimp.answers import Weather

USER_AGENT = "source-destination-mailchimp"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready for the wire."""

    method: str
    url: str
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    """JSON."""

    authorization: str | None = field(default=None, repr=False)
    """Value of the header; None sends none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever it says."""

    status: int
    content: bytes = field(repr=False)
    server_time: datetime | None = None
    """The `Date` header; None where there is none that can be read."""

    seconds: float = 0.0
    """How long it took."""


class Transport(Protocol):
    """Sends requests, from any number of threads; a test gives one that needs no network."""

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Send one request once; weather where no reply came."""

    def close(self) -> None:
        """Free what is held."""


class HttpTransport:
    """Requests over HTTP, with one session per thread: `requests` does not promise that one can be shared."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def send(self, request: Request, timeout_seconds: tuple[float, float]) -> Reply | Weather:
        """Send one request; never follows a redirect, which would take the key elsewhere."""
        try:
            response = self._session().request(
                request.method,
                request.url,
                params=request.params,
                data=request.data,
                headers={"Content-Type": "application/json"} if request.data is not None else None,
                auth=_Authorization(request.authorization),
                timeout=timeout_seconds,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Weather(type(error).__name__)
        return Reply(
            response.status_code,
            response.content,
            _time(response.headers.get("Date")),
            response.elapsed.total_seconds(),
        )

    def close(self) -> None:
        """Close every session."""
        for session in self._sessions:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            for scheme in ("https://", "http://"):
                session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=1))
            self._local.session = session
            self._sessions.append(session)
        return session


class _Authorization(AuthBase):
    """Sets the header, or none, as an auth object, so that a ~/.netrc cannot replace it."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


def _time(header: str | None) -> datetime | None:
    if not header:
        return None
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
