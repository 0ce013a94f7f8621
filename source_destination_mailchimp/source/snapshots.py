"""Small collections: all of their rows are read on each sync, and handed on where new or changed."""

from datetime import timedelta

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages
from source_destination_mailchimp.source.states import DIGESTS_KEY, digest, mentions_later, printed, saved_object


def read_snapshot(partition: OpenPartition) -> Pages:
    """Yield all rows of one parent; with a cursor, those that differ from what was handed on before.

    The official cursor follows creation. What changed behind it is found by a digest per row, kept as a second key. A
    state of the official connector has none: rows behind its cursor come again where a time in them is later than it.
    Likewise a start date leaves out only rows in which no time is as late.
    """
    rows = partition.account.rows(partition.stream, partition.parent)
    cursor = partition.stream.cursor_field
    if cursor is None:
        partition.expect(len(rows))
        yield rows
        return
    wanted = _since_the_start(partition, rows)
    digests = {}
    news = []
    for row in wanted:
        key = str(row["id"])
        digests[key] = digest(row)
        if _is_news(partition, cursor, row, digests[key]):
            news.append(row)
    partition.expect(len(news))
    yield news
    partition.bookmark = {DIGESTS_KEY: digests}
    latest = partition.saved.get(cursor) or ""
    for row in wanted:
        latest = max(latest, row.get(cursor) or "")
    if latest:
        partition.bookmark[cursor] = latest


def _since_the_start(partition: OpenPartition, rows: list[Json]) -> list[Json]:
    start = partition.account.settings.start_date
    if start is None:
        return rows
    before = printed(start - timedelta(seconds=1))
    return [row for row in rows if mentions_later(row, before)]


def _is_news(partition: OpenPartition, cursor: str, row: Json, digest_now: str) -> bool:
    known = saved_object(partition.saved, DIGESTS_KEY)
    if known is not None:
        return bool(known.get(str(row["id"])) != digest_now)
    saved = partition.saved.get(cursor)
    return saved is None or mentions_later(row, saved)
