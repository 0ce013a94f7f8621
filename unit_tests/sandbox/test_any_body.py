"""No request makes the sandbox itself fail."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox import seeding
from source_destination_mailchimp.sandbox.calls import Route
from source_destination_mailchimp.sandbox.dispatch import Dispatcher, Origin
from source_destination_mailchimp.sandbox.errors import Problem
from source_destination_mailchimp.sandbox.routes import ROUTES
from source_destination_mailchimp.sandbox.schema import Shape
from source_destination_mailchimp.sandbox.store import Store

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


def path_of(route: Route, segment: int) -> str:
    """The route's path with parameters that exist where possible."""
    ids = {"list_id": "aaaaaaaaaa", "subscriber_hash": ANN, "merge_id": "1", "segment_id": str(segment)}
    return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], "1"), route.path)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_request_breaks_the_sandbox(route: Route, data: st.DataObject) -> None:
    """Whatever a request says, it is answered or refused, never with an internal error (inferred, DESIGN 6)."""
    store = Store()
    seeding.seed(store, {"audience": "aaaaaaaaaa", "members": [{"email_address": ANN, "tags": ["a"]}]})
    segment = next(iter(store.audiences["aaaaaaaaaa"].segments))
    body = data.draw((fitting(route.body) if route.body else st.none()) | JSON)
    query = data.draw(QUERIES)
    try:
        Dispatcher(store, ROUTES).perform(route.method, path_of(route, segment), query, body, ORIGIN)
    except Problem as problem:
        assert problem.status < 500, problem
