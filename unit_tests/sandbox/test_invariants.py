"""What holds after any calls in any order."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.control import seeding
from source_destination_mailchimp.sandbox.control.people import ACTIONS, Deed
from source_destination_mailchimp.sandbox.http.dispatch import Dispatcher, Origin
from source_destination_mailchimp.sandbox.http.errors import Problem
from source_destination_mailchimp.sandbox.http.routes import ROUTES
from source_destination_mailchimp.sandbox.members.addresses import hash_of
from source_destination_mailchimp.sandbox.members.index import PRESENT
from source_destination_mailchimp.sandbox.members.statuses import WRITABLE

ORIGIN = Origin("http://127.0.0.1", "127.0.0.1", "us1")
ADDRESSES = [f"p{number}@grouparoo.com" for number in range(3)]
LIST = "/lists/aaaaaaaaaa"

address = st.sampled_from(ADDRESSES)
status = st.sampled_from(WRITABLE)
tags = st.lists(st.sampled_from(["a", "b", "C"]), max_size=2)
calls = st.one_of(
    st.tuples(st.just("POST"), address, status, tags),
    st.tuples(st.just("PUT"), address, status, tags),
    st.tuples(st.just("IF_NEW"), address, status, tags),
    st.tuples(st.just("RENAME"), address, address, tags),
    st.tuples(st.just("BATCH"), address, status, tags),
    st.tuples(st.just("TAGS"), address, status, tags),
    st.tuples(st.just("DELETE"), address, status, tags),
    st.tuples(st.just("FORGET"), address, status, tags),
    st.tuples(
        st.sampled_from(["unsubscribe", "complain", "bounce_hard", "subscribe", "confirm"]), address, status, tags
    ),
)


def request(kind: str, who: str, what: str, names: list[str]) -> tuple[str, str, Any]:
    """The API call of a step."""
    member = f"{LIST}/members/{hash_of(who)}"
    requests: dict[str, tuple[str, str, Any]] = {
        "POST": ("POST", f"{LIST}/members", {"email_address": who, "status": what, "tags": names}),
        "PUT": ("PUT", member, {"email_address": who, "status": what, "status_if_new": what}),
        "IF_NEW": ("PUT", member, {"email_address": who, "status_if_new": what}),
        "RENAME": ("PATCH", member, {"email_address": what}),
        "BATCH": (
            "POST",
            LIST,
            {"members": [{"email_address": who, "status": what, "tags": names}], "update_existing": True},
        ),
        "TAGS": ("POST", f"{member}/tags", {"tags": [{"name": name, "status": "active"} for name in names]}),
        "DELETE": ("DELETE", member, None),
        "FORGET": ("POST", f"{member}/actions/delete-permanent", None),
    }
    return requests[kind]


def play(store: Store, dispatcher: Dispatcher, step: tuple[str, str, str, list[str]]) -> None:
    """Carry one step out; refusals are part of the game."""
    kind, who, what, names = step
    audience = store.audiences["aaaaaaaaaa"]
    try:
        if kind in ACTIONS:
            ACTIONS[kind](Deed(store, audience, who, {}))
        else:
            method, path, body = request(kind, who, what, names)
            dispatcher.perform(method, path, {}, body, ORIGIN)
    except (Problem, ValueError) as refusal:
        assert not (isinstance(refusal, Problem) and refusal.status == 500), refusal


def begun() -> tuple[Store, Dispatcher, Audience]:
    """An account with one audience."""
    store = Store()
    seeding.seed(store, {"audience": "aaaaaaaaaa"})
    return store, Dispatcher(store, ROUTES), store.audiences["aaaaaaaaaa"]


@given(st.lists(calls, max_size=30))
@settings(deadline=None)
def test_memory_agrees_with_itself(steps: list[tuple[str, str, str, list[str]]]) -> None:
    """Counts, orders, names and tags agree with the members after any calls (promise)."""
    store, dispatcher, audience = begun()
    for step in steps:
        play(store, dispatcher, step)
    members = list(audience.by_web_id.values())
    assert +audience.counts == Counter(member.status for member in members)
    assert {member.digest: member for member in members} == audience.by_digest
    assert all(member.id == hash_of(member.email_address) for member in members)
    present = [member for member in members if member.status != "archived"]
    assert len(audience.order.by_change(PRESENT)) == len(audience.order.by_id(PRESENT)) == len(present)
    for segment in audience.segments.values():
        assert segment.holders == {member.web_id for member in members if segment.id in member.tags}
    assert audience.forgotten.isdisjoint(audience.by_digest)


@given(st.lists(calls, max_size=30))
@settings(deadline=None)
def test_nobody_who_left_is_brought_back(steps: list[tuple[str, str, str, list[str]]]) -> None:
    """No API call but `pending` or an archiving opens the way back to those who left (observed, FACTS 6.3)."""
    store, dispatcher, audience = begun()
    for step in steps:
        left = {member for member in audience.by_web_id.values() if member.may_not_return and not member.gone}
        barred = {member for member in left if member.status in {"unsubscribed", "cleaned"}}
        play(store, dispatcher, step)
        if step[0] not in ACTIONS:
            assert not [member for member in barred if member.status == "subscribed"]


@given(st.lists(calls, max_size=20), calls)
@settings(deadline=None)
def test_repeating_a_put_changes_nothing(
    steps: list[tuple[str, str, str, list[str]]], last: tuple[str, str, str, list[str]]
) -> None:
    """The second of two identical PUTs changes nothing and mails nobody (observed, G)."""
    store, dispatcher, audience = begun()
    store.clock.freeze()
    for step in steps:
        play(store, dispatcher, step)
    put = ("PUT", *last[1:]) if last[0] != "RENAME" else ("IF_NEW", last[1], "subscribed", [])
    play(store, dispatcher, put)
    store.clock.move_to(store.clock.moment() + 60)
    seen = [(member.status, member.last_changed) for member in audience.by_web_id.values()]
    mails = len(store.mail)
    play(store, dispatcher, put)
    assert seen == [(member.status, member.last_changed) for member in audience.by_web_id.values()]
    assert len(store.mail) == mails
