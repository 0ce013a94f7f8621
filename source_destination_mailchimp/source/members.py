"""Members of one audience: those who are there, those who are archived, and those who were deleted."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

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

    Archived people are read after the others, so that whoever is archived meanwhile is met. Who comes back from the
    archive meanwhile is met by a last look, which an incremental sync leaves to the next one.
    """
    met_archived, closed, fresh = False, printed(part.account.closed_at()), set[str]()
    for status, key in CURSORS.items():
        if status and not archived:
            continue
        floor = part.floor(key) if is_incremental else part.account.settings.start_date
        reached = ""
        for page in _sweep(part, fields, status, floor, key if is_incremental else ""):
            met_archived = met_archived or bool(status and page)
            reached = max([reached, *(row["last_changed"] for row in page)])
            fresh.update(row["id"] for row in page if row["last_changed"] > closed)
            yield page
        if is_incremental:
            part.stand_at(key, reached)
    if met_archived and not part.old:
        for page in _sweep(part, fields, None, part.account.closed_at() + timedelta(seconds=1), ""):
            yield [row for row in page if row["id"] not in fresh]


def _sweep(
    part: Part, fields: Sequence[str], status: str | None, floor: datetime | None, key: str
) -> Iterator[list[Json]]:
    account, first = part.account, printed(floor) if floor else ""

    def save(reached: datetime) -> None:
        if key:
            part.stand_at(key, printed(reached))
            part.save({**part.old, **part.new})

    found = sweep_members(
        account.client,
        part.place.key,
        fields=fields,
        pool=account.pool,
        status=status,
        since=floor,
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
