"""Members of one audience: those who are there, those who are archived, and those who were deleted."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from source_destination_mailchimp.mailchimp.api import items
from source_destination_mailchimp.mailchimp.members import TAGS_SHOWN, Json, Status
from source_destination_mailchimp.mailchimp.sweep import sweep_members
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.part import CLOSED_KEY, Part
from source_destination_mailchimp.source.states import ROSTER_LIMIT, Roster, printed

CURSORS = {None: "last_changed", "archived": "archived_last_changed"}
"""Which cursor belongs to which sweep: Mailchimp lists archived people only when asked for them alone."""

ROSTER_KEY = "members"
COUNT_KEY = "member_count"
UNDER_WAY_KEY = "under_way"
"""In a bookmark saved in the middle of a first reading, so that the next attempt still takes the last look."""


class Window(NamedTuple):
    """Members of one status that changed from `floor` to `end`."""

    status: str | None
    floor: datetime | None
    end: datetime | None


def read_members(part: Part) -> Iterator[Json]:
    """Records of list_members: who changed since the last sync, and who is gone where that is to be noticed."""
    list_id, settings = part.place.key, part.account.settings
    watch = Watch(part, 0) if settings.detect_deleted else None
    _expect_everybody(part)
    for page in swept(part, (), archived=settings.include_archived or watch is not None):
        for row in page:
            if watch:
                watch.roster.notes[row["id"]] = b""
            if settings.include_archived or row["status"] != Status.ARCHIVED:
                yield rows.member(row, list_id, part.columns)
    if watch:
        found_at = printed(part.account.closed_at())
        for member_id in watch.departed():
            yield rows.deleted_member(member_id, list_id, found_at)


def read_tags(part: Part) -> Iterator[Json]:
    """One row per member and tag; who has more than Mailchimp shows beside a member is asked for alone."""
    list_id, archived = part.place.key, part.account.settings.include_archived
    for page in swept(part, ("email_address", "tags", "tags_count"), archived=archived, is_incremental=False):
        for row in page:
            tags = row.get("tags") or []
            if (row.get("tags_count") or 0) > min(len(tags), TAGS_SHOWN):
                path = f"/lists/{list_id}/members/{row['id']}/tags"
                tags = list(items(part.account.client, path, "tags", {"exclude_fields": "_links"}))
            for tag in tags:
                yield {"list_id": list_id, "email_id": row["id"], "email_address": row["email_address"], **tag}


def swept(part: Part, fields: Sequence[str], *, archived: bool, is_incremental: bool = True) -> Iterator[list[Json]]:
    """Pages of members from where each sweep's cursor stands, and the cursors moved on.

    A first reading of everybody ends where the sync began; archived people are read after the others, so that whoever
    is archived meanwhile is met; and a last look finds everybody who changed or came back meanwhile. Later syncs leave
    that to the one that follows, as their cursors never pass the beginning of the sync.
    """
    closed, is_first = part.account.closed_at(), not is_incremental or not part.old or UNDER_WAY_KEY in part.old
    part.new[UNDER_WAY_KEY] = True
    for status, key in CURSORS.items():
        if status and not archived:
            continue
        floor = part.floor(key) if is_incremental else part.account.settings.start_date
        reached = ""
        window = Window(status, floor, closed if is_first and not status else None)
        for page in _sweep(part, fields, window, key if is_incremental else ""):
            reached = max([reached, *(row["last_changed"] for row in page)])
            yield page
        if is_incremental:
            part.stand_at(key, reached)
    if is_first:
        yield from _sweep(part, fields, Window(None, closed + timedelta(seconds=1), None), "")
    del part.new[UNDER_WAY_KEY]


def _sweep(part: Part, fields: Sequence[str], window: Window, key: str) -> Iterator[list[Json]]:
    account, first = part.account, printed(window.floor) if window.floor else ""

    def save(reached: datetime) -> None:
        if key:
            part.stand_at(key, printed(reached))
            part.save({**part.old, **part.new})

    found = sweep_members(
        account.client,
        part.place.key,
        fields=fields,
        pool=account.pool,
        status=window.status,
        since=window.floor,
        before=window.end,
        on_difference=part.say,
        on_window=save,
    )
    for page in found:
        yield [row for row in page if row["last_changed"] >= first] if first else page


class Watch:
    """Notices who is gone from an audience for good, by remembering who was there."""

    def __init__(self, part: Part, width: int) -> None:
        self._part = part
        packed = part.old.get(ROSTER_KEY)
        self.is_new = packed is None
        self.roster = Roster.unpack(packed, width)

    def departed(self) -> Iterator[str]:
        """IDs of those who are not there any more; saves who is."""
        part, notes = self._part, self.roster.notes
        count = sum(self._count(status) for status in CURSORS)
        if self.is_new and (CLOSED_KEY in part.old or part.account.settings.start_date):
            self._take_stock(count)
        elif count < len(notes):
            there = self._everybody()
            for member_id in [known for known in notes if there and known not in there]:
                del notes[member_id]
                yield member_id
        part.new[COUNT_KEY] = count
        if (packed := self.roster.pack()) is not None:
            part.new[ROSTER_KEY] = packed

    def _take_stock(self, count: int) -> None:
        """Where not everybody was just read and nobody is remembered: remember all, unless they are too many."""
        part, before = self._part, self._part.old.get(COUNT_KEY)
        if before and count < before:
            part.say(
                f"Audience {part.place.key} has {before - count} members fewer than at the last sync. They were "
                f"deleted for good; who they were cannot be told for more than {ROSTER_LIMIT:,} members."
            )
        if count <= ROSTER_LIMIT:
            blank = bytes(self.roster.width)
            self.roster.notes = dict.fromkeys(self._everybody(), blank) | self.roster.notes

    def _count(self, status: str | None) -> int:
        params = {"count": 1, "fields": "total_items", **({"status": status} if status else {})}
        return int(self._part.account.client.get(f"/lists/{self._part.place.key}/members", params)["total_items"])

    def _everybody(self) -> set[str]:
        """IDs of all who are there; nobody where the reading was not complete: then nobody is called deleted."""
        part, differences, there = self._part, list[str](), set[str]()
        since = part.account.closed_at() + timedelta(seconds=1)
        for status, floor in ((None, None), ("archived", None), (None, since)):
            found = sweep_members(
                part.account.client,
                part.place.key,
                fields=("id",),
                pool=part.account.pool,
                status=status,
                since=floor,
                on_difference=differences.append,
            )
            for page in found:
                there.update(row["id"] for row in page)
        for difference in differences:
            part.say(difference)
        return set() if differences else there


def _expect_everybody(part: Part) -> None:
    if not part.old:
        stats = part.place.row.get("stats") or {}
        counted = sum(stats.get(key) or 0 for key in ("member_count", "unsubscribe_count", "cleaned_count"))
        part.expect(max(counted, stats.get("total_contacts") or 0))
