"""The replay works for recordings it has not seen: sessions recorded here, from one sandbox, agree with another.

They hold what the recordings of the real API beside the repository do not: changed addresses, people who left, were
forgotten or were refused. Nothing about Mailchimp is proved by them.
"""

import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from integration_tests.sandbox.recorded import read
from integration_tests.sandbox.replaying import Replay
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

LIST = "a36b032126"
HOST = "us3.api.mailchimp.com"
KEPT = ("Content-Type", "X-Request-Id", "Link", "Allow")
Call = tuple[str, str, Any]


def at(name: str, rest: str = "") -> str:
    """The path of somebody."""
    digest = hashlib.md5(f"{name}@grouparoo.com".encode()).hexdigest()
    return f"/lists/{LIST}/members/{digest}{rest}"


def body(name: str, **more: Any) -> dict[str, Any]:
    """A body with an address."""
    return {"email_address": f"{name}@grouparoo.com", **more}


SESSIONS: dict[str, list[Call]] = {
    "a changed address": [
        ("GET", f"/lists/{LIST}/merge-fields", None),
        ("GET", at("old"), None),
        ("PUT", at("old"), body("new", merge_fields={"LTV": 12.5})),
        ("GET", at("old"), None),
        ("GET", at("new"), None),
        ("PUT", at("nobody"), body("new", status_if_new="subscribed")),
        ("PATCH", at("new"), body("gone")),
    ],
    "somebody new": [
        ("PUT", at("brand"), body("brand", status="subscribed", merge_fields={"LTV": "x"})),
        ("PUT", at("brand"), body("brand", status="subscribed", merge_fields={"LTV": 7})),
        ("POST", at("brand", "/tags"), {"tags": [{"name": "zed", "status": "active"}]}),
        ("GET", at("brand"), None),
        ("DELETE", at("brand"), None),
        ("DELETE", at("brand"), None),
        ("POST", f"/lists/{LIST}/members", body("brand", status="subscribed")),
        ("POST", at("brand", "/actions/delete-permanent"), None),
        ("GET", at("brand"), None),
        ("POST", f"/lists/{LIST}/members", body("brand", status="pending")),
    ],
    "people who left": [
        ("GET", at("gone"), None),
        ("PATCH", at("gone"), {"status": "subscribed"}),
        ("GET", at("off"), None),
        ("PUT", at("off"), {"status": "subscribed"}),
        ("PUT", at("off"), {"status": "unsubscribed"}),
        ("POST", f"/lists/{LIST}/members", body("old", status="subscribed")),
    ],
}


def recorded(sandbox: Sandbox, calls: list[Call]) -> list[dict[str, Any]]:
    """What a sandbox with three people in it answers, in the form of the recordings."""
    control, session = sandbox.control, requests.Session()
    session.auth = ("anystring", sandbox.api_key)
    control.clock(now="2022-02-23T16:00:00+00:00", frozen=True)
    people = [
        body("old", tags=["a"], merge_fields={"LTV": 3}, timestamp_opt="2022-02-22T00:00:00Z"),
        body("off", status="unsubscribed", left_by="api"),
        body("gone"),
    ]
    control.seed(LIST, name="Demo", merge_fields=[{"tag": "LTV", "name": "LTV", "type": "number"}], members=people)
    control.people("gone@grouparoo.com", LIST, "unsubscribe")
    exchanges = []
    for method, path, sent in calls:
        control.clock(advance_seconds=3)
        answer = session.request(method, sandbox.api_url + path, json=sent, headers={"Host": HOST}, timeout=10)
        exchanges.append(
            {
                "host": f"https://{HOST}:443",
                "method": method,
                "path": f"/3.0{path}",
                "query": None,
                "body": sent,
                "status": answer.status_code,
                "response": answer.json() if answer.content else None,
                "headers": {name: answer.headers[name] for name in KEPT if name in answer.headers},
            }
        )
    return exchanges


@pytest.mark.parametrize("name", list(SESSIONS))
def test_what_a_session_presupposes_is_worked_out(tmp_path: Path, name: str) -> None:
    """A session recorded from one sandbox gets the same answers from another, set up from the recording alone."""
    with running_sandbox() as first:
        exchanges = recorded(first, SESSIONS[name])
    path = tmp_path / "session.json"
    path.write_bytes(orjson.dumps(exchanges))
    with running_sandbox() as second:
        assert Replay(second.url, second.api_key).run(read(path)) == []
