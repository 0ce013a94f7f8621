"""Undo: what a sync did is taken back where nobody else had a hand in it, and nobody is more mailable for it."""

import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.command_line import COMMAND, environment
from integration_tests.destination.syncing import (
    Account,
    Person,
    config,
    sync,
)
from integration_tests.destination.undoing import ANN, BOB, CID, PEOPLE, kept, listed, local, undo, whole
from source_destination_mailchimp.destination.changes import changed_contacts
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.account.root import ACCOUNT


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
    assert "is an undo, which cannot be undone" in refused(account, store, own, "--dry-run")
    assert "has already been undone" in refused(account, store, run, "--dry-run")


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_sync_that_may_be_running_is_left_alone(account: Account, store: Path, is_killed: bool) -> None:
    """Its summary still says `running`; where its process was killed, the user says so."""
    run, _ = kept(account, store, [{"email": BOB}])
    folder = store / "runs" / run
    summary = orjson.loads((folder / "summary.json").read_bytes())
    summary["exit"]["status"] = "running"
    (folder / "summary.json").write_bytes(orjson.dumps(summary))
    header, change, answer, _ = (folder / "changes.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "changes.jsonl").write_bytes(header + change + answer[:20])
    if not is_killed:
        assert "has not ended" in refused(account, store, run, "--dry-run")
        return
    assert undo(account, store, run, "--was-killed", "--expect", "0").code == 0
    assert listed(store)[BOB]["reason"] == "open"
    assert account.status(BOB) == "subscribed"


def swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


DAMAGE: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "the end is cut off": lambda lines: lines[:-1],
    "the last line breaks off": lambda lines: [*lines[:-1], lines[-1][:-1]],
    "only the first line is there": lambda lines: lines[:1],
    "a line is changed": lambda lines: [line.replace(ANN.encode(), b"ann@mailbox.org") for line in lines],
    "a line is missing": lambda lines: [*lines[:3], *lines[4:]],
    "two lines are swapped": swapped,
    "a line is there twice": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "a line is appended": lambda lines: [*lines, lines[2]],
    "nonsense is appended": lambda lines: [*lines, b"nonsense\n"],
    "it is another file": lambda lines: [b"\x00\xff\n"],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_list_is_refused(account: Account, store: Path, damage: str) -> None:
    """One sentence, and nothing is written."""
    run, _ = kept(account, store, [{"email": email} for email in PEOPLE])
    file = store / "runs" / run / "changes.jsonl"
    file.write_bytes(b"".join(DAMAGE[damage](file.read_bytes().splitlines(keepends=True))))
    assert "is damaged" in refused(account, store, run, "--dry-run")
    assert "is damaged" in refused(account, store, run, "--expect", "5")


@pytest.mark.parametrize("damage", [*DAMAGE, "it is gone"])
def test_damage_in_the_list_of_another_sync_is_refused_too(account: Account, store: Path, damage: str) -> None:
    """Nobody knows any more whom it changed after the sync that is to be undone."""
    run, _ = kept(account, store, [{"email": BOB}])
    other, _ = kept(account, store, [{"email": email} for email in PEOPLE])
    file = store / "runs" / other / "changes.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.unlink()
    if damage in DAMAGE:
        file.write_bytes(b"".join(DAMAGE[damage](lines)))
    assert f"changes.jsonl of {other} is {'damaged' if damage in DAMAGE else 'missing'}" in refused(
        account, store, run, "--dry-run"
    )


def test_a_damaged_summary_is_refused(account: Account, store: Path) -> None:
    """It says whether the sync has ended, and where its list does."""
    run, _ = kept(account, store, [{"email": BOB}])
    for data in (b"{", b"[]"):
        (store / "runs" / run / "summary.json").write_bytes(data)
        assert f"summary.json of {run} is damaged" in refused(account, store, run, "--dry-run")


def test_a_full_disk_for_temporary_files_is_a_sentence(
    account: Account, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written."""
    run, _ = kept(account, store, [{"email": email} for email in PEOPLE])
    monkeypatch.setattr(changed_contacts, "_TABLES", (*changed_contacts._TABLES, "PRAGMA max_page_count = 1"))
    assert "The temporary file with the contacts of the audience cannot be written" in refused(
        account, store, run, "--dry-run"
    )


def test_a_run_of_another_account_is_refused(account: Account, store: Path) -> None:
    """Its audience is not in this account."""
    run, _ = kept(account, store, [{"email": BOB}])
    account.control.reset()
    assert "which this account does not have" in refused(account, store, run, "--dry-run")


def test_a_run_of_another_account_with_the_same_audience_is_refused(
    account: Account, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's own ID counts, which stands in the list and in the summary; also where nobody was changed."""
    run, _ = kept(account, store, [])
    summary = orjson.loads((store / "runs" / run / "summary.json").read_bytes())
    assert summary["account_id"] == ACCOUNT["account_id"]
    monkeypatch.setitem(ACCOUNT, "account_id", "another0")
    assert "wrote to another Mailchimp account" in refused(account, store, run, "--dry-run")


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
    assert "has already been undone" in refused(raced, store, run, "--expect", "5")


def test_a_full_disk_ends_undo_and_a_second_start_goes_on(account: Account, store: Path, tmp_path: Path) -> None:
    """Nobody is archived who is not in the list of the undo; with room again the same command finishes."""
    people = [f"p{number}@postbox.org" for number in range(40)]
    run, _ = kept(account, store, [{"email": email} for email in people])
    file = tmp_path / "config.json"
    file.write_bytes(orjson.dumps(config(account, object_storage_config=local(store), max_connections=2)))
    args = [str(COMMAND), "undo", "--config", str(file), "--run", run, "--expect", "40"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    done = subprocess.run(args, capture_output=True, text=True, env=environment(account), preexec_fn=limit, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("object_storage_config.path: cannot write ")
    assert len(done.stdout.splitlines()) == 1
    assert 0 < len([one for one in account.people().values() if one.status == "archived"]) < 40
    second = undo(account, store, run, "--expect", "40")
    assert second.code == 0, second.text
    assert "40 archived" in second.text
    assert {one.status for one in account.people().values()} == {"archived"}


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


def test_the_report_names_contacts_by_their_member(account: Account, store: Path) -> None:
    """The list of an undo holds each contact that it touched, with the result."""
    run, _ = kept(account, store, [{"email": BOB}])
    whole(account, store, run)
    (file,) = (store / "runs").glob("*/undo.jsonl")
    entries = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    assert entries[0]["undo_of"] == run
    assert entries[1]["member"] == member_hash(BOB)
    assert entries[2]["result"] == "written"
