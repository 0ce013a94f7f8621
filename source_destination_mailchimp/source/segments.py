"""Members of the segments of one audience: who joined or changed, and who left."""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json, name_of
from source_destination_mailchimp.mailchimp.paging import FirstPage, first_page, pages
from source_destination_mailchimp.source.account import ParentRecord, collection
from source_destination_mailchimp.source.packing import digest, is_digest
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages, is_since, row_time, without_empty
from source_destination_mailchimp.source.segment_pool import (
    SEGMENTS_KEY,
    KnownSegment,
    pack_segments,
    unpack_segments,
)
from source_destination_mailchimp.source.segment_signs import SegmentSigns
from source_destination_mailchimp.source.states import moment, printed
from source_destination_mailchimp.source.streams import BY_NAME

MEMBERS_PER_SAVE = 20_000
"""After so many a state is saved in the middle of an audience."""

Members = Mapping[str, int]


def read_segment_members(partition: OpenPartition) -> Pages:
    """Yield members with `segment_id` and `list_id`: whoever joined or changed, then who left, with a deletion mark.

    Mailchimp has no time of joining, and joining does not have to change `last_changed`: so who is in the segments is
    remembered. Without a memory, which is the case behind a state of the official connector, everybody comes once.
    A segment is asked for where its row or its members as the audience shows them are not as they were, and beside
    these one more at each sync, in turn: of somebody who is not subscribed neither has to tell.
    """
    audience = _Audience(partition)
    yield from audience.read()


def members_of_gone_audience(partition: OpenPartition) -> Pages:
    """Yield everybody who was in a segment of an audience that is not there any more, as somebody who left."""
    for segment_id, known in unpack_segments(partition.saved).items():
        yield from in_pages(_left(partition, segment_id, known.members or {}))


def is_remembered(saved: Mapping[str, Any]) -> bool:
    """Return whether a bookmark is one of an audience's segments: the official ones are of single segments."""
    return SEGMENTS_KEY in saved


class _Audience:
    """The segments of one audience, while they are read."""

    def __init__(self, partition: OpenPartition) -> None:
        self._partition = partition
        self._known = unpack_segments(partition.saved)
        self._signs = SegmentSigns(partition, self._known)
        self._unsaved = 0
        self._error: MailchimpError | None = None

    def read(self) -> Pages:
        """Yield the rows of all segments that may have changed.

        A segment that cannot be read costs the others nothing; the error is raised behind them.
        """
        partition = self._partition
        rows = partition.account.rows(BY_NAME["segments"], partition.parent)
        wanted = self._signs.wanted(rows)
        patience, name = partition.account.patience, partition.stream.name
        for segment, first in _first_pages(partition, wanted):
            try:
                with patience.trying(name) as heard:
                    for page in self._segment(segment, first):
                        heard()
                        yield page
            except Misconfigured:
                raise
            except MailchimpError as error:
                self._note(segment, error)
            if patience.is_spent(name):
                break
        there = {row["id"] for row in rows}
        for segment_id in self._known.keys() - there:
            yield from self._missing(segment_id)
        if self._error is not None:
            partition.save({**partition.saved, **pack_segments(self._known)})
            yield []  # what is saved goes out behind the pages before it
            raise self._error
        partition.bookmark = {**pack_segments(self._known), **self._signs.bookmark()}

    def _segment(self, segment: ParentRecord, first: "Future[FirstPage]") -> Pages:
        """Yield the news of one segment, and remember it as it is now."""
        partition = self._partition
        segment_id = segment.row["id"]
        before = self._before(segment_id)
        reading = _Reading(partition, segment, before)
        yield from reading.news(first.result())
        yield from in_pages(_left(partition, segment_id, reading.left()))
        members: dict[str, int] | None = reading.now
        if not partition.room.take(segment.path, len(reading.now)):
            members = None
            partition.warn(
                "Stream segment_members: the segments have more members than can be remembered. "
                "The larger ones are read in full at each sync, and members who left them are not reported."
            )
        self._known[segment_id] = KnownSegment(digest(segment.row), members)
        self._unsaved += len(reading.now)
        if self._unsaved >= MEMBERS_PER_SAVE:
            self._unsaved = 0
            partition.save({**partition.saved, **pack_segments(self._known)})

    def _before(self, segment_id: int) -> Members | None:
        known = self._known.get(segment_id)
        return known.members if known else None

    def _note(self, segment: ParentRecord, error: MailchimpError) -> None:
        """Note why a segment was not read; one that was deleted meanwhile is left to the next sync."""
        loss: MailchimpError | None = error
        if isinstance(error, Refused):
            loss = self._partition.account.loss(error, segment)
        if loss is None:
            self._partition.warn(f"Stream segment_members: {segment.path} no longer exists (404) and was skipped.")
            return
        self._error = self._error or loss

    def _missing(self, segment_id: int) -> Pages:
        """Yield everybody of a segment that is not listed any more, if Mailchimp says that it is gone."""
        partition = self._partition
        segment = _parent(partition, {"id": segment_id})
        if not partition.account.is_gone(segment):
            return
        yield from in_pages(_left(partition, segment_id, self._before(segment_id) or {}))
        del self._known[segment_id]
        partition.warn(f"Stream segment_members: {segment.path} no longer exists (404) and was skipped.")


