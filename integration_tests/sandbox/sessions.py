"""Reads the recorded sessions, and works out from their first answers what the account held before.

A session has a name and its exchanges in order; each says when it was answered (`Date`). Knows nothing of the sandbox
but the form of its seeds. `members_before` does the members.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson

from integration_tests.sandbox.members_before import members_before
from integration_tests.sandbox.recorded import Exchange, Json, field_like, told_apart, views

SESSIONS = Path(__file__).resolve().parents[2].parent / "shared" / "mailchimp" / "sessions"
_LIST = re.compile(r"/3\.0/lists/(?P<list>[^/]+)")
_CATEGORY = re.compile(r"/interest-categories/(?P<category>[^/]+)/interests$")
FIRST_NAME_ID = 1
HOST = "https://us6.api.mailchimp.com:443"  # of the sessions that do not say theirs
COMPARED_HEADERS = ("Content-Type", "X-Request-Id", "Link", "Allow", "Server", "Vary")


def read_sessions(path: Path) -> dict[str, list[Exchange]]:
    """The sessions of a file by their names."""
    return {name: _session(rows) for name, rows in orjson.loads(path.read_bytes()).items()}


def _session(rows: list[Json]) -> list[Exchange]:
    return [Exchange(**{**row, "host": str(row.get("host", HOST)).strip()}) for row in told_apart(rows)]


def account_before(session: list[Exchange]) -> list[Json]:
    """The seeds, one per audience, from which a session can be replayed."""
    orders: dict[str, Json] = {}
    for entry in _audiences(session):
        orders[entry["audience"]] = entry
    for list_id, order in orders.items():
        order["merge_fields"] = _merge_fields(session, list_id)
        order["interest_categories"] = _categories(session, list_id)
        order["segments"] = _tags(session, list_id)
        order["members"] = list(members_before(session, list_id))
        order["others"] = _others(session, list_id)
    return list(orders.values())


_SETTINGS = (
    *("name", "permission_reminder", "use_archive_bar", "campaign_defaults", "notify_on_subscribe"),
    *("notify_on_unsubscribe", "email_type_option", "visibility", "double_optin", "has_welcome", "date_created"),
    *("marketing_permissions", "modules", "contact"),
)


def _audiences(session: list[Exchange]) -> Iterator[Json]:
    known: set[str] = set()
    for exchange in session:
        answer = exchange.response if exchange.status == 200 and isinstance(exchange.response, dict) else {}
        for entry in answer.get("lists", ()):
            if entry["id"] not in known:
                known.add(entry["id"])
                yield {"audience": entry["id"], **{key: entry[key] for key in _SETTINGS if key in entry}}
    for exchange in session:
        named = _LIST.match(exchange.path)
        if named and named["list"] not in known:
            known.add(named["list"])
            yield {"audience": named["list"], "name": "Recorded"}


def _merge_fields(session: list[Exchange], list_id: str) -> list[Json]:
    """The merge fields: as their collection shows them, else as the members have them."""
    for exchange in session:
        answer = exchange.response if isinstance(exchange.response, dict) else {}
        if isinstance(answer.get("merge_fields"), list) and answer.get("list_id") == list_id:
            return [{key: value for key, value in row.items() if key != "list_id"} for row in answer["merge_fields"]]
    tags = {tag: None for exchange in session for view in _views(exchange, list_id) for tag in view["merge_fields"]}
    refused = {error for exchange in session for error in _not_numbers(exchange, list_id)}
    known = [field_like(tag, session) for tag in tags]
    for row in known:
        if row["tag"] in refused:
            row["type"] = "number"
        if "FNAME" not in tags and _is_name(session, list_id, row["tag"]):
            row["merge_id"] = FIRST_NAME_ID
    return known


def _is_name(session: list[Exchange], list_id: str, tag: str) -> bool:
    """Whether a field is the first name under another tag: full_name always is what it holds, and not always empty."""
    shown = [view for exchange in session for view in _views(exchange, list_id)]
    pairs = {(view.get("full_name", ""), view["merge_fields"].get(tag, "")) for view in shown}
    return pairs != {("", "")} and all(name == value for name, value in pairs)


def _not_numbers(exchange: Exchange, list_id: str) -> Iterator[str]:
    named = _LIST.match(exchange.path)
    if exchange.status == 400 and named and named["list"] == list_id:
        for error in exchange.response.get("errors") or ():
            if error["message"] == "Please enter a number":
                yield error["field"]


def _categories(session: list[Exchange], list_id: str) -> list[Json]:
    """The interest categories that are shown, and one that holds the interests of members that none of them shows."""
    found: dict[str, Json] = {}
    shown: set[str] = set()
    for exchange in session:
        answer = exchange.response if exchange.status == 200 and isinstance(exchange.response, dict) else {}
        for row in answer.get("categories", ()) if answer.get("list_id") == list_id else ():
            found[row["id"]] = {key: row[key] for key in ("id", "title", "type", "display_order")} | {"interests": []}
        if "interests" in answer and "category_id" in answer and answer["list_id"] == list_id:
            category = found.setdefault(answer["category_id"], _unnamed(answer["category_id"]))
            category["interests"] = [
                {key: row[key] for key in ("id", "name", "display_order")} for row in answer["interests"]
            ]
            shown |= {row["id"] for row in answer["interests"]}
    chosen = {
        id: None for exchange in session for view in _views(exchange, list_id) for id in view.get("interests", {})
    }
    rest = [{"id": id, "name": id} for id in chosen if id not in shown]
    return [*found.values(), _unnamed("f" * 10) | {"interests": rest}] if rest else list(found.values())


def _unnamed(id: str) -> Json:
    return {"id": id, "title": id, "type": "checkboxes", "interests": []}


def _tags(session: list[Exchange], list_id: str) -> list[Json]:
    """The tags that answers show, unless the session itself made them."""
    found: dict[int, str] = {}
    for exchange in session:
        answer = exchange.response if exchange.status == 200 and isinstance(exchange.response, dict) else {}
        if exchange.path.endswith(f"/lists/{list_id}/tag-search"):
            found.update({row["id"]: row["name"] for row in answer["tags"]})
        for view in _views(exchange, list_id):
            found.update({row["id"]: row["name"] for row in view.get("tags", ())})
    return [{"id": id, "name": name, "created_at": "2020-01-01T00:00:00Z"} for id, name in sorted(found.items())]


def _others(session: list[Exchange], list_id: str) -> int:
    """How many members there were whom no answer shows, by the total of an unsorted first page."""
    for exchange in session:
        answer = exchange.response if isinstance(exchange.response, dict) else {}
        if exchange.path.endswith(f"/lists/{list_id}/members") and "members" in answer:
            is_sorted = "sort_field" in (exchange.query or {})
            return 0 if is_sorted else answer["total_items"] - len(answer["members"])
    return 0


def _views(exchange: Exchange, list_id: str) -> Iterator[Json]:
    return (view for view in views(exchange) if view["list_id"] == list_id)
