"""Members of one segment: who joined or changed, and who left."""

from datetime import UTC, datetime

from source_destination_mailchimp.mailchimp.members import Json, name_of
from source_destination_mailchimp.mailchimp.paging import pages
from source_destination_mailchimp.source.account import collection
from source_destination_mailchimp.source.packing import Roster, is_digest
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages, is_since, row_time, without_empty
from source_destination_mailchimp.source.states import TIME_KEY, moment, printed

LIST_KEY = "list_id"
ROSTER_KEY = "members"
_TIME_BYTES = 4


class _Membership:
    """Who is in a segment, with the second of their last change, before and now."""

    def __init__(self, partition: OpenPartition) -> None:
        self.before = Roster.unpack(partition.saved.get(ROSTER_KEY), _TIME_BYTES)
        self.is_remembered = ROSTER_KEY in partition.saved
        self.now = Roster({}, _TIME_BYTES)

    def is_news(self, row: Json) -> bool:
        """Take a member in; returns whether they joined or changed since they were handed on."""
        name, note = name_of(row), _seconds(row)
        if not is_digest(name):
            return True
        self.now.note(name, note)
        return self.before.notes.get(name) != note

    def left(self) -> list[str]:
        """Return names of those who were in it and are no more."""
        return sorted(self.before.notes.keys() - self.now.notes.keys())


def _seconds(row: Json) -> bytes:
    changed = row_time(row, "last_changed")
    seconds = int(moment(changed).timestamp()) if changed else 0
    return seconds.to_bytes(_TIME_BYTES)


def read_segment_members(partition: OpenPartition) -> Pages:
    """Yield members with `segment_id` and `list_id`: whoever joined or changed, then who left, with a deletion mark.

    Mailchimp has no time of joining, and joining does not have to change `last_changed`: so who is in the segment is
    remembered. Without a memory, which is the case behind a state of the official connector, everybody comes once.
    """
    first = partition.first_time()
    known = _Membership(partition)
    added = {"segment_id": partition.parent.row["id"], "list_id": partition.parent.ids["list_id"]}
    page_count = 0
    for page in _segment_pages(partition):
        page_count += 1
        found = []
        for row in page:
            is_wanted = known.is_remembered or is_since(row, first)
            if known.is_news(row) and is_wanted:
                found.append({**without_empty(row), "id": name_of(row) or None, **added})
        yield found
    if known.left() and page_count > 1:
        # Who moved to a page that was read already was not met: nobody is called gone after one look.
        for page in _segment_pages(partition):
            for row in page:
                known.now.note(name_of(row), known.before.notes.get(name_of(row), _seconds(row)))
    yield from in_pages(_gone(partition, known, name) for name in known.left())
    partition.bookmark[LIST_KEY] = partition.parent.ids["list_id"]
    if partition.room.take(partition.parent.key, len(known.now.notes)):
        partition.bookmark[ROSTER_KEY] = known.now.pack()
        return
    partition.bookmark[TIME_KEY] = printed(partition.account.closed_at())
    partition.warn(
        "Stream segment_members: the segments hold more members than are remembered. The larger ones come whole at "
        "each sync, and who left them is not told."
    )


def members_of_gone_segment(partition: OpenPartition) -> Pages:
    """Yield everybody who was in a segment that is not there any more, as somebody who left."""
    known = _Membership(partition)
    yield from in_pages(_gone(partition, known, name) for name in known.left())


def _segment_pages(partition: OpenPartition) -> Pages:
    wanted = collection(partition.stream, partition.parent.ids)
    yield from pages(partition.account.client, wanted, partition.account.pool)


def _gone(partition: OpenPartition, known: _Membership, name: str) -> Json:
    """Return the row of somebody who left.

    It keeps the time of their last change: with a later one it would hide the row with which they come back.
    """
    seconds = int.from_bytes(known.before.notes[name])
    return {
        "id": name,
        "segment_id": partition.parent.row["id"],
        "list_id": partition.parent.ids["list_id"],
        "last_changed": _printed_seconds(seconds),
        "_ab_cdc_deleted_at": printed(partition.account.closed_at()),
    }


def _printed_seconds(seconds: int) -> str | None:
    """Return seconds since 1970 as Mailchimp prints a time; None for 0, which is no time."""
    if not seconds:
        return None
    return printed(datetime.fromtimestamp(seconds, UTC))
