"""Many single calls as one job of Mailchimp's `/batches`, beside the ten connections."""

import io
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Answer, Weather, classify
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client, decoded
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Json

NO_RESULT = Weather("no result in the batch")

DOWNLOADS = 4
"""How often a result archive is asked for."""


def run_job(client: Client, wanted: Mapping[str, Call]) -> dict[str, Answer | Weather]:
    """Run calls as one job and wait for it: the ids of the calls → what each was answered, as if sent alone.

    Operations run in no order [documented]. Weather stands for a call that has no result, and for one whose result is
    none; whether it took effect is unknown. Raises `Unavailable` for a job that does not end, and what the client
    raises.
    """
    operations = [_operation(call_id, call) for call_id, call in wanted.items()]
    job = client.send(calls.start_batch(operations)).body
    archive = _download(client, _finished(client, job))
    answers: dict[str, Answer | Weather] = dict.fromkeys(wanted, NO_RESULT)
    for row in _rows(archive):
        call_id = str(row.get("operation_id"))
        if call_id in wanted:
            answers[call_id] = _answer(row, wanted[call_id])
    return answers


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


def _download(client: Client, job: Json) -> bytes:
    """Return the result archive; its address lasts ten minutes and a fresh one costs a read. [documented]"""
    for _ in range(DOWNLOADS - 1):
        try:
            return client.fetch(job["response_body_url"])
        except (Refused, Unavailable):
            job = client.send(calls.read_batch(job["id"])).body
    return client.fetch(job["response_body_url"])


def _rows(archive: bytes) -> Iterator[Json]:
    """Yield the rows of a tar.gz of JSON files; it holds folders and sometimes empty files too. [observed]"""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        for member in files:
            content = files.extractfile(member) if member.isfile() else None
            if content is None:
                continue  # a folder
            raw = content.read()
            if raw.strip():
                yield from orjson.loads(raw)


def _answer(row: Mapping[str, Any], call: Call) -> Answer | Weather:
    status = int(row["status_code"])
    body = decoded(row.get("response") or "")
    return classify(status, body, call.expect)
