"""What a place must offer that files can be kept in: a folder, or a bucket."""

from typing import Protocol


class Storage(Protocol):
    """Keeps files by key, a path with "/" between its parts.

    Raises `Misconfigured`, naming the setting, where it cannot, and `Unavailable` where it could another time.
    """

    def append(self, key: str, data: bytes) -> None:
        """Add to the end of a file; durable after the next `flush`."""
        ...

    def has_room(self, key: str) -> bool:
        """Return whether more should be added to this file."""
        ...

    def finish(self, key: str) -> None:
        """Close a file for good: nothing more will be added to it."""
        ...

    def flush(self) -> None:
        """Return when everything that was added is durable."""
        ...

    def check(self) -> None:
        """Try to write, and leave nothing behind."""
        ...

    def close(self) -> None:
        """Let go of what is held open; does not flush."""
        ...
