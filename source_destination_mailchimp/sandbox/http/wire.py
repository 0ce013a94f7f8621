"""The ASGI application: reads requests, lets faults and limits strike, hands calls to the rules, writes answers."""

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from source_destination_mailchimp.sandbox.account.batch_work import BatchWorker
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.control.control_api import CONTROL_ROUTES
from source_destination_mailchimp.sandbox.control.traffic import Fault, Logged, Traffic
from source_destination_mailchimp.sandbox.http import breakage
from source_destination_mailchimp.sandbox.http.dispatch import PREFIX, Dispatcher, Origin, Outcome, read_json
from source_destination_mailchimp.sandbox.http.errors import TOO_MANY, TRIGGERS, Problem
from source_destination_mailchimp.sandbox.http.keys import Caller, caller
from source_destination_mailchimp.sandbox.http.open_routes import OPEN_ROUTES
from source_destination_mailchimp.sandbox.http.origins import is_from_here
from source_destination_mailchimp.sandbox.http.routes import ROUTES
from source_destination_mailchimp.sandbox.http.visits import OpenRoute, Page, Visit, as_json
from source_destination_mailchimp.sandbox.pages.page_routes import PAGE_ROUTES

CONTROL: Final = "/_sandbox/"
RESULTS: Final = "/_sandbox/results/"
JSON: Final = "application/json; charset=utf-8"
PROBLEM_JSON: Final = "application/problem+json; charset=utf-8"
CONTROL_IS_FOR_THIS_MACHINE: Final = (
    "Control calls are taken from this machine only, at a name of this machine (such as 127.0.0.1 or localhost),"
    " and from no other page."
)


@dataclass(slots=True)
class Request:
    """One HTTP request as the wire sees it."""

    scope: Scope
    receive: Receive
    send: Send
    method: str
    path: str
    query_string: str
    query: dict[str, str]
    headers: dict[str, str]
    root: str

    async def body(self) -> bytes:
        """Everything that was sent as body."""
        chunks = []
        while True:
            message = await self.receive()
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(chunks)


