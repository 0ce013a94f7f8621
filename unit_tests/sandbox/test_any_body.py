"""No request makes the sandbox itself fail."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.campaigns import responses
from source_destination_mailchimp.sandbox.control import seeding
from source_destination_mailchimp.sandbox.http.calls import Route
from source_destination_mailchimp.sandbox.http.dispatch import Dispatcher, Origin
from source_destination_mailchimp.sandbox.http.errors import Problem
from source_destination_mailchimp.sandbox.http.routes import ROUTES
from source_destination_mailchimp.sandbox.http.schema import Shape

ORIGIN = Origin("http://127.0.0.1", "127.0.0.1", "us1")
ANN = "ann@grouparoo.com"
TEXTS = st.sampled_from(
    ["", " ", "a", ANN, "bob@grouparoo.com", "2020-01-01T00:00:00Z", "FNAME", "0", "-1", "1.5", "é"]
)
LEAVES = st.none() | st.booleans() | st.integers(-2, 2000) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
PARAMETERS = (
    "count",
    "offset",
    "fields",
    "exclude_fields",
    "status",
    "sort_field",
    "sort_dir",
    "since_last_changed",
    "before_last_changed",
    "type",
    "name",
    "query",
    "email",
    "unsubscribed_since",
    "skip_merge_validation",
    "interest_ids",
    "since_last_campaign",
    "since_send_time",
    "member_id",
    "action",
    "activity_filters",
    "filter_bots",
    "vip_only",
    "since_timestamp_opt",
    "include_cleaned",
    "since",
)
QUERIES = st.dictionaries(
    st.sampled_from(PARAMETERS),
    TEXTS | st.sampled_from(["members.id", "last_changed", "DESC", "unsubscribed", "true", "50"]),
    max_size=3,
)


_CATEGORIES = "/lists/{list_id}/interest-categories"
MADE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("interest_category_id", _CATEGORIES, {"title": "Likes", "type": "radio"}),
    ("interest_id", f"{_CATEGORIES}/{{interest_category_id}}/interests", {"name": "Tea"}),
    ("note_id", "/lists/{list_id}/members/{subscriber_hash}/notes", {"note": "Called."}),
    (
        "workflow_id",
        "/automations",
        {"recipients": {"list_id": "aaaaaaaaaa"}, "trigger_settings": {"workflow_type": "abandonedCart"}},
    ),
)


def fitting(shape: Shape) -> st.SearchStrategy[Any]:
    """Values that have a shape."""
    plain: dict[str, st.SearchStrategy[Any]] = {
        "string": st.sampled_from(shape.one_of) if shape.one_of else TEXTS,
        "integer": st.integers(-2, 2000),
        "number": st.integers(-2, 2) | st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "any": JSON,
        "merge": TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=2),
    }
    if shape.kind == "array":
        return st.lists(fitting(shape.items) if shape.items else JSON, max_size=3)
    if shape.kind == "object":
        if shape.values is not None:
            return st.dictionaries(TEXTS, fitting(shape.values), max_size=3)
        fields = {name: fitting(field) for name, field in shape.fields.items()}
        must = {name: fields.pop(name) for name in shape.required if name in fields}
        return st.fixed_dictionaries(must, optional=fields)
    return plain[shape.kind]


def filled(store: Store) -> dict[str, str]:
    """An account with one of everything, and the IDs by which paths name it."""
    seeding.seed(store, {"audience": "aaaaaaaaaa", "members": [{"email_address": ANN, "tags": ["a"]}]})
    campaign = responses.send(store, {"audience": "aaaaaaaaaa", "open_percent": 100, "click_percent": 100})
    ids = {
        "list_id": "aaaaaaaaaa",
        "subscriber_hash": ANN,
        "merge_id": "1",
        "segment_id": str(next(iter(store.audiences["aaaaaaaaaa"].segments))),
        "campaign_id": campaign.id,
        "link_id": campaign.link_id(campaign.links[0]),
        "month": iso(store.clock.now())[:7],
    }
    dispatcher = Dispatcher(store, ROUTES)
    for name, path, body in MADE:
        made = dispatcher.perform("POST", at(path, ids), {}, body, ORIGIN).body
        ids[name] = str((made or {})["id"])
    return ids


def at(path: str, ids: Mapping[str, str]) -> str:
    """A path with parameters that exist where possible."""
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "1"), path)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_request_breaks_the_sandbox(route: Route, data: st.DataObject) -> None:
    """Whatever a request says, it is answered or refused, never with an internal error (promise)."""
    store = Store()
    ids = filled(store)
    body = data.draw((fitting(route.body) if route.body else st.none()) | JSON)
    query = data.draw(QUERIES)
    try:
        Dispatcher(store, ROUTES).perform(route.method, at(route.path, ids), query, body, ORIGIN)
    except Problem as problem:
        assert problem.status < 500, problem
