"""Undo and verify-changes where the store is a bucket, with the list of changes in parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from integration_tests.destination.syncing import Account, Json, sync
from integration_tests.destination.undoing import said, undo, whole
from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.storing import s3_runs
from source_destination_mailchimp.destination.storing.open_store import open_runs
from source_destination_mailchimp.destination.storing.run_folders import RunFolders

BUCKET = "runs-of-syncs"
MANY = 30
PART_BYTES = 2000
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION")


class Stored(NamedTuple):
    """A bucket, the form's keys for it, and the one sync that it holds."""

    client: Any
    storage: Json
    runs: RunFolders
    run: str

    def part(self, name: str) -> str:
        """Return the key of a file of the sync."""
        return f"{self.storage['bucket_path']}/runs/{self.run}/{name}"


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Json]:
    """An empty place in a bucket; all servers of a process hold the same buckets."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(s3_runs, "PART_BYTES", PART_BYTES)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "storage_type": "S3",
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": "wJalrXUtnFEMIexampleKEY",
        "s3_bucket_name": BUCKET,
        "s3_bucket_region": "us-east-1",
        "s3_endpoint": f"http://{host}:{port}",
        "bucket_path": tmp_path.name,
    }
    server.stop()


@pytest.fixture
def stored(account: Account, storage: Json) -> Iterator[Stored]:
    """A sync of thirty new contacts with a tag."""
    client = botocore.session.get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=storage["s3_endpoint"],
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    client.create_bucket(Bucket=BUCKET)
    rows = [{"email": f"p{number}@postbox.org", "FNAME": f"Name {number}"} for number in range(MANY)]
    streams = [{"stream": "people", "tags": ["new"]}]
    result = sync(account, rows, object_storage_config=storage, keep_changes=True, streams=streams)
    assert result.error is None, result.complaint
    account.control.clock(advance_seconds=5)
    form = {"credentials": {"auth_type": "apikey", "apikey": "0-us1"}, "audience": "a", "new_member_status": "pending"}
    runs = open_runs(parse({**form, "object_storage_config": storage}), environ={})
    assert runs is not None
    (run,) = runs.names()
    yield Stored(client, storage, runs, run)
    runs.close()
    client.close()


def test_a_sync_in_a_bucket_is_checked_and_undone(account: Account, stored: Stored, tmp_path: Path) -> None:
    """Parts are read as one list; the folder of the undo is in the bucket too, and a second undo is refused."""
    store = tmp_path / "unused"
    assert len([name for name in stored.runs.files(stored.run) if name.startswith("changes.")]) > 2
    checked = said(account, store, "verify-changes", stored.run, storage=stored.storage)
    assert (checked.code, checked.text.partition(":")[0]) == (0, "Whole")
    assert "The same as in summary.json." in checked.text
    done = whole(account, store, stored.run, storage=stored.storage)
    assert f"{MANY} contacts added by the sync: {MANY} archived." in done.text
    assert {person.status for person in account.people().values()} == {"archived"}
    last = stored.runs.names()[-1]
    assert {"undo.json", "undo.jsonl", "undo.00002.jsonl"} <= set(stored.runs.files(last))
    again = undo(account, store, stored.run, "--expect", str(MANY), storage=stored.storage)
    assert "has already been undone" in again.text


def test_a_part_that_is_missing_is_found(account: Account, stored: Stored, tmp_path: Path) -> None:
    """Also of a sync that was killed, whose list may end anywhere: what is behind the gap shows it."""
    stored.client.delete_object(Bucket=BUCKET, Key=stored.part("changes.00002.jsonl"))
    stored.client.delete_object(Bucket=BUCKET, Key=stored.part("summary.json"))
    store = tmp_path / "unused"
    checked = said(account, store, "verify-changes", stored.run, storage=stored.storage)
    assert (checked.code, "changes.00003.jsonl is there" in checked.text) == (1, True)
    refused = undo(account, store, stored.run, "--dry-run", "--was-killed", storage=stored.storage)
    assert refused.code == 1
    assert "changes.jsonl of" in refused.text
    assert "changes.00003.jsonl is there, and the part before it is missing." in refused.text


def test_a_folder_that_was_copied_from_the_bucket_is_undone_too(
    account: Account, stored: Stored, tmp_path: Path
) -> None:
    """Its parts lie in a folder of this machine then."""
    store = tmp_path / "store"
    folder = store / "runs" / stored.run
    folder.mkdir(parents=True)
    for name in stored.runs.files(stored.run):
        data = stored.client.get_object(Bucket=BUCKET, Key=stored.part(name))
        (folder / name).write_bytes(data["Body"].read())
    done = whole(account, store, stored.run)
    assert f"{MANY} contacts added by the sync: {MANY} archived." in done.text
