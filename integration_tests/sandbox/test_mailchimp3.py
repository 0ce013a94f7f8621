"""mailchimp3, the Python client of many projects, works against the sandbox."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from integration_tests.sandbox.client_calls import CALLS, Call, prepared, routes_called, routes_of
from integration_tests.sandbox.test_members import ANN
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox

mailchimp3 = pytest.importorskip("mailchimp3", reason="mailchimp3 is not installed")


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    """The client, pointed at the sandbox."""
    made = mailchimp3.MailChimp(mc_api=sandbox.api_key, timeout=10.0)
    made.base_url = f"{sandbox.api_url}/"
    return made


def method_of(client: Any, name: str) -> Callable[..., Any]:
    """The method behind a dotted name."""
    found: Callable[..., Any] = reduce(getattr, name.split("."), client)
    return found


def filled(value: Any, known: dict[str, str]) -> Any:
    """A value with the IDs learnt so far in their places."""
    if isinstance(value, dict):
        return {key: filled(part, known) for key, part in value.items()}
    return value.format(**known) if isinstance(value, str) and value.startswith("{") else value


def make(client: Any, call: Call, known: dict[str, str]) -> Any:
    """Make a call, and keep what it says to keep."""
    ids = [known[name.strip("{}")] for name in call.ids]
    more = {} if call.body is None else {"data": filled(call.body, known)}
    if call.python == "search_members.get":
        more = {"query": "ann"}
    answer = method_of(client, call.python)(*ids, **more)
    if call.keep is not None:
        name, place = call.keep
        known[name] = str(reduce(lambda part, key: part[int(key) if key.isdigit() else key], place.split("."), answer))
    return answer


def test_every_call(client: Any, control: Control) -> None:
    """Every call of mailchimp3 that the sandbox serves succeeds (observed, mailchimp3)."""
    known = prepared(control) | {"automation": "", "email": ""}
    audience = next(iter(client.lists.all()["lists"]))["id"]
    control.seed(audience, members=[{"email_address": ANN}])
    cart = {
        "recipients": {"list_id": audience, "store_id": "s1"},
        "trigger_settings": {"workflow_type": "abandonedCart"},
    }
    known["automation"] = client._post(url="automations", data=cart)["id"]
    named = [call for call in CALLS if call.python]
    for call in named:
        make(client, call, known)
    assert routes_called(control) == routes_of(named) | {"POST /automations"}


def test_get_all_reads_every_page(client: Any, control: Control) -> None:
    """get_all goes on by count and offset to the last page (observed, mailchimp3)."""
    audience = str(control.seed(name="Many", members=2500)["audience"])
    answer = client.lists.members.all(audience, get_all=True, fields="members.id,total_items")
    assert len({member["id"] for member in answer["members"]}) == answer["total_items"] == 2500


def test_a_refusal_is_raised(client: Any) -> None:
    """A refusal is raised with the problem document in it (observed, mailchimp3)."""
    with pytest.raises(mailchimp3.mailchimpclient.MailChimpError) as refused:
        client.lists.get("0123456789")
    assert refused.value.args[0]["title"] == "Resource Not Found"
