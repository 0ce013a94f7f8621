"""The list of what a sync changed: complete, also where the process is killed, and damage in it is found."""

import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.command_line import COMMAND, NAMES, command, environment
from integration_tests.destination.syncing import Account, Json, Result, Stream, sync
from source_destination_mailchimp.destination.changes.chain import check
from source_destination_mailchimp.destination.changes.layout import whole_changes
from source_destination_mailchimp.destination.changes.verify import verify_folder
from source_destination_mailchimp.mailchimp.members import member_hash

WRITES = "/3.0/lists/*"


def local(store: Path) -> Json:
    return {"storage_type": "Local", "path": str(store)}


def folder_of(store: Path) -> Path:
    (folder,) = sorted((store / "runs").iterdir())
    return folder


def entries(store: Path) -> list[Json]:
    """Every line of the only run's list."""
    return [orjson.loads(line) for line in (folder_of(store) / "changes.jsonl").read_bytes().splitlines()]


def changes(store: Path) -> dict[str, list[Json]]:
    """Address → its changes, each with its answer under `answer`."""
    by_number: dict[int, Json] = {}
    for entry in whole_changes(entries(store)):
        if entry["type"] == "change":
            by_number[entry["n"]] = entry
        elif entry["type"] == "answer":
            for number in entry["of"]:
                by_number[number]["answer"] = entry
    found: dict[str, list[Json]] = {}
    for change in by_number.values():
        found.setdefault(change["email"], []).append(change)
    return found


def kept(account: Account, records: list[Json], store: Path, **keys: Any) -> Result:
    """One sync that keeps its changes."""
    result = sync(account, records, object_storage_config=local(store), keep_changes=True, **keys)
    assert result.error is None, result.complaint
    return result


def test_every_change_is_there_with_before_and_after(account: Account, tmp_path: Path) -> None:
    """A newcomer, a value, tags; and nothing of who stays as they are."""
    account.put("ann@postbox.org", "subscribed", merge_fields={"FNAME": "Anne", "LNAME": "Lee"})
    account.put("bob@postbox.org", "subscribed", merge_fields={"FNAME": "Bob", "LNAME": "Ray"})
    rows = [
        {"email": "ann@postbox.org", "FNAME": "Ann", "LNAME": "Lee"},
        {"email": "bob@postbox.org", "FNAME": "Bob", "LNAME": "Ray"},
        {"email": "new@postbox.org", "FNAME": "New"},
    ]
    result = kept(account, rows, tmp_path)
    found = changes(tmp_path)
    assert set(found) == {"ann@postbox.org", "new@postbox.org"}
    (ann,), (new,) = found["ann@postbox.org"], found["new@postbox.org"]
    assert ann["before"]["merge_fields"] == {"FNAME": "Anne"}
    assert ann["sent"] == {"merge_fields": {"FNAME": "Ann"}}
    assert (ann["stream"], ann["key"]) == ("people", {"email": "ann@postbox.org"})
    assert ann["answer"]["result"] == new["answer"]["result"] == "written"
    assert "before" not in new
    assert new["authority"] == {"setting": "new_member_status"}
    assert new["member"] == member_hash("new@postbox.org")
    summary = orjson.loads((folder_of(tmp_path) / "summary.json").read_bytes())
    assert summary["changes"]["count"] == 2
    assert result.log.splitlines()[-1].endswith(summary["changes"]["head"])
    assert verify_folder(folder_of(tmp_path)).is_whole


def test_tags_are_listed_whatever_call_they_take(account: Account, tmp_path: Path) -> None:
    """Of subscribed contacts by the tag, of others by their own call."""
    account.put("ann@postbox.org", "subscribed")
    account.put("bob@postbox.org", "unsubscribed")
    streams = [{"stream": "people", "tags": ["VIP"]}]
    kept(account, [{"email": "ann@postbox.org"}, {"email": "bob@postbox.org"}], tmp_path, streams=streams)
    found = changes(tmp_path)
    for email, call in (("ann@postbox.org", "tag"), ("bob@postbox.org", "member")):
        (change,) = found[email]
        assert change["sent"] == {"tags": {"VIP": True}}
        assert change["by_call"] == call
        assert change["answer"]["result"] == "written"


@pytest.mark.parametrize("keys", [{"dry_run": True}, {"keep_changes": False}])
def test_no_list_without_the_setting_or_in_a_dry_run(account: Account, tmp_path: Path, keys: Json) -> None:
    """Neither leaves a file, and the summary says that there is none."""
    given = {"keep_changes": True, **keys}
    sync(account, [{"email": "ann@postbox.org"}], object_storage_config=local(tmp_path), **given)
    folder = folder_of(tmp_path)
    assert not (folder / "changes.jsonl").exists()
    assert orjson.loads((folder / "summary.json").read_bytes())["changes"] is None


