"""Objects in a bucket, filled part by part."""

from collections.abc import Mapping

from source_destination_mailchimp.destination.form.settings import S3Store
from source_destination_mailchimp.destination.storing.bucket import Bucket, joined_key

PART_BYTES = 1024 * 1024
"""An object cannot grow, so every flush writes the part that is being filled anew; this is how much at most."""

MEMORY_BYTES = 16 * 1024 * 1024
"""All parts that are being filled together."""


class S3Storage:
    """Puts whole objects. Of each part that is being filled the text is kept, and written anew by a flush."""

    def __init__(self, store: S3Store, environ: Mapping[str, str]) -> None:
        self._bucket = Bucket(store, environ)
        self._check_key = joined_key(store.bucket_path, ".airbyte_check")
        self._parts: dict[str, bytearray] = {}
        self._bytes = 0
        self._unwritten: set[str] = set()

    def append(self, key: str, data: bytes) -> None:
        """Add to a part; durable after the next `flush`."""
        self._parts.setdefault(key, bytearray()).extend(data)
        self._bytes += len(data)
        self._unwritten.add(key)

    def has_room(self, key: str) -> bool:
        """Return whether this part, and all of them together, may grow."""
        return len(self._parts.get(key, b"")) < PART_BYTES and self._bytes < MEMORY_BYTES

    def finish(self, key: str) -> None:
        """Write a part for the last time and forget it."""
        if key in self._unwritten:
            self._put(key)
        self._bytes -= len(self._parts.pop(key, b""))

    def flush(self) -> None:
        """Return when the bucket has everything."""
        for key in sorted(self._unwritten):
            self._put(key)

    def check(self) -> None:
        """Put an object and take it away."""
        self._bucket.check(self._check_key)

    def close(self) -> None:
        """Close the connections."""
        self._bucket.close()

    def _put(self, key: str) -> None:
        self._bucket.put(key, bytes(self._parts[key]))
        self._unwritten.discard(key)
