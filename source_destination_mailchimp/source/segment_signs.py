"""Which segments of an audience have to be read again: signs in their rows, and in members who changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from source_destination_mailchimp.mailchimp.members import Json, Status, name_of
from source_destination_mailchimp.source.audience_reader import Demand, MemberPage
from source_destination_mailchimp.source.packing import digest
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import is_since, row_time
from source_destination_mailchimp.source.segment_pool import KnownSegment
from source_destination_mailchimp.source.states import TIME_KEY, Bookmark, moment, printed

RECENT_KEY = "recent"
"""A digest of the members who are swept once more by the next sync."""

TURN_KEY = "turn"
"""The segment that was read last because it was its turn."""

_STATIC = "static"
_FIELDS = ("email_address", "status", "last_changed", "tags", "tags_count")


def demand_of_segments(partition: OpenPartition) -> Demand:
    """Return what segment_members wants of an audience: whoever changed since the last sync began, archived or not.

    A first sync reads every segment, and wants of the audience only what the next one will find changed beside it.
    """
    floor = _floor(partition)
    return Demand(_FIELDS, {None: floor, "archived": floor}, has_last_look=False)


def _floor(partition: OpenPartition) -> datetime:
    saved = partition.saved.get(TIME_KEY)
    since = moment(saved) if saved else partition.account.closed_at()
    return since - partition.account.settings.lookback


class SegmentSigns:
    """What shows that members joined, changed or left."""

    def __init__(self, partition: OpenPartition, known: Mapping[int, KnownSegment]) -> None:
        self._partition = partition
        self._known = dict(known)
        self._turn: int = partition.saved.get(TURN_KEY) or 0
        self._met: list[Json] = []
        for swept in partition.sweep():
            if isinstance(swept, MemberPage):
                self._met += [_essence(row) for row in swept.rows]

    def wanted(self, rows: list[Json]) -> list[Json]:
        """Return the rows of the segments to read: all that show a sign, and one of the others whose turn it is."""
        changed = self._of_members(rows)
        wanted = []
        others = []
        for row in rows:
            known = self._known.get(row["id"])
            if known is None or known.members is None or known.row != digest(row) or row["id"] in changed:
                wanted.append(row)
            else:
                others.append(row)
        if others:
            wanted.append(self._take_turn(others))
        return wanted

    def bookmark(self) -> Bookmark:
        """Return what the next sync compares with."""
        if self._is_quiet():
            # Where the same people are met as before, all stays as it is, and the state says nothing new.
            saved = self._partition.saved
            return {TIME_KEY: saved[TIME_KEY], TURN_KEY: self._turn, RECENT_KEY: saved[RECENT_KEY]}
        closed = self._partition.account.closed_at()
        next_floor = printed(closed - self._partition.account.settings.lookback)
        recent = [member for member in self._met if is_since(member, next_floor)]
        return {TIME_KEY: printed(closed), TURN_KEY: self._turn, RECENT_KEY: _digest_of(recent)}

    def _take_turn(self, others: list[Json]) -> Json:
        """Return the segment that follows the one whose turn it was last."""
        ordered = sorted(others, key=lambda row: int(row["id"]))
        found = ordered[0]
        for row in ordered:
            if row["id"] > self._turn:
                found = row
                break
        self._turn = found["id"]
        return found

    def _is_quiet(self) -> bool:
        """Return whether nobody was met but those whom the last sync met at the same times."""
        return _digest_of(self._met) == self._partition.saved.get(RECENT_KEY)

    def _of_members(self, rows: list[Json]) -> set[int]:
        """Return IDs of segments of which a swept member tells that they changed.

        A member shows the tags, which are the static segments, but not the saved segments that it matches: any of
        these may have changed with anybody.
        """
        if self._is_quiet():
            return set()
        found = set()
        for row in rows:
            segment_id = row["id"]
            known = self._known.get(segment_id)
            if known is None or known.members is None:
                continue
            if row.get("type") != _STATIC:
                found.add(segment_id)
                continue
            if any(_has_changed(member, segment_id, known.members) for member in self._met):
                found.add(segment_id)
        return found


def _has_changed(member: Json, tag_id: int, members: Mapping[str, int]) -> bool:
    """Return whether somebody put on or lost a tag, or changed while they have it."""
    seconds = members.get(name_of(member))
    is_archived = member.get("status") == Status.ARCHIVED
    has_tag = tag_id in member["tag_ids"] and not is_archived
    if seconds is None:
        return has_tag or (member["has_more_tags"] and not is_archived)
    if is_archived or (not has_tag and not member["has_more_tags"]):
        return True
    changed = row_time(member, "last_changed")
    return seconds != (int(moment(changed).timestamp()) if changed else 0)


def _essence(row: Json) -> Json:
    """Return what is compared of a member."""
    tags: list[Mapping[str, Any]] = row.get("tags") or []
    tag_ids = sorted(tag["id"] for tag in tags)
    return {
        "id": name_of(row),
        "status": row.get("status"),
        "last_changed": row.get("last_changed"),
        "tag_ids": tag_ids,
        "has_more_tags": (row.get("tags_count") or 0) > len(tag_ids),
    }


def _digest_of(members: list[Json]) -> int:
    """Return a number that differs when any of some members does."""
    unique = {digest(member) for member in members}
    return digest(sorted(unique))
