"""What people did with one campaign: asked for again only when its report says that something happened."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import collection
from source_destination_mailchimp.source.part import Part
from source_destination_mailchimp.source.states import digest, moment, printed

REPORT_KEY = "report"
BOUNCES_KEY = "bounces"
LATE_OPENS = timedelta(minutes=10)
"""Opens and clicks are read again this far behind the cursor: they may show late. [observed by a peer]"""

LATE_BOUNCES = timedelta(days=5)
"""The same for bounces, which servers report days later."""


def read_engagement(part: Part) -> Iterator[Json]:
    """Rows of one campaign, or nothing at all, without a call, if its report is as it was."""
    figures = [rows.at(part.place.row, path) for path in part.stream.happened]
    mark = digest(figures)
    cursor = part.stream.cursor_field or ""
    part.new = {**part.old, REPORT_KEY: mark, BOUNCES_KEY: _bounces(part)}
    if part.old.get(REPORT_KEY) == mark or not any(figures) or _is_too_old(part, cursor):
        return
    opens, bounces = _floors(part, cursor)
    newest = part.old.get(cursor) or ""
    for page in _pages(part, min(opens, bounces)):
        for row in page:
            time = row.get(cursor) or ""
            newest = max(newest, time)
            if time >= (bounces if row.get("action") == "bounce" else opens):
                yield row
    if newest:
        part.new[cursor] = newest


def _floors(part: Part, cursor: str) -> tuple[str, str]:
    """From when on opens, and bounces, are wanted."""
    start, saved = part.account.settings.start_date, part.old.get(cursor)
    first = printed(start) if start else ""
    if saved is None or cursor == "send_time":
        return first, first
    lookback = max(LATE_OPENS, part.account.settings.lookback)
    far = max(LATE_BOUNCES, lookback) if part.old.get(BOUNCES_KEY) != _bounces(part) else lookback
    return max(first, printed(moment(saved) - lookback)), max(first, printed(moment(saved) - far))


def _is_too_old(part: Part, cursor: str) -> bool:
    """Whether everything that the report knows of happened before the start date; opt-outs have no time in it."""
    start = part.account.settings.start_date
    if start is None or part.stream.name == "unsubscribes":
        return False
    times = [rows.at(part.place.row, path) for path in ("opens.last_open", "clicks.last_click")]
    sent = moment(part.place.row.get("send_time") or "1970-01-01")
    if cursor == "send_time":
        return sent < start
    return max([sent + LATE_BOUNCES, *(moment(time) for time in times if time)]) < start


def _bounces(part: Part) -> int:
    return sum((part.place.row.get("bounces") or {}).values())


def _pages(part: Part, since: str) -> Iterator[list[Json]]:
    account, stream = part.account, part.stream
    params: dict[str, str] = {}
    if stream.can_skip_bots and account.settings.filter_bots:
        params["filter_bots"] = "true"
    if stream.name == "email_activity" and since:
        # A second earlier, as the bound is exclusive; a fraction of a second was answered with HTTP 500. [observed]
        params["since"] = f"{moment(since) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    more = {name: part.place.row.get(name) for name in stream.added}
    for ids in _paths(part):
        for page in pages(account.client, collection(stream, ids, **params), account.pool, part.expect):
            yield [{**record, **more} for row in page for record in _records(part, row)]


def _records(part: Part, row: Json) -> Iterator[Json]:
    row.setdefault("campaign_id", part.place.key)
    rows.without_empty(row)
    if part.stream.name == "email_activity":
        yield from rows.activities(row)
    else:
        yield row


def _paths(part: Part) -> Iterator[dict[str, Any]]:
    through = part.stream.through
    if through is None:
        yield part.place.ids
        return
    where = Collection(
        through.path.format_map(part.place.ids), through.key, {"fields": f"{through.key}.id,total_items"}
    )
    for page in pages(part.account.client, where, part.account.pool):
        for row in page:
            yield {**part.place.ids, through.name: row["id"]}
