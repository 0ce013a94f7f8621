"""From method, path, query and body to a rule and back: the part of a call that batch operations share with HTTP."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.http.calls import Answer, Call, Route
from source_destination_mailchimp.sandbox.http.errors import (
    DEEP_ERROR,
    Problem,
    bad_request,
    invalid_path,
    method_not_allowed,
)
from source_destination_mailchimp.sandbox.http.schema import check, unknown_fields
from source_destination_mailchimp.sandbox.http.selection import Selection

PREFIX = "/3.0"
_log = logging.getLogger(__name__)


class Origin(NamedTuple):
    """Where a call came from: the root URL it was sent to, the caller's address, and the key's data center."""

    root: str
    ip: str
    data_center: str


class Outcome(NamedTuple):
    """A finished call; `body` None is 204."""

    status: int
    body: dict[str, Any] | None
    describes: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Step:
    """One step of the paths known."""

    steps: dict[str, "_Step"] = field(default_factory=dict)
    wildcard: "_Step | None" = None
    routes: dict[str, Route] = field(default_factory=dict)
    names: tuple[str, ...] = ()


class Router:
    """Finds the rule for a method and a path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Step()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        step, names = self._root, []
        for part in _parts(route.path):
            if part.startswith("{"):
                names.append(part[1:-1])
                step.wildcard = step.wildcard or _Step()
                step = step.wildcard
            else:
                step = step.steps.setdefault(part, _Step())
        step.names = tuple(names)
        step.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the path's parameters; 404 for an unknown path, 405 for an unknown method."""
        found = self._walk(self._root, _parts(path), ())
        if found is None:
            raise invalid_path()
        step, values = found
        route = step.routes.get(method)
        if route is None:
            raise method_not_allowed(", ".join(step.routes))
        return route, dict(zip(step.names, values, strict=True))

    def _walk(self, step: _Step, parts: list[str], values: tuple[str, ...]) -> tuple[_Step, tuple[str, ...]] | None:
        if not parts:
            return (step, values) if step.routes else None
        exact = step.steps.get(parts[0])
        if exact is not None and (found := self._walk(exact, parts[1:], values)):
            return found
        if step.wildcard is None:
            return None
        return self._walk(step.wildcard, parts[1:], (*values, parts[0]))


class Dispatcher:
    """Carries calls out; a fault of the sandbox itself shows as Mailchimp's own 500."""

    def __init__(self, store: Store, routes: Iterable[Route]) -> None:
        self._store = store
        self._router = Router(routes)

    def perform(self, method: str, path: str, query: Mapping[str, str], body: Any, origin: Origin) -> Outcome:
        """Do what a call asks; raises Problem. `path` is without /3.0, `body` is JSON already read."""
        try:
            return self._perform(method, path, query, body, origin)
        except Problem:
            raise
        except Exception as error:
            _log.exception("the sandbox failed on %s %s", method, path)
            raise Problem(*DEEP_ERROR) from error

    def _perform(self, method: str, path: str, query: Mapping[str, str], body: Any, origin: Origin) -> Outcome:
        route, ids = self._router.find(method, path)
        call = Call(self._store, method, path, ids, query, body, *origin)
        if route.body is not None:
            self._check_body(call, route)
        selection = Selection(query) if method == "GET" else None
        self._store.let_time_pass()
        result = route.rule(call)
        answer = result if isinstance(result, Answer) else Answer(result, 204 if result is None else 200)
        shown = answer.body
        if selection and shown is not None:
            shown = self._select(selection, shown)
        return Outcome(answer.status, shown, route.describes, answer.headers)

    def _check_body(self, call: Call, route: Route) -> None:
        assert route.body is not None
        call.body = {} if call.body is None else call.body
        partial = call.method == "PATCH" and self._store.is_on("partial_patch", "accepted")
        check(replace(route.body, required=()) if partial else route.body, call.body)
        if self._store.is_on("unknown_body_fields", "refused"):
            refusal = unknown_fields(route.body, call.body)
            if refusal is not None:
                raise refusal

    def _select(self, selection: Selection, shown: dict[str, Any]) -> dict[str, Any]:
        if self._store.is_on("invalid_fields", "refused") and selection.asks_for_nothing(shown):
            raise bad_request("The fields requested are invalid.")
        return selection.apply(shown)


def read_json(raw: bytes) -> Any:
    """The JSON of a body, None for an empty one; 400 with the parser's own words (documented)."""
    if not raw.strip():
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "JSON Parse Exception", f"We encountered a JSON parsing error: {error}") from None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
