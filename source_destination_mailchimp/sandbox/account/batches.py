"""Batch operations: many calls handed in at once, done later, fetched as an archive of JSON files.

Not done: batch webhooks.
"""

import io
import secrets
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import orjson

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.dispatch import Origin, Outcome, read_json
from source_destination_mailchimp.sandbox.http.errors import Problem, not_found
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.http.schema import ANY, STRING, array, choice, record

MAX_PENDING: Final = 500
KEPT_SECONDS: Final = 7 * 24 * 3600
URL_SECONDS: Final = 600
PAGE: Final = 1000
OPERATIONS_PER_STEP: Final = 25
STATUSES: Final = ("pending", "preprocessing", "started", "finalizing", "finished")
TOO_MANY_PENDING: Final = (
    "You have more than 500 pending batches. Please wait for some to complete before adding any more batches."
)
OPERATION = record(
    ("method", "path"),
    method=choice("GET", "POST", "PUT", "PATCH", "DELETE"),
    path=STRING,
    params=ANY,
    body=ANY,
    operation_id=ANY,
    headers=ANY,
)
POST_BODY = record(("operations",), operations=array(OPERATION))

Perform = Callable[[str, str, dict[str, str], Any, Origin], Outcome]
Result = dict[str, Any]


@dataclass(slots=True)
class Job:
    """One batch; `files` are the results of each operation, in pages."""

    id: str
    operations: list[dict[str, Any]]
    origin: Origin
    submitted_at: int
    status: str = "pending"
    total: int = 0
    errored: int = 0
    completed_at: int = 0
    files: list[list[Result]] = field(default_factory=list)
    done: int = 0
    urls: dict[str, int] = field(default_factory=dict)  # token -> when it expires
    fetched: set[str] = field(default_factory=set)  # tokens that were used


@dataclass(slots=True)
class Batches:
    """All batches of the account; `held` keeps new ones pending until it is lifted."""

    jobs: dict[str, Job] = field(default_factory=dict)
    held: bool = False

    def unfinished(self) -> list[Job]:
        """Batches with work left."""
        return [job for job in self.jobs.values() if job.status != "finished"]


def create(call: Call) -> dict[str, Any]:
    """POST /batches: taken at once, done later; 429 with 500 pending (documented)."""
    batches = call.store.room(Batches)
    if len(batches.unfinished()) >= MAX_PENDING:
        raise Problem(429, "Too Many Requests", TOO_MANY_PENDING)
    operations = list(call.body["operations"])
    if call.store.is_on("batch_order", "shuffled"):
        call.store.chance.shuffle(operations)
    origin = Origin(call.root, call.ip, call.data_center)
    job = Job(secrets.token_hex(5), operations, origin, call.store.clock.now(), total=len(operations))
    batches.jobs[job.id] = job
    return _shown(call, job)


def read_all(call: Call) -> dict[str, Any]:
    """GET /batches: those of the last seven days."""
    jobs = [job for job in call.store.room(Batches).jobs.values() if _is_kept(call, job)]
    return {
        "batches": [_shown(call, job) for job in call.of(jobs)],
        "total_items": len(jobs),
        "_links": links(
            call.root,
            [
                ("self", "GET", "/batches", "Batches/CollectionResponse", "Paths/Batches/Collection"),
                ("parent", "GET", "/", "Root/Response", ""),
                ("create", "POST", "/batches", "Batches/Response", "Definitions/Batches/POST"),
            ],
        ),
    }


def read_one(call: Call) -> dict[str, Any]:
    """GET /batches/{batch_id}: with a fresh address of the results once it is finished."""
    return _shown(call, _job(call))


def delete(call: Call) -> None:
    """DELETE /batches/{batch_id}: stops it; what was done stays done."""
    del call.store.room(Batches).jobs[_job(call).id]


def _job(call: Call) -> Job:
    job = call.store.room(Batches).jobs.get(call.ids["batch_id"])
    if job is None or not _is_kept(call, job):
        raise not_found()
    return job


