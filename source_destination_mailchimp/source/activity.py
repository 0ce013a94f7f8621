"""Everything that a member did, member by member: only of those about whom something changed."""

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

import orjson

from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.engagement import LATE_BOUNCES
from source_destination_mailchimp.source.members import ROSTER_KEY, swept
from source_destination_mailchimp.source.part import Part
from source_destination_mailchimp.source.states import Roster, moment, printed

MEMBERS_PER_SAVE = 5_000


def read_activity(part: Part) -> Iterator[Json]:
    """Rows of the activity feed of each member whose data or open and click rates are not as they were.

    The audience is swept for that, a thousand members a call; a feed costs a call per member.
    """
    roster = Roster.unpack(part.old.get(ROSTER_KEY), 4)
    newest, done, saved = part.old.get("created_at_timestamp") or "", 0, 0
    part.new = dict(part.old)
    is_unremembered = bool(newest) and not roster.notes  # more members than a state can hold
    for page in swept(part, ("email_address", "stats"), archived=False, is_incremental=False):
        marks = {row["id"]: _mark(row) for row in page}
        changed = [row for row in page if roster.notes.get(row["id"]) != marks[row["id"]]]
        if is_unremembered:
            changed = [row for row in changed if row["last_changed"] >= newest]
        for member, feed in _feeds(part, changed):
            known = member["id"] in roster.notes
            roster.notes[member["id"]] = marks[member["id"]]
            for activity in feed:
                newest = max(newest, activity.get("created_at_timestamp") or "")
                if (activity.get("created_at_timestamp") or "") >= _floor(part, is_known=known):
                    yield activity
        done += len(changed)
        _remember(part, roster, newest)
        if done - saved >= MEMBERS_PER_SAVE:
            saved = done
            part.save(dict(part.new))


def _remember(part: Part, roster: Roster, newest: str) -> None:
    part.new["created_at_timestamp"] = newest or None
    if (packed := roster.pack()) is not None:
        part.new[ROSTER_KEY] = packed


def _mark(row: Json) -> bytes:
    return zlib.crc32(orjson.dumps([row["last_changed"], row.get("stats")])).to_bytes(4, "big")


def _floor(part: Part, *, is_known: bool) -> str:
    start, saved = part.account.settings.start_date, part.old.get("created_at_timestamp")
    first = printed(start) if start else ""
    return max(first, printed(moment(saved) - LATE_BOUNCES)) if saved and is_known else first


def _feeds(part: Part, members: list[Json]) -> Iterator[tuple[Json, list[Json]]]:
    """The feeds of some members, as many at once as there are connections."""
    under_way: deque[tuple[Json, Future[list[Json]]]] = deque()
    for member in members:
        under_way.append((member, part.account.pool.submit(_feed, part, member)))
        if len(under_way) > part.account.client.max_connections:
            first, future = under_way.popleft()
            yield first, future.result()
    for member, future in under_way:
        yield member, future.result()


def _feed(part: Part, member: Json) -> list[Json]:
    ids = {"list_id": part.place.key, "email_id": member["id"]}
    path, found = part.stream.path.format_map(ids), list[Json]()
    person = {**ids, "email_address": member["email_address"]}
    while True:
        body = part.account.client.get(path, {"count": PAGE_SIZE, "offset": len(found), "exclude_fields": "_links"})
        page = body.get(part.stream.key) or []
        found += [{**rows.without_empty(activity), **person} for activity in page]
        if len(page) < PAGE_SIZE:
            return found
