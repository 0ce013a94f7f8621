"""What a sync tells of itself, at every size, and that no address and no key is in any of it."""

import io
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path

import orjson
import pytest

from integration_tests.destination.identities import FIELD, put
from integration_tests.destination.syncing import Account, Json, Message, Result, Stream, config, feed, succeeded, sync
from source_destination_mailchimp.destination.reporting import progress

NAMES = Stream(columns=("email", "FNAME"))


def people(n: int, first_name: str = "Ann") -> list[Json]:
    """Records of so many new people."""
    return [{"email": f"p{k}@sandbox-people.org", "FNAME": first_name} for k in range(n)]


def told(result: Result) -> str:
    """The last headline and what follows, without the warnings at the start."""
    lines = succeeded(result).log.splitlines()
    start = next(n for n, line in enumerate(lines) if line[:1].isdigit() or line.startswith("No"))
    return "\n".join(lines[start:])


@pytest.mark.parametrize(
    ("n", "first", "second", "third"),
    [
        (
            1,
            "1 added: 1 record.\npeople → Readers: 1 record\n  1 added",
            "1 unchanged: 1 record.\npeople → Readers: 1 record\n  1 unchanged",
            "1 updated: 1 record.\npeople → Readers: 1 record\n  1 updated",
        ),
        (
            2,
            "2 added: 2 records.\npeople → Readers: 2 records\n  2 added",
            "2 unchanged: 2 records.\npeople → Readers: 2 records\n  2 unchanged",
            "2 updated: 2 records.\npeople → Readers: 2 records\n  2 updated",
        ),
        (
            1000,
            "1,000 added: 1,000 records.\npeople → Readers: 1,000 records\n  1,000 added",
            "1,000 unchanged: 1,000 records.\npeople → Readers: 1,000 records\n  1,000 unchanged",
            "1,000 updated: 1,000 records.\npeople → Readers: 1,000 records\n  1,000 updated",
        ),
    ],
)
def test_headline_and_table_at_every_size(account: Account, n: int, first: str, second: str, third: str) -> None:
    """One person, two and a thousand read alike: added, unchanged, updated."""
    assert told(sync(account, people(n), stream=NAMES)) == first
    assert told(sync(account, people(n), stream=NAMES)) == second
    assert told(sync(account, people(n, "Bea"), stream=NAMES)) == third


def test_no_records_read_like_a_sentence(account: Account) -> None:
    """A sync without records says so, and has a table all the same."""
    assert told(sync(account, [], stream=NAMES)) == ("No records received.\npeople → Readers: no records")


def test_counts_leave_as_analytics(account: Account) -> None:
    """Outcomes and reasons go to the platform as numbers, with no name of a stream or a person."""
    rows = [*people(3), {"email": None}, {"email": "no address"}]
    result = succeeded(sync(account, rows, stream=NAMES))
    traces = [one["trace"] for one in result.messages if one["type"] == "TRACE"]
    assert {trace["analytics"]["type"]: trace["analytics"]["value"] for trace in traces} == {
        "destination-mailchimp-outcome-created": "3",
        "destination-mailchimp-outcome-rejected": "2",
        "destination-mailchimp-rejected-no-email": "1",
        "destination-mailchimp-rejected-invalid-email": "1",
    }
    assert {trace["type"] for trace in traces} == {"ANALYTICS"}


