"""Folders of runs in a bucket: keys that begin alike."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from source_destination_mailchimp.destination.form.settings import S3Store
from source_destination_mailchimp.destination.storing.bucket import Bucket, joined_key
from source_destination_mailchimp.destination.storing.run_folders import RUNS, is_run_name, new_run_name, part_name

PART_BYTES = 64 * 1024
"""An object cannot grow, so every flush writes the part that is being filled anew; from this size on a new one begins.

A sync flushes once for 500 contacts, an undo once for each contact.
"""

IN_MEMORY_BYTES = 1024 * 1024
"""From this size on, a file that is written as a whole waits in a temporary file."""


class S3Runs:
    """The runs below `bucket_path`."""

    def __init__(self, store: S3Store, environ: Mapping[str, str]) -> None:
        self._bucket = Bucket(store, environ)
        self._folder = joined_key(store.bucket_path, RUNS)

    def create(self, started: datetime) -> "S3Run":
        """Return the folder of a run, which is there as soon as it has a file; the end of its name keeps it apart."""
        return S3Run(self._bucket, self._folder, new_run_name(started))

    def names(self) -> list[str]:
        """Return the names of all runs, the oldest first."""
        found = []
        for name in self._bucket.names(f"{self._folder}/"):
            run = name.removesuffix("/")
            if is_run_name(run):
                found.append(run)
        return sorted(found)

    def files(self, run: str) -> list[str]:
        """Return the names of the objects of a run."""
        if not is_run_name(run):
            return []
        return sorted(self._bucket.names(f"{self._folder}/{run}/"))

    def read(self, run: str, file: str) -> Iterator[bytes]:
        """Return a file of a run, part by part."""
        if not is_run_name(run):
            raise FileNotFoundError(f"There is no run {run} in the bucket {self._bucket.name}.")
        first = self._bucket.get(f"{self._folder}/{run}/{file}")
        return self._parts(run, file, first)

    def close(self) -> None:
        """Close the connections."""
        self._bucket.close()

    def _parts(self, run: str, file: str, data: bytes) -> Iterator[bytes]:
        part = 1
        while True:
            yield data
            part += 1
            try:
                data = self._bucket.get(f"{self._folder}/{run}/{part_name(file, part)}")
            except FileNotFoundError:
                return


class S3Run:
    """The folder of one run."""

    def __init__(self, bucket: Bucket, folder: str, name: str) -> None:
        self._bucket = bucket
        self._folder = f"{folder}/{name}"
        self._opened: set[str] = set()
        self.name = name
        self.location = f"s3://{bucket.name}/{self._folder}"

    def open(self, file: str) -> "S3RunFile":
        """Return a new file that grows, in parts; nobody else writes to the folder, so this run knows what is there."""
        if file in self._opened:
            raise FileExistsError(f"{self.locate(file)} already exists.")
        self._opened.add(file)
        return S3RunFile(self._bucket, self._folder, file)

    def write(self, file: str, pieces: Iterable[bytes]) -> None:
        """Put a whole object; a large one waits in a temporary file."""
        self._opened.add(file)
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as whole:
            for piece in pieces:
                whole.write(piece)
            whole.seek(0)
            self._bucket.put(f"{self._folder}/{file}", whole)

    def locate(self, file: str) -> str:
        """Return the address of a file."""
        return f"{self.location}/{file}"


class S3RunFile:
    """A file in parts, of which the last one is kept in memory and written anew by every flush."""

    def __init__(self, bucket: Bucket, folder: str, file: str) -> None:
        self._bucket = bucket
        self._folder = folder
        self._file = file
        self._part = 1
        self._data = bytearray()
        self._is_written = False
        self.flush()

    def append(self, data: bytes) -> None:
        """Add to the part, or begin a new one where it is full."""
        if len(self._data) >= PART_BYTES:
            self.flush()
            self._part += 1
            self._data = bytearray()
        self._data.extend(data)
        self._is_written = False

    def flush(self) -> None:
        """Return when the bucket has everything."""
        if not self._is_written:
            self._bucket.put(f"{self._folder}/{part_name(self._file, self._part)}", bytes(self._data))
            self._is_written = True

    def close(self) -> None:
        """Flush."""
        self.flush()
