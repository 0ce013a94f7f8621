"""Streams as the CDK's concurrent source runs them: partitions, their records, and what stops one of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from logging import Logger
from threading import Event
from typing import Any

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField, FinalStateCursor
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_destination_mailchimp.airbyte import traces
from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.account import Account, ParentRecord
from source_destination_mailchimp.source.activity import demand_of_activity, read_activity
from source_destination_mailchimp.source.audience_reader import AudienceReader, Demand, DemandOf
from source_destination_mailchimp.source.bookmarks import BookmarkCursor
from source_destination_mailchimp.source.catalog import columns, flat_members, schema
from source_destination_mailchimp.source.consent import demand_of_consent, read_consent
from source_destination_mailchimp.source.engagement import read_engagement
from source_destination_mailchimp.source.engine import RecordPage
from source_destination_mailchimp.source.members import demand_of_members, demand_of_tags, read_members, read_tags
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.progress import Progress
from source_destination_mailchimp.source.rows import Pages
from source_destination_mailchimp.source.segments import read_segment_members
from source_destination_mailchimp.source.snapshots import read_snapshot
from source_destination_mailchimp.source.states import Bookmark, UnreadableState
from source_destination_mailchimp.source.streams import BY_NAME, Parent, Stream, Way

READERS: Mapping[Way, Callable[[OpenPartition], Pages]] = {
    Way.SNAPSHOT: read_snapshot,
    Way.MEMBERS: read_members,
    Way.MEMBER_TAGS: read_tags,
    Way.MEMBER_ACTIVITY: read_activity,
    Way.SEGMENT_MEMBERS: read_segment_members,
    Way.CONSENT: read_consent,
    Way.ENGAGEMENT: read_engagement,
}
DEMANDS: Mapping[Way, Callable[[OpenPartition], Demand]] = {
    Way.MEMBERS: demand_of_members,
    Way.MEMBER_TAGS: demand_of_tags,
    Way.MEMBER_ACTIVITY: demand_of_activity,
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
    stopped: Event = field(default_factory=Event, repr=False)
    """Set when nobody takes records any more."""


def concurrent_streams(context: SyncContext, names: Iterable[str]) -> list[DefaultStream]:
    """Return streams of the table, ready to be announced or read."""
    return [_stream(context, BY_NAME[name]) for name in names]


def merge_fields_of(account: Account, audiences: Iterable[ParentRecord]) -> list[Json]:
    """Return the live definitions of the merge fields of some audiences."""
    found = []
    for audience in audiences:
        found += account.rows(BY_NAME["merge_fields"], audience)
    return found


def traced(error: Exception, stream: str) -> AirbyteTracedException:
    """Return an error of a stream as the platform wants it: whose turn it is, and what to do."""
    if isinstance(error, Refused) and error.refusal.kind in (RefusalKind.CREDENTIALS, RefusalKind.PERMISSION):
        sentence = (
            f"Stream {stream}: Mailchimp does not let this user read it ({error}). Give the user behind the key a "
            "higher role, or a plan that has it, or leave this stream out of the connection."
        )
        return traces.traced(error, sentence, FailureType.config_error)
    if isinstance(error, UnreadableState):
        sentence = (
            f"Stream {stream}: the saved state cannot be read ({error}). Clear the stream to read it from its start."
        )
        return traces.traced(error, sentence, FailureType.config_error)
    if isinstance(error, Misconfigured):
        return traces.traced(error)
    return traces.traced(error, f"Stream {stream}: {error}")


class _Partitions(PartitionGenerator):
    """One partition per parent; parents are read once per sync, whichever stream comes first."""

    def __init__(self, context: SyncContext, stream: Stream, cursor: Cursor) -> None:
        self._context = context
        self._stream = stream
        self._cursor = cursor

    def generate(self) -> Iterable[Partition]:
        """Yield every parent's partition."""
        try:
            for parent in self._context.account.parents(self._stream.parent):
                yield ParentPartition(self._context, self._stream, parent, self._cursor)
        except (MailchimpError, UnreadableState) as error:
            raise traced(error, self._stream.name) from error


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
        self._save([*due, partition.bookmark])

    def open(self, save: Callable[[Bookmark], None] = lambda bookmark: None) -> OpenPartition:
        """Return the partition as a reader gets it."""
        context, cursor, name = self._context, self._cursor, self._stream.name
        return OpenPartition(
            account=context.account,
            stream=self._stream,
            parent=self._parent,
            saved=cursor.bookmark(self._parent.key) if isinstance(cursor, BookmarkCursor) else {},
            warn=context.logger.warning,
            expect=lambda count: context.progress.expect(name, count),
            save=save,
            sweep=lambda: context.audiences.sweep(name, self._parent),
        )

    def _pages(self, partition: OpenPartition) -> Iterator[list[Json]]:
        name = self._stream.name
        try:
            partition.columns = self._columns()
            yield from READERS[self._stream.way](partition)
        except Refused as error:
            if error.refusal.kind is not RefusalKind.NOT_FOUND:
                raise traced(error, name) from error
            partition.warn(f"Stream {name}: {self._parent.key or 'it'} is not there any more and was left out.")
        except (MailchimpError, UnreadableState) as error:
            raise traced(error, name) from error

    def _save(self, due: list[Bookmark]) -> None:
        if isinstance(self._cursor, BookmarkCursor):
            for bookmark in filter(None, due):
                self._cursor.save(self._parent.key, bookmark)
        due.clear()

    def to_slice(self) -> Mapping[str, Any]:
        """Return what fills the path."""
        return self._parent.ids

    def stream_name(self) -> str:
        """Return the name of the stream."""
        return self._stream.name

    def __hash__(self) -> int:
        return hash((self._stream.name, self._parent.key))

    def _columns(self) -> dict[str, str] | None:
        if self._stream.way is not Way.MEMBERS or not self._context.account.settings.is_flat:
            return None
        return columns(merge_fields_of(self._context.account, [self._parent]))


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
    return BookmarkCursor(
        stream.name,
        stream.cursor_field,
        is_partitioned=stream.parent is not Parent.ACCOUNT,
        manager=context.manager,
        messages=context.messages,
        account_id=context.account.id,
    )


def _schema(context: SyncContext, stream: Stream) -> Callable[[], Mapping[str, Any]]:
    def found() -> Mapping[str, Any]:
        account = context.account
        if stream.way is Way.MEMBERS and account.settings.is_flat:
            return flat_members(merge_fields_of(account, account.parents(Parent.AUDIENCE)))
        return schema(stream.name)

    return found
