"""Many single calls as one job of Mailchimp's `/batches`, beside the ten connections."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Answer, Weather, classify
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client, decoded
from source_destination_mailchimp.mailchimp.errors import Refused, TooLarge, Unavailable
from source_destination_mailchimp.mailchimp.members import Json

NO_RESULT = Weather("no result in the batch")

MAX_ARCHIVE_BYTES = 64 * 1024**2
MAX_UNPACKED_BYTES = 128 * 1024**2
"""How large results may be, packed and unpacked. A job of ours has at most some thousand calls, of a few kB each; a
small file can unpack to any size."""

_DAMAGE = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    orjson.JSONDecodeError,
    KeyError,
    TypeError,
    ValueError,
)
"""What reading an archive raises that is cut, empty, HTML, or no archive of results."""


def run_job(client: Client, wanted: Mapping[str, Call]) -> dict[str, Answer | Weather]:
    """Run calls as one job and wait for it: the ids of the calls → what each was answered, as if sent alone.

    Operations run in no order [documented]. Weather stands for a call that has no result, and for one whose result is
    none; whether it took effect is unknown. Raises `Unavailable` for a job that does not end or whose results cannot
    be had, `TooLarge` for results that are larger than they can be, and what the client raises.
    """
    operations = [_operation(call_id, call) for call_id, call in wanted.items()]
    job = client.send(calls.start_batch(operations)).body
    return _results(client, _finished(client, job), wanted)


def _finished(client: Client, job: Json) -> Json:
    patience = client.patience
    waited, poll_seconds = 0.0, patience.first_poll_seconds
    while job.get("status") != "finished":
        if waited > patience.longest_job_seconds:
            hours = patience.longest_job_seconds / 3600
            raise Unavailable(f"Mailchimp did not finish a batch within {hours:g} hours.")
        client.rest(poll_seconds)
        waited += poll_seconds
        poll_seconds = patience.next_poll_seconds(poll_seconds)
        job = client.send(calls.read_batch(job["id"])).body
    return job


def _operation(call_id: str, call: Call) -> Json:
    operation: Json = {"method": call.method, "path": call.path, "operation_id": call_id}
    if call.params:
        operation["params"] = dict(call.params)
    body = call.encoded_body()
    if body is not None:
        # A body that is an object instead of a string fails only when the operation runs. [documented]
        operation["body"] = body.decode()
    return operation


def _results(client: Client, job: Json, wanted: Mapping[str, Call]) -> dict[str, Answer | Weather]:
    """Fetch the results until they are whole; their address lasts ten minutes, a fresh one costs a read. [documented]

    Whatever is wrong with them, the address or the file, a fresh address is the way out.
    """
    tried = 0
    while True:
        tried += 1
        try:
            archive = client.fetch(job["response_body_url"], tries=1, max_bytes=MAX_ARCHIVE_BYTES)
            return _answers(archive, wanted)
        except TooLarge:
            raise
        except (Refused, Unavailable, *_DAMAGE):
            if tried >= client.patience.tries:
                raise Unavailable(f"The results of a batch could not be read after {tried} tries.") from None
        client.rest(client.patience.wait_seconds(tried, client.clock.jitter()))
        job = client.send(calls.read_batch(job["id"])).body


def _answers(archive: bytes, wanted: Mapping[str, Call]) -> dict[str, Answer | Weather]:
    """Return what each call was answered; raises one of `_DAMAGE` where the archive is not whole."""
    answers: dict[str, Answer | Weather] = dict.fromkeys(wanted, NO_RESULT)
    for row in _rows(archive):
        call_id = str(row.get("operation_id"))
        if call_id in wanted:
            answers[call_id] = _answer(row, wanted[call_id])
    return answers


def _rows(archive: bytes) -> Iterator[Json]:
    """Yield the rows of a tar.gz of JSON files; it holds folders and sometimes empty files too. [observed]"""
    with gzip.open(io.BytesIO(archive)) as unpacked, tarfile.open(fileobj=_Limited(unpacked), mode="r|") as files:
        for member in files:
            content = files.extractfile(member) if member.isfile() else None
            if content is None:
                continue  # a folder
            raw = content.read()
            if raw.strip():
                yield from _array(orjson.loads(raw))


def _array(found: Any) -> list[Json]:
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise TypeError
    return found


class _Limited(io.RawIOBase):
    """Reads on until more was unpacked than any results hold, then raises `TooLarge`: nothing is unpacked unasked."""

    def __init__(self, unpacked: gzip.GzipFile) -> None:
        self._unpacked = unpacked
        self._left = MAX_UNPACKED_BYTES

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; tarfile asks for as many as a header names, however many that are."""
        if size < 0 or size > self._left:
            raise TooLarge(
                f"The results of a batch unpack to more than {MAX_UNPACKED_BYTES // 1024**2} MiB and were not read."
            )
        self._left -= size
        return self._unpacked.read(size)


def _answer(row: Mapping[str, Any], call: Call) -> Answer | Weather:
    status = int(row["status_code"])
    body = decoded(row.get("response") or "")
    return classify(status, body, call.expect)