@pytest.mark.parametrize("is_answered", [False, True])
def test_whatever_left_is_in_the_list_of_a_killed_run(
    raced: Account, between: Between, tmp_path: Path, is_answered: bool
) -> None:
    """Killed outright right before or after Mailchimp does a write: its change is there, unsettled."""
    store = tmp_path / "store"
    keys: dict[str, Any] = {"object_storage_config": local(store), "keep_changes": True, "max_connections": 1}
    process = subprocess.Popen(
        command(raced, tmp_path, **keys), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(raced)
    )
    happens = between.after if is_answered else between.before
    happens("POST", WRITES, lambda: os.kill(process.pid, signal.SIGKILL))
    record = NAMES.record(email="ann@postbox.org", FNAME="Ann")
    process.communicate(orjson.dumps(record) + b"\n" + orjson.dumps(NAMES.state(1)) + b"\n")
    assert process.returncode == -signal.SIGKILL
    (change,) = changes(store)["ann@postbox.org"]
    assert "answer" not in change
    verdict = verify_folder(folder_of(store))
    assert not verdict.is_whole
    assert "was killed" in verdict.sentences[0]


def limited(size: int) -> Callable[[], None]:
    """Let no file of a process grow beyond so many bytes, as on a disk that is full then."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [30_000, 100_000])
def test_a_full_disk_ends_the_run_and_nothing_is_sent_unlisted(account: Account, tmp_path: Path, size: int) -> None:
    """One sentence with the file; whoever was written is in the list, whose lines fit up to where it breaks off."""
    store = tmp_path / "store"
    keys: dict[str, Any] = {"object_storage_config": local(store), "keep_changes": True, "max_connections": 2}
    lines = [orjson.dumps(NAMES.record(email=f"p{number}@postbox.org", FNAME="Ann")) for number in range(3000)]
    done = subprocess.run(
        command(account, tmp_path, **keys),
        input=b"\n".join([*lines, orjson.dumps(NAMES.state(1)), b""]),
        stdout=subprocess.PIPE,
        env=environment(account),
        preexec_fn=limited(size),
        check=False,
    )
    assert done.returncode == 1
    said = [orjson.loads(line) for line in done.stdout.splitlines()]
    (error,) = [one["trace"]["error"] for one in said if one["type"] == "TRACE" and one["trace"]["type"] == "ERROR"]
    assert error["failure_type"] == "config_error"
    assert error["message"].startswith("object_storage_config.path: cannot write ")
    assert error["message"].endswith("changes.jsonl: File too large.")
    file = folder_of(store) / "changes.jsonl"
    whole_lines = file.read_bytes().rpartition(b"\n")[0].splitlines()
    listed = {entry["email"] for entry in whole_changes(map(orjson.loads, whole_lines)) if entry["type"] == "change"}
    assert set(account.people()) <= listed
    assert check([file.read_bytes()]).fault is None


def test_what_an_answer_leaves_open_is_settled_by_the_next(account: Account, tmp_path: Path) -> None:
    """A lost answer is `unknown` or tried again; either way each change has one answer."""
    account.control.fault("reset_after", method="POST", path=WRITES, times=1)
    kept(account, [{"email": "ann@postbox.org", "FNAME": "Ann"}], tmp_path)
    for change in changes(tmp_path)["ann@postbox.org"]:
        assert change["answer"]["result"] in ("written", "unknown")


def verify(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([COMMAND, "verify-changes", str(folder)], capture_output=True, text=True, check=False)


def test_the_command_finds_damage(account: Account, tmp_path: Path) -> None:
    """Whole as it was written; with a changed line, without its end, and with another summary it is not."""
    kept(account, [{"email": f"p{n}@postbox.org"} for n in range(5)], tmp_path)
    folder = folder_of(tmp_path)
    file = folder / "changes.jsonl"
    whole = file.read_bytes()
    done = verify(folder)
    assert (done.returncode, done.stdout.partition("\n")[0]) == (0, "Whole: 5 changes in 9 lines.")
    file.write_bytes(whole.replace(b"p2@postbox.org", b"p9@postbox.org", 1))
    done = verify(folder)
    assert done.returncode == 1
    assert done.stdout.startswith("Not whole. Line 5:")
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    assert "No total at the end" in verify(folder).stdout
    file.write_bytes(whole)
    summary = orjson.loads((folder / "summary.json").read_bytes())
    summary["changes"]["head"] = "0" * 64
    (folder / "summary.json").write_bytes(orjson.dumps(summary))
    assert "holds another head" in verify(folder).stdout


def test_the_command_says_where_there_is_no_list(tmp_path: Path) -> None:
    """One sentence, and the exit code of a failure."""
    done = verify(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("There is no changes.jsonl in ")


def test_no_value_of_a_contact_that_stays_as_it_is_reaches_the_list(account: Account, tmp_path: Path) -> None:
    """A second sync of the same records leaves a list without changes."""
    rows = [{"email": "ann@postbox.org", "FNAME": "Ann"}]
    stream = Stream()
    sync(account, rows, stream=stream)
    kept(account, rows, tmp_path, stream=stream)
    assert [entry["type"] for entry in entries(tmp_path)] == ["run", "total"]
