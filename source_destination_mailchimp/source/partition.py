"""One partition while it is read: where it stands, where it will stand, and whom to tell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from source_destination_mailchimp.source.account import Account, ParentRecord
from source_destination_mailchimp.source.audience_reader import Swept
from source_destination_mailchimp.source.roster_room import RosterRoom
from source_destination_mailchimp.source.states import (
    CURSOR_KEYS,
    TIME_KEY,
    Bookmark,
    moment,
    printed,
    printed_floor,
)
from source_destination_mailchimp.source.streams import Stream, Way

CLOSED_KEY = "closed"
"""In our own bookmarks: everything up to the cursor's second was read, so that second need not be read again."""

SETTLED_KEY = "settled"
"""In our own bookmarks: how many seconds of looking back its cursors are past. They were read that long after the last
change that they stand for, so whatever showed late has shown."""

LATE_EVENTS = timedelta(minutes=10)
"""Opens and clicks are read again this far behind the cursor: they may show late. [observed by a peer]"""


@dataclass(slots=True)
class OpenPartition:
    """A stream under one of its parents."""

    account: Account
    stream: Stream
    parent: ParentRecord
    saved: Bookmark
    """As saved by the last sync; empty on the first."""

    warn: Callable[[str], None]
    """Tells the log a sentence without personal data."""

    expect: Callable[[int], None]
    """Adds to the number of records that the progress bar reckons with."""

    save: Callable[[Bookmark], None]
    """Saves a bookmark that stands for all pages handed on so far."""

    sweep: Callable[[], Iterator[Swept]]
    """Begins the sweep of the audience that this partition shares with the other streams of the run."""

    room: RosterRoom = field(default_factory=RosterRoom)
    """How many members the stream may remember, in all audiences together."""

    bookmark: Bookmark = field(default_factory=dict)
    """What is saved when the partition is through; a reader fills it in."""

    columns: dict[str, str] | None = None
    """Merge tag → column where merge fields are flat."""

    def floor(self, key: str) -> datetime | None:
        """Return the first second that is wanted: the one behind the saved cursor, or the start date; None for all."""
        start, saved = self.account.settings.start_date, self.saved.get(key)
        if saved is None:
            return start
        first = moment(saved)
        if self.account.settings.lookback_seconds > (self.saved.get(SETTLED_KEY) or 0):
            first -= self.account.settings.lookback
        if self.saved.get(CLOSED_KEY):
            first += timedelta(seconds=1)
        if start is not None:
            return max(first, start)
        return first

    def first_time(self) -> str:
        """Return the start date as Mailchimp prints times; "" for none, which is before all of them."""
        return printed_floor(self.account.settings.start_date)

    def advance(self, key: str, reached: str | None) -> None:
        """Let a cursor stand at `reached`, never in a second that is not over, never further back than it stood."""
        before = self.saved.get(key) or ""
        now = self.bookmark.get(key) or ""
        if reached:
            closed = printed(self.account.closed_at())
            now = max(now, min(reached, closed))
        furthest = max(before, now)
        if furthest:
            self.bookmark[key] = furthest
            self.bookmark[CLOSED_KEY] = True

    def settle(self) -> None:
        """Note whether all cursors are so old by now that nobody has to look back behind them again.

        Else the contact that changed last would come again with each sync, however long nothing changes.
        """
        lookback = self.account.settings.lookback
        keys = (self.stream.cursor_field or "", *CURSOR_KEYS)
        latest = max(self.bookmark.get(key) or "" for key in keys)
        is_settled = not latest or moment(latest) <= self.account.closed_at() - lookback
        self.bookmark[SETTLED_KEY] = self.account.settings.lookback_seconds if is_settled else None


def cursor_after(saved: Bookmark, stream: Stream, closed: datetime, lookback: timedelta) -> str:
    """Return a cursor of a bookmark that is later than Mailchimp's clock allows; "" for none.

    Nothing that the bookmark stands for can have been read then. Allowed is as much as is read again behind the cursor
    anyway: by so much the clock that it was saved by may have been fast.
    """
    match stream.way:
        case Way.SNAPSHOT:
            latest = closed
        case Way.ENGAGEMENT | Way.MEMBER_ACTIVITY:
            latest = closed + max(lookback, LATE_EVENTS)
        case Way.MEMBERS | Way.MEMBER_TAGS | Way.SEGMENT_MEMBERS | Way.CONSENT | Way.CONTACTS:
            latest = closed + lookback
        case never:
            assert_never(never)
    for key in (stream.cursor_field, TIME_KEY, *CURSOR_KEYS):
        if key in saved and saved[key] and moment(saved[key]) > latest:
            return str(saved[key])
    return ""
