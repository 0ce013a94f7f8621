"""Undo: what a sync did is taken back where nobody else had a hand in it, and nobody is more mailable for it."""

import argparse
import contextlib
import io
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_tests.destination.between import Between
from integration_tests.destination.command_line import COMMAND, environment
from integration_tests.destination.syncing import (
    IMPATIENT,
    Account,
    Json,
    Nap,
    Person,
    Result,
    config,
    sync,
)
from source_destination_mailchimp.destination import command_line
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.members import Status, member_hash

ANN, BOB, CID, DEE, EVE = (f"{name}@postbox.org" for name in ("ann", "bob", "cid", "dee", "eve"))
PEOPLE = (ANN, BOB, CID, DEE, EVE)


class Said(NamedTuple):
    """What the command printed, and its exit code."""

    code: int
    text: str

    @property
    def number(self) -> str:
        """The number that a dry run wants back."""
        return self.text.partition("--expect ")[2].partition(" ")[0]


def local(store: Path) -> Json:
    return {"storage_type": "Local", "path": str(store)}


def undo(account: Account, store: Path, run: str, *more: str) -> Said:
    """The command, in this process."""
    file = store.with_name("undo-config.json")
    file.write_bytes(orjson.dumps(config(account, object_storage_config=local(store))))

    def connects(chosen: Settings) -> Client:
        found = access(chosen.credentials.model_dump(), account.api_url, fetch_metadata)
        return Client(found, max_connections=chosen.max_connections, patience=IMPATIENT, clock=Nap())

    printed = io.StringIO()
    parsed: argparse.Namespace = command_line.parse(["undo", "--config", str(file), "--run", run, *more])
    with contextlib.redirect_stdout(printed):
        code = command_line.run_for_people(parsed, connects)
    return Said(code, printed.getvalue())


def kept(account: Account, store: Path, rows: list[Json], **keys: Any) -> tuple[str, Result]:
    """One sync that keeps its changes: the name of its folder, and what it said."""
    before = {path.name for path in (store / "runs").glob("*")}
    result = sync(account, rows, object_storage_config=local(store), keep_changes=True, **keys)
    (run,) = {path.name for path in (store / "runs").glob("*")} - before
    account.control.clock(advance_seconds=5)
    return run, result


def whole(account: Account, store: Path, run: str) -> Said:
    """A dry run, and then the undo of what it said."""
    planned = undo(account, store, run, "--dry-run")
    assert planned.code == 0, planned.text
    done = undo(account, store, run, "--expect", planned.number)
    assert done.code == 0, done.text
    return done


def listed(store: Path) -> dict[str, Json]:
    """Address → what the last undo's report says of it."""
    last = sorted((store / "runs").glob("*/undo.json"))[-1]
    return {one["email"]: one for one in orjson.loads(last.read_bytes())["contacts"]}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def test_added_contacts_are_archived_and_values_and_tags_go_back(account: Account, store: Path) -> None:
    """Whoever was there is as they were, and whoever was added is archived; no mail, no journey."""
    account.control.seed(journeys=[{"audience": account.audience, "name": "T", "starts": "tag", "tag": "old"}])
    account.seed({"email_address": ANN, "status": "subscribed", "merge_fields": {"FNAME": "Anne"}, "tags": ["old"]})
    account.put(BOB, "unsubscribed", merge_fields={"FNAME": "Bob"})
    account.control.clock(advance_seconds=5)
    before = account.people()
    entered = account.control.journeys()
    streams = [{"stream": "people", "tags": ["new"], "tags_mode": "replace_owned", "owned_tags": ["*"]}]
    rows = [{"email": ANN, "FNAME": "Ann"}, {"email": BOB, "FNAME": "Robert"}, {"email": CID, "FNAME": "Cid"}]
    run, _ = kept(account, store, rows, streams=streams)
    assert account.people()[ANN].tags == {"new"}
    said = whole(account, store, run)
    after = account.people()
    assert after[ANN] == before[ANN]
    assert after[CID].status == "archived"
    assert listed(store)[BOB]["reason"] == "cannot_tell"
    assert "1 contact added by the sync: 1 archived." in said.text
    assert account.mailed() == []
    assert account.control.journeys() == entered


def test_a_contact_without_tags_goes_back_whatever_their_status(account: Account, store: Path) -> None:
    """Values of an unsubscribed contact are put back without a status."""
    account.put(BOB, "unsubscribed", merge_fields={"FNAME": "Bob"})
    run, _ = kept(account, store, [{"email": BOB, "FNAME": "Robert"}])
    whole(account, store, run)
    assert account.people()[BOB] == Person("unsubscribed", {"FNAME": "Bob"}, frozenset())


