"""A server that answers as it is told, and remembers who asked for what: over a real socket, without a Mailchimp."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Told(NamedTuple):
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


@dataclass(slots=True)
class Answering:
    """A running server: answers by path, and what was asked, with the headers by their small names."""

    url: str
    answers: dict[str, Told]
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def answering(answers: Mapping[str, Told]) -> Iterator[Answering]:
    """Run a server on a free port of this machine until the block ends; a path without an answer gets a bare 404."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        found = Answering(f"http://127.0.0.1:{server.server_address[1]}", dict(answers))
        server.told = found  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers as the server is told."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a read."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer a removal."""
        self._answer()

    def do_PATCH(self) -> None:
        """Answer a change, whatever it says."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer()

    def _answer(self) -> None:
        told: Answering = self.server.told  # type: ignore[attr-defined]
        told.paths.append(self.path)
        told.headers.append({name.lower(): value for name, value in self.headers.items()})
        answer = told.answers.get(self.path, Told(404))
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""
