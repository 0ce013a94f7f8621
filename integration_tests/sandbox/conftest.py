"""A running sandbox for every test of it, and a client that holds each answer against the published description."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from integration_tests.sandbox.openapi import published
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused request: its status and its problem document."""

    status: int
    problem: Json
    headers: Any

    @property
    def messages(self) -> dict[str, str]:
        """errors[] as field -> message."""
        return {error["field"]: error["message"] for error in self.problem.get("errors", ())}


def _text(query: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items()}


class Api:
    """Calls the sandbox's API. An answer that the description does not allow fails the test that asked for it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._root = sandbox.api_url
        self.session = requests.Session()  # for answers that the description cannot allow
        self.session.auth = ("anystring", sandbox.api_key)
        self.called: set[str] = set()

    def url(self, path: str) -> str:
        """The address of a path."""
        return self._root + path

    def send(self, method: str, path: str, body: object = None, **query: object) -> requests.Response:
        """One request; its answer has been held against the description."""
        answer = self.session.request(method, self.url(path), json=body, params=_text(query), timeout=30)
        description = published()
        if description is not None:
            faults = description.faults(method, path, answer.status_code, answer.content)
            assert not faults, f"{method} {path} answered what the description does not allow: {faults}"
            operation = description.operation(method, path)
            self.called.add(operation.name if operation else "")
        return answer

    def get(self, path: str, **query: object) -> Json:
        """GET that must be answered 200."""
        return self._must("GET", path, None, query, 200)

    def post(self, path: str, body: object = None, **query: object) -> Json:
        """POST that must be answered 200."""
        return self._must("POST", path, {} if body is None else body, query, 200)

    def put(self, path: str, body: object, **query: object) -> Json:
        """PUT that must be answered 200."""
        return self._must("PUT", path, body, query, 200)

    def patch(self, path: str, body: object, **query: object) -> Json:
        """PATCH that must be answered 200."""
        return self._must("PATCH", path, body, query, 200)

    def done(self, method: str, path: str, body: object = None) -> None:
        """A request that must be answered 204."""
        answer = self.send(method, path, body)
        assert (answer.status_code, answer.content) == (204, b""), answer.text

    def refused(self, method: str, path: str, body: object = None, **query: object) -> Refusal:
        """A request that must be refused."""
        answer = self.send(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        return Refusal(answer.status_code, answer.json(), answer.headers)

    def _must(self, method: str, path: str, body: object, query: dict[str, object], status: int) -> Json:
        answer = self.send(method, path, body, **query)
        assert answer.status_code == status, answer.text
        document: Json = answer.json()
        return document


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    """One sandbox for all tests of a process."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """The sandbox, emptied."""
    running.control.reset()
    return running


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    """The control API of the emptied sandbox."""
    return sandbox.control


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    """The API of the emptied sandbox."""
    return Api(sandbox)


@pytest.fixture
def audience(control: Control) -> str:
    """The ID of an audience with nobody in it."""
    return str(control.seed(name="Readers", members=0)["audience"])