def act_later(account: Account) -> dict[str, Callable[[], object]]:
    """What people and marketers do to BOB between a sync and its undo."""
    return {
        "leaves": lambda: account.act(BOB, "unsubscribe"),
        "renames": lambda: account.act(BOB, "change_email", to="robert@postbox.org"),
        "is archived": lambda: account.archive(BOB),
        "is forgotten": lambda: account.forget(BOB),
    }


@pytest.mark.parametrize("act", ["leaves", "renames", "is archived", "is forgotten"])
def test_a_contact_that_changed_since_stays(account: Account, store: Path, act: str) -> None:
    """Whatever they did, undo does nothing to them and says so."""
    run, _ = kept(account, store, [{"email": BOB, "FNAME": "Bob"}, {"email": CID}])
    act_later(account)[act]()
    before = account.people()
    said = whole(account, store, run)
    after = account.people()
    del before[CID], after[CID]
    assert after == before
    assert "2 contacts added by the sync: 1 archived, 1 stays" in said.text


def test_somebody_whom_a_marketer_edits_stays(account: Account, store: Path) -> None:
    """`last_changed` moved, so the contact is somebody's by now."""
    run, _ = kept(account, store, [{"email": BOB, "FNAME": "Bob"}])
    sync(account, [{"email": BOB, "FNAME": "Rob"}])  # from another store, or none
    whole(account, store, run)
    assert account.status(BOB) == "subscribed"
    assert listed(store)[BOB]["reason"] == "changed_since"


def test_a_later_sync_of_the_store_protects_its_contacts(account: Account, store: Path) -> None:
    """Also where Mailchimp does not show it: a tag of a later sync does not move `last_changed`."""
    run, _ = kept(account, store, [{"email": BOB}])
    kept(account, store, [{"email": BOB}], streams=[{"stream": "people", "tags": ["VIP"]}])
    whole(account, store, run)
    assert account.status(BOB) == "subscribed"
    assert listed(store)[BOB]["reason"] == "later_sync"


@pytest.mark.parametrize("status", ["pending", "unsubscribed", "transactional"])
def test_whom_a_sync_added_otherwise(account: Account, store: Path, status: str) -> None:
    """Pending contacts stay pending, opted-out ones stay; transactional ones are archived. Nobody is mailed again."""
    run, _ = kept(account, store, [{"email": BOB}], new_member_status=status)
    mailed = account.mailed()
    whole(account, store, run)
    assert account.status(BOB) == ("archived" if status == "transactional" else status)
    assert account.mailed() == mailed


def test_an_opt_out_is_never_taken_back(account: Account, store: Path) -> None:
    """Nor are the values beside it."""
    account.put(BOB, "subscribed", merge_fields={"FNAME": "Bob"})
    streams = [{"stream": "people", "opt_in_field": "opt_in"}]
    run, _ = kept(account, store, [{"email": BOB, "FNAME": "Rob", "opt_in": "no"}], streams=streams)
    before = account.people()
    whole(account, store, run)
    assert account.people() == before
    assert listed(store)[BOB]["reason"] == "status_changed"


# Refusals: a sentence each, and nothing written


def refused(account: Account, store: Path, run: str, *more: str) -> str:
    """What the command says where it refuses; nothing was written."""
    account.control.forget_requests()
    said = undo(account, store, run, *more)
    assert said.code == 1
    assert account.writes() == []
    return said.text


def test_what_cannot_be_undone_is_refused(account: Account, store: Path) -> None:
    """No folder, no such run, a dry run, no list, a wrong number."""
    assert "is not the folder of a sync" in refused(account, store, "/somewhere/else", "--dry-run")
    absent = "2026-01-02T03-04-05.678Z-9f3c1a7e5b20"
    assert "there is no sync" in refused(account, store, absent, "--dry-run")
    run, _ = kept(account, store, [{"email": ANN}], dry_run=True)
    assert "was a dry run" in refused(account, store, run, "--dry-run")
    sync(account, [{"email": ANN}], object_storage_config=local(store))
    last = sorted(path.name for path in (store / "runs").iterdir())[-1]
    assert "keep_changes was off" in refused(account, store, last, "--dry-run")
    run, _ = kept(account, store, [{"email": BOB}])
    assert "undo would change 1 contact now, not 2" in refused(account, store, run, "--expect", "2")


