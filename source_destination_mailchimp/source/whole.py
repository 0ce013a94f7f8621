"""Small collections: read whole, and handed on where new or changed."""

from collections.abc import Iterator
from datetime import timedelta

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.part import Part
from source_destination_mailchimp.source.states import DIGESTS_KEY, digest, mentions_later, printed


def read_whole(part: Part) -> Iterator[Json]:
    """All rows of one parent; with a cursor, those that differ from what was handed on before.

    The official cursor follows creation. What changed behind it is found by a digest per row, kept as a second key. A
    state of the official connector has none: rows behind its cursor come again where a time in them is later than it.
    Likewise a start date leaves out only rows in which no time is as late.
    """
    rows = part.account.rows(part.stream, part.place)
    if part.stream.cursor_field is None:
        part.expect(len(rows))
        yield from rows
        return
    cursor, start = part.stream.cursor_field, part.account.settings.start_date
    floor = printed(start - timedelta(seconds=1)) if start else ""
    wanted = [row for row in rows if not floor or mentions_later(row, floor)]
    digests = {str(row["id"]): digest(row) for row in wanted}
    news = [row for row in wanted if _is_news(part, row, digests[str(row["id"])])]
    part.expect(len(news))
    yield from news
    part.new = {DIGESTS_KEY: digests}
    latest = max([value for row in wanted if (value := row.get(cursor))] + [part.old.get(cursor) or ""])
    if latest:
        part.new[cursor] = latest


def _is_news(part: Part, row: Json, now: str) -> bool:
    saved, known = part.old.get(part.stream.cursor_field or ""), part.old.get(DIGESTS_KEY)
    if known is not None:
        return bool(known.get(str(row["id"])) != now)
    return saved is None or mentions_later(row, saved)
