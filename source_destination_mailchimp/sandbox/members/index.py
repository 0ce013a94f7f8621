"""The orders in which members are listed, kept up to date lazily so that writes stay cheap."""

from collections.abc import Iterable
from typing import Final

from sortedcontainers import SortedList

from source_destination_mailchimp.sandbox.members.member import Member

PRESENT: Final = ""  # the group that a listing without a status shows: everybody but the archived
SECOND: Final = 1 << 40  # change keys are last_changed * SECOND + web_id


class MemberOrder:
    """Members of one audience by ID and by last change, for each status and for all that are not archived."""

    def __init__(self) -> None:
        self._by_change: dict[str, SortedList] = {}
        self._by_id: dict[str, SortedList] = {}
        self._moved: set[Member] = set()
        self._size = 0
        self.version = 0

    def moved(self, member: Member) -> None:
        """Remember that the member is new, has changed or is gone."""
        self._moved.add(member)
        self.version += 1

    def by_change(self, group: str) -> "SortedList":
        """Change keys of a group, oldest change first, then lowest ID (as recorded)."""
        self._settle()
        return self._by_change.setdefault(group, SortedList())

    def by_id(self, group: str) -> "SortedList":
        """IDs of a group in the order in which its members came."""
        self._settle()
        return self._by_id.setdefault(group, SortedList())

    def _settle(self) -> None:
        if not self._moved:
            return
        if len(self._moved) > 1000 and len(self._moved) * 4 > self._size:
            self._settle_many()
        else:
            for member in self._moved:
                self._take_out(member)
                self._put_in(member)
        self._moved.clear()

    def _take_out(self, member: Member) -> None:
        if member.filed_key:
            for group in groups_of(member.filed_status):
                self._by_change[group].remove(member.filed_key)
                self._by_id[group].remove(member.web_id)
            member.filed_key = 0
            self._size -= 1

    def _put_in(self, member: Member) -> None:
        if member.gone:
            return
        member.filed_key, member.filed_status = change_key(member), member.status
        for group in groups_of(member.status):
            self._by_change.setdefault(group, SortedList()).add(member.filed_key)
            self._by_id.setdefault(group, SortedList()).add(member.web_id)
        self._size += 1

    def _settle_many(self) -> None:
        """Sort everything anew: cheaper than single insertions when a large part has moved."""
        leaving = {member.filed_key for member in self._moved if member.filed_key}
        for group, keys in self._by_change.items():
            stay = [key for key in keys if key not in leaving]
            self._by_change[group] = SortedList(stay)
            self._by_id[group] = SortedList(key % SECOND for key in stay)
        self._size -= len(leaving)
        arriving: dict[str, list[int]] = {}
        for member in self._moved:
            member.filed_key = 0 if member.gone else change_key(member)
            member.filed_status = member.status
            for group in groups_of(member.status) if member.filed_key else ():
                arriving.setdefault(group, []).append(member.filed_key)
            self._size += bool(member.filed_key)
        for group, keys in arriving.items():
            self._by_change.setdefault(group, SortedList()).update(keys)
            self._by_id.setdefault(group, SortedList()).update(key % SECOND for key in keys)


def groups_of(status: str) -> tuple[str, ...]:
    """The groups in which a member of this status is listed."""
    return ("archived",) if status == "archived" else (PRESENT, status)


def change_key(member: Member) -> int:
    """The number that sorts members by last change."""
    return member.last_changed * SECOND + member.web_id


def ids_of(keys: Iterable[int]) -> list[int]:
    """The member IDs inside change keys."""
    return [key % SECOND for key in keys]
