"""Plays a recorded session against the sandbox: seeds what was there before, sets the clock, compares every answer."""

from collections.abc import Iterator
from typing import Any

import requests

from integration_tests.sandbox.comparing import ORIGIN, Names, alike, differences
from integration_tests.sandbox.moments import happened_at, is_a_moment_apart
from integration_tests.sandbox.older import as_today, named_as_today
from integration_tests.sandbox.recorded import Exchange, Json
from integration_tests.sandbox.sessions import COMPARED_HEADERS, account_before
from source_destination_mailchimp.sandbox.http.server import Sandbox


class SessionReplay:
    """One session against one sandbox, which is emptied first."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._control = sandbox.control
        self._session = requests.Session()
        self._session.auth = ("anystring", sandbox.api_key)
        self._names = Names()

    def run(self, session: list[Exchange]) -> list[str]:
        """Every disagreement, one line each, led by the exchange that it was found in."""
        self._control.reset()
        for order in account_before(session):
            self._set_up(order)
        found: list[str] = []
        for position, exchange in enumerate(session):
            self._control.clock(now=happened_at(session, position).isoformat(), frozen=True)
            line = f"{position} {exchange.method} {exchange.path}"
            found += [f"{line} {difference}" for difference in self._compared(exchange)]
        return found

    def _set_up(self, order: Json) -> None:
        """One audience: first its fields, so that those it did not have can be taken away, then its members."""
        list_id = order["audience"]
        self._names.bind("list_id", list_id, list_id)
        self._control.seed(**{key: value for key, value in order.items() if key not in ("members", "others")})
        wanted = {field["tag"] for field in order["merge_fields"]}
        path = f"{self._sandbox.api_url}/lists/{list_id}/merge-fields"
        for field in self._session.get(path, params={"count": "100"}, timeout=30).json()["merge_fields"]:
            if wanted and field["tag"] not in wanted:
                self._session.delete(f"{path}/{field['merge_id']}", timeout=30)
        self._control.seed(list_id, members=order["members"])
        self._control.seed(list_id, members=order["others"])

    def _compared(self, exchange: Exchange) -> Iterator[str]:
        answer = self._send(exchange)
        if answer.status_code != exchange.status:
            yield f"status: {answer.status_code}, recorded {exchange.status}: {answer.text[:300]}"
            return
        body = answer.json() if answer.content else None
        recorded = self._without_chance(named_as_today(as_today(exchange.response), body), body)
        yield from differences(recorded, body, self._names)
        for name in COMPARED_HEADERS:
            if name in exchange.headers:
                yield from self._header(name, exchange.headers[name], answer.headers.get(name, ""))

    def _without_chance(self, recorded: Any, here: Any) -> Any:
        """A recorded answer without what is not stable in it, wherever the sandbox agrees with the rest.

        A member's timestamp_opt may be stamped a moment before its last_changed.
        """
        if isinstance(recorded, list) and isinstance(here, list):
            return [self._without_chance(*pair) for pair in zip(recorded, here, strict=False)] + recorded[len(here) :]
        if not (isinstance(recorded, dict) and isinstance(here, dict)):
            return recorded
        stable = {key: self._without_chance(value, here.get(key)) for key, value in recorded.items()}
        if is_a_moment_apart(recorded.get("timestamp_opt"), here.get("timestamp_opt")):
            stable["timestamp_opt"] = here["timestamp_opt"]
        return stable

    def _header(self, name: str, recorded: str, here: str) -> Iterator[str]:
        """Link is equal but for its host, an ID has the form of one, the others are equal."""
        if name == "X-Request-Id":
            same = alike(recorded, here)
        elif name == "Link":
            same = self._names.translate(ORIGIN.sub("", recorded)) == ORIGIN.sub("", here)
        else:
            same = recorded == here
        if not same:
            yield f"{name}: {here!r}, recorded {recorded!r}"

    def _send(self, exchange: Exchange) -> requests.Response:
        query = "&".join(f"{key}={value}" for key, value in (exchange.query or {}).items())
        path = self._names.translate(exchange.path) + (f"?{query}" if query else "")
        host = exchange.host.split("//")[-1].split(":")[0]
        return self._session.request(
            exchange.method, self._sandbox.url + path, json=exchange.body, headers={"Host": host}, timeout=30
        )
