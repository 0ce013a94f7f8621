"""Faults: answers that are no JSON, connections that end, writes that took effect all the same."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from integration_tests.sandbox.conftest import Api
from integration_tests.sandbox.plain import raw
from integration_tests.sandbox.test_members import ANN, BOB
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.sandbox.members.addresses import hash_of

ANN_BODY = {"email_address": ANN, "status": "subscribed"}


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("429", 429, "application/problem+json; charset=utf-8"),
        ("429_bare", 429, None),
        ("403", 403, "application/problem+json; charset=utf-8"),
        ("403_bare", 403, None),
        ("403_html", 403, "text/html; charset=utf-8"),
        ("500", 500, "application/problem+json; charset=utf-8"),
        ("502_html", 502, "text/html; charset=utf-8"),
        ("503", 503, "text/html; charset=utf-8"),
        ("504", 504, "text/html; charset=utf-8"),
        ("404", 404, "application/problem+json; charset=utf-8"),
        ("404_html", 404, "text/html; charset=utf-8"),
        ("400_html", 400, "text/html; charset=utf-8"),
        ("404_foreign", 404, "application/json"),
        ("200_empty_object", 200, "application/json"),
        ("204_empty", 204, None),
        ("302", 302, None),
    ],
)
def test_answers_instead(
    sandbox: Sandbox, control: Control, audience: str, kind: str, status: int, content_type: str | None
) -> None:
    """Answers of a gateway have empty, HTML or foreign bodies, and the write does not happen (documented, errors)."""
    control.fault(kind, times=1)
    answer = raw(sandbox, "POST", f"/lists/{audience}/members", ANN_BODY, follow=False)
    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, content_type)
    assert bool(answer.content) is (content_type is not None)
    assert raw(sandbox, "GET", f"/lists/{audience}/members").json()["total_items"] == 0


@pytest.mark.parametrize(
    ("kind", "written"), [("reset_before", 0), ("reset_after", 1), ("timeout", 1), ("cut_body", 1)]
)
def test_connections_that_end(sandbox: Sandbox, control: Control, audience: str, kind: str, written: int) -> None:
    """A connection that ends without an answer says nothing about whether the write took effect (observed, FACTS 3)."""
    control.fault(kind, times=1, seconds=0.05)
    with pytest.raises(requests.exceptions.RequestException):
        raw(sandbox, "POST", f"/lists/{audience}/members", ANN_BODY)
    assert raw(sandbox, "GET", f"/lists/{audience}/members").json()["total_items"] == written


def test_a_redirect_leads_elsewhere(sandbox: Sandbox, control: Control) -> None:
    """A redirect names a page to sign in at, which is not the API (promise)."""
    control.fault("302", times=1)
    location = raw(sandbox, "GET", "/ping", follow=False).headers["Location"]
    assert not location.startswith(sandbox.url)


@pytest.mark.parametrize("place", ["row", "hash in the path", "address in the path"])
def test_a_contact_that_cannot_be_written(sandbox: Sandbox, control: Control, audience: str, place: str) -> None:
    """500_for strikes whatever holds this contact, by address or by hash, and nothing else (promise)."""
    control.fault("500_for", email=ANN.upper())
    path = f"/lists/{audience}/members"
    calls: dict[str, tuple[str, str, object]] = {
        "row": ("POST", f"/lists/{audience}", {"members": [ANN_BODY | {"email_address": BOB}, ANN_BODY]}),
        "hash in the path": ("PUT", f"{path}/{hash_of(ANN)}", {"status_if_new": "subscribed"}),
        "address in the path": ("GET", f"{path}/{ANN}", None),
    }
    assert raw(sandbox, *calls[place]).status_code == 500
    assert raw(sandbox, "POST", path, ANN_BODY | {"email_address": BOB}).status_code == 200


def test_a_fault_for_nobody(control: Control) -> None:
    """500_for needs the contact whom it strikes (promise)."""
    with pytest.raises(RuntimeError, match="email"):
        control.fault("500_for")


def test_garbage(sandbox: Sandbox, control: Control) -> None:
    """An answer of status 200 can still be no JSON (promise)."""
    control.fault("garbage", times=1)
    answer = raw(sandbox, "GET", "/ping")
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_delay(sandbox: Sandbox, control: Control) -> None:
    """A delayed call is answered as usual, later (promise)."""
    control.fault("delay", times=1, seconds=0.2)
    assert raw(sandbox, "GET", "/ping").status_code == 200
    entry = control.requests()[0]
    assert entry["ended"] - entry["started"] >= 0.19


def test_timeout_keeps_the_connection_busy(sandbox: Sandbox, control: Control) -> None:
    """A call given up by the caller still occupies one of the ten connections (documented, errors)."""
    control.fault("timeout", times=10, seconds=30)

    def give_up(_: int) -> None:
        with pytest.raises(requests.exceptions.RequestException), requests.Session() as session:
            session.get(f"{sandbox.api_url}/ping", auth=("any", sandbox.api_key), timeout=0.2)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(give_up, range(10)))
    assert raw(sandbox, "GET", "/ping").status_code == 429
    control.lift_faults()
    deadline = time.monotonic() + 10
    while raw(sandbox, "GET", "/ping").status_code == 429:
        assert time.monotonic() < deadline


def test_fault_matches_method_and_path(api: Api, sandbox: Sandbox, control: Control, audience: str) -> None:
    """A fault strikes only requests of its method whose path fits its glob (promise)."""
    control.fault("500", method="post", path="/3.0/lists/*")
    assert raw(sandbox, "GET", f"/lists/{audience}").status_code == 200
    assert raw(sandbox, "GET", "/ping").status_code == 200
    assert raw(sandbox, "POST", f"/lists/{audience}/members", ANN_BODY).status_code == 500


def test_fault_strikes_so_many_times(sandbox: Sandbox, control: Control) -> None:
    """A fault with times strikes that often, after letting pass as many as `after` says (promise)."""
    control.fault("503", times=2, after=1)
    assert [raw(sandbox, "GET", "/ping").status_code for _ in range(4)] == [200, 503, 503, 200]


def test_fault_strikes_at_a_rate(sandbox: Sandbox, control: Control) -> None:
    """A fault with a rate strikes that part of the requests, the same ones after every reset (promise)."""
    struck = []
    for _ in range(2):
        control.reset()
        control.fault("503", rate=0.5)
        struck.append([raw(sandbox, "GET", "/ping").status_code for _ in range(30)])
    assert struck[0] == struck[1]
    assert 5 < struck[0].count(503) < 25


def test_lifting_faults(sandbox: Sandbox, control: Control) -> None:
    """Lifted faults strike no longer (promise)."""
    control.fault("503")
    control.lift_faults()
    assert raw(sandbox, "GET", "/ping").status_code == 200


def test_unknown_fault(control: Control) -> None:
    """An unknown fault is refused with the list of those there are (promise)."""
    with pytest.raises(RuntimeError, match="403_bare"):
        control.fault("418")
