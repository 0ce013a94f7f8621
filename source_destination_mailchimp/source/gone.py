"""Audiences that were read before and are not there any more: said, and with a memory handed out."""

from collections.abc import Iterator, Mapping

from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.consent import consent_of_gone_audience
from source_destination_mailchimp.source.deletions import ROSTER_KEY
from source_destination_mailchimp.source.packing import Roster
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages
from source_destination_mailchimp.source.segments import is_remembered, members_of_gone_audience
from source_destination_mailchimp.source.states import Bookmark, printed
from source_destination_mailchimp.source.streams import Parent, Stream, Way


def missing_parents(stream: Stream, known: Mapping[str, Bookmark], there: set[str]) -> Iterator[ParentRecord]:
    """Yield the audiences that a state knows and the account does not list any more."""
    if stream.parent is not Parent.AUDIENCE:
        return
    outdated = of_single_segments(stream, known)
    for key in known:
        if key and key not in there and key not in outdated:
            yield ParentRecord(key, {"list_id": key}, {"id": key}, f"/lists/{key}")


def of_single_segments(stream: Stream, known: Mapping[str, Bookmark]) -> set[str]:
    """Return the partitions of a state that stand for one segment each, as the official connector has them.

    Ours stand for all segments of an audience. A cursor of `last_changed` does not tell who joined: it is of no use.
    """
    if stream.way is not Way.SEGMENT_MEMBERS:
        return set()
    return {key for key, bookmark in known.items() if not is_remembered(bookmark)}


def read_gone(partition: OpenPartition) -> Pages:
    """Yield a row with a deletion mark for everybody who is remembered of an audience that is gone."""
    if partition.stream.way is Way.SEGMENT_MEMBERS:
        yield from members_of_gone_audience(partition)
    elif partition.stream.way is Way.CONSENT:
        yield from consent_of_gone_audience(partition)
    elif partition.stream.way is Way.MEMBERS and partition.account.settings.detect_deleted:
        found_at = printed(partition.account.closed_at())
        notes = Roster.unpack(partition.saved.get(ROSTER_KEY), 0).notes
        list_id = partition.parent.key
        yield from in_pages(rows.deleted_member(name, list_id, found_at) for name in sorted(notes))