class _Reading:
    """One segment: who was in it, and who is."""

    def __init__(self, partition: OpenPartition, segment: ParentRecord, before: Members | None) -> None:
        self._partition = partition
        self._segment = segment
        self._before = before
        self.now: dict[str, int] = {}
        self._has_more_pages = False
        self._is_cut = False
        """Whether Mailchimp counts members of the segment whom it did not return."""

    def news(self, first: FirstPage) -> Pages:
        """Yield whoever joined or changed since they were handed on; everybody where nobody is remembered."""
        start = self._partition.first_time()
        added = {"segment_id": self._segment.row["id"], "list_id": self._partition.parent.key}
        for page in self._pages(first):
            found = []
            for row in page:
                is_wanted = self._before is not None or is_since(row, start)
                if self._is_news(row) and is_wanted:
                    found.append({**without_empty(row), "id": name_of(row) or None, **added})
            yield found
            self._has_more_pages = self._has_more_pages or len(page) >= PAGE_SIZE

    def left(self) -> Members:
        """Return those who were in it and are no more.

        Whoever moved to a page that was read already was not met: nobody is called gone after one look at a segment of
        several pages, nor after one that did not return everybody.
        """
        before = self._before or {}
        if self._has_more_pages and before.keys() - self.now.keys():
            for page in self._pages(None):
                for row in page:
                    name = name_of(row)
                    if name in before:
                        self.now.setdefault(name, before[name])
        if self._is_cut:
            for name, seconds in before.items():
                self.now.setdefault(name, seconds)
        return {name: seconds for name, seconds in before.items() if name not in self.now}

    def _is_news(self, row: Json) -> bool:
        name, seconds = name_of(row), _seconds(row)
        if not is_digest(name):
            return True
        self.now[name] = seconds
        return self._before is None or self._before.get(name) != seconds

    def _pages(self, first: FirstPage | None) -> Pages:
        account = self._partition.account
        wanted = collection(self._partition.stream, self._segment.ids)
        yield from pages(account.client, wanted, account.pool, on_difference=self._say_cut, first=first)

    def _say_cut(self, sentence: str) -> None:
        self._is_cut = True
        self._partition.warn(sentence)


def _first_pages(partition: OpenPartition, rows: list[Json]) -> "Iterator[tuple[ParentRecord, Future[FirstPage]]]":
    """Yield segments with their first page, as many asked for at once as there are connections."""
    account = partition.account
    under_way: deque[tuple[ParentRecord, Future[FirstPage]]] = deque()
    for row in rows:
        segment = _parent(partition, row)
        wanted = collection(partition.stream, segment.ids)
        under_way.append((segment, account.pool.submit(first_page, account.client, wanted)))
        if len(under_way) > account.client.max_connections:
            yield under_way.popleft()
    yield from under_way


def _parent(partition: OpenPartition, row: Json) -> ParentRecord:
    segment_id = row["id"]
    ids = {**partition.parent.ids, "segment_id": segment_id}
    return ParentRecord(str(segment_id), ids, row, f"{partition.parent.path}/segments/{segment_id}")


def _left(partition: OpenPartition, segment_id: int, members: Members) -> Iterator[Json]:
    """Yield the rows of those who left.

    They keep the time of their last change: with a later one they would hide the rows with which they come back.
    """
    found_at = printed(partition.account.closed_at())
    for name in sorted(members):
        yield {
            "id": name,
            "segment_id": segment_id,
            "list_id": partition.parent.key,
            "last_changed": _printed_seconds(members[name]),
            "_ab_cdc_deleted_at": found_at,
        }


def _seconds(row: Json) -> int:
    changed = row_time(row, "last_changed")
    return int(moment(changed).timestamp()) if changed else 0


def _printed_seconds(seconds: int) -> str | None:
    """Return seconds since 1970 as Mailchimp prints a time; None for 0, which is no time."""
    if not seconds:
        return None
    return printed(datetime.fromtimestamp(seconds, UTC))
