"""A proxy in front of the sandbox that changes answers: what Mailchimp may say one day, and never said to a sandbox."""

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from source_destination_mailchimp.sandbox.http.server import Sandbox

Query = dict[str, str]
Rewrite = Callable[[str, Query, Any], Any]
"""Path below the root, query and body of an answer → the body that goes home, or a status without one."""

TIMEOUT_STATUS = 504


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    sandbox: Sandbox
    rewrite: Rewrite
    asked: list[tuple[str, Query]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Hand a request on, and its answer home."""
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/3.0")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.server.asked.append((path, query))
        request = urllib.request.Request(f"{self.server.sandbox.url}{self.path}")
        request.add_header("Authorization", self.headers["Authorization"])
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, date, content = answer.status, answer.headers["Date"], answer.read()
        except urllib.error.HTTPError as error:
            status, date, content = error.code, error.headers["Date"], error.read()
        if status == 200:
            body = self.server.rewrite(path, query, orjson.loads(content))
            status, content = (body, b"") if isinstance(body, int) else (200, orjson.dumps(body))
        self.send_response_only(status)
        self.send_header("Date", date)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def rewriting(sandbox: Sandbox, rewrite: Rewrite) -> Iterator[tuple[str, list[tuple[str, Query]]]]:
    """Run the proxy; gives the root to call, and the list of what is asked there."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.sandbox, server.rewrite, server.asked = sandbox, rewrite, []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/3.0", server.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
