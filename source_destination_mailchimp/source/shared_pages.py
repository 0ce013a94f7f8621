"""A sequence of pages that is read once and followed by several threads, each at its own pace, in bounded memory."""

import pickle
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import SEEK_END
from tempfile import TemporaryFile
from typing import Generic, NamedTuple, TypeVar

MOST_BYTES = 512 << 20
"""What is kept at most, of all sequences together: a container may have little more disk than that."""

_FAST = 1
"""Level of compression: a page of members becomes a tenth already, and more would cost more than it saves."""

Page = TypeVar("Page")


@dataclass(frozen=True, slots=True)
class _Found(Generic[Page]):
    page: Page


class _Kept(NamedTuple):
    offset: int
    size: int


class Room:
    """How much disk is left for pages; shared by every sequence of a run."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._left = most_bytes
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Take so many bytes, if there are as many."""
        with self._lock:
            fits = size <= self._left
            if fits:
                self._left -= size
            return fits

    def give_back(self, size: int) -> None:
        """Return bytes that are free again."""
        with self._lock:
            self._left += size


class _NotKept(Exception):
    """A page that was read by another follower and is not in the file."""


class SharedPages(Generic[Page]):
    """Hands every page of an iterator to each of `followers` threads.

    Whoever needs a page that nobody has read yet reads it; the others find it in a temporary file, which has no name
    and is gone with the process. So nobody waits for a slow follower, nor for one that never comes.
    """

    def __init__(self, pages: Iterator[Page], followers: int, room: Room) -> None:
        self._pages = pages
        self._followers = followers
        self._room = room
        self._is_full = False
        self._count = 0
        self._error: BaseException | None = None
        self._reading = threading.Lock()
        """Held while the next page is read, which may take long; never taken while the other lock is held."""

        self._lock = threading.Lock()
        self._file = TemporaryFile(buffering=0) if followers > 1 else None  # noqa: SIM115 - closed by the last follower
        self._kept: dict[int, _Kept] = {}

    def follow(self, alone: Callable[[], Iterator[Page]]) -> Iterator[Page]:
        """Yield every page from the first one on; raises, at its place, what stopped the reading of them.

        `alone` reads all pages anew, for a follower whose next one is not in the file because it is full.
        """
        position = 0
        try:
            while (found := self._find(position)) is not None:
                yield found.page
                position += 1
        except _NotKept:
            yield from alone()
        finally:
            self._leave()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._file is None:
                return
            self._file.close()
            self._file = None
            self._room.give_back(sum(kept.size for kept in self._kept.values()))

    def _find(self, position: int) -> _Found[Page] | None:
        """Return the page at a position, read now if need be; None behind the last one."""
        if (kept := self._load(position)) is not None:
            return kept
        with self._reading:
            # Another follower may have read it while this one waited.
            if (kept := self._load(position)) is not None:
                return kept
            if position < self._count:
                raise _NotKept
            if self._error is not None:
                raise self._error
            return self._read_next()

    def _read_next(self) -> _Found[Page] | None:
        try:
            page = next(self._pages)
        except StopIteration:
            return None
        except BaseException as error:
            self._error = error
            raise
        self._keep(page)
        self._count += 1
        return _Found(page)

    def _keep(self, page: Page) -> None:
        with self._lock:
            if self._file is None or self._is_full or self._followers < 2:
                return
            packed = zlib.compress(pickle.dumps(page, pickle.HIGHEST_PROTOCOL), _FAST)
            if not self._room.take(len(packed)):
                self._is_full = True
                return
            try:
                offset = self._file.seek(0, SEEK_END)
                written = self._file.write(packed)
            except OSError:
                written = 0
            if written < len(packed):
                # A full disk costs those who are behind a sweep of their own, and nothing else.
                self._room.give_back(len(packed))
                self._is_full = True
                return
            self._kept[self._count] = _Kept(offset, len(packed))

    def _load(self, position: int) -> _Found[Page] | None:
        with self._lock:
            kept = self._kept.get(position)
            if kept is None or self._file is None:
                return None
            self._file.seek(kept.offset)
            packed = self._file.read(kept.size)
        return _Found(pickle.loads(zlib.decompress(packed)))

    def _leave(self) -> None:
        with self._lock:
            self._followers -= 1
            is_last = self._followers == 0
        if is_last:
            self.close()