def test_an_undo_is_not_undone_and_not_repeated(account: Account, store: Path) -> None:
    """Neither is a sync that has not ended, unless its process is known to be gone."""
    run, _ = kept(account, store, [{"email": BOB}])
    whole(account, store, run)
    own = next(path.parent.name for path in (store / "runs").glob("*/undo.jsonl"))
    assert "is itself an undo" in refused(account, store, own, "--dry-run")
    assert "is undone already" in refused(account, store, run, "--dry-run")


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_sync_that_may_be_running_is_left_alone(account: Account, store: Path, is_killed: bool) -> None:
    """Its summary still says `running`; where its process was killed, the user says so."""
    run, _ = kept(account, store, [{"email": BOB}])
    folder = store / "runs" / run
    summary = orjson.loads((folder / "summary.json").read_bytes())
    summary["exit"]["status"] = "running"
    (folder / "summary.json").write_bytes(orjson.dumps(summary))
    (folder / "changes.jsonl").write_bytes((folder / "changes.jsonl").read_bytes().rpartition(b'{"n":4')[0][:-200])
    if not is_killed:
        assert "has not ended" in refused(account, store, run, "--dry-run")
        return
    assert undo(account, store, run, "--was-killed", "--expect", "0").code == 0
    assert listed(store)[BOB]["reason"] == "open"
    assert account.status(BOB) == "subscribed"


@pytest.mark.parametrize("cut", [-1, -300])
def test_a_damaged_list_is_refused(account: Account, store: Path, cut: int) -> None:
    """Cut at its end, or with a line changed."""
    run, _ = kept(account, store, [{"email": email} for email in PEOPLE])
    file = store / "runs" / run / "changes.jsonl"
    data = file.read_bytes()
    file.write_bytes(data[:cut])
    assert "is damaged" in refused(account, store, run, "--dry-run")
    file.write_bytes(data.replace(ANN.encode(), b"ann@mailbox.org", 1))
    assert "is damaged" in refused(account, store, run, "--dry-run")


def test_a_run_of_another_account_is_refused(account: Account, store: Path) -> None:
    """Its audience is not in this account."""
    run, _ = kept(account, store, [{"email": BOB}])
    account.control.reset()
    assert "which this account does not have" in refused(account, store, run, "--dry-run")


def test_a_start_that_broke_off_is_continued(raced: Account, between: Between, store: Path) -> None:
    """The second start takes the same number and ends the same; nobody is done twice."""
    run, _ = kept(raced, store, [{"email": email} for email in PEOPLE])
    raced.control.fault("403_bare", method="DELETE", path="/3.0/lists/*", after=2)
    first = undo(raced, store, run, "--expect", "5")
    assert first.code == 1
    raced.control.lift_faults()
    second = undo(raced, store, run, "--expect", "5")
    assert second.code == 0, second.text
    assert {person.status for person in raced.people().values()} == {"archived"}
    assert "5 archived" in second.text
    assert "is undone already" in refused(raced, store, run, "--expect", "5")


@pytest.mark.parametrize("is_answered", [False, True])
def test_undo_killed_outright_is_continued(
    raced: Account, between: Between, store: Path, tmp_path: Path, is_answered: bool
) -> None:
    """Killed right before or after Mailchimp archives the second contact: a second start finishes the same undo."""
    run, _ = kept(raced, store, [{"email": email} for email in PEOPLE])
    file = tmp_path / "config.json"
    file.write_bytes(orjson.dumps(config(raced, object_storage_config=local(store))))
    args = [str(COMMAND), "undo", "--config", str(file), "--run", run, "--expect", "5"]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, env=environment(raced))
    happens_at = between.after if is_answered else between.before
    happens_at("DELETE", "/3.0/lists/*", lambda: os.kill(process.pid, signal.SIGKILL), nth=2)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    second = undo(raced, store, run, "--expect", "5")
    assert second.code == 0, second.text
    assert {person.status for person in raced.people().values()} == {"archived"}
    assert "5 archived" in second.text


# Any run, anybody acting in between


class Story(NamedTuple):
    """Who was there, what a sync brings, and what happens before its undo."""

    there: dict[str, str]
    rows: list[Json]
    keys: Json
    later: list[tuple[str, str]]


