"""A registry of images in this process, as small as an engine's push lets it be (OCI distribution specification)."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(slots=True)
class Registry:
    """What was pushed: layers and configurations by digest, manifests by `name:tag`."""

    address: str
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def running_registry() -> Iterator[Registry]:
    """Serve a registry on loopback until the end of the context."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.registry = registry = Registry(f"127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _registry(self) -> Registry:
        registry: Registry = self.server.registry  # type: ignore[attr-defined]
        return registry

    def do_GET(self) -> None:
        """Say that this is a registry."""
        self._answer(200 if self.path == "/v2/" else 404)

    def do_HEAD(self) -> None:
        """Say whether a layer or a configuration is there."""
        there = self.path.rpartition("/")[2] in self._registry.blobs
        self._answer(200 if there else 404)

    def do_POST(self) -> None:
        """Open an upload."""
        self._body()
        name = f"{self.path.rstrip('/')}/{len(self._registry.uploads)}"
        self._registry.uploads[name] = b""
        self._answer(202, Location=name)

    def do_PATCH(self) -> None:
        """Take a part of an upload."""
        self._registry.uploads[self.path] += self._body()
        self._answer(202, Location=self.path)

    def do_PUT(self) -> None:
        """Take a manifest, or end an upload."""
        path, body = urlsplit(self.path), self._body()
        if "/manifests/" in path.path:
            name, _, tag = path.path.removeprefix("/v2/").partition("/manifests/")
            self._registry.manifests[f"{name}:{tag}"] = body
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        else:
            (digest,) = parse_qs(path.query)["digest"]
            self._registry.blobs[digest] = self._registry.uploads[path.path] + body
        self._answer(201, Location=path.path, **{"Docker-Content-Digest": digest})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""
