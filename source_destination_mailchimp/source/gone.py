"""Audiences and segments that were read before and are not there any more: said, and with a memory handed out."""

from collections.abc import Iterator, Mapping

from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.deletions import ROSTER_KEY
from source_destination_mailchimp.source.packing import Roster
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages
from source_destination_mailchimp.source.segments import LIST_KEY, members_of_gone_segment
from source_destination_mailchimp.source.states import Bookmark, printed
from source_destination_mailchimp.source.streams import Parent, Stream, Way


def missing_parents(stream: Stream, known: Mapping[str, Bookmark], there: set[str]) -> Iterator[ParentRecord]:
    """Yield what a state knows and is not listed any more, as far as it can be asked for alone."""
    for key, bookmark in known.items():
        if not key or key in there:
            continue
        if stream.parent is Parent.AUDIENCE:
            yield ParentRecord(key, {"list_id": key}, {"id": key}, f"/lists/{key}")
        elif stream.parent is Parent.SEGMENT and bookmark.get(LIST_KEY) and key.isdigit():
            list_id = str(bookmark[LIST_KEY])
            path = f"/lists/{list_id}/segments/{key}"
            yield ParentRecord(key, {"list_id": list_id, "segment_id": key}, {"id": int(key)}, path)


def read_gone(partition: OpenPartition) -> Pages:
    """Yield a row with a deletion mark for everybody who is remembered of an audience or segment that is gone."""
    if partition.stream.way is Way.SEGMENT_MEMBERS:
        yield from members_of_gone_segment(partition)
    elif partition.stream.way is Way.MEMBERS and partition.account.settings.detect_deleted:
        found_at = printed(partition.account.closed_at())
        notes = Roster.unpack(partition.saved.get(ROSTER_KEY), 0).notes
        list_id = partition.parent.key
        yield from in_pages(rows.deleted_member(name, list_id, found_at) for name in sorted(notes))
