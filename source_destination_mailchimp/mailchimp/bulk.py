"""Many single calls as one job of Mailchimp's `/batches`, beside the ten connections."""

import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Json

LONGEST_POLL_SECONDS = 20.0
LONGEST_JOB_SECONDS = 6 * 3600.0


class Call(NamedTuple):
    """One call of a job; `path` is below the API's root."""

    id: str
    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: Json | None = None


class Result(NamedTuple):
    """What one call of a job was answered."""

    status: int
    body: Any


def run_job(client: Client, calls: Sequence[Call], sleep: Callable[[float], None]) -> dict[str, Result]:
    """Run the calls as one batch and wait for it: call id → result.

    Operations run in no order [documented]; a call that is missing in the answer has no known result.
    """
    job = api.start_batch(client, [_operation(call) for call in calls])
    waited = 0.0
    poll_seconds = 0.2
    while job.get("status") != "finished":
        if waited > LONGEST_JOB_SECONDS:
            raise Unavailable("Mailchimp did not finish a batch within six hours.")
        sleep(poll_seconds)
        waited += poll_seconds
        poll_seconds = min(LONGEST_POLL_SECONDS, poll_seconds * 1.6)
        job = api.batch(client, job["id"])
    return dict(_results(_download(client, job)))


def _operation(call: Call) -> Json:
    operation: Json = {"method": call.method, "path": call.path, "operation_id": call.id}
    if call.params:
        operation["params"] = dict(call.params)
    if call.body is not None:
        # A body that is an object instead of a string fails only when the operation runs. [documented]
        operation["body"] = orjson.dumps(call.body).decode()
    return operation


def _download(client: Client, job: Json) -> bytes:
    """The result archive; its address lasts ten minutes and a fresh one costs a read. [documented]"""
    for _ in range(3):
        try:
            return client.fetch(job["response_body_url"])
        except (Refused, Unavailable):
            job = api.batch(client, job["id"])
    return client.fetch(job["response_body_url"])


def _results(archive: bytes) -> Iterator[tuple[str, Result]]:
    """Rows of a tar.gz of JSON files; it holds folders and sometimes empty files too. [observed]"""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        for member in files:
            content = files.extractfile(member) if member.isfile() else None
            raw = content.read() if content else b""
            for row in orjson.loads(raw) if raw.strip() else []:
                yield str(row.get("operation_id")), Result(int(row["status_code"]), _decoded(row.get("response")))


def _decoded(response: Any) -> Any:
    try:
        return orjson.loads(response) if response else None
    except orjson.JSONDecodeError:
        return None
