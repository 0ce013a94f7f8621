"""/batches: many calls at once, worked off later, fetched as an archive."""

import io
import tarfile
import time
from typing import Any

import orjson
import pytest
import requests

from integration_tests.sandbox.conftest import Api, Json
from integration_tests.sandbox.test_members import ANN, path_of
from source_destination_mailchimp.sandbox.control.client import Control


def submit(api: Api, *operations: Json) -> str:
    """Hand in a batch."""
    return str(api.post("/batches", {"operations": list(operations)})["id"])


def finished(api: Api, batch: str) -> Json:
    """The batch, once it is finished."""
    deadline = time.monotonic() + 20
    while (job := api.get(f"/batches/{batch}"))["status"] != "finished":
        assert time.monotonic() < deadline
    return job


def fetch(url: str) -> requests.Response:
    """Fetch results as the real file host wants it: without any key."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=30)


def results(api: Api, batch: str) -> list[Json]:
    """Every result in the archive."""
    content = fetch(finished(api, batch)["response_body_url"]).content
    rows: list[Json] = []
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for entry in archive:
            read = archive.extractfile(entry)
            text = read.read() if read is not None else b""
            rows.extend(orjson.loads(text) if text else [])
    return rows


def test_new_batch_is_pending(api: Api, control: Control) -> None:
    """A new batch is pending, counts no operations yet and has no result address (observed, APIv3-examples#26)."""
    control.hold_batches()
    job = api.post("/batches", {"operations": [{"method": "GET", "path": "ping"}]})
    assert (job["status"], job["total_operations"], job["response_body_url"]) == ("pending", 0, "")


def test_results_are_strings_in_files(api: Api, audience: str) -> None:
    """Results are JSON files of status_code, operation_id and the response as a string (documented, S)."""
    body = orjson.dumps({"email_address": ANN, "status": "subscribed"}).decode()
    batch = submit(api, {"method": "POST", "path": f"/lists/{audience}/members", "body": body, "operation_id": "a"})
    row = results(api, batch)[0]
    assert (row["status_code"], row["operation_id"]) == (200, "a")
    assert orjson.loads(row["response"])["email_address"] == ANN


def test_archive_has_folders_and_no_empty_files(api: Api) -> None:
    """The archive has directory entries beside the results, and no empty file: npm's client breaks (observed, npm)."""
    job = finished(api, submit(api, {"method": "GET", "path": "ping"}))
    with tarfile.open(fileobj=io.BytesIO(fetch(job["response_body_url"]).content)) as archive:
        kinds = [(entry.isdir(), entry.size) for entry in archive]
    assert (True, 0) in kinds
    assert (False, 0) not in kinds


@pytest.mark.parametrize("slash", ["", "/"])
def test_path_with_or_without_slash(api: Api, slash: str) -> None:
    """The path of an operation is relative to /3.0, with or without a leading slash (observed, HITO)."""
    assert results(api, submit(api, {"method": "GET", "path": f"{slash}ping"}))[0]["status_code"] == 200


def test_errored_operations_are_counted(api: Api, audience: str) -> None:
    """finished_operations counts failures too, errored_operations only them; a 204 is none (documented, S)."""
    api.post(f"/lists/{audience}/members", {"email_address": ANN, "status": "subscribed"})
    operations: list[Json] = [
        {"method": "DELETE", "path": path_of(audience)},
        {"method": "GET", "path": "lists/ffffffffff", "operation_id": None},
    ]
    job = finished(api, submit(api, *operations))
    assert (job["finished_operations"], job["errored_operations"]) == (2, 1)
    assert job["completed_at"] != ""


def test_instance_is_empty_in_results(api: Api) -> None:
    """Problem documents in results have an empty instance (observed, jethro-pmm#656)."""
    row = results(api, submit(api, {"method": "GET", "path": "lists/ffffffffff"}))[0]
    assert orjson.loads(row["response"])["instance"] == ""


def test_body_must_be_a_string(api: Api, audience: str) -> None:
    """A body that is an object fails only when the operation runs (documented, SK:run-bulk-jobs)."""
    body: Any = {"email_address": ANN, "status": "subscribed"}
    batch = submit(api, {"method": "POST", "path": f"lists/{audience}/members", "body": body})
    assert results(api, batch)[0]["status_code"] == 400


def test_get_without_count_reads_all_pages(api: Api, control: Control, audience: str) -> None:
    """A GET without count reads the whole collection, one result per page (documented, batch-operations)."""
    control.seed(audience, members=2500)
    batch = submit(
        api, {"method": "GET", "path": f"lists/{audience}/members", "params": {"fields": "members.id,total_items"}}
    )
    pages = [orjson.loads(row["response"]) for row in results(api, batch)]
    assert [len(page["members"]) for page in pages] == [1000, 1000, 500]
    assert finished(api, batch)["total_operations"] == 3


def test_get_with_count_reads_one_page(api: Api, control: Control, audience: str) -> None:
    """A GET with count reads that page only (documented, batch-operations)."""
    control.seed(audience, members=30)
    batch = submit(api, {"method": "GET", "path": f"lists/{audience}/members", "params": {"count": 20}})
    pages = [orjson.loads(row["response"]) for row in results(api, batch)]
    assert [len(page["members"]) for page in pages] == [20]


def test_address_of_results_expires(api: Api, control: Control) -> None:
    """The result address is good for ten minutes; reading the batch gives a fresh one (documented, S)."""
    batch = submit(api, {"method": "GET", "path": "ping"})
    old = finished(api, batch)["response_body_url"]
    control.clock(advance_seconds=601)
    assert fetch(old).status_code == 400
    assert fetch(finished(api, batch)["response_body_url"]).status_code == 200


def test_a_fresh_result_address_can_fail_at_first(api: Api, control: Control) -> None:
    """With its switch, the first fetch of a fresh result address is 400 and the second works (observed, HITO)."""
    control.switch(fresh_result_address="fails_at_first")
    url = finished(api, submit(api, {"method": "GET", "path": "ping"}))["response_body_url"]
    assert [fetch(url).status_code for _ in range(3)] == [400, 200, 200]


def test_batches_are_kept_seven_days(api: Api, control: Control) -> None:
    """After seven days a batch is 404 and no longer listed (documented, S)."""
    batch = submit(api, {"method": "GET", "path": "ping"})
    finished(api, batch)
    control.clock(advance_seconds=7 * 24 * 3600 + 1)
    assert api.refused("GET", f"/batches/{batch}").status == 404
    assert api.get("/batches")["total_items"] == 0


def test_500_pending_batches(api: Api, control: Control) -> None:
    """The 501st pending batch is 429 (documented, S)."""
    control.hold_batches()
    for _ in range(500):
        submit(api, {"method": "GET", "path": "ping"})
    refusal = api.refused("POST", "/batches", {"operations": [{"method": "GET", "path": "ping"}]})
    assert (refusal.status, refusal.problem["title"]) == (429, "Too Many Requests")


def test_deleting_a_batch_stops_it(api: Api, control: Control, audience: str) -> None:
    """DELETE stops a batch; it is gone and its operations do not happen (documented, S)."""
    control.hold_batches()
    body = orjson.dumps({"email_address": ANN, "status": "subscribed"}).decode()
    batch = submit(api, {"method": "POST", "path": f"lists/{audience}/members", "body": body})
    api.done("DELETE", f"/batches/{batch}")
    control.hold_batches(held=False)
    assert api.refused("GET", f"/batches/{batch}").status == 404
    assert api.refused("GET", path_of(audience)).status == 404


def test_operation_needs_method_and_path(api: Api) -> None:
    """An operation without method or path refuses the batch (documented, S)."""
    refusal = api.refused("POST", "/batches", {"operations": [{"path": "ping"}]})
    assert refusal.messages == {"operations.item:0": "Required fields were not provided: method"}


@pytest.mark.parametrize(("switch", "in_order"), [("shuffled", False), ("as_submitted", True)])
def test_operations_have_no_order(api: Api, control: Control, switch: str, in_order: bool) -> None:
    """Operations run in an order of their own, or by the switch as they were handed in (documented, FACTS 11)."""
    control.switch(batch_order=switch)
    names = [f"{number:02}" for number in range(20)]
    batch = submit(api, *({"method": "GET", "path": "ping", "operation_id": name} for name in names))
    done = [row["operation_id"] for row in results(api, batch)]
    assert sorted(done) == names
    assert (done == names) is in_order


def test_query_inside_the_path(api: Api, control: Control, audience: str) -> None:
    """The path of an operation may carry a query and encoded characters (inferred, FACTS 11)."""
    control.seed(audience, members=3)
    batch = submit(
        api,
        {"method": "GET", "path": f"lists/{audience}/members/person1%40sandbox-people.org?fields=email_address"},
    )
    assert results(api, batch)[0]["response"] == '{"email_address":"person1@sandbox-people.org"}'
