"""Everything that a member did, member by member: only of those about whom something changed."""

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import orjson

from source_destination_mailchimp.mailchimp.calls import read_page
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json, name_of
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.activity_ids import FEED_EVENT, with_ids
from source_destination_mailchimp.source.activity_signs import REPORTS_KEY, SWEPT_KEY, read_signs
from source_destination_mailchimp.source.audience_reader import Demand
from source_destination_mailchimp.source.deletions import ROSTER_KEY
from source_destination_mailchimp.source.engagement import LATE_BOUNCES
from source_destination_mailchimp.source.members import all_members, member_record
from source_destination_mailchimp.source.packing import Roster
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages, is_since, row_time, without_empty
from source_destination_mailchimp.source.states import moment, printed

MEMBERS_PER_SAVE = 5_000
CURSOR = "created_at_timestamp"

_CHECK_BYTES = 4
_DAY_BYTES = 2
_DAY = timedelta(days=1)


def demand_of_activity(partition: OpenPartition) -> Demand:
    """Return what member_activity wants: the open and click rates of everybody, and who was archived meanwhile."""
    # Whoever did something since the start date need not have changed since.
    floors = {None: None, "archived": _last_sweep(partition)}
    return Demand(("email_address", "stats", "last_note"), floors, has_last_look=True)


def read_activity(partition: OpenPartition) -> Pages:
    """Yield rows of the activity feed of each member who is not as they were, or who did what only a report tells.

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
    partition.bookmark = reading.last_bookmark()
    if reading.signs.error is not None:
        partition.save(dict(partition.bookmark))
        yield []  # what is saved goes out behind the pages before it
        raise reading.signs.error


class _Reading:
    """What is known of each member before and after their feed was read."""

    def __init__(self, partition: OpenPartition) -> None:
        self._partition = partition
        self._roster = Roster.unpack(partition.saved.get(ROSTER_KEY), _CHECK_BYTES + _DAY_BYTES)
        self._newest: str = partition.saved.get(CURSOR) or ""
        self._today = _days(partition.account.closed_at())
        self._unmet = set(self._roster.notes)
        self._is_too_large_to_remember = SWEPT_KEY in partition.saved and ROSTER_KEY not in partition.saved
        self._swept = printed(_last_sweep(partition))
        self.signs = read_signs(partition)

    def changed(self, page: list[Json]) -> list[Json]:
        """Return the members of a page whose feed has to be read."""
        self._unmet.difference_update(map(name_of, page))
        return [member for member in page if self._has_news(member)]

    def _has_news(self, member: Json) -> bool:
        name = name_of(member)
        if name in self.signs.names:
            return True
        if self._is_too_large_to_remember:
            return is_since(member, self._swept)
        known = self._roster.notes.get(name)
        if known is not None:
            return known[:_CHECK_BYTES] != _check(member)
        if is_since(member, self._partition.first_time()):
            return True
        self._remember(member)
        return False

    def _remember(self, member: Json) -> None:
        self._roster.note(name_of(member), _check(member) + self._today.to_bytes(_DAY_BYTES))

    def activities(self, members: list[Json]) -> Iterator[Json]:
        """Yield what some members did since they were last read; whoever is through is remembered."""
        for member, feed in _feeds(self._partition, members):
            name = name_of(member)
            first = self._first_time(name)
            self._remember(member)
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

    def last_bookmark(self) -> Json:
        """Return the bookmark of an audience that was read to its end; whoever is not in it any more is forgotten."""
        for name in self._unmet:
            del self._roster.notes[name]
        found = self.bookmark()
        found[REPORTS_KEY] = self.signs.pack()
        if self.signs.error is None:
            # A report that was not read is asked for what happened since the sweep before.
            found[SWEPT_KEY] = printed(self._partition.account.closed_at())
        if ROSTER_KEY not in found:
            self._partition.warn(
                "Stream member_activity: the audiences have more contacts than can be remembered. In the larger ones, "
                "feeds are read of contacts whose last_changed moved and of those who are in a campaign's report."
            )
        return found

    def _first_time(self, name: str) -> str:
        """Return from when on activities of a member are wanted: of somebody new from the start date on.

        Of others from some days before they were last read: what they did since may have shown in no sign, so the
        newest activity of anybody else says nothing.
        """
        start = self._partition.first_time()
        known = self._roster.notes.get(name)
        if known is None:
            return start
        last_read = _EPOCH + int.from_bytes(known[_CHECK_BYTES:]) * _DAY
        return max(start, printed(last_read - LATE_BOUNCES))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _days(time: datetime) -> int:
    """Return the days since 1970."""
    return (time - _EPOCH) // _DAY


def _last_sweep(partition: OpenPartition) -> datetime:
    """Return from when on a change may be new: from a little before the last sync that came to its end, or from now."""
    saved = partition.saved.get(SWEPT_KEY)
    since = moment(saved) if saved else partition.account.closed_at()
    return since - partition.account.settings.lookback


def _check(member: Json) -> bytes:
    """Return four bytes that differ, but for one chance in four thousand million, when the member does."""
    watched = [member.get("last_changed"), member.get("stats"), member.get("last_note")]
    found = zlib.crc32(orjson.dumps(watched))
    return found.to_bytes(_CHECK_BYTES)


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
