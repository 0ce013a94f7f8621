"""A client of the control API for tests and demos. Standard library only."""

import contextlib
import http.client
import json
from typing import Any
from urllib.parse import urlsplit


class Control:
    """One method per control call; each returns the answer's JSON and raises RuntimeError if it was refused."""

    def __init__(self, url: str) -> None:
        """`url` is the sandbox's root, without /3.0."""
        parts = urlsplit(url)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 80)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Any control call, for instance call("POST", "reset")."""
        content = json.dumps(body).encode() if body is not None else b""
        connection = http.client.HTTPConnection(*self._place, timeout=600)
        with contextlib.closing(connection):
            headers = {"Content-Type": "application/json", "Connection": "close"}
            connection.request(method, f"/_sandbox/{path}", content, headers)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} /_sandbox/{path}: {answer.status} {text.decode()}")
        return json.loads(text)

    def reset(self) -> None:
        """An empty account at real time."""
        self.call("POST", "reset", {})

    def seed(self, audience: str | None = None, **order: Any) -> dict[str, Any]:
        """Audiences and members at once; the answer names the audience."""
        named = {"audience": audience} if audience is not None else {}
        answer: dict[str, Any] = self.call("POST", "seed", {**named, **order})
        return answer

    def people(self, email: str, audience: str, action: str, **details: Any) -> dict[str, Any]:
        """Let a person act: subscribe, confirm, unsubscribe, complain, bounce_hard, change_email (to=), …"""
        order = {"email": email, "audience": audience, "action": action, **details}
        answer: dict[str, Any] = self.call("POST", "people", order)
        return answer

    def campaign(self, audience: str, **order: Any) -> dict[str, Any]:
        """Send a campaign to everybody subscribed (or recipients=, segment_id=); the answer names it and its links."""
        answer: dict[str, Any] = self.call("POST", "campaigns", {"audience": audience, **order})
        return answer

    def clock(self, **order: Any) -> str:
        """Move the time (now=, advance_seconds=) or stop it (frozen=); returns the time reached."""
        return str(self.call("POST", "clock", order)["now"])

    def fault(self, kind: str, *, method: str = "*", path: str = "*", **order: Any) -> None:
        """Let requests fail: times= or rate=, seconds= for delay and timeout, after= to let some pass first."""
        self.call("POST", "faults", {"fault": kind, "match": {"method": method, "path": path}, **order})

    def lift_faults(self) -> None:
        """No more faults."""
        self.call("DELETE", "faults")

    def requests(self) -> list[dict[str, Any]]:
        """The API calls that have ended."""
        rows: list[dict[str, Any]] = self.call("GET", "requests")["requests"]
        return rows

    def peak(self) -> int:
        """The highest number of simultaneous API calls."""
        return int(self.call("GET", "requests")["peak"])

    def forget_requests(self) -> None:
        """Empty the log."""
        self.call("DELETE", "requests")

    def mail(self) -> list[dict[str, Any]]:
        """The confirmation mails that would have been sent."""
        rows: list[dict[str, Any]] = self.call("GET", "mail")["mail"]
        return rows

    def journeys(self) -> list[dict[str, Any]]:
        """Who entered which customer journey."""
        rows: list[dict[str, Any]] = self.call("GET", "journeys")["journeys"]
        return rows

    def switch(self, **values: str) -> dict[str, str]:
        """Set switches until the next reset; returns all of them."""
        settings: dict[str, str] = self.call("POST", "switches", values)
        return settings

    def latency(self, ms: float = 0, per_member_ms: float = 0) -> None:
        """Make every call slow."""
        self.call("POST", "latency", {"ms": ms, "per_member_ms": per_member_ms})

    def hold_batches(self, *, held: bool = True) -> None:
        """Keep batches pending, or let them go on."""
        self.call("POST", "batches", {"held": held})
