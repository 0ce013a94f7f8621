"""Jobs of many calls: waited for on a pretended clock, and read call by call."""

import io
import tarfile
from typing import Any

import orjson
import pytest

from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, Weather
from source_destination_mailchimp.mailchimp.bulk import NO_RESULT, run_job
from source_destination_mailchimp.mailchimp.calls import Call, archive_member, set_member_tags
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.transport import Reply
from source_destination_mailchimp.mailchimp.waiting import Patience
from unit_tests.mailchimp.pretend import PretendClock, reply, scripted

STARTED = reply(200, {"id": "b1", "status": "pending"})
FINISHED = reply(200, {"id": "b1", "status": "finished", "response_body_url": "https://elsewhere.example.com/b1"})
GONE = {"status": 404, "title": "Resource Not Found", "detail": "Gone."}


def archive(*rows: Json) -> Reply:
    """Return a result archive: a folder, an empty file, and one file per row."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as files:
        folder = tarfile.TarInfo("b1")
        folder.type = tarfile.DIRTYPE
        files.addfile(folder)
        files.addfile(tarfile.TarInfo("b1/empty.json"), io.BytesIO())
        for number, row in enumerate(rows):
            raw = orjson.dumps([row])
            info = tarfile.TarInfo(f"b1/{number}.json")
            info.size = len(raw)
            files.addfile(info, io.BytesIO(raw))
    return Reply(200, content.getvalue())


def row(call_id: str, status: int, body: Any = None) -> Json:
    """Return one row of an archive."""
    response = "" if body is None else orjson.dumps(body).decode()
    return {"operation_id": call_id, "status_code": status, "response": response}


def test_calls_go_as_operations() -> None:
    """Bodies are JSON in a string, and what a call does not have is not sent."""
    client, wire = scripted(STARTED, FINISHED, archive())
    patch = Call("PATCH", "/lists/x/members/1", {"skip_merge_validation": "true"}, {"vip": True})
    run_job(client, {"one": patch, "two": archive_member("x", "2")})
    assert orjson.loads(wire.asked[0].data or b"")["operations"] == [
        {
            "method": "PATCH",
            "path": "/lists/x/members/1",
            "operation_id": "one",
            "params": {"skip_merge_validation": "true"},
            "body": '{"vip":true}',
        },
        {"method": "DELETE", "path": "/lists/x/members/2", "operation_id": "two"},
    ]


ROWS = [
    (row("one", 200, {"id": "1"}), Knowledge(200, {"id": "1"})),
    (row("one", 204), Knowledge(204, None)),
    (row("one", 404, GONE), Refusal(404, "Resource Not Found", "Gone.")),
    (row("one", 401, {"title": "API Key Invalid"}), Refusal(401, "API Key Invalid", "")),
    (row("one", 408), Weather("HTTP 408")),
    (row("one", 425), Weather("HTTP 425")),
    (row("one", 429, {"title": "Too Many Requests"}), Weather("HTTP 429")),
    (row("one", 403), Weather("HTTP 403")),
    (row("one", 503, {"title": "Unavailable"}), Weather("HTTP 503")),
    (row("one", 200), Weather("HTTP 200")),
    (row("another", 200, {}), NO_RESULT),
]


@pytest.mark.parametrize(("found", "answer"), ROWS)
def test_a_result_is_sorted_like_a_call_by_itself(found: Json, answer: object) -> None:
    """One table for both, so that throttling in a job is nobody's refusal; a call without a result is weather."""
    client, _ = scripted(STARTED, FINISHED, archive(found))
    assert run_job(client, {"one": set_member_tags("x", "1", {"a": True})}) == {"one": answer}


def test_a_job_is_waited_for() -> None:
    """Polls get rarer, and nobody waits for them here."""
    clock = PretendClock()
    client, _ = scripted(STARTED, STARTED, STARTED, FINISHED, archive(), clock=clock)
    run_job(client, {})
    assert clock.waits == pytest.approx([0.2, 0.32, 0.512])


def test_a_job_that_never_ends_is_given_up() -> None:
    """After six hours the platform may try again later."""
    clock = PretendClock()
    client, _ = scripted(STARTED, clock=clock)
    begun = clock.time
    with pytest.raises(Unavailable, match="within 6 hours"):
        run_job(client, {})
    assert 6.0 <= (clock.time - begun).total_seconds() / 3600 < 6.1


def test_a_closed_client_gives_a_job_up() -> None:
    """A run that ends does not go on asking for its jobs."""
    client, wire = scripted(STARTED)
    client.close()
    with pytest.raises(Unavailable, match="ended"):
        run_job(client, {})
    assert len(wire.asked) == 1


def test_an_address_that_is_no_more_good_is_asked_for_again() -> None:
    """Result addresses last ten minutes; another read of the job gives a fresh one."""
    expired = reply(403, {"title": "Expired"})
    client, wire = scripted(STARTED, FINISHED, expired, FINISHED, archive(row("one", 204)))
    assert run_job(client, {"one": archive_member("x", "1")}) == {"one": Knowledge(204, None)}
    assert [asked.url.rpartition("/")[2] for asked in wire.asked] == ["batches", "b1", "b1", "b1", "b1"]


def test_an_archive_that_never_comes_ends_the_job() -> None:
    """Four addresses are tried."""
    lost = Weather("ConnectionError")
    once = Patience(tries=1)
    client, _ = scripted(STARTED, FINISHED, lost, FINISHED, lost, FINISHED, lost, FINISHED, lost, patience=once)
    with pytest.raises(Unavailable):
        run_job(client, {})
