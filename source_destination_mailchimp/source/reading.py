"""Streams as the CDK's concurrent source runs them: partitions, their records, and what stops one of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from logging import Logger
from threading import Event
from typing import Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField, FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator

from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Refused
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.account import Account, ParentRecord
from source_destination_mailchimp.source.activity import demand_of_activity, read_activity
from source_destination_mailchimp.source.audience_reader import AudienceReader, Demand, DemandOf
from source_destination_mailchimp.source.bookmarks import BookmarkCursor
from source_destination_mailchimp.source.campaign_marks import CampaignCursor
from source_destination_mailchimp.source.catalog import columns, flat_members, schema
from source_destination_mailchimp.source.consent import demand_of_consent, read_consent
from source_destination_mailchimp.source.contacts import read_contacts
from source_destination_mailchimp.source.engagement import read_engagement
from source_destination_mailchimp.source.engine import RecordPage
from source_destination_mailchimp.source.failures import traced
from source_destination_mailchimp.source.gone import missing_parents, of_single_segments, read_gone
from source_destination_mailchimp.source.members import demand_of_members, demand_of_tags, read_members, read_tags
from source_destination_mailchimp.source.merge_tags import say_renamed_tags
from source_destination_mailchimp.source.packing import UnreadableState
from source_destination_mailchimp.source.partition import OpenPartition, cursor_after
from source_destination_mailchimp.source.progress import Progress
from source_destination_mailchimp.source.roster_room import ROSTER_LIMIT, RosterRoom
from source_destination_mailchimp.source.rows import Pages
from source_destination_mailchimp.source.said_once import SaidOnce
from source_destination_mailchimp.source.segment_signs import demand_of_segments
from source_destination_mailchimp.source.segments import read_segment_members
from source_destination_mailchimp.source.snapshots import read_snapshot
from source_destination_mailchimp.source.states import Bookmark, printed
from source_destination_mailchimp.source.streams import BY_NAME, Parent, Stream, Way

READERS: Mapping[Way, Callable[[OpenPartition], Pages]] = {
    Way.SNAPSHOT: read_snapshot,
    Way.MEMBERS: read_members,
    Way.MEMBER_TAGS: read_tags,
    Way.MEMBER_ACTIVITY: read_activity,
    Way.SEGMENT_MEMBERS: read_segment_members,
    Way.CONSENT: read_consent,
    Way.CONTACTS: read_contacts,
    Way.ENGAGEMENT: read_engagement,
}
ABSENT = (RefusalKind.NOT_FOUND, RefusalKind.PERMISSION)
"""How Mailchimp refuses what an account does not have."""

DEMANDS: Mapping[Way, Callable[[OpenPartition], Demand]] = {
    Way.MEMBERS: demand_of_members,
    Way.MEMBER_TAGS: demand_of_tags,
    Way.MEMBER_ACTIVITY: demand_of_activity,
    Way.SEGMENT_MEMBERS: demand_of_segments,
    Way.CONSENT: demand_of_consent,
}
"""What the readers that sweep an audience want of it: one sweep serves all of them."""


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What every stream of one sync needs."""

    account: Account
    manager: ConnectorStateManager
    messages: MessageRepository
    progress: Progress
    logger: Logger = field(repr=False)
    audiences: AudienceReader = field(repr=False)
    warn: SaidOnce = field(repr=False)
    is_discovery: bool = False
    """Whether schemas are wanted, for which live merge fields are asked, and no records."""

    stopped: Event = field(default_factory=Event, repr=False)
    """Set when nobody takes records any more."""


def concurrent_streams(context: SyncContext, names: Iterable[str]) -> list[DefaultStream]:
    """Return streams of the table, ready to be announced or read."""
    return [_stream(context, BY_NAME[name]) for name in names]


def merge_fields_of(account: Account, audiences: Iterable[ParentRecord]) -> list[Json]:
    """Return the live definitions of the merge fields of some audiences, but for those deleted meanwhile."""
    found = []
    for audience in audiences:
        try:
            found += account.rows(BY_NAME["merge_fields"], audience)
        except Refused as refused:
            loss = account.loss(refused, audience)
            if loss is not None:
                raise loss from refused
    return found


