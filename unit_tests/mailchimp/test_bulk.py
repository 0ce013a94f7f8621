"""Jobs of many calls: waited for on a pretended clock, and read call by call."""

import gzip
import io
import tarfile
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, Weather
from source_destination_mailchimp.mailchimp.bulk import MAX_ARCHIVE_BYTES, MAX_UNPACKED_BYTES, NO_RESULT, run_job
from source_destination_mailchimp.mailchimp.calls import Call, archive_member, patch_member, set_member_tags
from source_destination_mailchimp.mailchimp.errors import TooLarge, Unavailable
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.transport import MAX_ANSWER_BYTES, Reply
from unit_tests.mailchimp.pretend import ROOT, PretendClock, problem, reply, scripted

STARTED = reply(200, {"id": "b1", "status": "pending"})
FINISHED = reply(200, {"id": "b1", "status": "finished", "response_body_url": "https://elsewhere.example.com/b1"})
GONE = {"status": 404, "title": "Resource Not Found", "detail": "Gone."}
UNKNOWN_KEY = {"status": 401, "title": "API Key Invalid"}
THROTTLED = {"status": 429, "title": "Too Many Requests"}
MEMBER = {"id": "1", "email_address": "a@b.co", "status": "subscribed"}


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


TAGS = set_member_tags("x", "1", {"a": True})
CHANGE = patch_member("x", "1", {"vip": True}, skip_merge_validation=False)
ROWS = [
    (CHANGE, row("one", 200, MEMBER), Knowledge(200, MEMBER)),
    (CHANGE, row("one", 200, {"id": "1"}), Weather("HTTP 200, not in Mailchimp's own form")),
    (CHANGE, row("one", 200), Weather("HTTP 200, not in Mailchimp's own form")),
    (CHANGE, row("one", 204), Weather("HTTP 204, not in Mailchimp's own form")),
    (TAGS, row("one", 204), Knowledge(204, None)),
    (TAGS, row("one", 404, GONE), Refusal(404, "Resource Not Found", "Gone.")),
    (TAGS, row("one", 404), Weather("HTTP 404, not in Mailchimp's own form")),
    (TAGS, row("one", 401, UNKNOWN_KEY), Refusal(401, "API Key Invalid", "")),
    (TAGS, row("one", 408), Weather("HTTP 408, not in Mailchimp's own form")),
    (TAGS, row("one", 429, THROTTLED), Weather("HTTP 429")),
    (TAGS, row("one", 403), Weather("HTTP 403, not in Mailchimp's own form")),
    (TAGS, row("one", 503, {"title": "Unavailable"}), Weather("HTTP 503")),
    (TAGS, row("another", 204), NO_RESULT),
]


@pytest.mark.parametrize(("call", "found", "answer"), ROWS)
def test_a_result_is_sorted_like_a_call_by_itself(call: Call, found: Json, answer: object) -> None:
    """One table for both, so that throttling in a job is nobody's refusal; a call without a result is weather."""
    client, _ = scripted(STARTED, FINISHED, archive(found))
    assert run_job(client, {"one": call}) == {"one": answer}


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
    with pytest.raises(Unavailable, match="stopped"):
        run_job(client, {})
    assert len(wire.asked) == 1


WANTED = {"one": archive_member("x", "1")}
DONE = archive(row("one", 204))
EXPIRED = b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>"


def unusual(content: bytes) -> Reply:
    """Return an archive with one file of any content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as files:
        info = tarfile.TarInfo("b1/0.json")
        info.size = len(content)
        files.addfile(info, io.BytesIO(content))
    return Reply(200, packed.getvalue())


@pytest.mark.parametrize(
    "damaged",
    [
        reply(400, EXPIRED),
        reply(403, EXPIRED),
        problem(404, "Resource Not Found"),
        reply(302),
        reply(204),
        Weather("ConnectionError"),
        Reply(200, b""),
        Reply(200, b"<html>Please sign in</html>"),
        Reply(200, DONE.content[:40]),
        Reply(200, DONE.content[:-300]),
        Reply(200, gzip.compress(b"")),
        Reply(200, gzip.compress(b"<html>" * 200)),
        unusual(b'[{"operation_id": "one", "sta'),
        unusual(b'{"operation_id": "one"}'),
        unusual(b'["one"]'),
        unusual(b'[{"operation_id": "one", "response": ""}]'),
        unusual(b'[{"operation_id": "one", "status_code": "done", "response": ""}]'),
    ],
)
def test_results_that_are_not_whole_are_fetched_again(damaged: Reply | Weather) -> None:
    """From a fresh address, which another read of the job gives: an old one lasts ten minutes."""
    client, wire = scripted(STARTED, FINISHED, damaged, FINISHED, DONE)
    assert run_job(client, WANTED) == {"one": Knowledge(204, None)}
    assert [asked.url.rpartition("/")[2] for asked in wire.asked] == ["batches", "b1", "b1", "b1", "b1"]


@given(st.integers(min_value=0, max_value=len(DONE.content) - 1))
def test_no_beginning_of_an_archive_is_taken_for_less(length: int) -> None:
    """Wherever the results are cut, they are read whole or fetched again; no call is left without its answer."""
    client, _ = scripted(STARTED, FINISHED, Reply(200, DONE.content[:length]), FINISHED, DONE)
    assert run_job(client, WANTED) == {"one": Knowledge(204, None)}


def test_results_are_fetched_without_the_key() -> None:
    """They lie with another company; the key goes to Mailchimp's own hosts only."""
    client, wire = scripted(STARTED, FINISHED, DONE)
    run_job(client, WANTED)
    keys = {asked.url: asked.authorization for asked in wire.asked}
    assert keys["https://elsewhere.example.com/b1"] is None
    assert keys[f"{ROOT}/batches/b1"] == "Bearer secret"


def test_results_that_never_come_end_the_job() -> None:
    """As many addresses are tried as any call has tries; the way they failed names no address."""
    damaged = [FINISHED, Reply(200, b"<html>")]
    client, wire = scripted(STARTED, *damaged * 9)
    with pytest.raises(Unavailable, match="results of a batch could not be read after 8 tries"):
        run_job(client, WANTED)
    assert len(wire.asked) == 1 + 2 * 8


def bomb(size: int) -> bytes:
    """Return a small archive whose only file unpacks to so many zeros."""
    packed = io.BytesIO()
    with gzip.open(packed, "wb") as file:
        info = tarfile.TarInfo("b1/0.json")
        info.size = size
        file.write(info.tobuf())
        for _ in range(size // 1024**2):
            file.write(bytes(1024**2))
        file.write(bytes(1024))
    return packed.getvalue()


def test_a_bomb_is_refused() -> None:
    """A megabyte that unpacks to gigabytes is not unpacked, and not asked for again."""
    packed = bomb(MAX_UNPACKED_BYTES + 1024**2)
    assert len(packed) < 1024**2
    client, wire = scripted(STARTED, FINISHED, Reply(200, packed))
    with pytest.raises(TooLarge, match="results of a batch unpack to more than 128 MiB"):
        run_job(client, WANTED)
    assert len(wire.asked) == 3


def test_the_size_of_results_is_limited_on_the_wire() -> None:
    """The request itself says how much of an archive is read."""
    client, wire = scripted(STARTED, FINISHED, DONE)
    run_job(client, WANTED)
    assert wire.asked[-1].max_bytes == MAX_ARCHIVE_BYTES < MAX_ANSWER_BYTES