class Wire:
    """The ASGI application."""

    def __init__(self, store: Store, traffic: Traffic) -> None:
        self._store = store
        self._traffic = traffic
        self._dispatcher = Dispatcher(store, ROUTES)
        self._batches = BatchWorker(store, traffic, self._dispatcher.perform)
        open_routes = (*CONTROL_ROUTES, *OPEN_ROUTES, *PAGE_ROUTES)
        self._open = {(route.method, *_opened(route.path)): route for route in open_routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = _request(scope, receive, send)
        if request.path == PREFIX or request.path.startswith(f"{PREFIX}/"):
            await self._api(request)
        else:
            await self._visit(request)
        self._batches.wake()

    async def _api(self, request: Request) -> None:
        """A call of the API: logged, counted, limited."""
        started, status = time.time(), 0
        life = self._traffic.enter()
        try:
            status = await self._admitted(request)
        finally:
            entry = Logged(request.method, request.path, request.query_string, status, started, time.time())
            self._traffic.leave(entry, life)

    async def _admitted(self, request: Request) -> int:
        """Check the key and take one of the user's connections; all the rest happens while it is held."""
        try:
            who = caller(self._store, request.method, request.headers, request.query)
            if not self._traffic.connect(who.user):
                raise Problem(*TOO_MANY)
        except Problem as problem:
            return await self._deliver(_refusal(problem, request), None, request)
        try:
            return await self._carried_out(request, who)
        finally:
            self._traffic.disconnect(who.user)

    async def _carried_out(self, request: Request, who: Caller) -> int:
        raw = await request.body()
        fault = self._traffic.hit(request.method, request.path, raw)
        try:
            await breakage.wait(fault)
            response = breakage.answer_instead(fault)
            if response is None and not (fault is not None and fault.kind == "reset_before"):
                response = _answer(await self._perform(request, raw, who), request)
        except Problem as problem:
            response = _refusal(problem, request)
        return await self._deliver(response or Response(), fault, request)

    async def _deliver(self, response: Response, fault: Fault | None, request: Request) -> int:
        response.headers["date"] = self._date()
        return await breakage.deliver(response, fault, self._traffic, request.scope, request.send)

    async def _perform(self, request: Request, raw: bytes, who: Caller) -> Outcome:
        trigger = request.headers.get("x-trigger-error")
        if trigger in TRIGGERS:
            raise Problem(*TRIGGERS[trigger])
        method = _method(request)
        body = read_json(raw) if method in {"POST", "PUT", "PATCH"} else None
        seconds = self._traffic.latency.seconds(body, request.query)
        if seconds:
            await asyncio.sleep(seconds)
        client = request.scope.get("client")
        origin = Origin(request.root, client[0] if client else "127.0.0.1", who.data_center)
        return self._dispatcher.perform(method, request.path[len(PREFIX) :], request.query, body, origin)

    async def _visit(self, request: Request) -> None:
        raw = await request.body()
        if _is_control(request.path) and not _is_from_here(request):
            refusal = as_json({"error": CONTROL_IS_FOR_THIS_MACHINE}, 403)
            await self._answer_visit(refusal, request)
            return
        path, path_id = request.path, ""
        route = self._open.get((request.method, path, False))
        if route is None:
            path, _, path_id = path.rpartition("/")
            route = self._open.get((request.method, path, True))
        if route in PAGE_ROUTES and not _is_from_here(request):
            refusal = as_json({"error": "The pages are shown on this machine only, at a name of this machine."}, 403)
            await self._answer_visit(refusal, request)
            return
        await self._answer_visit(self._page(route, request, raw, path_id), request)

    async def _answer_visit(self, page: Page, request: Request) -> None:
        headers = {"date": self._date(), **page.headers, "content-type": page.content_type}
        await Response(page.content, page.status, headers)(request.scope, request.receive, request.send)

    def _date(self) -> str:
        """The present moment by the sandbox's own clock, as the Date header writes it."""
        return formatdate(self._store.clock.now(), usegmt=True)

    def _page(self, route: OpenRoute | None, request: Request, raw: bytes, path_id: str) -> Page:
        if route is None:
            return as_json({"error": f"nothing is answered at {request.method} {request.path}"}, 404)
        visit = Visit(
            self._store,
            self._traffic,
            request.method,
            request.path,
            request.query,
            request.headers,
            raw,
            request.root,
            path_id,
        )
        try:
            return route.rule(visit)
        except (ValueError, KeyError, TypeError) as error:
            return as_json({"error": str(error)}, 400)


def _is_control(path: str) -> bool:
    """Whether a path is the control API's. Results of batches stand for another host's, and are for everybody."""
    return path.startswith(CONTROL) and not path.startswith(RESULTS)


def _is_from_here(request: Request) -> bool:
    client = request.scope.get("client")
    return is_from_here(client[0] if client else "127.0.0.1", request.headers.get("origin", ""), request.root)


def _opened(path: str) -> tuple[str, bool]:
    """A path without its last {part}, and whether it had one."""
    start, _, last = path.rpartition("/")
    return (start, True) if last.startswith("{") else (path, False)


def _request(scope: Scope, receive: Receive, send: Send) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query_string = scope["query_string"].decode("latin-1")
    query: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True) if query_string else ():
        query[name] = f"{query[name]},{value}" if name in query and name.endswith("fields") else value
    scheme = headers.get("x-forwarded-proto", scope["scheme"])
    root = f"{scheme}://{headers.get('host', '127.0.0.1')}"
    return Request(scope, receive, send, scope["method"], scope["path"], query_string, query, headers, root)


def _method(request: Request) -> str:
    """The method meant: X-HTTP-Method-Override counts on POST, elsewhere it is refused (documented)."""
    override = request.headers.get("x-http-method-override", "").upper()
    if not override:
        return request.method
    if request.method != "POST":
        raise Problem(*TRIGGERS["InvalidMethodOverride"])
    return override


def _answer(outcome: Outcome, request: Request) -> Response:
    headers = _headers(JSON)
    if outcome.body is None:
        return Response(b"", outcome.status, headers)
    headers["vary"] = "Accept-Encoding"  # on every 200 that was recorded, on no refusal and no 204
    describes = f'<{request.root}/schema/3.0/{outcome.describes}.json>; rel="describedBy"' if outcome.describes else ""
    dashboard = outcome.headers.get("dashboard", "")
    if dashboard:
        describes += f', <{dashboard}>; rel="dashboard"'
    if describes:
        headers["link"] = describes
    return Response(orjson.dumps(outcome.body), outcome.status, headers)


def _refusal(problem: Problem, request: Request) -> Response:
    headers = _headers(PROBLEM_JSON)
    headers["link"] = f'<{request.root}/schema/3.0/Definitions/ProblemDetailDocument.json>; rel="describedBy"'
    if problem.allow:
        headers["allow"] = problem.allow
    document: Mapping[str, Any] = problem.document(headers["x-request-id"])
    return Response(orjson.dumps(document), problem.status, headers)


def _headers(content_type: str) -> dict[str, str]:
    return {"server": "openresty", "content-type": content_type, "x-request-id": str(uuid.uuid4())}