def test_progress_has_rate_and_end(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long run says now and then how far it is, how fast it goes and when it may be done, if a source estimated."""
    monkeypatch.setattr(progress, "EVERY_SECONDS", 1e-6)
    estimate = {"type": "STREAM", "name": NAMES.name, "row_estimate": 5000}
    messages: list[Message] = [
        {"type": "TRACE", "trace": {"type": "ESTIMATE", "emitted_at": 0.0, "estimate": estimate}},
        *(NAMES.record(**row) for row in people(3000)),
    ]
    lines = succeeded(feed(account, messages, [NAMES])).log.splitlines()
    progressed = [line for line in lines if "processed" in line]
    assert any("a second" in line and "to go: " in line for line in progressed), progressed[:5]


# Nothing personal, nothing secret

LOCAL_PARTS = [
    f"qz{kind}" for kind in ("new", "fake", "forgot", "left", "taken", "old", "moved", "tagged", "dup", "site")
]
SECRET_COLUMNS = {"FNAME": "Quetzalcoatl"}


def nasty(account: Account) -> list[Json]:
    """An audience and records in which Mailchimp refuses people for every reason it has, with their address in it."""
    account.seed(merge_fields=[FIELD, {"tag": "SITE", "name": "Site", "type": "imageurl"}])
    put(account, "qzforgot")
    account.forget("qzforgot@sandbox-people.org")
    put(account, "qzleft", "unsubscribed", left_by="person")
    put(account, "qztaken", id="9")
    put(account, "qzold", id="1")
    put(account, "qztagged", "cleaned")
    emails = [
        *("qznew@sandbox-people.org", "qzfake@example.com", "qzforgot@sandbox-people.org", "qzleft@sandbox-people.org"),
        *("qzbad@@address", "qzbad address", "qznew@gmail.vom"),
    ]
    rows: list[Json] = [{"id": f"n{n}", "email": email} for n, email in enumerate(emails)]
    rows += [
        {"id": "2", "email": "qztaken@sandbox-people.org"},
        {"id": "1", "email": "qzmoved@example.com"},
        {"id": None, "email": "qztagged@sandbox-people.org", "tags": ["crm"]},
        {"id": "7", "email": "qzsite@sandbox-people.org", "SITE": "https://qzsite@not-a-picture"},
        {"id": "8", "email": "qzdup@sandbox-people.org"},
        {"id": "8", "email": "qzdup@sandbox-people.org"},
        {"id": "8", "email": None, "deleted": True},
        {"id": None, "email": None, "deleted": True},
    ]
    return [{**row, **SECRET_COLUMNS, "opt_in": "yes", "agreed_at": "2025-06-01T00:00:00Z"} for row in rows]


STREAM = Stream(columns=("email", "id", "FNAME", "SITE", "opt_in", "agreed_at", "deleted", "tags"))
KEYS: Json = {
    "resubscribe": "with_newer_consent",
    "removal": "delete_permanently",
    "confirm_permanent_deletion": "delete permanently",
    "streams": [
        {
            "stream": "people",
            "external_id": "id -> CRMID",
            "opt_in_field": "opt_in",
            "consent_time_field": "agreed_at",
            "deleted_field": "deleted",
            "tags_field": "tags",
        }
    ],
}


def leaks(said: str, account: Account) -> list[str]:
    """What may not be in any output and is."""
    secrets = [*LOCAL_PARTS, "qzbad", *SECRET_COLUMNS.values(), account.sandbox.api_key, account.sandbox.api_key[:32]]
    return [secret for secret in secrets if secret in said]


def everything(result: Result) -> str:
    """All messages but STATEs, and the error with its traceback."""
    said = "\n".join(orjson.dumps(one).decode() for one in result.messages if one["type"] != "STATE")
    if result.error is None:
        return said
    whole = "".join(traceback.format_exception(result.error))
    return f"{said}\n{result.error.message}\n{result.error.internal_message}\n{whole}"


def test_no_address_and_no_key_in_any_output(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """Every kind of refusal in one sync: Mailchimp's sentences are told, and the addresses in them are not."""
    rows = nasty(account)
    with caplog.at_level(logging.DEBUG):
        result = sync(account, rows, stream=STREAM, max_rejected_percent=0, **KEYS)
    assert "max_rejected_percent" in result.complaint
    said = everything(result) + caplog.text
    assert "looks fake or invalid" in said
    assert "was permanently deleted and cannot be re-imported" in said
    assert leaks(said, account) == []
    assert sum(result.outcomes.values()) == len(rows)


@pytest.mark.parametrize("fault", ["403", "500", "503", "garbage", "cut_body", "reset_after", "403_html", "429"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "GET"])
def test_no_address_and_no_key_when_mailchimp_fails(
    account: Account, caplog: pytest.LogCaptureFixture, fault: str, method: str
) -> None:
    """Whatever ends a sync, its message, its traceback and the log have neither in them."""
    rows = nasty(account)
    account.control.fault(fault, method=method, path="/3.0/lists/*", rate=1)
    with caplog.at_level(logging.DEBUG):
        result = sync(account, rows, stream=STREAM, **KEYS)
    assert leaks(everything(result) + caplog.text, account) == []


def test_no_address_and_no_key_on_stdout_and_stderr(account: Account, tmp_path: Path) -> None:
    """The command itself, with lines that are no messages, with a share of rejections that ends the run."""
    rows = nasty(account)
    form = config(account, max_rejected_percent=0, **KEYS)
    (tmp_path / "config.json").write_bytes(orjson.dumps(form))
    (tmp_path / "catalog.json").write_bytes(orjson.dumps({"streams": [STREAM.configured(KEYS["streams"])]}))
    lines = io.BytesIO()
    for row in rows:
        lines.write(orjson.dumps(STREAM.record(**row)) + b"\n")
    lines.write(b'{"type": "RECORD", "record": qznew@sandbox-people.org\n"qznew@sandbox-people.org"\n')
    lines.write(orjson.dumps({"type": "RECORD", "record": {"stream": "people", "data": "qznew@x.org"}}) + b"\n")
    command = [sys.executable, "-c", "from source_destination_mailchimp.run import destination; destination()"]
    files = ["--config", str(tmp_path / "config.json"), "--catalog", str(tmp_path / "catalog.json")]
    done = subprocess.run(
        [*command, "write", *files],
        input=lines.getvalue(),
        capture_output=True,
        env={**os.environ, "MAILCHIMP_API_BASE_URL": account.api_url},
        timeout=120,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 1
    assert "max_rejected_percent" in said
    assert "Traceback" not in said
    assert leaks(said, account) == []
