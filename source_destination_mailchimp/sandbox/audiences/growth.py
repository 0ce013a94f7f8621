"""How an audience grew: by month (growth history) and by day (recent activity).

Counted are changes that the sandbox saw happen; people who were seeded count as if they had always been there. The
deprecated columns existing, imports and optins stay 0, nobody is reconfirmed, and bounces are hard ones only.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.store import Happening, Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import not_found
from source_destination_mailchimp.sandbox.http.links import Row, collection_links, links

DAYS_SHOWN: Final = 180  # documented
COLUMNS: Final = (
    "emails_sent",
    "unique_opens",
    "recipient_clicks",
    "hard_bounce",
    "soft_bounce",
    "subs",
    "unsubs",
    "other_adds",
    "other_removes",
)
_MONTHS: Final = "Lists/Growth"
_DAYS: Final = "Lists/Activity"


class Days:
    """Counters of one audience, by day (ISO) and column; `net` is the change in subscribed people."""

    def __init__(self) -> None:
        self.by_day: dict[str, Counter[str]] = {}

    def count(self, day: str, column: str, number: int) -> None:
        """Add to a day's column."""
        self.by_day.setdefault(day, Counter())[column] += number

    def in_month(self, month: str, column: str) -> int:
        """The sum of a column over a month (YYYY-MM)."""
        return sum(counter[column] for day, counter in self.by_day.items() if day.startswith(month))


def day_of(seconds: int) -> str:
    """The UTC day of a time, YYYY-MM-DD."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def watch(store: Store, happening: Happening) -> None:
    """Count what happened to a member; a watcher of the store."""
    now = happening.member.status if happening.kind != "forgotten" else "gone"
    if happening.kind not in ("created", "status", "forgotten"):
        return
    days, day = happening.audience.room(Days), day_of(happening.at)
    days.count(day, "net", (now == "subscribed") - (happening.before == "subscribed"))
    column = _column(now, happening.before, happening.by)
    if column:
        days.count(day, column, 1)
    if now == "gone":
        days.count(day, "deleted", 1)


def _column(now: str, before: str, by: str) -> str:
    """The column of a day that a change of status belongs to."""
    if now == "subscribed":
        return "subs" if by == "person" else "other_adds"
    if now == "cleaned":
        return "hard_bounce"
    if now == "unsubscribed":
        return "unsubs"
    return "other_removes" if now in ("archived", "gone") and before == "subscribed" else ""


def list_months(call: Call) -> dict[str, Any]:
    """GET the months since the audience was made, the newest first unless sorted otherwise (inferred)."""
    audience = call.audience
    call.choice("sort_field", "month")
    months = _months(call, audience)
    if call.choice("sort_dir", "ASC", "DESC") != "ASC":
        months.reverse()
    path = f"/lists/{audience.id}"
    return {
        "history": [_show_month(call, audience, month) for month in call.of(months)],
        "list_id": audience.id,
        "total_items": len(months),
        "_links": collection_links(call.root, f"{path}/growth-history", _MONTHS, (path, "Lists"), may_create=False),
    }


def get_month(call: Call) -> dict[str, Any]:
    """GET one month, YYYY-MM."""
    if call.ids["month"] not in _months(call, call.audience):
        raise not_found()
    return _show_month(call, call.audience, call.ids["month"])


def list_days(call: Call) -> dict[str, Any]:
    """GET the last 180 days at most, today first (order inferred)."""
    audience = call.audience
    today = date.fromisoformat(day_of(call.store.clock.now()))
    born = date.fromisoformat(day_of(audience.date_created))
    number = max(0, min((today - born).days + 1, DAYS_SHOWN))
    days = [(today - timedelta(days=back)).isoformat() for back in range(number)]
    by_day, path = audience.room(Days).by_day, f"/lists/{audience.id}"
    rows: list[Row] = [
        ("self", "GET", f"{path}/activity", f"{_DAYS}/Response", ""),
        ("parent", "GET", path, "Lists/Response", ""),
    ]
    return {
        "activity": [
            {"day": day, **{column: by_day.get(day, Counter())[column] for column in COLUMNS}} for day in call.of(days)
        ],
        "list_id": audience.id,
        "total_items": len(days),
        "_links": links(call.root, rows),
    }


def _months(call: Call, audience: Audience) -> list[str]:
    """Every month from the audience's first to the present one."""
    first, last = day_of(audience.date_created)[:7], day_of(call.store.clock.now())[:7]
    year, month = int(first[:4]), int(first[5:])
    months = []
    while f"{year:04}-{month:02}" <= last:
        months.append(f"{year:04}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months


def _show_month(call: Call, audience: Audience, month: str) -> dict[str, Any]:
    days = audience.room(Days)
    later = sum(counter["net"] for day, counter in days.by_day.items() if day[:7] > month)
    is_present = month == day_of(call.store.clock.now())[:7]
    path = f"/lists/{audience.id}/growth-history"
    rows: list[Row] = [
        ("self", "GET", f"{path}/{month}", f"{_MONTHS}/Response", ""),
        ("parent", "GET", path, f"{_MONTHS}/CollectionResponse", f"Paths/{_MONTHS}/Collection"),
    ]
    return {
        "list_id": audience.id,
        "month": month,
        "existing": 0,
        "imports": 0,
        "optins": 0,
        "subscribed": audience.counts["subscribed"] - later,
        "unsubscribed": days.in_month(month, "unsubs"),
        "reconfirm": 0,
        "cleaned": days.in_month(month, "hard_bounce"),
        "pending": audience.counts["pending"] if is_present else 0,
        "deleted": days.in_month(month, "deleted"),
        "transactional": audience.counts["transactional"] if is_present else 0,
        "_links": links(call.root, rows),
    }


ROUTES: Final = (
    Route("GET", "/lists/{list_id}/growth-history", list_months, describes=f"{_MONTHS}/Collection"),
    Route("GET", "/lists/{list_id}/growth-history/{month}", get_month, describes=f"{_MONTHS}/Instance"),
    Route("GET", "/lists/{list_id}/activity", list_days, describes=f"{_DAYS}/Collection"),
)
