"""How faults strike: answers that are no JSON, answers cut short, connections that end without one."""

import asyncio
import contextlib
import socket
import struct
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Scope, Send

from source_destination_mailchimp.sandbox.control.traffic import Fault, Traffic
from source_destination_mailchimp.sandbox.http.errors import DEEP_ERROR, TOO_MANY, Problem

_HTML: Final = "<html><head><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>\n"
_DENIED: Final = _HTML.format(
    "Access Denied", "You don't have permission to access this server.<p>Reference&#32;&#35;18.6d3a1502.1700000000</p>"
)

_NO_RIGHT: Final = (403, "Authorization Failure", "User does not have access to the requested operation.")  # documented

_NOT_THERE: Final = (404, "Resource Not Found", "The requested resource could not be found.")  # observed

PROBLEMS: Final = {"403": _NO_RIGHT, "404": _NOT_THERE, "429": TOO_MANY, "500": DEEP_ERROR, "500_for": DEEP_ERROR}
BARE: Final[dict[str, tuple[int, str]]] = {
    "429_bare": (429, ""),
    "403_bare": (403, ""),
    "403_html": (403, _DENIED),
    "502_html": (502, _HTML.format("502 Bad Gateway", "")),
    "503": (503, "upstream connect error"),
    "504": (504, _HTML.format("504 Gateway Time-out", "")),
    "404_html": (404, _HTML.format("404 Not Found", "")),
    "400_html": (400, _HTML.format("400 Bad Request", "Your browser sent a request that this server could not read.")),
    "204_empty": (204, ""),
}
# Answers in JSON that are not Mailchimp's: of a proxy, of another service behind the same name, of nobody.
FOREIGN: Final[dict[str, tuple[int, str]]] = {
    "404_foreign": (404, '{"message": "no Route matched with those values"}'),
    "200_empty_object": (200, "{}"),
}
_SIGN_IN: Final = "https://login.proxy.sandbox-people.org/"


def answer_instead(fault: Fault | None) -> Response | None:
    """The answer that a fault gives in place of the call, which then does not happen; raises Problem for JSON ones."""
    if fault is None:
        return None
    if fault.kind in PROBLEMS:
        raise Problem(*PROBLEMS[fault.kind])
    if fault.kind == "302":
        return Response("", 302, {"server": "proxy", "location": _SIGN_IN})
    if fault.kind in FOREIGN:
        status, text = FOREIGN[fault.kind]
        return Response(text, status, {"server": "proxy"}, media_type="application/json")
    bare = BARE.get(fault.kind)
    if bare is None:
        return None
    status, text = bare
    return Response(text, status, {"server": "AkamaiGHost"}, media_type="text/html" if text else None)


async def wait(fault: Fault | None) -> None:
    """Hold a call back if the fault is a delay."""
    if fault is not None and fault.kind == "delay":
        await asyncio.sleep(fault.seconds)


async def deliver(response: Response, fault: Fault | None, traffic: Traffic, scope: Scope, send: Send) -> int:
    """Send an answer, or what a fault leaves of it; the status sent, 0 if there was none."""
    kind = fault.kind if fault is not None else ""
    if fault is not None and kind == "timeout":
        await _hang(fault, traffic)
        return await _reset(scope)
    if kind in {"reset_before", "reset_after"}:
        return await _reset(scope)
    if kind == "cut_body":
        return await _cut(response, scope, send)
    if kind == "garbage":
        headers = {"date": response.headers["date"]}
        response = Response(b'{"members": [{"id": "4e93\x00\xff', 200, headers, "application/json; charset=utf-8")
    await response(scope, _nothing_more, send)
    return response.status_code


async def _nothing_more() -> Any:
    """What a plain response never asks for."""
    return {"type": "http.disconnect"}


async def _hang(fault: Fault, traffic: Traffic) -> None:
    """Keep the caller waiting, until the faults are lifted at the latest."""
    epoch, loop = traffic.epoch, asyncio.get_running_loop()
    deadline = loop.time() + fault.seconds
    while loop.time() < deadline and traffic.epoch == epoch:
        await asyncio.sleep(0.02)


async def _reset(scope: Scope) -> int:
    """End the connection with a reset: the caller cannot know whether the call took effect."""
    transport = scope["sandbox.transport"]
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # A caller that gave up meanwhile has closed it.
        with contextlib.suppress(OSError, ValueError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0.01)
    return 0


async def _cut(response: Response, scope: Scope, send: Send) -> int:
    """Send the head and half of the body, then close."""
    body = bytes(response.body)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    scope["sandbox.transport"].close()
    await asyncio.sleep(0.01)
    return response.status_code