def _is_kept(call: Call, job: Job) -> bool:
    return call.store.clock.now() - job.submitted_at <= KEPT_SECONDS


def _shown(call: Call, job: Job) -> dict[str, Any]:
    url = ""
    if job.status == "finished":
        token = secrets.token_hex(16)
        job.urls[token] = call.store.clock.now() + URL_SECONDS
        url = f"{call.root}/_sandbox/results/{job.id}-response.tar.gz?token={token}"
    return {
        "id": job.id,
        "status": job.status,
        "total_operations": job.total if job.status != "pending" else 0,  # observed: APIv3-examples#26
        "finished_operations": sum(map(len, job.files)),
        "errored_operations": job.errored,
        "submitted_at": iso(job.submitted_at),
        "completed_at": iso(job.completed_at),
        "response_body_url": url,
        "_links": links(
            call.root,
            [
                ("parent", "GET", "/batches", "Batches/CollectionResponse", "Paths/Batches/Collection"),
                ("self", "GET", f"/batches/{job.id}", "Batches/Response", ""),
                ("delete", "DELETE", f"/batches/{job.id}", "", ""),
            ],
        ),
    }


def advance(job: Job, perform: Perform, now: int) -> None:
    """One step of a batch: to the next status, or some of its operations."""
    if job.status in {"pending", "preprocessing", "finalizing"}:
        job.status = STATUSES[STATUSES.index(job.status) + 1]
        job.completed_at = now if job.status == "finished" else 0
        return
    for operation in job.operations[job.done : job.done + OPERATIONS_PER_STEP]:
        pages = list(_results(operation, perform, job.origin))
        job.files.extend([page] for page in pages)
        job.errored += sum(page["status_code"] >= 400 for page in pages)
        job.total += len(pages) - 1
        job.done += 1
    if job.done >= len(job.operations):
        job.status = "finalizing"


def _results(operation: dict[str, Any], perform: Perform, origin: Origin) -> Iterator[Result]:
    """The results of an operation: one, or for a GET without a count as many as there are pages (documented)."""
    params = operation.get("params")
    query = {name: _as_text(value) for name, value in params.items()} if isinstance(params, dict) else {}
    pages = operation["method"] == "GET" and "count" not in query
    if pages:
        query["count"] = str(PAGE)
    offset = int(query.get("offset", "0")) if query.get("offset", "0").isdecimal() else 0
    while True:
        status, answer = _one(operation, query, perform, origin)
        text = orjson.dumps(answer).decode() if answer is not None else ""
        yield {"status_code": status, "operation_id": operation.get("operation_id"), "response": text}
        total = (answer or {}).get("total_items", 0)
        offset += PAGE
        if not pages or offset >= total:
            return
        query = {**query, "offset": str(offset)}


def _one(
    operation: dict[str, Any], query: dict[str, str], perform: Perform, origin: Origin
) -> tuple[int, dict[str, Any] | None]:
    body = operation.get("body")
    try:
        if body is not None and not isinstance(body, str):
            raise Problem(400, "JSON Parse Exception", "The body of an operation must be a string of JSON.")
        path, _, inline = operation["path"].partition("?")
        query = {**dict(parse_qsl(inline)), **query}
        outcome = perform(operation["method"], unquote(path), query, read_json((body or "").encode()), origin)
    except Problem as problem:
        return problem.status, problem.document("")
    return outcome.status, outcome.body


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def archive(job: Job) -> bytes:
    """The results as tar.gz: a folder, and one file per result (observed). None is empty: npm's client would break."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive_file:
        folder = tarfile.TarInfo("./")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive_file.addfile(folder)
        for number, results in enumerate(job.files):
            content = orjson.dumps(results)
            entry = tarfile.TarInfo(f"./{job.id}-{number:06}.json")
            entry.size = len(content)
            archive_file.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
