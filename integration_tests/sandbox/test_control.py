"""The control API: reset, clock, people, seed, requests, mail, switches, latency."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from integration_tests.sandbox.conftest import Api
from integration_tests.sandbox.plain import raw
from integration_tests.sandbox.test_members import ANN, add, path_of
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox


def test_reset_empties_everything(api: Api, control: Control, audience: str) -> None:
    """A reset empties account, mail and log, and brings switches and clock back (promise)."""
    add(api, audience, status="pending")
    control.switch(since_edge="inclusive")
    control.clock(now="2020-01-01T00:00:00Z", frozen=True)
    control.reset()
    assert api.get("/lists")["total_items"] == 0
    assert (control.mail(), len(control.requests())) == ([], 1)
    assert control.switch()["since_edge"] == "exclusive"
    assert control.clock() > "2026"


def test_clock_can_be_moved(api: Api, control: Control, audience: str) -> None:
    """The clock can be set and advanced, and members are stamped with it (promise)."""
    control.clock(now="2020-01-01T00:00:00Z", frozen=True)
    assert add(api, audience)["last_changed"] == "2020-01-01T00:00:00+00:00"
    assert control.clock(advance_seconds=86400) == "2020-01-02T00:00:00+00:00"


def test_people_need_an_action_and_an_audience(control: Control, audience: str) -> None:
    """An unknown action, audience or person is refused in words (promise)."""
    for email, where, action, words in (
        (ANN, audience, "dance", "unsubscribe"),
        (ANN, "nowhere", "subscribe", audience),
        (ANN, audience, "unsubscribe", "is not in audience"),
    ):
        with pytest.raises(RuntimeError, match=words):
            control.people(email, where, action)


def test_form_asks_first_with_double_optin(api: Api, control: Control) -> None:
    """Somebody who subscribes by the form is pending where the audience has double opt-in (documented, S)."""
    audience = str(control.seed(name="Careful", double_optin=True)["audience"])
    assert control.people(ANN, audience, "subscribe")["status"] == "pending"
    assert len(control.mail()) == 1
    assert control.people(ANN, audience, "confirm")["status"] == "subscribed"


def test_form_brings_back_those_who_left(api: Api, control: Control, audience: str) -> None:
    """Somebody who left comes back by the form, and can then be subscribed by the API again (documented, FACTS 6.3)."""
    add(api, audience)
    for action in ("unsubscribe", "subscribe"):
        control.people(ANN, audience, action)
    assert api.put(path_of(audience), {"status": "subscribed"})["status"] == "subscribed"


def test_form_of_somebody_subscribed(api: Api, control: Control) -> None:
    """Somebody subscribed who uses the form again stays subscribed, also with double opt-in (inferred, S)."""
    audience = str(control.seed(name="Careful", double_optin=True)["audience"])
    add(api, audience)
    assert control.people(ANN, audience, "subscribe")["status"] == "subscribed"


def test_leaving_while_archived(api: Api, control: Control, audience: str) -> None:
    """Somebody archived who leaves by an old mail stays archived, and it is remembered (inferred, FACTS 6.3)."""
    add(api, audience)
    api.done("DELETE", path_of(audience))
    assert control.people(ANN, audience, "unsubscribe")["status"] == "archived"
    control.switch(archived_keeps_compliance="yes")
    assert api.refused("PUT", path_of(audience), {"status": "subscribed"}).status == 400


def test_seed_is_deterministic(api: Api, control: Control) -> None:
    """The same order gives the same members, spread over two years (promise)."""
    control.clock(now="2026-01-01T00:00:00Z", frozen=True)
    order = {"members": 20, "status": {"subscribed": 1, "unsubscribed": 1}, "merge_values": {"FNAME": "P{n}"}}
    seen = []
    for audience in ("aaaaaaaaaa", "bbbbbbbbbb"):
        control.seed(audience, **order)
        rows = api.get(f"/lists/{audience}/members", count=50)["members"]
        seen.append([(row["id"], row["status"], row["full_name"], row["last_changed"]) for row in rows])
    assert seen[0] == seen[1]
    assert len({row[3] for row in seen[0]}) == 20


def test_seed_takes_members_one_by_one(api: Api, control: Control) -> None:
    """A seed takes members in the shape the API shows them in (promise)."""
    member = {
        "email_address": ANN,
        "status": "unsubscribed",
        "left_by": "person",
        "merge_fields": {"AGE": "41"},
        "tags": [{"name": "vip"}],
        "last_changed": "2020-01-01T00:00:00+00:00",
    }
    fields = [{"tag": "AGE", "name": "Age", "type": "number"}]
    audience = str(control.seed("cccccccccc", name="Some", merge_fields=fields, members=[member])["audience"])
    shown = api.get(path_of(audience))
    assert (shown["merge_fields"]["AGE"], shown["tags"][0]["name"]) == (41, "vip")
    assert shown["last_changed"] == member["last_changed"]
    assert api.refused("PATCH", path_of(audience), {"status": "subscribed"}).status == 400


def test_seed_in_one_second(api: Api, control: Control, audience: str) -> None:
    """A seed can put everybody into one second, or between two times (promise)."""
    control.seed(audience, members=3, last_changed="2020-01-01T00:00:00Z")
    control.seed(
        audience, members=2, start=4, last_changed={"from": "2021-01-01T00:00:00Z", "to": "2021-01-03T00:00:00Z"}
    )
    rows = api.get(f"/lists/{audience}/members")["members"]
    assert [row["last_changed"][:10] for row in rows] == ["2020-01-01"] * 3 + ["2021-01-01", "2021-01-02"]


def test_requests_are_logged(api: Api, sandbox: Sandbox, control: Control) -> None:
    """Ended requests are logged with path, query, status and times; control calls are not (promise)."""
    before = time.time()
    raw(sandbox, "GET", "/lists", count=5)
    raw(sandbox, "GET", "/nowhere")
    first, second = control.requests()
    assert (first["method"], first["path"], first["query"], first["status"]) == ("GET", "/3.0/lists", "count=5", 200)
    assert before <= first["started"] <= first["ended"] <= second["started"]
    assert second["status"] == 404
    control.forget_requests()
    assert control.requests() == []


def test_peak(sandbox: Sandbox, control: Control) -> None:
    """The peak is the highest number of simultaneous requests (promise)."""
    control.latency(ms=200)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: raw(sandbox, "GET", "/ping"), range(4)))
    assert control.peak() == 4


def test_latency_lets_calls_overlap(sandbox: Sandbox, control: Control) -> None:
    """Latency is waited out for each call by itself: simultaneous calls overlap (promise)."""
    control.latency(ms=200)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: raw(sandbox, "GET", "/ping"), range(4)))
    entries = control.requests()
    assert all(entry["ended"] - entry["started"] >= 0.19 for entry in entries)
    assert max(entry["started"] for entry in entries) < min(entry["ended"] for entry in entries)


def test_latency_per_member(sandbox: Sandbox, control: Control, audience: str) -> None:
    """Batch calls take longer for each member in them (promise)."""
    control.latency(per_member_ms=1)
    rows = [{"email_address": f"p{number}@grouparoo.com", "status": "subscribed"} for number in range(100)]
    raw(sandbox, "POST", f"/lists/{audience}", {"members": rows})
    entry = control.requests()[0]
    assert entry["ended"] - entry["started"] >= 0.1


def test_latency_grows_with_the_offset(sandbox: Sandbox, control: Control, audience: str) -> None:
    """Pages take longer the further their offset is: twice as long at 50,000 (observed, NET#110)."""
    control.latency(ms=100)
    raw(sandbox, "GET", f"/lists/{audience}/members", offset=50000)
    entry = control.requests()[0]
    assert entry["ended"] - entry["started"] >= 0.19


@pytest.mark.parametrize("values", [{"nonsense": "yes"}, {"since_edge": "sometimes"}])
def test_unknown_switches_are_refused(control: Control, values: dict[str, str]) -> None:
    """An unknown switch or value is refused with those there are (promise)."""
    with pytest.raises(RuntimeError, match="since_edge"):
        control.switch(**values)


def test_unknown_body_fields(api: Api, control: Control, audience: str) -> None:
    """A body field the description does not have is ignored, or with its switch refused (observed, FACTS 6.2)."""
    assert add(api, audience, nonsense=1)["status"] == "subscribed"
    control.switch(unknown_body_fields="refused")
    assert "nonsense" in api.refused("PATCH", path_of(audience), {"nonsense": 1}).messages


def test_role_addresses(api: Api, control: Control, audience: str) -> None:
    """abuse@ and its like look fake, unless the switch says no (inferred, SANDBOX-30 22)."""
    body = {"email_address": "abuse@grouparoo.com", "status": "subscribed"}
    assert "looks fake" in api.refused("POST", f"/lists/{audience}/members", body).problem["detail"]
    control.switch(role_addresses="accepted")
    assert api.post(f"/lists/{audience}/members", body)["status"] == "subscribed"


def test_reserved_domains(api: Api, control: Control, audience: str) -> None:
    """Addresses under .test and its like look fake, unless the switch lets them through (inferred, FACTS 4)."""
    control.switch(reserved_domains="refused")
    body = {"email_address": "ann@shop.test", "status": "subscribed"}
    assert "looks fake" in api.refused("POST", f"/lists/{audience}/members", body).problem["detail"]
    control.switch(reserved_domains="accepted")
    assert api.post(f"/lists/{audience}/members", body)["status"] == "subscribed"


def test_unknown_control_call(control: Control) -> None:
    """An unknown control call is 404, a body that is no object 400 (promise)."""
    with pytest.raises(RuntimeError, match="404"):
        control.call("GET", "nonsense")


@pytest.mark.parametrize(
    ("origin", "status"),
    [("", 200), ("{url}", 200), ("https://elsewhere.sandbox-people.org", 403), ("http://127.0.0.1:1", 403)],
)
def test_foreign_origins_are_refused(sandbox: Sandbox, origin: str, status: int) -> None:
    """A control call that a page of another origin sends is refused, and changes nothing (promise)."""
    headers = {"Origin": origin.format(url=sandbox.url)} if origin else {}
    order = {"audience": "aaaaaaaaaa", "name": "Made"}
    answer = requests.post(f"{sandbox.url}/_sandbox/seed", json=order, headers=headers, timeout=10)
    assert answer.status_code == status
    assert raw(sandbox, "GET", "/lists").json()["total_items"] == (status == 200)


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 200), ("localhost", 200), ("[::1]", 200), ("rebound.sandbox-people.org", 403), ("10.0.0.1", 403)],
)
def test_foreign_names_are_refused(sandbox: Sandbox, host: str, status: int) -> None:
    """A control call at a name that only leads to this machine is refused, and shows and changes nothing (promise)."""
    port = sandbox.url.rpartition(":")[2]
    headers = {"Host": f"{host}:{port}"}
    order = {"audience": "aaaaaaaaaa", "name": "Made"}
    answer = requests.post(f"{sandbox.url}/_sandbox/seed", json=order, headers=headers, timeout=10)
    assert answer.status_code == status
    assert raw(sandbox, "GET", "/lists").json()["total_items"] == (status == 200)
    shown = requests.get(f"{sandbox.url}/_sandbox/requests", headers=headers, timeout=10)
    assert shown.status_code == status
    # The API itself answers under every name, as Mailchimp's does.
    assert raw(sandbox, "GET", "/ping", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("order", "name", "there_is"),
    [
        ({"audiance": "aaaaaaaaaa"}, "audiance", "audience"),
        ({"name": "A", "members": [{"email": "ann@grouparoo.com"}]}, "email", "email_address"),
        ({"name": "A", "merge_fields": [{"tagg": "X"}]}, "tagg", "merge_id"),
        ({"name": "A", "interest_categories": [{"title": "A", "kind": "radio"}]}, "kind", "display_order"),
        ({"name": "A", "segments": [{"name": "A", "static": True}]}, "static", "options"),
        ({"keys": [{"key": "k", "owner": "me"}]}, "owner", "problem"),
    ],
)
def test_unknown_seeds_are_refused(control: Control, order: dict[str, object], name: str, there_is: str) -> None:
    """A seed with a key that does not exist is refused with those there are (promise)."""
    with pytest.raises(RuntimeError, match=f"{name}.*There are: .*{there_is}"):
        control.call("POST", "seed", order)


