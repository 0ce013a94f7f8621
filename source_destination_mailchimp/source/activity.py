"""Everything that a member did, member by member: only of those about whom something changed."""

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future

import orjson

from source_destination_mailchimp.mailchimp.calls import read_page
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json, name_of
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.activity_ids import FEED_EVENT, with_ids
from source_destination_mailchimp.source.audience_reader import Demand
from source_destination_mailchimp.source.deletions import ROSTER_KEY
from source_destination_mailchimp.source.engagement import LATE_BOUNCES
from source_destination_mailchimp.source.members import all_members, everybody, member_record
from source_destination_mailchimp.source.packing import Roster
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages, is_since, row_time, without_empty
from source_destination_mailchimp.source.states import moment, printed

MEMBERS_PER_SAVE = 5_000
CURSOR = "created_at_timestamp"


def demand_of_activity(partition: OpenPartition) -> Demand:
    """Return what member_activity wants: the open and click rates of everybody, on each sync."""
    return everybody(partition, ("email_address", "stats", "last_note"), archived=False)


def read_activity(partition: OpenPartition) -> Pages:
    """Yield rows of the activity feed of each member whose data or open and click rates are not as they were.

    The audience is swept for that, a thousand members a call; a feed costs a call per member.
    """
    reading = _Reading(partition)
    asked = 0
    for page in all_members(partition):
        changed = reading.changed(page)
        yield from in_pages(reading.activities(changed))
        partition.bookmark = reading.bookmark()
        asked += len(changed)
        if asked >= MEMBERS_PER_SAVE:
            asked = 0
            partition.save(dict(partition.bookmark))


class _Reading:
    """What is known of each member before and after their feed was read."""

    def __init__(self, partition: OpenPartition) -> None:
        self._partition = partition
        self._roster = Roster.unpack(partition.saved.get(ROSTER_KEY), 4)
        self._saved: str = partition.saved.get(CURSOR) or ""
        self._newest = self._saved
        self._is_too_large_to_remember = bool(self._saved) and not self._roster.notes

    def changed(self, page: list[Json]) -> list[Json]:
        """Return the members of a page who are not as they were."""
        found = []
        for member in page:
            if self._roster.notes.get(name_of(member)) == _note(member):
                continue
            if self._is_too_large_to_remember and not is_since(member, self._saved):
                continue
            found.append(member)
        return found

    def activities(self, members: list[Json]) -> Iterator[Json]:
        """Yield what some members did since they were last read; whoever is through is remembered."""
        for member, feed in _feeds(self._partition, members):
            name = name_of(member)
            first = self._first_time(is_known=name in self._roster.notes)
            self._roster.note(name, _note(member))
            for activity in feed:
                time = row_time(activity, CURSOR)
                self._newest = max(self._newest, time)
                if time and time < first:
                    continue
                yield activity

    def bookmark(self) -> Json:
        """Return the bookmark that stands for every activity yielded so far."""
        found = {**self._partition.saved, **self._partition.bookmark, CURSOR: self._newest or None}
        found.pop(ROSTER_KEY, None)
        if self._partition.room.take(self._partition.parent.key, len(self._roster.notes)):
            found[ROSTER_KEY] = self._roster.pack()
        return found

    def _first_time(self, *, is_known: bool) -> str:
        """Return from when on activities of a member are wanted: of somebody new from the start date on."""
        start = self._partition.first_time()
        if not self._saved or not is_known:
            return start
        return max(start, printed(moment(self._saved) - LATE_BOUNCES))


def _note(member: Json) -> bytes:
    """Return four bytes that differ, but for one chance in four thousand million, when the member does."""
    watched = [member.get("last_changed"), member.get("stats"), member.get("last_note")]
    found = zlib.crc32(orjson.dumps(watched))
    return found.to_bytes(4, "big")


def _feeds(partition: OpenPartition, members: list[Json]) -> Iterator[tuple[Json, list[Json]]]:
    """Yield the feeds of some members, as many read at once as there are connections."""
    under_way: deque[tuple[Json, Future[list[Json]]]] = deque()
    for member in members:
        person = member_record(partition, member)
        if person is None:
            continue
        under_way.append((member, partition.account.pool.submit(_feed, partition, person)))
        if len(under_way) > partition.account.client.max_connections:
            first, future = under_way.popleft()
            yield first, future.result()
    for member, future in under_way:
        yield member, future.result()


def _feed(partition: OpenPartition, person: ParentRecord) -> list[Json]:
    """Read the whole feed of one member; nothing of one who was deleted since their page was read."""
    try:
        return _whole_feed(partition, person)
    except Refused as refused:
        if (loss := partition.account.loss(refused, person)) is not None:
            raise loss from refused
        return []


def _whole_feed(partition: OpenPartition, person: ParentRecord) -> list[Json]:
    """Read a feed page by page until one is short: its total is not to be relied on."""
    stream = partition.stream
    path = stream.path.format_map(person.ids)
    added = {
        **person.ids,
        "email_address": person.row.get("email_address") or None,
        "contact_id": person.row.get("contact_id"),
    }
    found: list[Json] = []
    before: list[Json] = []
    while True:
        params = {"count": PAGE_SIZE, "offset": len(found), "exclude_fields": "_links"}
        page = partition.account.client.send(read_page(path, stream.key, params)).body.get(stream.key) or []
        page = [without_empty(activity) for activity in page]
        if page != before:  # where the offset is not heeded, the same page comes again
            found += [{**activity, **added} for activity in page]
        if len(page) < PAGE_SIZE or page == before:
            return list(with_ids(found, FEED_EVENT))
        before = page
