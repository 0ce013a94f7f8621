"""The account root and ping."""

from typing import Any, Final

from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.links import Row, links

ACCOUNT: Final[dict[str, Any]] = {
    "account_id": "8d3a3db4d97663a9074efcc16",
    "login_id": "168278758",
    "account_name": "Sandbox",
    "email": "owner@sandbox-people.org",
    "first_name": "Sandy",
    "last_name": "Box",
    "username": "owner@sandbox-people.org",
    "avatar_url": "",
    "role": "owner",
    "member_since": "2020-02-11T17:12:54+00:00",
    "pricing_plan_type": "monthly",
    "first_payment": "2020-02-11T17:12:54+00:00",
    "account_timezone": "UTC",
    "account_industry": "Software and Web App",
    "contact": {
        "company": "Sandbox",
        "addr1": "1 Sandy Lane",
        "addr2": "",
        "city": "Atlanta",
        "state": "GA",
        "zip": "30308",
        "country": "US",
    },
    "pro_enabled": False,
    "last_login": "2026-01-05T09:00:00+00:00",
}
_INDUSTRY: Final = {"open_rate": 0.2, "bounce_rate": 0.01, "click_rate": 0.02}
_CHILDREN: Final = (
    ("lists", "Lists"),
    ("reports", "Reports"),
    ("campaigns", "Campaigns"),
    ("automations", "Automations"),
    ("batches", "Batches"),
)


def root(call: Call) -> dict[str, Any]:
    """GET /: the account of the key, with the people of all audiences counted."""
    subscribers = sum(audience.counts["subscribed"] for audience in call.store.audiences.values())
    rows: list[Row] = [("self", "GET", "/", "Root/Response", "")]
    for path, name in _CHILDREN:
        rows.append((path, "GET", f"/{path}", f"{name}/CollectionResponse", f"Paths/{name}/Collection"))
    return {
        **ACCOUNT,
        **call.store.account,
        "total_subscribers": subscribers,
        "industry_stats": _INDUSTRY,
        "_links": links(call.root, rows),
    }


def ping(call: Call) -> dict[str, Any]:
    """GET /ping (documented)."""
    return {"health_status": "Everything's Chimpy!"}
