"""Calls outside the API: no key, no limit, no latency. For OAuth, result files and the control API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.control.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as it came in; header names are lower case. `path_id` is what {…} in the route's path stood for."""

    store: Store
    traffic: Traffic
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes
    root: str
    path_id: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """The body as a JSON object, {} for none; raises ValueError for anything else."""
        read = orjson.loads(self.raw_body) if self.raw_body.strip() else {}
        if not isinstance(read, dict):
            raise ValueError("the body must be a JSON object")
        return read


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to a visit."""

    content: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200) -> Page:
    """An answer of JSON."""
    return Page(orjson.dumps(value), status)


class OpenRoute(NamedTuple):
    """A method and path outside /3.0 bound to a rule; the last part of a path may be {anything}."""

    method: str
    path: str
    rule: Callable[[Visit], Page]
