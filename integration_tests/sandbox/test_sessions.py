"""The recorded sessions, replayed: every status and every stable field of every answer is equal."""

import copy
from typing import Any

import pytest

from integration_tests.sandbox.recorded import COMPLIANCE, Exchange
from integration_tests.sandbox.session_replay import SessionReplay
from integration_tests.sandbox.sessions import SESSIONS, read_sessions
from source_destination_mailchimp.sandbox.http.server import Sandbox

FOUND = {name: session for path in sorted(SESSIONS.glob("*.json")) for name, session in read_sessions(path).items()}
UNTOLD = pytest.mark.skipif(not FOUND, reason="the recorded sessions are not beside the repository")
TOLD = "401c0fc1__export-profile.js"


@UNTOLD
@pytest.mark.parametrize("name", FOUND or ["none"])
def test_answers_like_the_real_api(sandbox: Sandbox, name: str) -> None:
    """Every exchange of a recorded session gets the recorded answer (observed, G)."""
    assert SessionReplay(sandbox).run(FOUND[name]) == []


@UNTOLD
@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.55, 0.7, 0.85])
def test_begins_anywhere(sandbox: Sandbox, share: float) -> None:
    """What was there before is derived wherever a session begins, with a write or behind its first reads too."""
    ends = {name: session[int(len(session) * share) :] for name, session in FOUND.items()}
    found = {name: SessionReplay(sandbox).run(session) for name, session in ends.items()}
    assert {name: differences for name, differences in found.items() if differences} == {}


@UNTOLD
@pytest.mark.parametrize("reads", [1, 0])
def test_who_left_alone(sandbox: Sandbox, reads: int) -> None:
    """Somebody who may not be subscribed again is taken to have left by themselves, seen before or not."""
    read = FOUND[TOLD][34]
    person = read.response | {"status": "unsubscribed", "unsubscribe_reason": "None given"}
    address = person["email_address"]
    why = "is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
    instance = "00000000-0000-0000-0000-000000000000"
    problem = {"title": COMPLIANCE, "status": 400, "detail": f"{address} {why}", "instance": instance}
    body = {"email_address": address, "status": "subscribed"}
    headers = {"Date": read.headers["Date"]}
    write = read._replace(method="PUT", body=body, status=400, response=problem, headers=headers)
    told = [read._replace(response=person)] * reads + [write]
    assert SessionReplay(sandbox).run(told) == []


@UNTOLD
@pytest.mark.parametrize(
    ("position", "keys", "value"),
    [
        (2, ("status",), 204),
        (34, ("response", "last_changed"), "2021-04-12T00:00:00+00:00"),
        (34, ("response", "tags"), []),
        (34, ("response", "timestamp_opt"), "2021-04-01T00:00:00+00:00"),
        (47, ("response", "errors", 0, "message"), "somebody else has it"),
    ],
)
def test_a_disagreement_is_noticed(sandbox: Sandbox, position: int, keys: tuple[Any, ...], value: Any) -> None:
    """The replay can fail: a session told otherwise in one place no longer agrees."""
    told = copy.deepcopy(FOUND[TOLD])
    whole = told[position]._asdict()
    place = whole
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    told[position] = Exchange(**whole)
    assert SessionReplay(sandbox).run(told) != []
