"""Who is gone from an audience for good: Mailchimp does not say, so those who were there are remembered."""

from collections.abc import Iterator
from datetime import timedelta

from source_destination_mailchimp.mailchimp.calls import list_members
from source_destination_mailchimp.mailchimp.members import Json, name_of
from source_destination_mailchimp.mailchimp.sweep import sweep_members
from source_destination_mailchimp.source.packing import Roster
from source_destination_mailchimp.source.partition import CLOSED_KEY, OpenPartition
from source_destination_mailchimp.source.roster_room import ROSTER_LIMIT
from source_destination_mailchimp.source.rows import row_time
from source_destination_mailchimp.source.states import printed

ROSTER_KEY = "members"
COUNT_KEY = "member_count"
SURPLUS_KEY = "surplus"


class DeletionWatch:
    """Notices who is gone from an audience, by remembering who was there."""

    def __init__(self, partition: OpenPartition, width: int) -> None:
        self._partition = partition
        packed = partition.saved.get(ROSTER_KEY)
        self.is_new = packed is None
        self.roster = Roster.unpack(packed, width)
        self._has_met_a_change = False

    def note(self, member: Json, note: bytes) -> None:
        """Remember a member whom the reader met."""
        self.roster.note(name_of(member), note)
        changed = row_time(member, "last_changed")
        if not changed or changed > printed(self._partition.account.closed_at()):
            self._has_met_a_change = True

    def departed(self) -> Iterator[str]:
        """Yield IDs of those who are not there any more; saves who is."""
        partition, notes = self._partition, self.roster.notes
        surplus = self._surplus()
        if not self.is_new and surplus is not None and surplus == partition.saved.get(SURPLUS_KEY):
            self._keep(partition.saved.get(COUNT_KEY), surplus)
            return
        count = self._count(None) + self._count("archived")
        not_everybody_was_read = CLOSED_KEY in partition.saved or partition.account.settings.start_date
        if self.is_new and not_everybody_was_read:
            self._take_stock(count)
        elif count < len(notes):
            yield from self._forget_the_gone()
        self._keep(count, self._surplus())

    def _keep(self, count: int | None, surplus: int | None) -> None:
        """Save who is there."""
        bookmark = self._partition.bookmark
        bookmark[COUNT_KEY] = count
        if self._partition.room.take(self._partition.parent.key, len(self.roster.notes)):
            bookmark[ROSTER_KEY] = self.roster.pack()
            # Mailchimp's count was read before the contacts were. Where somebody came in between the two do not match,
            # and it would go unnoticed if they are deleted before the next sync.
            bookmark[SURPLUS_KEY] = None if self._has_met_a_change else surplus

    def _surplus(self) -> int | None:
        """Return how many contacts the audience counts beyond those who are remembered; None where it has no count.

        Whoever is deleted takes one off. While it is what it was, nobody has to be counted.
        """
        stats = self._partition.parent.row.get("stats") or {}
        total = stats.get("total_contacts")
        if not isinstance(total, int):
            return None
        return total - len(self.roster.notes)

    def _forget_the_gone(self) -> Iterator[str]:
        there = self._everybody()
        if not there:
            return
        for member_id in list(self.roster.notes):
            if member_id not in there:
                del self.roster.notes[member_id]
                yield member_id

    def _take_stock(self, count: int) -> None:
        """Remember everybody, where nobody is remembered and not all were just read, unless they are too many."""
        partition = self._partition
        before = partition.saved.get(COUNT_KEY)
        if before and count < before:
            partition.warn(
                f"Audience {partition.parent.key} has {before - count} fewer members than at the "
                "last sync. They were permanently deleted; it is not known who they were, because at most "
                f"{ROSTER_LIMIT:,} members are remembered."
            )
        if partition.room.take(partition.parent.key, count):
            blank = bytes(self.roster.width)
            for name in self._everybody() - self.roster.notes.keys():
                self.roster.note(name, blank)

    def _count(self, status: str | None) -> int:
        """Return how many members an audience has of a status; of None, how many but archived ones."""
        params: dict[str, str | int] = {"count": 1, "fields": "total_items"}
        if status is not None:
            params["status"] = status
        call = list_members(self._partition.parent.key, params)
        return int(self._partition.account.client.send(call).body["total_items"])

    def _everybody(self) -> set[str]:
        """Return IDs of all who are there; of nobody where the reading was not complete: then nobody is called gone."""
        partition = self._partition
        differences: list[str] = []
        there: set[str] = set()
        # The last one finds who was archived, or came back, while the others were read.
        since = partition.account.closed_at() + timedelta(seconds=1)
        for status, floor in ((None, None), ("archived", None), (None, since)):
            found = sweep_members(
                partition.account.client,
                partition.parent.key,
                fields=("id",),
                pool=partition.account.pool,
                status=status,
                since=floor,
                on_difference=differences.append,
            )
            for page in found:
                there.update(map(name_of, page))
        for difference in differences:
            partition.warn(difference)
        return set() if differences else there