@pytest.mark.parametrize(
    ("call", "order", "there_is"),
    [
        ("seed", {"account": {"max_audience": 1}}, "max_audiences"),
        ("clock", {"set": "2026-01-01T00:00:00Z"}, "advance_seconds"),
        ("people", {"email": ANN, "audience": "aaaaaaaaaa", "action": "confirm", "when": "now"}, "campaign"),
        ("campaigns", {"audience": "aaaaaaaaaa", "recipents": []}, "recipients"),
        ("faults", {"fault": "500", "count": 1}, "times"),
        ("faults", {"fault": "500", "match": {"url": "*"}}, "path"),
        ("latency", {"seconds": 1}, "per_member_ms"),
        ("batches", {"hold": True}, "held"),
    ],
)
def test_unknown_names_are_refused(control: Control, call: str, order: dict[str, object], there_is: str) -> None:
    """A control call with a name that does not exist is refused with those there are (promise)."""
    with pytest.raises(RuntimeError, match=f"There are: .*{there_is}"):
        control.call("POST", call, order)


def test_seed_of_segments_and_interests(api: Api, control: Control) -> None:
    """A seed makes tags, saved segments and interests with the IDs that it is given (promise)."""
    condition = {"condition_type": "EmailAddress", "field": "EMAIL", "op": "contains", "value": "ann"}
    audience = control.seed(
        name="Readers",
        segments=[{"id": 77, "name": "vip"}, {"name": "saved", "options": {"match": "all", "conditions": [condition]}}],
        interest_categories=[{"id": "c" * 10, "title": "Likes", "interests": [{"id": "d" * 10, "name": "Tea"}]}],
        members=[],
    )["audience"]
    control.seed(audience, members=[{"email_address": ANN, "tags": [{"id": 77}], "interests": ["d" * 10]}])
    member = api.get(path_of(str(audience)))
    assert member["tags"] == [{"id": 77, "name": "vip"}]
    assert member["interests"] == {"d" * 10: True}
    assert [row["type"] for row in api.get(f"/lists/{audience}/segments")["segments"]] == ["static", "saved"]


def test_the_date_is_the_sandbox_s_own(sandbox: Sandbox, control: Control) -> None:
    """The Date header follows the sandbox's clock, on every answer (promise)."""
    control.clock(now="2030-05-06T07:08:09Z", frozen=True)
    for url in (f"{sandbox.api_url}/ping", f"{sandbox.api_url}/nowhere", f"{sandbox.url}/_sandbox/mail"):
        answer = requests.get(url, auth=("any", sandbox.api_key), timeout=10)
        assert answer.headers["Date"] == "Mon, 06 May 2030 07:08:09 GMT"
