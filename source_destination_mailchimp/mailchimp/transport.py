"""The only socket: one request goes out, and what comes back is read as it is."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NameResolutionError

from source_destination_mailchimp.mailchimp.addresses import is_plain_http, is_safe, shown_host
from source_destination_mailchimp.mailchimp.answers import Weather
from source_destination_mailchimp.mailchimp.errors import TooLarge, Unavailable

USER_AGENT = "source-destination-mailchimp"

MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""No answer is read further. The largest that is known of, 1,000 members with everything, is some 10 MB. [inferred]"""

_PIECE_BYTES = 256 * 1024


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

    max_bytes: int = MAX_ANSWER_BYTES
    """How much of an answer is read before it is given up."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever it says."""

    status: int
    content: bytes = field(repr=False)
    server_time: datetime | None = None
    """The `Date` header; None where there is none that can be read."""

    seconds: float = 0.0
    """How long it took."""

    is_signed: bool = True
    """Whether its headers are like Mailchimp's: all that tells an empty answer of Mailchimp's from a gateway's."""


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
        """Send one request; never follows a redirect, which would take the key elsewhere.

        Raises `Unavailable` for an address that would be called without encryption, `TooLarge` for an endless answer.
        """
        if not is_safe(request.url):
            raise Unavailable(f"{shown_host(request.url)} was not called: https:// is required for other machines.")
        try:
            with self._session().request(
                request.method,
                request.url,
                params=request.params,
                data=request.data,
                headers={"Content-Type": "application/json"} if request.data is not None else None,
                auth=_Authorization(request.authorization),
                timeout=timeout_seconds,
                allow_redirects=False,
                proxies=_NO_PROXY if is_plain_http(request.url) else None,
                stream=True,
            ) as response:
                content = b"".join(_pieces(response, request))
        except requests.RequestException as error:
            return _weather(error, request.url)
        return Reply(
            response.status_code,
            content,
            _time(response.headers.get("Date")),
            response.elapsed.total_seconds(),
            _is_signed(response.headers),
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


_NO_PROXY = {"http": ""}
"""Plain http stays on this machine: a proxy would get the key in the clear."""


def _pieces(response: requests.Response, request: Request) -> Iterator[bytes]:
    """Yield an answer piece by piece, unpacked; raises `TooLarge` as soon as it is."""
    read = 0
    for piece in response.iter_content(_PIECE_BYTES):
        read += len(piece)
        if read > request.max_bytes:
            raise TooLarge(
                f"An answer of {shown_host(request.url)} is larger than {request.max_bytes // 1024**2} MiB and was "
                "not read."
            )
        yield piece


def _weather(error: requests.RequestException, url: str) -> Weather:
    """Return what an error of the connection is called; its own text may hold addresses and passwords."""
    host = shown_host(url)
    if _is_unresolved(error):
        return Weather(f"the host {host} was not found", way_out=_CHECK_NAME)
    said = str(error)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in said:
        return Weather(f"the certificate of {host} is not trusted", way_out=_CHECK_CERTIFICATES)
    if isinstance(error, requests.exceptions.ProxyError) and "407" in said:
        return Weather("the proxy requires a user name and a password", way_out=_CHECK_PROXY)
    return Weather(type(error).__name__)


_CHECK_NAME = "Check the network and DNS of this machine, and the data center at the end of the API key in credentials."
_CHECK_CERTIFICATES = (
    "If a proxy inspects the connection, set the variable REQUESTS_CA_BUNDLE to a file with its certificates."
)
_CHECK_PROXY = "Set the variable HTTPS_PROXY to http://user:password@host:port."


def _is_unresolved(error: requests.RequestException) -> bool:
    reasons = (getattr(argument, "reason", argument) for argument in error.args)
    return any(isinstance(reason, NameResolutionError) for reason in reasons)


class _Authorization(AuthBase):
    """Sets the header, or none, as an auth object, so that a ~/.netrc cannot replace it."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


def _is_signed(headers: Mapping[str, str]) -> bool:
    """Return whether an answer has one of the headers that every one of Mailchimp's has, empty ones too.

    [observed in all 281 recorded answers of 204: an X-Request-Id, and application/json although nothing follows] One is
    enough, as a proxy may take the other off.
    """
    if headers.get("X-Request-Id"):
        return True
    return headers.get("Content-Type", "").startswith(_JSON_TYPES)


_JSON_TYPES = ("application/json", "application/problem+json")


def _time(header: str | None) -> datetime | None:
    if not header:
        return None
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