ACTS = ("unsubscribe", "confirm", "bounce_hard", "complain", "archive", "forget", "edit", "tag")
STATUSES = ("subscribed", "unsubscribed", "pending", "cleaned", "transactional", "archived")


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any sync of a few people."""
    there = draw(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(STATUSES)))
    names = st.sampled_from(["Ann", "Bea", "", None])
    row = st.fixed_dictionaries(
        {"email": st.sampled_from(PEOPLE), "FNAME": names, "opt_in": st.sampled_from(["yes", "yes", "no", None])}
    )
    entry: Json = {"stream": "people"}
    if draw(st.booleans()):
        entry["tags"] = ["new"]
    if draw(st.booleans()):
        entry |= {"tags_mode": "replace_owned", "owned_tags": ["*"]}
    if draw(st.booleans()):
        entry["opt_in_field"] = "opt_in"
    keys: Json = {
        "streams": [entry],
        "new_member_status": draw(st.sampled_from(["subscribed", "pending", "unsubscribed", "transactional"])),
        "empty_values": draw(st.sampled_from(["ignore", "clear"])),
        "max_removals_percent": 100,
    }
    later = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACTS)), max_size=3))
    return Story(there, draw(st.lists(row, min_size=1, max_size=6)), keys, later)


def happens(account: Account, store: Path, email: str, act: str) -> None:
    """One thing that others do between a sync and its undo."""
    if email not in account.people():
        return
    if act == "archive":
        account.archive(email)
    elif act == "forget":
        account.forget(email)
    elif act == "edit":
        sync(account, [{"email": email, "FNAME": "Edited"}])
    elif act == "tag":
        kept(account, store, [{"email": email}], streams=[{"stream": "people", "tags": ["later"]}])
    else:
        with contextlib.suppress(Exception):
            account.act(email, act)


def mailable(people: dict[str, Person], email: str) -> int:
    person = people.get(email)
    return 0 if person is None else MAILABLE[Status(person.status)]


@given(story=stories(), number=st.integers(0, 10**9))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_run_is_undone_or_listed(account: Account, tmp_path: Path, story: Story, number: int) -> None:
    """Nobody is more mailable than before undo, nobody is mailed, no journey starts; each is as before, or listed."""
    store = tmp_path / str(len(list(tmp_path.iterdir()))) / "store"
    store.mkdir(parents=True)
    account.control.reset()
    made = account.control.seed(name="Readers", merge_fields=[{"tag": "FNAME", "name": "First", "type": "text"}])
    account = Account(account.sandbox, str(made["audience"]), account.api_url)
    for email, status in story.there.items():
        account.put(email, status, merge_fields={"FNAME": "Old"}, tags=["old"])
    for starts, more in (("signup", {}), ("tag", {"tag": "old"}), ("tag", {"tag": "new"})):
        account.control.seed(journeys=[{"audience": account.audience, "name": starts, "starts": starts, **more}])
    original = account.people()
    run, result = kept(account, store, story.rows, **story.keys)
    assert result.error is None, result.complaint
    ours = account.people()
    for email, act in story.later:
        happens(account, store, email, act)
        account.control.clock(advance_seconds=3)
    before, mailed, entered = account.people(), account.mailed(), account.control.journeys()
    whole(account, store, run)
    after = account.people()
    assert account.mailed() == mailed
    assert account.control.journeys() == entered
    report = listed(store)
    for email in PEOPLE:
        assert mailable(after, email) <= mailable(before, email)
        check_contact(
            email, report.get(email), original.get(email), ours.get(email), before.get(email), after.get(email)
        )


def check_contact(
    email: str,
    entry: Json | None,
    original: Person | None,
    ours: Person | None,
    before: Person | None,
    after: Person | None,
) -> None:
    """Hold one contact: as before the sync, archived because it was added, or listed and untouched by undo."""
    if entry is None or entry["action"] == "none":
        assert after == before
        if entry is None and before == ours:
            assert ours == original, email
        return
    assert before == ours, "somebody else had changed them"
    if entry["action"] == "archive":
        assert original is None
        assert after is not None
        assert after.status == "archived"
        return
    assert after is not None
    assert original is not None
    assert after.status == original.status
    assert after.tags == original.tags
    if not entry["stays_as_the_sync_left_it"]:
        assert after.values == original.values


def test_the_report_names_contacts_by_their_member(account: Account, store: Path) -> None:
    """The list of an undo holds each contact that it touched, with the result."""
    run, _ = kept(account, store, [{"email": BOB}])
    whole(account, store, run)
    (file,) = (store / "runs").glob("*/undo.jsonl")
    entries = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    assert entries[0]["undo_of"] == run
    assert entries[1]["member"] == member_hash(BOB)
    assert entries[2]["result"] == "written"
