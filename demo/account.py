"""The pretend Mailchimp of the demo: started for it, and looked at from outside as anybody would."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

KEY = "0123456789abcdef0123456789abcdef-us1"
START_SECONDS = 20
PAGE = 1000
_FIELDS = [{"tag": "JOB", "name": "Occupation", "type": "text"}, {"tag": "AGE", "name": "Age", "type": "number"}]

Json = dict[str, Any]


class Account:
    """An account with one empty audience."""

    def __init__(self, origin: str) -> None:
        self.api_url = f"{origin}/3.0"
        self.page = f"{origin}/"
        self._origin = origin
        self._session = requests.Session()
        self._session.auth = ("demo", KEY)
        self.audience = self._control("seed", {"name": "Customers", "merge_fields": _FIELDS})["audience"]

    def people(self, emails: list[str], action: str) -> None:
        """Let people do what only people can do."""
        for email in emails:
            self._control("people", {"email": email, "audience": self.audience, "action": action})

    def member(self, email: str) -> Json:
        """One member as the API shows them; a status of 404 for somebody who is not there."""
        digest = hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
        return self._get(f"/lists/{self.audience}/members/{digest}")

    def emails(self, status: str) -> set[str]:
        """Addresses of all members with one status, in lower case."""
        found: set[str] = set()
        page: list[Json] = [{}]
        path, fields = f"/lists/{self.audience}/members", "members.email_address"
        offset = 0
        while page:
            page = self._get(path, status=status, count=PAGE, offset=offset, fields=fields)["members"]
            found |= {member["email_address"].lower() for member in page}
            offset += PAGE
        return found

    def counts(self) -> dict[str, int]:
        """How many members have which status."""
        path, kinds = f"/lists/{self.audience}/members", ("subscribed", "unsubscribed", "cleaned", "pending")
        return {kind: self._get(path, status=kind, count=1)["total_items"] for kind in kinds}

    def calls(self) -> list[Json]:
        """API calls since the last look."""
        found: list[Json] = self._session.get(f"{self._origin}/_sandbox/requests").json()["requests"]
        self._session.delete(f"{self._origin}/_sandbox/requests")
        return found

    def mails(self) -> int:
        """Confirmation mails that would have been sent so far."""
        return len(self._session.get(f"{self._origin}/_sandbox/mail").json()["mail"])

    def _control(self, path: str, body: Json) -> Json:
        answer = self._session.post(f"{self._origin}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def _get(self, path: str, **params: Any) -> Json:
        found: Json = self._session.get(f"{self.api_url}{path}", params=params).json()
        return found


@contextmanager
def running_account(port: int) -> Iterator[Account]:
    """A sandbox on a port of this machine, ended with the block."""
    program = Path(sys.executable).with_name("mailchimp-sandbox")
    origin = f"http://127.0.0.1:{port}"
    with subprocess.Popen([str(program), "--port", str(port)], stdout=subprocess.DEVNULL) as process:
        try:
            _await_start(origin, process)
            yield Account(origin)
        finally:
            process.terminate()


def _await_start(origin: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(f"{origin}/3.0/ping", auth=("demo", KEY), timeout=5).raise_for_status()
            return
        except requests.RequestException:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
