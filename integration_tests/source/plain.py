"""A plain reader of the sandbox, page after page with nothing clever in it: what the source must come to."""

import json
import urllib.parse
import urllib.request
from typing import Any

from source_destination_mailchimp.sandbox.http.server import Sandbox

Row = dict[str, Any]


def call(sandbox: Sandbox, method: str, path: str, body: Row | None = None, **params: Any) -> Row:
    """One answer of the sandbox; empty where it says nothing."""
    url = f"{sandbox.api_url}{path}?{urllib.parse.urlencode(params)}"
    headers = {"Authorization": f"Bearer {sandbox.api_key}", "Content-Type": "application/json"}
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, content, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: Row = json.loads(answer.read() or b"{}")
    return found


def rows(sandbox: Sandbox, path: str, key: str, **params: Any) -> list[Row]:
    """All rows of a collection as records: without links, with null in place of ""."""
    found: list[Row] = []
    while True:
        page = call(sandbox, "GET", path, count=1000, offset=len(found), **params)[key]
        found += [record(row) for row in page]
        if len(page) < 1000:
            return found


def record(value: Any) -> Any:
    """An answer as a record: without links, with null in place of ""."""
    if isinstance(value, dict):
        return {name: record(item) for name, item in value.items() if name != "_links"}
    if isinstance(value, list):
        return [record(item) for item in value]
    return None if value == "" else value


def members(sandbox: Sandbox, audience: str, **params: Any) -> list[Row]:
    """Everybody in an audience, archived people too, as records of list_members."""
    found = rows(sandbox, f"/lists/{audience}/members", "members", **params)
    found += rows(sandbox, f"/lists/{audience}/members", "members", status="archived", **params)
    answers = {"subscribed": True, "pending": None}
    return [{**row, "opted_in": answers.get(row["status"], False)} for row in found]


def activities(sandbox: Sandbox, campaign: str) -> list[Row]:
    """What recipients did, one row each."""
    found = rows(sandbox, f"/reports/{campaign}/email-activity", "emails")
    return [
        {**{name: value for name, value in row.items() if name != "activity"}, **activity}
        for row in found
        for activity in row["activity"]
    ]
