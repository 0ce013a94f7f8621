"""The sandbox on a port: HTTP in, HTTP out, from a test (`running_sandbox`) or from the command."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from source_destination_mailchimp.sandbox.account.store import Start, Store
from source_destination_mailchimp.sandbox.account.watching import TIMERS, WATCHERS
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.control.traffic import Latency, Traffic
from source_destination_mailchimp.sandbox.http.wire import Wire

DEFAULT_KEY: Final = "0123456789abcdef0123456789abcdef-us1"
START_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sandbox is started."""

    host: str = "127.0.0.1"
    port: int = 0
    keys: tuple[str, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    latency_ms: float = 0
    latency_per_member_ms: float = 0


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which also hands the transport on: faults cut and reset connections."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["sandbox.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


def build(settings: Settings) -> tuple[uvicorn.Server, Store]:
    """A server that is not running yet, and its memory."""
    store = Store(Start(settings.keys, dict(settings.switches)), WATCHERS, TIMERS)
    traffic = Traffic(Latency(settings.latency_ms, settings.latency_per_member_ms))
    config = uvicorn.Config(
        Wire(store, traffic),
        host=settings.host,
        port=settings.port,
        http=_Protocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,  # the wire writes it by the sandbox's own clock
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Server(config), store


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    return listener


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: `url` is its root, `api_url` what a client calls, `control` the calls under /_sandbox."""

    url: str
    api_url: str
    api_key: str
    control: Control
    store: Store


@contextlib.contextmanager
def running_sandbox(settings: Settings | None = None) -> Iterator[Sandbox]:
    """A sandbox on a free port in a thread of this process, until the block ends."""
    settings = settings or Settings()
    server, store = build(settings)
    with listen(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        _await_start(server, thread)
        url = f"http://{settings.host}:{port}"
        key = settings.keys[0] if settings.keys else DEFAULT_KEY
        try:
            yield Sandbox(url, f"{url}/3.0", key, Control(url), store)
        finally:
            server.should_exit = True
            thread.join()


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        time.sleep(0.005)
