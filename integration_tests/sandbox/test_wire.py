"""Keys, headers, connections and the shape of refusals on the wire."""

import base64
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from integration_tests.sandbox.plain import raw
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import DEFAULT_KEY, Sandbox, Settings, running_sandbox

OTHER_KEY = "f" * 32 + "-us7"


def basic(key: str) -> str:
    """An Authorization header of scheme Basic."""
    return "Basic " + base64.b64encode(f"whoever:{key}".encode()).decode()


@pytest.mark.parametrize("scheme", ["Bearer ", "OAuth ", "bearer "])
def test_other_schemes(sandbox: Sandbox, scheme: str) -> None:
    """Bearer is taken as well as Basic, and OAuth too (documented, D:authentication)."""
    assert raw(sandbox, "GET", "/ping", headers={"Authorization": scheme + DEFAULT_KEY}).status_code == 200


def test_any_key_of_the_form(sandbox: Sandbox) -> None:
    """Any key of Mailchimp's form is taken while the account has none of its own (promise)."""
    assert raw(sandbox, "GET", "/ping", headers={"Authorization": basic(OTHER_KEY)}).status_code == 200


@pytest.mark.parametrize("key", ["nonsense", "f" * 31 + "-us7", "F" * 32 + "-us7", "f" * 32])
def test_wrong_key(sandbox: Sandbox, key: str) -> None:
    """A wrong key is 401 API Key Invalid (observed, RUD)."""
    answer = raw(sandbox, "GET", "/ping", headers={"Authorization": basic(key)})
    problem = answer.json()
    assert (answer.status_code, problem["title"]) == (401, "API Key Invalid")
    assert problem["detail"] == "Your API key may be invalid, or you've attempted to access the wrong datacenter."


def test_no_key(sandbox: Sandbox) -> None:
    """No key at all is 401 API Key Missing (documented, FACTS 2)."""
    answer = raw(sandbox, "GET", "/ping", headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["title"]) == (401, "API Key Missing")


def test_key_in_the_query(sandbox: Sandbox) -> None:
    """?apikey= is taken on GET; one that contradicts the header is refused (documented, CL:2021-02-17)."""
    assert raw(sandbox, "GET", "/ping", headers={"Authorization": ""}, apikey=DEFAULT_KEY).status_code == 200
    answer = raw(sandbox, "GET", "/ping", apikey=OTHER_KEY)
    assert answer.status_code == 401
    assert "not consistent with the Authorization header" in answer.json()["detail"]


