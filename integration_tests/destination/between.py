"""A proxy in front of the sandbox that lets something happen between two calls of the connector."""

import contextlib
import fnmatch
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

Act = Callable[[], None]


class Call(NamedTuple):
    """One request as the connector sent it."""

    method: str
    path: str
    body: Any


@dataclass(slots=True)
class _Rule:
    method: str
    path: str
    nth: int
    act: Act
    after: bool

    def takes(self, call: Call) -> bool:
        return self.method in ("*", call.method) and fnmatch.fnmatchcase(call.path, self.path)


@dataclass(slots=True)
class Between:
    """What shall happen between which calls, and every call that passed."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def before(self, method: str, path: str, act: Act, *, nth: int = 1) -> None:
        """Do something once, when the n-th request of this method and path (a glob) has come and before it goes on."""
        self._rules.append(_Rule(method, path, nth, act, after=False))

    def after(self, method: str, path: str, act: Act, *, nth: int = 1) -> None:
        """Do something once, when Mailchimp has answered the n-th such request and before the answer goes home."""
        self._rules.append(_Rule(method, path, nth, act, after=True))

    @property
    def is_done(self) -> bool:
        """Whether everything that should happen has happened."""
        return not self._rules

    def passed(self, call: Call, *, after: bool) -> None:
        """Note a request, or its answer, and let happen what waits for it."""
        with self._lock:
            if not after:
                self.calls.append(call)
            for rule in [rule for rule in self._rules if rule.after is after and rule.takes(call)]:
                rule.nth -= 1
                if rule.nth <= 0:
                    self._rules.remove(rule)
                    rule.act()

    def reset(self) -> None:
        """Nothing waits and nothing has passed."""
        self.calls.clear()
        self._rules.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    between: Between
    place: tuple[str, int]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the connector, or a fault, has cut is nothing to speak of."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._upstream = http.client.HTTPConnection(*self.server.place, timeout=60)

    def finish(self) -> None:
        self._upstream.close()
        with contextlib.suppress(OSError):
            super().finish()

    def pass_on(self) -> None:
        """Forward one request and bring its answer home; an answer that never comes ends the connection."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = orjson.loads(content) if content else None
        call = Call(self.command, urlsplit(self.path).path, body)
        self.server.between.passed(call, after=False)
        try:
            self._upstream.request(self.command, self.path, content or None, dict(self.headers.items()))
            answer = self._upstream.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._upstream.close()
            self.close_connection = True
            return
        self.server.between.passed(call, after=True)
        headers = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in _OWN_HEADERS]
        head = [f"HTTP/1.1 {answer.status} {answer.reason}", *headers, f"Content-Length: {len(text)}", "", ""]
        self.wfile.write("\r\n".join(head).encode("latin-1") + text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815 - the names that http.server asks for

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


_OWN_HEADERS = ("content-length", "transfer-encoding", "connection")


@contextlib.contextmanager
def proxy(url: str) -> Iterator[Between]:
    """A proxy for the server at this address, until the block ends."""
    parts = urlsplit(url)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.between = Between(f"http://127.0.0.1:{server.server_address[1]}")
        server.place = (parts.hostname or "127.0.0.1", parts.port or 80)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.between
        finally:
            server.shutdown()
            thread.join()
