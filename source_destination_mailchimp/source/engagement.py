"""What people did with one campaign: asked for again only when its report says that something happened."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import collection
from source_destination_mailchimp.source.activity_ids import EMAIL_EVENT, with_ids
from source_destination_mailchimp.source.campaign_marks import BOUNCES_KEY, COUNTS, READ_KEY
from source_destination_mailchimp.source.packing import digest
from source_destination_mailchimp.source.partition import LATE_EVENTS, OpenPartition
from source_destination_mailchimp.source.rows import Pages
from source_destination_mailchimp.source.states import TIME_KEY, moment, printed
from source_destination_mailchimp.source.streams import Parent

LATE_BOUNCES = timedelta(days=5)
"""The same for bounces, where the report counts more of them: servers report them days later."""


class _Floors(NamedTuple):
    """From when on opens and clicks, and bounces, are wanted; "" for all."""

    opens: str
    bounces: str


def read_engagement(partition: OpenPartition) -> Pages:
    """Yield rows of one campaign, or nothing at all, without a call, if its report is as it was."""
    figures = [rows.at(partition.parent.row, path) for path in partition.stream.happened]
    mark = digest([partition.parent.key, figures])
    cursor = partition.stream.cursor_field or ""
    newest: str = partition.saved.get(TIME_KEY) or ""
    read = {READ_KEY: {mark}, BOUNCES_KEY: _bounces(partition)}
    partition.bookmark = {**read, TIME_KEY: newest}
    if mark in partition.saved.get(READ_KEY, ()) or not any(figures) or _is_too_old(partition, cursor):
        return
    # Until the end: who marks a report as read and then fails to read it never asks for it again.
    partition.bookmark = {}
    floors = _floors(partition, cursor)
    for page in _pages(partition, min(floors)):
        found = []
        for row in page:
            time = rows.row_time(row, cursor)
            newest = max(newest, time)
            floor = floors.bounces if row.get("action") == "bounce" else floors.opens
            if not time or time >= floor:
                found.append(row)
        yield found
    partition.bookmark = {**read, TIME_KEY: newest}


def _floors(partition: OpenPartition, cursor: str) -> _Floors:
    start, saved = partition.first_time(), partition.saved.get(TIME_KEY)
    if not saved or cursor == "send_time":
        # The time of sending says nothing about when somebody reacted: the whole campaign comes again.
        return _Floors(start, start)
    lookback = partition.account.settings.lookback
    opens = moment(saved) - max(LATE_EVENTS, lookback)
    bounces = opens
    if partition.saved.get(BOUNCES_KEY) != _bounces(partition):
        bounces = moment(saved) - max(LATE_BOUNCES, lookback)
    return _Floors(max(start, printed(opens)), max(start, printed(bounces)))


def _is_too_old(partition: OpenPartition, cursor: str) -> bool:
    """Return whether all that the report knows of was before the start date; opt-outs have no time in it."""
    start, report = partition.account.settings.start_date, partition.parent.row
    if start is None or partition.stream.name == "unsubscribes":
        return False
    if partition.stream.parent is Parent.AUTOMATION_EMAIL:
        # It goes on being sent: when it was first sent says nothing of its recipients.
        return False
    if cursor == "send_time":
        return moment(report.get("send_time") or "1970-01-01") < start
    return last_event(report) < start


def last_event(report: Json) -> datetime:
    """Return when the latest of what a report knows of can have been: of a bounce it shows no time."""
    latest = moment(report.get("send_time") or "1970-01-01") + LATE_BOUNCES
    for path in ("opens.last_open", "clicks.last_click"):
        time = rows.at(report, path)
        if time:
            latest = max(latest, moment(time))
    return latest


def _bounces(partition: OpenPartition) -> int:
    """Return how many bounced, of whatever kind; of the number as much as a state keeps."""
    kinds: dict[str, int | None] = partition.parent.row.get("bounces") or {}
    bounced = sum(count or 0 for count in kinds.values())
    return bounced % COUNTS


def _pages(partition: OpenPartition, since: str) -> Pages:
    account, stream = partition.account, partition.stream
    params: dict[str, str] = {}
    if stream.can_skip_bots and account.settings.filter_bots:
        params["filter_bots"] = "true"
    if stream.has_activities and since:
        # A second earlier, as the bound is exclusive; a fraction of a second was answered with HTTP 500. [observed]
        params["since"] = f"{moment(since) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    added = {name: partition.parent.row.get(name) for name in stream.added}
    for ids in _paths(partition):
        wanted = collection(stream, ids, **params)
        for page in pages(account.client, wanted, account.pool, partition.expect, on_difference=partition.warn):
            found = []
            for row in page:
                for record in _records(partition, row):
                    record.update(added)
                    found.append(record)
            yield found


def _records(partition: OpenPartition, row: Json) -> Iterator[Json]:
    row.setdefault("campaign_id", partition.parent.key)
    rows.without_empty(row)
    if partition.stream.has_activities:
        yield from with_ids(rows.activities(row), EMAIL_EVENT)
    else:
        yield row


def _paths(partition: OpenPartition) -> Iterator[dict[str, Any]]:
    """Yield what fills the stream's path: the campaign, or each link of the campaign."""
    through, ids = partition.stream.through, partition.parent.ids
    if through is None:
        yield ids
        return
    fields = {"fields": f"{through.key}.id,total_items"}
    wanted = Collection(through.path.format_map(ids), through.key, fields)
    for page in pages(partition.account.client, wanted, partition.account.pool, on_difference=partition.warn):
        for row in page:
            yield {**ids, through.name: row["id"]}