class _Partitions(PartitionGenerator):
    """One partition per parent; parents are read once per sync, whichever stream comes first."""

    def __init__(self, context: SyncContext, stream: Stream, cursor: Cursor) -> None:
        self._context = context
        self._stream = stream
        self._cursor = cursor

    def generate(self) -> Iterable[Partition]:
        """Yield every parent's partition."""
        name = self._stream.name
        try:
            listed = self._context.account.parents(self._stream.parent)
        except Exception as error:
            raise traced(error, name) from None
        if isinstance(self._cursor, BookmarkCursor):
            # What an official state says of all partitions is not used; a time in the future is said all the same.
            _saved_if_believed(self._context, self._stream, self._cursor.everywhere(), "all parts")
        if isinstance(self._cursor, BookmarkCursor) and not listed.errors:
            yield from self._gone(self._cursor, {parent.key for parent in listed.found})
        for parent in listed.found:
            yield ParentPartition(self._context, self._stream, parent, self._cursor)
        for parent in listed.gone:
            self._context.warn(_is_gone(name, parent))
        for unlisted in listed.errors[1:]:
            self._context.warn(str(traced(unlisted, name).message))
        if listed.errors:
            raise traced(listed.errors[0], name)

    def _gone(self, cursor: BookmarkCursor, keys: set[str]) -> "Iterator[GonePartition]":
        """Yield parents that the state knows and that are not listed any more; forget what stands for no parent."""
        cursor.expect(keys)
        known = cursor.known()
        for key in of_single_segments(self._stream, known):
            cursor.forget(key)
        # Audiences that the settings leave out are there all the same.
        there = keys | self._context.account.audience_names().keys()
        for parent in missing_parents(self._stream, known, there):
            yield GonePartition(self._context, self._stream, parent, cursor)


class ParentPartition(Partition):
    """A stream under one parent."""

    def __init__(self, context: SyncContext, stream: Stream, parent: ParentRecord, cursor: Cursor) -> None:
        self._context = context
        self._stream = stream
        self._parent = parent
        self._cursor = cursor

    def read(self) -> Iterable[Any]:
        """Yield pages of records, and save behind each the states that stand for it."""
        name, due = self._stream.name, list[Bookmark]()
        partition = self.open(due.append)
        with self._context.progress.reading(name):
            for page in self._pages(partition):
                if self._context.stopped.is_set():
                    return
                # They were handed over before this page was read: they stand for the pages that are out already.
                self._save(due)
                if page:
                    yield RecordPage(name, page)
        self._save(due)
        self._save([partition.bookmark], is_last=True)

    def open(self, save: Callable[[Bookmark], None] = lambda bookmark: None) -> OpenPartition:
        """Return the partition as a reader gets it."""
        context, cursor, name = self._context, self._cursor, self._stream.name
        return OpenPartition(
            account=context.account,
            stream=self._stream,
            parent=self._parent,
            saved=self._saved(cursor),
            warn=context.warn,
            expect=lambda count: context.progress.expect(name, count),
            save=save,
            sweep=lambda: context.audiences.sweep(name, self._parent),
            room=self._room(),
        )

    def _room(self) -> RosterRoom:
        """Return the room that all partitions of the stream share."""
        if isinstance(self._cursor, BookmarkCursor):
            return self._cursor.room
        return RosterRoom(ROSTER_LIMIT)

    def _saved(self, cursor: Cursor) -> Bookmark:
        """Return the bookmark of this partition; an empty one in the place of one that cannot be believed."""
        if not isinstance(cursor, BookmarkCursor):
            return {}
        saved = cursor.bookmark(self._parent.key)
        return _saved_if_believed(self._context, self._stream, saved, self._parent.path or "the account")

    def _pages(self, partition: OpenPartition) -> Iterator[list[Json]]:
        """Yield what the reader of the stream yields; raises what stops the stream, and nothing else."""
        name, has_begun = self._stream.name, False
        try:
            with self._context.account.patience.trying(name) as heard:
                partition.columns = self._columns(partition)
                for page in READERS[self._stream.way](partition):
                    has_begun = True
                    heard()
                    yield page
        except Refused as refused:
            loss = self._context.account.loss(refused, self._parent)
            # What was read once is not taken for something that Mailchimp does not offer.
            was_there = has_begun or bool(partition.saved)
            may_be_absent = self._stream.may_be_absent and refused.refusal.kind in ABSENT and not was_there
            if loss is not None and not may_be_absent:
                raise traced(loss, name) from refused
            partition.warn(_is_gone(name, self._parent) if loss is None else _is_absent(name, refused))
            partition.bookmark = {}
        except (MailchimpError, UnreadableState) as error:
            raise traced(error, name) from error
        except Exception as error:
            raise traced(error, name) from None

    def _save(self, due: list[Bookmark], *, is_last: bool = False) -> None:
        if isinstance(self._cursor, BookmarkCursor):
            for bookmark in filter(None, due):
                self._cursor.save(self._parent.key, bookmark, is_last=is_last)
        due.clear()

    def to_slice(self) -> Mapping[str, Any]:
        """Return what fills the path."""
        return self._parent.ids

    def stream_name(self) -> str:
        """Return the name of the stream."""
        return self._stream.name

    def __hash__(self) -> int:
        return hash((self._stream.name, self._parent.key))

    def _columns(self, partition: OpenPartition) -> dict[str, str] | None:
        if self._stream.way is not Way.MEMBERS or not self._context.account.settings.is_flat:
            return None
        fields = self._context.account.rows(BY_NAME["merge_fields"], self._parent)
        say_renamed_tags(partition, fields)
        return columns(fields)


