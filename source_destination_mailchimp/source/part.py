"""One partition while it is read: where it stands, where it will stand, and whom to tell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from source_destination_mailchimp.source.account import Account, Place
from source_destination_mailchimp.source.states import Bookmark, moment, printed
from source_destination_mailchimp.source.streams import Stream

CLOSED_KEY = "closed"
"""In our own bookmarks: everything up to the cursor's second was read, so that second need not be read again."""


@dataclass(slots=True)
class Part:
    """A stream under one of its parents."""

    account: Account
    stream: Stream
    place: Place
    old: Bookmark
    """As saved by the last sync; empty on the first."""

    say: Callable[[str], None]
    """Tells the log a sentence without personal data."""

    expect: Callable[[int], None]
    """Adds to the number of records that the progress bar reckons with."""

    save: Callable[[Bookmark], None]
    new: Bookmark = field(default_factory=dict)
    """What is saved when the partition is through; a reader fills it in."""

    columns: dict[str, str] | None = None
    """Merge tag → column where merge fields are flat."""

    def floor(self, key: str) -> datetime | None:
        """The first second that is wanted: the one behind the saved cursor, or the start date; None for all."""
        start, saved = self.account.settings.start_date, self.old.get(key)
        if saved is None:
            return start
        first = moment(saved) - self.account.settings.lookback + timedelta(seconds=bool(self.old.get(CLOSED_KEY)))
        return max(first, start) if start else first

    def stand_at(self, key: str, reached: str | None) -> None:
        """Let a cursor stand at `reached`, never in a second that is not over, never further back than it stood."""
        closed = printed(self.account.closed_at())
        stands = [saved for saved in (self.old.get(key), self.new.get(key)) if saved]
        if reached:
            stands.append(min(reached, closed))
        if stands:
            self.new |= {key: max(stands), CLOSED_KEY: True}