def test_own_keys(sandbox: Sandbox, control: Control) -> None:
    """An account that was given keys takes no others, and answers some with 403 (observed, RUD)."""
    control.seed(keys=[DEFAULT_KEY, {"key": OTHER_KEY, "problem": "UserDisabled"}])
    answers = [raw(sandbox, "GET", "/ping", headers={"Authorization": basic(key)}) for key in (DEFAULT_KEY, OTHER_KEY)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert answers[1].json()["detail"] == "This account has been deactivated."
    assert raw(sandbox, "GET", "/ping", headers={"Authorization": basic("e" * 32 + "-us7")}).status_code == 401


def test_headers_of_an_answer(sandbox: Sandbox, audience: str) -> None:
    """An answer has Mailchimp's Content-Type, Server, Vary, X-Request-Id and Link (observed, G)."""
    headers = raw(sandbox, "GET", f"/lists/{audience}/members").headers
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert (headers["Server"], headers["Vary"]) == ("openresty", "Accept-Encoding")
    assert headers["Link"] == f'<{sandbox.url}/schema/3.0/Lists/Members/Collection.json>; rel="describedBy"'
    assert len(headers["X-Request-Id"]) == 36


def test_link_to_the_dashboard(sandbox: Sandbox, audience: str) -> None:
    """A member's answer links to its page, in the key's data center (observed, G)."""
    body = {"email_address": "ann@grouparoo.com", "status": "subscribed"}
    answer = raw(sandbox, "POST", f"/lists/{audience}/members", body, {"Authorization": basic(OTHER_KEY)})
    page = f"https://us7.admin.mailchimp.com/lists/members/view?id={answer.json()['web_id']}"
    assert answer.headers["Link"].endswith(f', <{page}>; rel="dashboard"')


def test_problem_document(sandbox: Sandbox) -> None:
    """A refusal is application/problem+json and its instance is the X-Request-Id (observed, G)."""
    answer = raw(sandbox, "GET", "/lists/ffffffffff")
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert answer.json() == {
        "type": "https://mailchimp.com/developer/marketing/docs/errors/",
        "title": "Resource Not Found",
        "status": 404,
        "detail": "The requested resource could not be found.",
        "instance": answer.headers["X-Request-Id"],
    }


def test_method_not_allowed(sandbox: Sandbox, audience: str) -> None:
    """An unknown method is 405 and Allow names the known ones (documented, CL:2020-12-16)."""
    answer = raw(sandbox, "PUT", f"/lists/{audience}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PATCH, POST, DELETE")


def test_broken_json(sandbox: Sandbox, audience: str) -> None:
    """A body that is no JSON is 400 JSON Parse Exception with the parser's words (documented, CL:2021-05-19)."""
    answer = requests.post(
        f"{sandbox.api_url}/lists/{audience}/members", data=b"{nonsense", auth=("any", DEFAULT_KEY), timeout=30
    )
    assert (answer.status_code, answer.json()["title"]) == (400, "JSON Parse Exception")


def test_body_that_is_no_object(sandbox: Sandbox, audience: str) -> None:
    """A body that is a list is refused by its shape (observed, drewm#212)."""
    answer = raw(sandbox, "POST", f"/lists/{audience}/members", [1])
    assert answer.json()["errors"] == [{"field": "", "message": "Schema describes object, array found instead"}]


def test_method_override(sandbox: Sandbox, audience: str) -> None:
    """X-HTTP-Method-Override counts on POST and is 422 elsewhere (documented, CL:2020-12-16)."""
    override = {"X-HTTP-Method-Override": "DELETE"}
    assert raw(sandbox, "GET", f"/lists/{audience}", headers=override).status_code == 422
    assert raw(sandbox, "POST", f"/lists/{audience}", headers=override).status_code == 204


@pytest.mark.parametrize(
    ("name", "status"),
    [("APIKeyMissing", 401), ("WrongDatacenter", 403), ("TooManyRequests", 429), ("InternalServerError", 500)],
)
def test_triggered_errors(sandbox: Sandbox, name: str, status: int) -> None:
    """X-Trigger-Error makes any call fail with the error named (documented, errors)."""
    assert raw(sandbox, "GET", "/ping", headers={"X-Trigger-Error": name}).status_code == status


def test_any_host_name(sandbox: Sandbox, audience: str) -> None:
    """Calls work under any Host, and links name it (promise)."""
    answer = raw(sandbox, "GET", f"/lists/{audience}", headers={"Host": "us3.api.mailchimp.com"})
    assert answer.json()["_links"][0]["href"] == f"http://us3.api.mailchimp.com/3.0/lists/{audience}"


def test_eleventh_connection(sandbox: Sandbox, control: Control) -> None:
    """The eleventh simultaneous request of a user is 429, without Retry-After (documented, errors)."""
    control.latency(ms=300)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: raw(sandbox, "GET", "/ping"), range(12)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2
    assert refused[0].json()["detail"] == "You have exceeded the limit of 10 simultaneous connections."
    assert "Retry-After" not in refused[0].headers
    assert control.peak() > 10


def test_connections_are_counted_per_user(sandbox: Sandbox, control: Control) -> None:
    """Keys of one user share ten connections, another user has their own (documented, errors)."""
    mine, theirs = "a" * 32 + "-us1", "b" * 32 + "-us1"
    control.seed(keys=[{"key": mine, "user": "me"}, {"key": DEFAULT_KEY, "user": "me"}, {"key": theirs, "user": "you"}])
    control.latency(ms=300)
    keys = [mine] * 6 + [DEFAULT_KEY] * 6 + [theirs] * 6

    def ping(key: str) -> int:
        return raw(sandbox, "GET", "/ping", headers={"Authorization": basic(key)}).status_code

    with ThreadPoolExecutor(18) as pool:
        statuses = list(pool.map(ping, keys))
    assert (statuses[:12].count(429), statuses[12:].count(429)) == (2, 0)


def test_one_write_per_answer(sandbox: Sandbox) -> None:
    """Head and body of an answer arrive together, in one read (promise)."""
    place = urlsplit(sandbox.url)
    request = f"GET /3.0/ping HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(DEFAULT_KEY)}\r\n\r\n".encode()
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        for _ in range(20):
            connection.sendall(request)
            assert connection.recv(65536).endswith(b"}")


def test_command_line_keys() -> None:
    """A sandbox started with keys takes no others, also after a reset (promise)."""
    with running_sandbox(Settings(keys=(OTHER_KEY,))) as sandbox:
        sandbox.control.reset()
        assert sandbox.api_key == OTHER_KEY
        assert raw(sandbox, "GET", "/ping").status_code == 200
        assert raw(sandbox, "GET", "/ping", headers={"Authorization": basic(DEFAULT_KEY)}).status_code == 401