class GonePartition(ParentPartition):
    """A stream under a parent that the saved state knows and that is not listed any more."""

    def read(self) -> Iterable[Any]:
        """Yield deletions and forget the parent, if Mailchimp says that it is gone; else leave all as it is."""
        name = self._stream.name
        try:
            with self._context.account.patience.trying(name) as heard:
                is_gone = self._context.account.is_gone(self._parent)
                heard()
            if not is_gone:
                return
            partition = self.open()
            for page in read_gone(partition):
                yield RecordPage(name, page)
        except Exception as error:
            raise traced(error, name) from None
        self._context.warn(_is_gone(name, self._parent))
        if isinstance(self._cursor, BookmarkCursor):
            self._cursor.forget(self._parent.key)


def _saved_if_believed(context: SyncContext, stream: Stream, saved: Bookmark, place: str) -> Bookmark:
    """Return a bookmark, or an empty one and a warning where its cursor is later than Mailchimp's clock."""
    closed = context.account.closed_at()
    future = cursor_after(saved, stream, closed, context.account.settings.lookback)
    if not future:
        return saved
    context.warn(
        f"Stream {stream.name}: the saved cursor of {place} is in the future ({future}; Mailchimp's clock says "
        f"{printed(closed)}). It was ignored, and everything is read again."
    )
    return {}


def _is_absent(stream_name: str, refused: Refused) -> str:
    return (
        f"Stream {stream_name}: not available to this account or user ({refused}), so "
        "nothing was read. Remove the stream from the connection if it stays unavailable."
    )


def _is_gone(stream_name: str, parent: ParentRecord) -> str:
    return f"Stream {stream_name}: {parent.path} no longer exists (404) and was skipped."


def _stream(context: SyncContext, stream: Stream) -> DefaultStream:
    try:
        cursor = _cursor(context, stream)
    except UnreadableState as error:
        raise traced(error, stream.name) from error
    if stream.way in DEMANDS:
        context.audiences.register(stream.name, _demand_of(context, stream, cursor))
    return DefaultStream(
        partition_generator=_Partitions(context, stream, cursor),
        name=stream.name,
        json_schema=_schema(context, stream),
        primary_key=list(stream.primary_key),
        cursor_field=CursorField(stream.cursor_field) if stream.cursor_field else None,
        logger=context.logger,
        cursor=cursor,
    )


def _demand_of(context: SyncContext, stream: Stream, cursor: Cursor) -> DemandOf:
    def found(audience: ParentRecord) -> Demand:
        partition = ParentPartition(context, stream, audience, cursor).open()
        return DEMANDS[stream.way](partition)

    return found


def _cursor(context: SyncContext, stream: Stream) -> Cursor:
    if not stream.cursor_field:
        return FinalStateCursor(stream.name, None, context.messages)
    made = CampaignCursor if stream.way is Way.ENGAGEMENT else BookmarkCursor
    return made(
        stream.name,
        stream.cursor_field,
        manager=context.manager,
        messages=context.messages,
        account_id=context.account.id,
    )


def _schema(context: SyncContext, stream: Stream) -> Callable[[], Mapping[str, Any]]:
    def found() -> Mapping[str, Any]:
        account = context.account
        if context.is_discovery and stream.way is Way.MEMBERS and account.settings.is_flat:
            return flat_members(merge_fields_of(account, account.parents(Parent.AUDIENCE).found))
        return schema(stream.name)

    return found
