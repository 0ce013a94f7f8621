"""A bad way to Mailchimp: the audience ends right, the counts are right, and a run that is killed can start again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import (
    CONSENT,
    IMPATIENT,
    PEOPLE,
    Account,
    Json,
    Message,
    Person,
    Result,
    Stream,
    config,
    feed,
    succeeded,
    sync,
)

FAULTS = ("429", "429_bare", "403_bare", "403_html", "500", "502_html", "503", "504")
LOST = ("reset_before", "reset_after", "cut_body", "garbage")
NAMES = Stream(columns=("email", "FNAME"))
WRITES = "/3.0/lists/*"
COMMAND = Path(sys.executable).with_name("destination-mailchimp")
LATER = "2025-06-01T00:00:00Z"


def email(n: int) -> str:
    """The address of somebody."""
    return f"p{n}@sandbox-people.org"


def mixed(account: Account) -> list[Json]:
    """An audience of people of every status, and records for them and for as many strangers."""
    for n, status in enumerate(("subscribed", "unsubscribed", "pending", "cleaned", "transactional", "archived") * 3):
        account.put(email(n), status)
    return [{"email": email(n), "FNAME": "New"} for n in range(36)]


def after_a_quiet_sync(account: Account) -> tuple[dict[str, Person], dict[str, int]]:
    """How the audience ends, and the counts, when nothing goes wrong; the audience is emptied again."""
    result = succeeded(sync(account, mixed(account), stream=NAMES))
    people = account.people()
    audience = account.sandbox.store.audience(account.audience)
    for member in list(audience.by_digest.values()):
        audience.remove(member)
    return people, result.outcomes


@pytest.mark.parametrize("kind", [*FAULTS, *LOST])
def test_a_fault_now_and_then_changes_nothing(account: Account, kind: str) -> None:
    """Whatever fails on one call in four, audience and counts end as if nothing had failed."""
    people, outcomes = after_a_quiet_sync(account)
    records = mixed(account)
    account.control.fault(kind, rate=0.25)
    result = succeeded(sync(account, records, stream=NAMES, patience=replace(IMPATIENT, tries=20)))
    account.control.lift_faults()
    assert account.people() == people
    assert result.outcomes == outcomes


@pytest.mark.parametrize("kind", [*FAULTS, *LOST])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_call_is_tried_at_least_five_times(account: Account, kind: str, method: str) -> None:
    """Four failures in a row on each call do not end the sync."""
    for path in (
        "/3.0/",
        "/3.0/lists",
        f"{WRITES}/merge-fields",
        f"{WRITES}/members/*",
        f"/3.0/lists/{account.audience}",
    ):
        account.control.fault(kind, method=method, path=path, times=4)
    result = succeeded(sync(account, [{"email": email(1), "FNAME": "New"}], stream=NAMES))
    account.control.lift_faults()
    assert result.outcomes == {"created": 1}
    assert account.people()[email(1)].values == {"FNAME": "New"}


@pytest.mark.parametrize("kind", ["reset_after", "cut_body", "garbage"])
def test_a_member_whose_creation_was_not_answered_is_created_once(account: Account, kind: str) -> None:
    """An add that took effect although its answer was lost counts as created, with the mail it sent."""
    account.control.fault(kind, method="POST", path=WRITES, times=1)
    records: list[Json] = [{"email": email(n), "FNAME": "New"} for n in range(3)]
    result = succeeded(sync(account, records, stream=NAMES, new_member_status="pending"))
    assert result.outcomes == {"created": 3}
    assert result.reasons == {"beside-confirmation-asked": 3}
    assert sorted(account.mailed()) == sorted(record["email"] for record in records)


@pytest.mark.parametrize("kind", ["reset_after", "cut_body", "garbage"])
@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "transactional"])
def test_nobody_is_held_for_a_status_that_a_lost_answer_gave(account: Account, kind: str, status: str) -> None:
    """An add that took effect although its answer was lost counts as created, also where it added an opt-out."""
    account.control.fault(kind, method="POST", path=WRITES, times=1)
    records: list[Json] = [{"email": email(n), "FNAME": "New"} for n in range(3)]
    result = succeeded(sync(account, records, stream=NAMES, new_member_status=status))
    assert result.outcomes == {"created": 3}
    assert {person.status for person in account.people().values()} == {status}


@pytest.mark.parametrize("kind", ["reset_after", "cut_body", "garbage"])
@pytest.mark.parametrize("removal", ["archive", "delete_permanently", "unsubscribe"])
def test_a_removal_that_was_not_answered_is_a_removal(account: Account, kind: str, removal: str) -> None:
    """A removal that took effect although its answer was lost is the outcome, not that somebody was gone already."""
    account.put(email(1), "subscribed")
    method = {"archive": "DELETE"}.get(removal, "POST")
    account.control.fault(kind, method=method, times=1)
    entry = {"stream": "people", "deleted_field": "deleted"}
    keys: Json = {"removal": removal, "streams": [entry]}
    if removal == "delete_permanently":
        keys["confirm_permanent_deletion"] = "delete permanently"
    stream = Stream(columns=("email", "deleted"))
    result = succeeded(sync(account, [{"email": email(1), "deleted": True}], stream=stream, **keys))
    outcomes = {"archive": "archived", "unsubscribe": "unsubscribed", "delete_permanently": "deleted"}
    assert result.outcomes == {outcomes[removal]: 1}
    assert account.status(email(1)) == {"archive": "archived", "unsubscribe": "unsubscribed"}.get(removal)


@pytest.mark.parametrize("kind", ["reset_after", "cut_body", "garbage"])
@pytest.mark.parametrize("way", ["ask", "with_newer_consent"])
def test_a_return_that_was_not_answered_happens_once(account: Account, kind: str, way: str) -> None:
    """A return that took effect although its answer was lost is neither repeated nor lost."""
    account.put(email(1), "unsubscribed", left_by="api")
    account.control.fault(kind, method="PUT", times=1)
    record: Json = {"email": email(1), "FNAME": "New", "opt_in": True, "agreed_at": LATER}
    result = succeeded(sync(account, [record], resubscribe=way, streams=[CONSENT]))
    assert account.status(email(1)) == {"ask": "pending", "with_newer_consent": "subscribed"}[way]
    assert account.people()[email(1)].values == {"FNAME": "New"}
    assert account.mailed() == [email(1)] * (way == "ask")
    assert result.outcomes == {{"ask": "asked", "with_newer_consent": "resubscribed"}[way]: 1}


def test_a_call_that_hangs_is_given_up_and_tried_again(account: Account) -> None:
    """A call without an answer is ended by our own time limit, and its write, if it happened, is found."""
    account.control.fault("timeout", method="POST", path=WRITES, times=1, seconds=30)
    patience = replace(IMPATIENT, timeout_seconds=(1.0, 0.3))
    result = succeeded(sync(account, [{"email": email(1), "FNAME": "New"}], stream=NAMES, patience=patience))
    account.control.lift_faults()
    assert result.outcomes == {"created": 1}
    assert account.people()[email(1)].values == {"FNAME": "New"}


@pytest.mark.parametrize("kind", ["500", "reset_after", "403_bare"])
def test_when_all_tries_are_spent_no_state_claims_what_is_not_there(account: Account, kind: str) -> None:
    """The run ends as transient, and no STATE leaves that covers an unsettled record."""
    messages = [PEOPLE.record(email="no address"), PEOPLE.state(1), PEOPLE.record(email=email(1)), PEOPLE.state(2)]
    account.control.fault(kind, method="POST", path=WRITES)
    result = feed(account, messages)
    assert result.error is not None
    assert str(result.error.failure_type) in ("FailureType.transient_error", "transient_error")
    assert result.cursors == [1]
    account.control.lift_faults()
    again = succeeded(feed(account, messages[2:]))
    assert again.cursors == [2]
    assert account.status(email(1)) == "subscribed"


def stream_of(people: int, every: int) -> list[Message]:
    """Records with a STATE after every few of them."""
    messages: list[Message] = []
    for n in range(people):
        row = {"email": email(n), "FNAME": f"N{n}", "opt_in": ("yes", "no", "yes", None)[n % 4], "agreed_at": LATER}
        messages.append(PEOPLE.record(**row))
        if n % every == every - 1:
            messages.append(PEOPLE.state(n + 1))
    return messages


def remainder(messages: list[Message], cursor: int) -> list[Message]:
    """What a source sends when it starts again from a STATE."""
    seen = 0
    for place, message in enumerate(messages):
        if seen == cursor:
            rest = messages[place:]
            return rest[1:] if rest[0]["type"] == "STATE" else rest
        seen += message["type"] == "RECORD"
    return []


class Killed(BaseException):
    """Stands for the end of the process in the middle of everything."""


def cut_short(messages: list[Message], after: int) -> Iterator[Message]:
    """A source that is there until the process ends."""
    yield from messages[:after]
    raise Killed


@pytest.mark.parametrize("after", [1, 3, 10, 26, 41, 60, 79])
@pytest.mark.parametrize("nth", [None, 1, 2])
def test_a_sync_that_ends_anywhere_starts_again_from_its_last_state(
    raced: Account, between: Between, after: int, nth: int | None
) -> None:
    """Ended while records come in, or in the middle of a write, and started again: the audience ends the same."""
    keys: Json = {"resubscribe": "ask", "streams": [CONSENT], "max_removals_percent": 100}
    seeds = [{"email_address": email(n), "status": ("subscribed", "pending")[n % 2]} for n in range(30)]
    seeds += [
        {"email_address": email(n), "status": "unsubscribed", "last_changed": "2024-01-01"} for n in range(30, 40)
    ]
    messages = stream_of(70, 7)
    raced.seed(*seeds)
    succeeded(feed(raced, messages, **keys))
    whole, mailed = raced.people(), sorted(raced.mailed())
    raced.control.reset()
    audience = raced.control.seed(raced.audience, name="Readers", merge_fields=[{"tag": "FNAME"}], members=seeds)
    assert audience["members"] == len(seeds)
    if nth is not None:
        raced.control.fault("reset_after", method="POST", path=WRITES, after=nth - 1)
    first = Result()
    with contextlib.suppress(Killed):
        feed(raced, messages if nth else cut_short(messages, after), into=first, **keys)
    raced.control.lift_faults()
    last = first.cursors[-1] if first.cursors else 0
    second = succeeded(feed(raced, remainder(messages, last), **keys))
    assert second.cursors[-1] == 70
    assert raced.people() == whole
    assert sorted(raced.mailed()) == mailed


@pytest.mark.parametrize("writes_before", [1, 2])
def test_kill_minus_nine_and_a_new_start_end_the_same(
    raced: Account, between: Between, tmp_path: Path, writes_before: int
) -> None:
    """The real process, killed outright while it writes, leaves nothing behind that a new start does not mend."""
    messages = stream_of(1100, 100)
    keys: Json = {"max_connections": 1, "new_member_status": "pending"}
    (tmp_path / "config.json").write_bytes(orjson.dumps(config(raced, **keys)))
    (tmp_path / "catalog.json").write_bytes(orjson.dumps({"streams": [PEOPLE.configured()]}))
    process = _start(raced, tmp_path)
    between.after("POST", WRITES, lambda: os.kill(process.pid, signal.SIGKILL), nth=writes_before)
    out, _ = process.communicate(b"".join(orjson.dumps(one) + b"\n" for one in messages))
    states = [one["state"] for one in map(orjson.loads, out.splitlines()) if one["type"] == "STATE"]
    last = states[-1]["stream"]["stream_state"]["cursor"] if states else 0
    assert process.returncode == -signal.SIGKILL
    assert last < 1100
    again = _start(raced, tmp_path)
    out, _ = again.communicate(b"".join(orjson.dumps(one) + b"\n" for one in remainder(messages, last)))
    assert again.returncode == 0
    people = raced.people()
    assert set(people) == {email(n) for n in range(1100)}
    assert {one.status for one in people.values()} == {"pending"}
    assert all(people[email(n)].values == {"FNAME": f"N{n}"} for n in range(1100))
    assert len(raced.mailed()) == len(people)


def _start(account: Account, folder: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": account.api_url}
    command = [
        str(COMMAND),
        "write",
        "--config",
        str(folder / "config.json"),
        "--catalog",
        str(folder / "catalog.json"),
    ]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
