"""What is remembered of thousands of campaigns: which were read as they stand, and up to which event."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from source_destination_mailchimp.source.bookmarks import BookmarkCursor
from source_destination_mailchimp.source.packing import (
    UnreadableState,
    bytes_of,
    digest,
    pack_bytes,
    pack_digests,
    unpack_digests,
)
from source_destination_mailchimp.source.states import TIME_KEY, Bookmark, moment, printed

READ_KEY = "read"
BOUNCES_KEY = "bounces"
KNOWN_KEY = "known"
NOTES_KEY = "notes"

_AGE_BYTES = 3
_OLDEST = 256**_AGE_BYTES - 1
"""Half a year in seconds: an event that shows later than that is looked for no more."""

_COUNT_BYTES = 2
COUNTS: int = 256**_COUNT_BYTES


class Known(NamedTuple):
    """What was read of a campaign: the second of its newest event, and how many of its events a report counts.

    Of the number the last two bytes are kept.
    """

    newest: int
    events: int

    def time(self) -> str:
        """Return when the newest event was, as Mailchimp prints times; "" where there was none."""
        if not self.newest:
            return ""
        return printed(datetime.fromtimestamp(self.newest, UTC))


class CampaignCursor(BookmarkCursor):
    """The cursor of a stream of campaigns.

    What it prints holds no bookmark per campaign but digests of campaigns with their figures as they were read: four
    bytes each. Where the rows are events, nine more tell how far each campaign was read.
    """

    def __init__(self, stream_name: str, cursor_field: str, **parts: Any) -> None:
        super().__init__(stream_name, cursor_field, **parts)
        self._keeps_times = cursor_field != "send_time"
        saved: Bookmark = {}
        self._official = self._found
        if self.is_ours:
            saved = self._found.get("", {})
            self._official = {}
        self._found = {}
        self._read = unpack_digests(saved.get(READ_KEY))
        self._known = unpack_known(saved)
        self._read_now: set[int] = set()
        self._known_now: dict[int, Known] = {}

    def bookmark(self, key: str) -> Bookmark:
        """Return what was read of a campaign, with the digests of all; an official cursor where there is one."""
        with self._lock:
            if not self.is_ours:
                return dict(self._official.get(key) or self._official.get("") or {})
            known = self._known.get(digest(key))
            if known is None:
                return {READ_KEY: self._read}
            return {READ_KEY: self._read, TIME_KEY: known.time() or None, BOUNCES_KEY: known.events}

    def _take(self, key: str, bookmark: Bookmark) -> bool:
        """Note a campaign that was read."""
        is_new = not bookmark[READ_KEY] <= self._read
        self._read_now |= bookmark[READ_KEY]
        if self._keeps_times:
            newest = int(moment(bookmark[TIME_KEY]).timestamp()) if bookmark.get(TIME_KEY) else 0
            known = Known(newest, bookmark[BOUNCES_KEY] % COUNTS)
            if any(known):
                self._known_now[digest(key)] = known
        return is_new

    def _conclude(self) -> None:
        """Forget campaigns that are not there any more: all that are were read now."""
        if self._read != self._read_now or self._known.keys() != self._known_now.keys():
            self._has_news = True
        self._read, self._known = self._read_now, self._known_now

    def _bookmarks(self) -> Mapping[str, Bookmark]:
        """Return everything in one bookmark."""
        content = {READ_KEY: pack_digests(self._read | self._read_now)}
        if self._keeps_times:
            content |= pack_known({**self._known, **self._known_now})
        return {"": content}


def pack_known(known: Mapping[int, Known]) -> dict[str, str]:
    """Return campaigns in the order of their digests, with seconds counted back from the newest event of all."""
    latest = max((one.newest for one in known.values()), default=0)
    notes = bytearray()
    for number in sorted(known):
        age = min(latest - known[number].newest, _OLDEST)
        notes += age.to_bytes(_AGE_BYTES)
        notes += known[number].events.to_bytes(_COUNT_BYTES)
    packed = {KNOWN_KEY: pack_digests(known), NOTES_KEY: pack_bytes(bytes(notes))}
    if latest:
        packed[TIME_KEY] = printed(datetime.fromtimestamp(latest, UTC))
    return packed


def unpack_known(saved: Mapping[str, Any]) -> dict[int, Known]:
    """Return what `pack_known` made a bookmark of; raises `UnreadableState` for anything else."""
    numbers = sorted(unpack_digests(saved.get(KNOWN_KEY)))
    notes = bytes_of(saved.get(NOTES_KEY))
    size = _AGE_BYTES + _COUNT_BYTES
    if len(notes) != size * len(numbers):
        raise UnreadableState("its list of campaigns is cut off")
    latest = 0
    if saved.get(TIME_KEY):
        latest = int(moment(saved[TIME_KEY]).timestamp())
    known = {}
    for place, number in enumerate(numbers):
        note = notes[place * size : (place + 1) * size]
        age = int.from_bytes(note[:_AGE_BYTES])
        known[number] = Known(max(latest - age, 0), int.from_bytes(note[_AGE_BYTES:]))
    return known
