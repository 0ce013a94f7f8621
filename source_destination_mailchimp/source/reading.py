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

from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Json, without_addresses
from source_destination_mailchimp.source.account import Account, Place
from source_destination_mailchimp.source.activity import read_activity
from source_destination_mailchimp.source.bookmarks import BookmarkCursor
from source_destination_mailchimp.source.catalog import columns, flat_members, schema
from source_destination_mailchimp.source.config import BadSetting
from source_destination_mailchimp.source.consent import read_consent
from source_destination_mailchimp.source.engagement import read_engagement
from source_destination_mailchimp.source.engine import RecordPage
from source_destination_mailchimp.source.members import read_members, read_tags
from source_destination_mailchimp.source.part import Part
from source_destination_mailchimp.source.progress import Progress
from source_destination_mailchimp.source.segments import read_segment_members
from source_destination_mailchimp.source.states import Bookmark, UnreadableState
from source_destination_mailchimp.source.streams import BY_NAME, Parent, Stream, Way
from source_destination_mailchimp.source.whole import read_whole

ROWS_PER_PAGE = 250
"""Records that go to the printing thread at once."""

READERS: Mapping[Way, Callable[[Part], Iterator[Json]]] = {
    Way.WHOLE: read_whole,
    Way.MEMBERS: read_members,
    Way.MEMBER_TAGS: read_tags,
    Way.MEMBER_ACTIVITY: read_activity,
    Way.SEGMENT_MEMBERS: read_segment_members,
    Way.CONSENT: read_consent,
    Way.ENGAGEMENT: read_engagement,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What every stream of one sync needs."""

    account: Account
    manager: ConnectorStateManager
    messages: MessageRepository
    progress: Progress
    logger: Logger = field(repr=False)
    stopped: Event = field(default_factory=Event, repr=False)
    """Set when nobody takes records any more."""


def concurrent_streams(desk: Desk, names: Iterable[str]) -> list[DefaultStream]:
    """Streams of the table, ready to be announced or read."""
    return [_stream(desk, BY_NAME[name]) for name in names]


def merge_fields_of(account: Account, places: Iterable[Place]) -> list[Json]:
    """The live definitions of the merge fields of some audiences."""
    return [row for place in places for row in account.rows(BY_NAME["merge_fields"], place)]


def traced(error: Exception, stream: str) -> AirbyteTracedException:
    """An error in the platform's classes: for the user to mend, for a later try, or a fault of ours."""
    if isinstance(error, Refused) and error.refusal.kind in (RefusalKind.CREDENTIALS, RefusalKind.PERMISSION):
        return _config_error(
            f"Stream {stream}: Mailchimp does not let this user read it ({without_addresses(str(error))}). Give the "
            "user behind the key a higher role, or a plan that has it, or leave this stream out of the connection.",
            error,
        )
    if isinstance(error, Misconfigured | BadSetting):
        return _config_error(str(error), error)
    if isinstance(error, UnreadableState):
        return _config_error(
            f"Stream {stream}: the saved state cannot be read ({error}). Clear the stream to read it from its start.",
            error,
        )
    kind = FailureType.transient_error if isinstance(error, Unavailable) else FailureType.system_error
    return AirbyteTracedException(
        message=f"Stream {stream}: {error}", internal_message=type(error).__name__, failure_type=kind, exception=error
    )


def _config_error(sentence: str, error: Exception) -> AirbyteTracedException:
    return AirbyteTracedException(
        message=sentence,
        internal_message=type(error).__name__,
        failure_type=FailureType.config_error,
        exception=error,
    )


class _Parts(PartitionGenerator):
    """One partition per parent; parents are read once per sync, whichever stream comes first."""

    def __init__(self, desk: Desk, stream: Stream, cursor: Cursor) -> None:
        self._desk = desk
        self._stream = stream
        self._cursor = cursor

    def generate(self) -> Iterable[Partition]:
        """Every parent's partition."""
        try:
            for place in self._desk.account.places(self._stream.parent):
                yield PlacePartition(self._desk, self._stream, place, self._cursor)
        except (MailchimpError, BadSetting, UnreadableState) as error:
            raise traced(error, self._stream.name) from error


class PlacePartition(Partition):
    """A stream under one parent."""

    def __init__(self, desk: Desk, stream: Stream, place: Place, cursor: Cursor) -> None:
        self._desk = desk
        self._stream = stream
        self._place = place
        self._cursor = cursor

    def read(self) -> Iterable[Any]:
        """Pages of records, and behind each the states that stand for it."""
        name, page, due = self._stream.name, list[Json](), list[Bookmark]()
        part = self._part(due.append)
        with self._desk.progress.reading(name):
            for row in self._rows(part):
                if due or len(page) >= ROWS_PER_PAGE:
                    if self._desk.stopped.is_set():
                        return
                    yield from _put(name, page)
                    self._save(due)
                    page = []
                page.append(row)
            yield from _put(name, page)
        self._save([*due, part.new])

    def _rows(self, part: Part) -> Iterator[Json]:
        name = self._stream.name
        try:
            part.columns = self._columns()
            yield from READERS[self._stream.way](part)
        except Refused as error:
            if error.refusal.kind is not RefusalKind.NOT_FOUND:
                raise traced(error, name) from error
            part.say(f"Stream {name}: {self._place.key or 'it'} is not there any more and was left out.")
        except (MailchimpError, BadSetting, UnreadableState) as error:
            raise traced(error, name) from error

    def _save(self, due: list[Bookmark]) -> None:
        if isinstance(self._cursor, BookmarkCursor):
            for bookmark in filter(None, due):
                self._cursor.save(self._place.key, bookmark)
        due.clear()

    def to_slice(self) -> Mapping[str, Any]:
        """What fills the path."""
        return self._place.ids

    def stream_name(self) -> str:
        """The name of the stream."""
        return self._stream.name

    def __hash__(self) -> int:
        return hash((self._stream.name, self._place.key))

    def _part(self, save: Callable[[Bookmark], None]) -> Part:
        desk, cursor = self._desk, self._cursor
        return Part(
            account=desk.account,
            stream=self._stream,
            place=self._place,
            old=cursor.bookmark(self._place.key) if isinstance(cursor, BookmarkCursor) else {},
            say=desk.logger.warning,
            expect=lambda count: desk.progress.expect(self._stream.name, count),
            save=save,
        )

    def _columns(self) -> dict[str, str] | None:
        if self._stream.way is not Way.MEMBERS or not self._desk.account.settings.is_flat:
            return None
        return columns(merge_fields_of(self._desk.account, [self._place]))


def _put(name: str, page: list[Json]) -> Iterator[RecordPage]:
    if page:
        yield RecordPage(name, page)


def _stream(desk: Desk, stream: Stream) -> DefaultStream:
    try:
        cursor = _cursor(desk, stream)
    except UnreadableState as error:
        raise traced(error, stream.name) from error
    return DefaultStream(
        partition_generator=_Parts(desk, stream, cursor),
        name=stream.name,
        json_schema=_schema(desk, stream),
        primary_key=list(stream.primary_key),
        cursor_field=CursorField(stream.cursor_field) if stream.cursor_field else None,
        logger=desk.logger,
        cursor=cursor,
    )


def _cursor(desk: Desk, stream: Stream) -> Cursor:
    if not stream.cursor_field:
        return FinalStateCursor(stream.name, None, desk.messages)
    return BookmarkCursor(
        stream.name,
        stream.cursor_field,
        is_partitioned=stream.parent is not Parent.ACCOUNT,
        manager=desk.manager,
        messages=desk.messages,
        account_id=desk.account.id,
    )


def _schema(desk: Desk, stream: Stream) -> Callable[[], Mapping[str, Any]]:
    def found() -> Mapping[str, Any]:
        if stream.way is Way.MEMBERS and desk.account.settings.is_flat:
            return flat_members(merge_fields_of(desk.account, desk.account.places(Parent.AUDIENCE)))
        return schema(stream.name)

    return found
