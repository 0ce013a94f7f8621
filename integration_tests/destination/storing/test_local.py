"""Rejected records on the disk: readable by their owner only, below the folder that was named, there after a crash."""

import csv
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.storing import local
from source_destination_mailchimp.destination.storing.open_store import open_store
from source_destination_mailchimp.destination.storing.store import KeepsNothing, Store
from source_destination_mailchimp.mailchimp.errors import Misconfigured

STARTED = datetime(2026, 1, 2, tzinfo=UTC)
USERS = StreamId("shop", "users")
REJECTED = Settled(Outcome.REJECTED, Note(Reason.NO_EMAIL, "email"))


def settings(storage: dict[str, Any] | None) -> Settings:
    form: dict[str, Any] = {
        "credentials": {"auth_type": "apikey", "apikey": "0-us1"},
        "audience": "a",
        "new_member_status": "pending",
    }
    return parse(form | ({"object_storage_config": storage} if storage else {}))


def opened(path: Path, **more: Any) -> Store:
    return open_store(
        settings({"storage_type": "Local", "path": str(path), **more}), sync_id=7, started=STARTED, environ={}
    )


def files(path: Path) -> list[Path]:
    return sorted(found for found in path.rglob("*") if found.is_file())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_rejected_record_lies_in_a_csv_file(tmp_path: Path) -> None:
    """The record's own columns and the reason can be opened in a spreadsheet."""
    store = opened(tmp_path)
    store.add(USERS, REJECTED, {"id": 1, "email": None, "note": "=cmd()"})
    store.close()
    (file,) = files(tmp_path)
    assert file.relative_to(tmp_path).as_posix() == "7/shop/users/2026_01_02_1767312000000_1.csv"
    with file.open(newline="", encoding="utf-8") as text:
        (row,) = csv.DictReader(text)
    assert row == {
        "id": "1",
        "email": "",
        "note": "'=cmd()",
        "outcome": "rejected",
        "rejected_reason": "no_email",
        "rejected_field": "email",
        "rejected_message": "No email address",
    }


@pytest.mark.parametrize(
    ("storage_format", "expected"),
    [
        ({"format_type": "JSONL"}, b'{"id":1,"tags":["a"],"outcome":"rejected"'),
        ({"format_type": "JSONL", "flattening": "No flattening"}, b'{"_airbyte_data":{"id":1,"tags":["a"]},"outcome"'),
        ({"format_type": "CSV", "flattening": "No flattening"}, b"_airbyte_data,outcome,rejected_reason,"),
    ],
)
def test_other_formats(tmp_path: Path, storage_format: dict[str, str], expected: bytes) -> None:
    """JSON lines keep types; without flattening the record is one column."""
    store = opened(tmp_path, format=storage_format)
    store.add(USERS, REJECTED, {"id": 1, "tags": ["a"]})
    store.close()
    (file,) = files(tmp_path)
    assert file.read_bytes().startswith(expected)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Whatever the umask is: files are for their owner only, and so are the folders that we made."""
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        store = opened(tmp_path / "new" / "rejected")
        store.add(USERS, REJECTED, {"id": 1})
        store.close()
    finally:
        os.umask(before)
    (file,) = files(tmp_path)
    assert mode(file) == 0o600
    made = [parent for parent in file.parents if parent.is_relative_to(tmp_path) and parent != tmp_path]
    assert [mode(parent) for parent in made] == [0o700] * 5
    assert mode(tmp_path) == 0o755


def test_a_file_that_was_open_to_all_is_closed_to_them(tmp_path: Path) -> None:
    """Appending to a file that somebody made readable makes it private before anything is written."""
    storage = local.LocalStorage(tmp_path)
    (tmp_path / "file").touch(0o666)
    storage.append("file", b"secret")
    assert mode(tmp_path / "file") == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A name that somebody made point elsewhere is not written through."""
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Misconfigured, match=r"object_storage_config\.path"):
        local.LocalStorage(tmp_path).append("file", b"secret")
    assert not (tmp_path / "elsewhere").exists()


def test_a_stream_with_a_path_for_a_name_stays_inside(tmp_path: Path) -> None:
    """The name of a stream comes from a source, which may be anybody's."""
    root = tmp_path / "inside"
    store = opened(root)
    store.add(StreamId("../..", "../../../outside"), REJECTED, {"id": 1})
    store.close()
    assert len(files(root)) == len(files(tmp_path)) == 1


def test_what_was_flushed_outlives_the_process(tmp_path: Path) -> None:
    """After a flush a STATE may leave, so the row must be there when the process is killed in the next moment."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_local import *
store = opened(Path({str(tmp_path)!r}))
for number in range(3):
    store.add(USERS, REJECTED, {{"id": number}})
store.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60, capture_output=True)
    assert done.returncode == -9, done.stderr
    (file,) = files(tmp_path)
    assert file.read_bytes().count(b"\n") == 4


def test_parts_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that has grown enough is followed by the next one."""
    monkeypatch.setattr(local, "PART_BYTES", 200)
    store = opened(tmp_path)
    for number in range(10):
        store.add(USERS, REJECTED, {"id": number})
        store.flush()
    store.close()
    names = [file.name for file in files(tmp_path)]
    assert len(names) > 1
    assert sorted(int(name.split("_")[-1].removesuffix(".csv")) for name in names) == list(range(1, len(names) + 1))


def test_check_leaves_nothing_behind(tmp_path: Path) -> None:
    """The check writes for real, and takes its file away."""
    opened(tmp_path / "rejected").check()
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    """The error says which setting and which path, in the check as in the run."""
    (tmp_path / "file").touch()
    store = opened(tmp_path / "file" / "folder")
    with pytest.raises(Misconfigured, match=r"object_storage_config\.path: cannot write .*folder"):
        store.check()
    store.add(USERS, REJECTED, {"id": 1})
    with pytest.raises(Misconfigured, match=r"object_storage_config\.path"):
        store.flush()


def test_in_a_container_only_the_shared_folder_will_do(tmp_path: Path) -> None:
    """Elsewhere files would be gone with the container, so the form's error says where to put them."""
    container = {local.CONTAINER_SIGN: "/entrypoint.sh"}
    (tmp_path / "other").symlink_to("/")
    assert local.folder(f"{tmp_path}/rejected", container, mount=tmp_path) == tmp_path / "rejected"
    for path in ("/rejected", f"{tmp_path}/../rejected", f"{tmp_path}-other/x", f"{tmp_path}/other/x", "rejected"):
        with pytest.raises(Misconfigured, match=r"object_storage_config\.path must begin with .*container"):
            local.folder(path, container, mount=tmp_path)
    with pytest.raises(Misconfigured, match="choose the storage type S3"):
        local.folder(f"{tmp_path}/no/x", container, mount=tmp_path / "no")


def test_outside_a_container_any_folder_will_do(tmp_path: Path) -> None:
    """Somebody who runs the connector by hand knows their own disk."""
    assert local.folder(str(tmp_path), {}) == tmp_path
    assert local.folder("~/rejected", {}) == Path.home() / "rejected"


def test_without_a_store_nothing_is_kept_and_nothing_fails() -> None:
    """Counting alone is a choice."""
    store = open_store(settings(None), sync_id=None, started=STARTED, environ={})
    assert isinstance(store, KeepsNothing)
    store.check()
    store.add(USERS, REJECTED, {"id": 1})
    store.flush()
    store.close()
