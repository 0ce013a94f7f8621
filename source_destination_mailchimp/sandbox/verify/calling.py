"""Send the calls of verify: one at a time, within a budget, behind the guard, every one written down."""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from source_destination_mailchimp.sandbox.verify.guard import Guard
from source_destination_mailchimp.sandbox.verify.question import Answer

API_BASE_URL: Final = "MAILCHIMP_API_BASE_URL"
LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}
TIMEOUT_SECONDS: Final = 120
TRIES: Final = 5
_KEY: Final = re.compile(r"[0-9a-f]{32}-(us[0-9]+)")


class CouldNotRun(Exception):
    """Why verify cannot go on at all."""


class BudgetSpent(Exception):
    """The calls of --max-calls are used up; only cleaning up goes on."""


def api_root(key: str) -> str:
    """Return where a key's API is: its data center, or MAILCHIMP_API_BASE_URL if that is this machine."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise CouldNotRun("The API key must have 32 hexadecimal digits, a hyphen and a data center, such as …-us1.")
    wanted = os.environ.get(API_BASE_URL, "")
    if not wanted:
        return f"https://{found[1]}.api.mailchimp.com/3.0"
    if urlsplit(wanted).hostname not in LOOPBACK:
        raise CouldNotRun(f"{API_BASE_URL} is only taken for this machine (127.0.0.1): the key is sent nowhere else.")
    return wanted.rstrip("/")


@dataclass(slots=True)
class Client:
    """Calls one account. `sent` counts the calls; cleaning up may go over the budget."""

    root: str
    key: str
    guard: Guard
    max_calls: int
    second_key: str = ""
    pause: Callable[[float], None] = time.sleep
    sent: int = 0
    is_cleaning: bool = False
    session: requests.Session = field(default_factory=requests.Session)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        *,
        by_second_key: bool = False,
    ) -> Answer:
        """Make one call, again where Mailchimp says that there are too many; raises BudgetSpent or CouldNotRun."""
        self.guard.check(method, path, body)
        key = self.second_key if by_second_key else self.key
        for attempt in range(TRIES):
            answer = self._once(method, self.root + path, body, query, ("verify", key))
            if answer.status != 429:
                break
            self.pause(2.0**attempt)
        if answer.is_taken:
            self.guard.note(method, path, answer.body)
        return answer

    def fetch_results(self, address: str) -> Answer:
        """Fetch a batch's results, without the key; raises CouldNotRun for an address of somebody else."""
        host = urlsplit(address).hostname or ""
        if host != urlsplit(self.root).hostname and not host.endswith(".amazonaws.com"):
            raise CouldNotRun("A batch named an address for its results that is neither Mailchimp's nor Amazon's.")
        return self._once("GET", address, None, None, None)

    def _once(
        self, method: str, url: str, body: Any, query: Mapping[str, str] | None, auth: tuple[str, str] | None
    ) -> Answer:
        if self.sent >= self.max_calls and not self.is_cleaning:
            raise BudgetSpent
        self.sent += 1
        try:
            answer = self.session.request(
                method, url, params=query, json=body, auth=auth, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise CouldNotRun(f"Mailchimp could not be reached ({type(error).__name__}).") from None
        return Answer(answer.status_code, _document(answer), answer.headers.get("Date", ""))


def _document(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
