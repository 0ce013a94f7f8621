"""The calls of the API as they come in: a page, and the rows that its script asks for once a second."""

from itertools import islice
from typing import Any, Final

from source_destination_mailchimp.sandbox.control.traffic import Logged, Traffic
from source_destination_mailchimp.sandbox.http.visits import Page, Visit, as_json
from source_destination_mailchimp.sandbox.pages.rendering import html, text_of

SHOWN: Final = 200


def show(visit: Visit) -> Page:
    """Return the page of the calls."""
    traffic = visit.traffic
    values = {
        "calls": latest(traffic, SHOWN),
        "seen": traffic.ended,
        "total": len(traffic.log),
        "peak": traffic.peak,
        "rows": SHOWN,
    }
    return html("calls.html", values)


def newer(visit: Visit) -> Page:
    """Return the calls that ended after the first `after` ones, as rows of the table, newest first, at most 200."""
    text = visit.query.get("after", "")
    after = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    ended = visit.traffic.ended
    rows = latest(visit.traffic, min(max(ended - after, 0), SHOWN))
    return as_json({"seen": ended, "rows": text_of("call_rows.html", {"calls": rows})})


def latest(traffic: Traffic, most: int) -> list[dict[str, Any]]:
    """Return the calls that ended last, newest first."""
    return [_row(entry) for entry in islice(reversed(traffic.log), most)]


def _row(entry: Logged) -> dict[str, Any]:
    return {
        "at": entry.started,
        "method": entry.method,
        "address": f"{entry.path}?{entry.query}" if entry.query else entry.path,
        "status": entry.status or "cut",
        "kind": "good" if 200 <= entry.status < 300 else "bad",
        "milliseconds": round((entry.ended - entry.started) * 1000, 1),
    }
