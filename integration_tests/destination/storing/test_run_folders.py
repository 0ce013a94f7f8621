"""The folder that each run leaves in the store: its own, in the order of the runs, and readable again."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.storing import local_runs, s3_runs
from source_destination_mailchimp.destination.storing.open_store import open_runs
from source_destination_mailchimp.destination.storing.run_folders import RunFolders
from source_destination_mailchimp.mailchimp.errors import Misconfigured

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
SECRET = "wJalrXUtnFEMIexampleKEY"
NOBODY = 65534
"""The user that owns nothing, on every Linux."""


def opened(storage: dict[str, Any]) -> RunFolders:
    form = {
        "credentials": {"auth_type": "apikey", "apikey": "0-us1"},
        "audience": "a",
        "new_member_status": "pending",
        "object_storage_config": storage,
    }
    runs = open_runs(parse(form), environ={})
    assert runs is not None
    return runs


def in_folder(path: Path) -> RunFolders:
    return opened({"storage_type": "Local", "path": str(path)})


def in_bucket(endpoint: str, **more: Any) -> RunFolders:
    storage = {
        "storage_type": "S3",
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": SECRET,
        "s3_bucket_name": "runs-of-syncs",
        "s3_bucket_region": "us-east-1",
        "s3_endpoint": endpoint,
        "bucket_path": "/mailchimp/",
    }
    return opened(storage | more)


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Where a server that speaks S3 listens; it has a bucket "runs-of-syncs"."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = botocore.session.get_session().create_client(
        "s3", region_name="us-east-1", endpoint_url=address, aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket="runs-of-syncs")
    client.close()
    yield address
    server.stop()


@pytest.fixture(params=["Local", "S3"])
def runs(request: pytest.FixtureRequest, tmp_path: Path, endpoint: str) -> Iterator[RunFolders]:
    """The runs of an empty store, of each kind."""
    made = {
        "Local": lambda: in_folder(tmp_path / "store"),
        "S3": lambda: in_bucket(endpoint, bucket_path=tmp_path.name),
    }[request.param]()
    yield made
    made.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_a_run_wrote_is_read_back(runs: RunFolders) -> None:
    """A file that grows and a file written as a whole come back as they were, under the name of the run."""
    folder = runs.create(STARTED)
    changes = folder.open("changes.jsonl")
    changes.append(b"first\n")
    changes.flush()
    changes.append(b"second\n")
    changes.close()
    folder.write("summary.json", [b"{", b"}"])
    assert runs.names() == [folder.name]
    assert b"".join(runs.read(folder.name, "changes.jsonl")) == b"first\nsecond\n"
    assert b"".join(runs.read(folder.name, "summary.json")) == b"{}"


def test_the_name_says_when_and_the_location_where(runs: RunFolders) -> None:
    """A person finds the newest run by its name, and each file by its address."""
    folder = runs.create(STARTED)
    assert folder.name.startswith("2026-01-02T03-04-05.678Z-")
    assert folder.location.endswith(f"/runs/{folder.name}")
    assert folder.locate("report.html") == f"{folder.location}/report.html"


def test_runs_are_listed_in_the_order_of_their_starts(runs: RunFolders) -> None:
    """Names sort by time, also across a year's end."""
    times = [STARTED + timedelta(milliseconds=1), STARTED.replace(year=2025, month=12), STARTED]
    names = {}
    for started in times:
        folder = runs.create(started)
        folder.write("summary.json", [b"{}"])
        names[started] = folder.name
    assert runs.names() == [names[started] for started in sorted(times)]


def test_runs_that_start_in_the_same_moment_never_share_a_folder(runs: RunFolders) -> None:
    """Fifty runs of one millisecond, four at a time, leave fifty folders."""

    def leave(number: int) -> str:
        folder = runs.create(STARTED)
        folder.write("summary.json", [str(number).encode()])
        return folder.name

    with ThreadPoolExecutor(4) as pool:
        left = list(pool.map(leave, range(50)))
    assert sorted(left) == runs.names()
    assert len(set(left)) == 50
    for number, name in enumerate(left):
        assert b"".join(runs.read(name, "summary.json")) == str(number).encode()


def test_a_file_that_is_there_is_not_opened_again(runs: RunFolders) -> None:
    """Two parts of a run cannot write into one file without knowing of each other."""
    folder = runs.create(STARTED)
    folder.open("changes.jsonl").close()
    with pytest.raises(FileExistsError, match=r"changes\.jsonl"):
        folder.open("changes.jsonl")


def test_a_store_without_runs_has_none(runs: RunFolders) -> None:
    """Nothing is made by looking, and what is not there is said at once."""
    assert runs.names() == []
    folder = runs.create(STARTED)
    with pytest.raises(FileNotFoundError):
        runs.read(folder.name, "changes.jsonl")
    with pytest.raises(FileNotFoundError):
        runs.read(f"../runs/{folder.name}", "summary.json")


def test_a_large_file_comes_in_pieces(runs: RunFolders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to hold a file of changes in memory, to write it or to read it."""
    monkeypatch.setattr(local_runs, "PIECE_BYTES", 100)
    monkeypatch.setattr(s3_runs, "PART_BYTES", 100)
    folder = runs.create(STARTED)
    changes = folder.open("changes.jsonl")
    written = b""
    for number in range(40):
        line = f"line {number}\n".encode()
        written += line
        changes.append(line)
        changes.flush()
    changes.close()
    pieces = list(runs.read(folder.name, "changes.jsonl"))
    assert b"".join(pieces) == written
    assert len(pieces) >= 3
    assert max(map(len, pieces)) < 120


def test_a_whole_file_is_replaced(runs: RunFolders) -> None:
    """The summary of a run that is going on gives way to the one of its end."""
    folder = runs.create(STARTED)
    folder.write("summary.json", [b"running"])
    folder.write("summary.json", [b"done"])
    assert b"".join(runs.read(folder.name, "summary.json")) == b"done"


def test_nobody_else_may_read_a_run(tmp_path: Path) -> None:
    """Whatever the umask is: folders are open to their owner only, and so is every file in them."""
    before = os.umask(0)
    try:
        folder = in_folder(tmp_path / "store").create(STARTED)
        folder.open("changes.jsonl").close()
        folder.write("report.html", [b"x"])
    finally:
        os.umask(before)
    path = Path(folder.location)
    assert [mode(path), mode(path.parent), mode(path.parent.parent)] == [0o700] * 3
    assert {file.name: mode(file) for file in path.iterdir()} == {"changes.jsonl": 0o600, "report.html": 0o600}


def test_other_things_below_runs_are_passed_over(tmp_path: Path) -> None:
    """A stream may be called `runs`, and people put their own things everywhere."""
    runs = in_folder(tmp_path)
    folder = runs.create(STARTED)
    (tmp_path / "runs" / "2026_01_02_1767312000000_1.csv").touch()
    (tmp_path / "runs" / "notes").mkdir()
    assert runs.names() == [folder.name]


@contextmanager
def somebody_without_rights() -> Iterator[None]:
    """Act as a user whom nothing belongs to: root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_the_right_to_write_is_named(tmp_path: Path) -> None:
    """The sentence has the setting, the folder and the reason."""
    store = tmp_path / "store"
    store.mkdir(mode=0o500)
    with somebody_without_rights(), pytest.raises(Misconfigured) as refused:
        in_folder(store).create(STARTED)
    assert "object_storage_config.path: cannot write" in str(refused.value)
    assert str(store) in str(refused.value)
    assert "Permission denied" in str(refused.value)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    """A path that leads through a file can be no folder."""
    (tmp_path / "store").touch()
    with pytest.raises(
        Misconfigured, match=rf"object_storage_config\.path: cannot write {tmp_path}/store.*: Not a directory"
    ):
        in_folder(tmp_path / "store").create(STARTED)


def test_a_disk_that_is_full_is_a_sentence(tmp_path: Path) -> None:
    """A file that may not grow stands for a full disk: the page that was there before stays, and no half one."""
    program = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_run_folders import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = in_folder(Path({str(tmp_path)!r})).create(STARTED)
folder.write("report.html", [b"old"])
changes = folder.open("changes.jsonl")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
for fill in (lambda: folder.write("report.html", [b"x" * 4096] * 10), lambda: changes.append(b"x" * 20_000)):
    try:
        fill()
        changes.flush()
    except Misconfigured as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2, done.stderr
    for line, file in zip(lines, ("report.html", "changes.jsonl"), strict=True):
        assert line.startswith(f"object_storage_config.path: cannot write {tmp_path}")
        assert line.endswith(f"{file}: File too large.")
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "report.html").read_text() == "old"
    assert sorted(file.name for file in folder.iterdir()) == ["changes.jsonl", "report.html"]


def test_a_bucket_that_is_not_there_is_named(endpoint: str) -> None:
    """The first file of a run finds it out, and the sentence has the setting and the bucket."""
    runs = in_bucket(endpoint, s3_bucket_name="not-there")
    with pytest.raises(Misconfigured, match=r"s3_bucket_name: there is no bucket not-there"):
        runs.create(STARTED).write("summary.json", [b"{}"])
    with pytest.raises(Misconfigured, match=r"s3_bucket_name: there is no bucket not-there"):
        runs.names()
    runs.close()


def test_a_run_in_a_bucket_has_an_address(endpoint: str) -> None:
    """The address is the one that Amazon's own tools take."""
    folder = in_bucket(endpoint).create(STARTED)
    assert folder.location == f"s3://runs-of-syncs/mailchimp/runs/{folder.name}"
