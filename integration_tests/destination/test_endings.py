"""The end of a process before its work is done: in seconds, with the STATEs that were true, in a sentence."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.destination.command_line import NAMES, Ended, command, environment, kept
from integration_tests.destination.lists import carriers, list_stream, mirrored, seed_list, whole
from integration_tests.destination.syncing import FIELDS, Account, feed, succeeded
from source_destination_mailchimp.destination.members import cache
from source_destination_mailchimp.sandbox.http.server import running_sandbox

FEW = 20
LONGEST_END_SECONDS = 3.0
SLOW_SECONDS = 6.0
"""What a call takes: twice as long as the process may."""


@pytest.fixture
def account() -> Iterator[Account]:
    """An account in a sandbox of its own: a call that nobody waits for takes effect after its test has ended."""
    with running_sandbox() as sandbox:
        audience = str(sandbox.control.seed(name="Readers", merge_fields=FIELDS, members=0)["audience"])
        yield Account(sandbox, audience, sandbox.api_url)


def lines(start: int, many: int = FEW) -> bytes:
    """Records of so many people, and a STATE behind them that says how many have come by then."""
    found = [NAMES.record(email=f"person{number}@sandbox-people.org") for number in range(start, start + many)]
    return b"".join(orjson.dumps(one) + b"\n" for one in [*found, NAMES.state(start + many)])


@contextmanager
def running(account: Account, folder: Path, **keys: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has passed on its first STATE, and whose next call will not be answered for long."""
    process = subprocess.Popen(
        command(account, folder, **keys),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(account),
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with process:
        try:
            process.stdin.write(lines(0))
            process.stdin.flush()
            while b'"STATE"' not in process.stdout.readline():
                pass
            account.control.fault("delay", seconds=SLOW_SECONDS, method="POST", path="/3.0/lists/*")
            process.stdin.write(lines(FEW, 600))
            process.stdin.flush()
            wait_for_a_call(account)
            yield process
        finally:
            process.kill()
            account.control.lift_faults()


def wait_for_a_call(account: Account) -> None:
    """Return when a call is under way."""
    wait_until(lambda: calls_under_way(account) > 0)


def calls_under_way(account: Account) -> int:
    """How many calls Mailchimp has not answered."""
    account.control.forget_requests()  # the peak starts anew, from the calls that are under way
    return account.control.peak()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return when something is so."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def end_of(process: "subprocess.Popen[bytes]") -> tuple[Ended, float]:
    """What a process says until it ends, and the seconds that takes."""
    began = time.monotonic()
    assert process.stdout is not None and process.stderr is not None
    out = process.stdout.read() if not process.stdout.closed else b""
    err = process.stderr.read()
    code = process.wait(timeout=30)
    return Ended(code, out, err), time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_seconds(account: Account, tmp_path: Path, number: signal.Signals) -> None:
    """A call under way is not waited for, and nothing that it may have written is called settled."""
    with running(account, tmp_path) as process:
        process.send_signal(number)
        ended, seconds = end_of(process)
    assert seconds < LONGEST_END_SECONDS
    assert ended.code == 128 + number
    assert ended.cursors == []
    assert f"Sync stopped ({number.name}). Results so far:" in ended.log
    assert f"{FEW} added" in ended.log
    assert b"Traceback" not in ended.out + ended.err


def test_a_closed_output_ends_it_in_seconds(account: Account, tmp_path: Path) -> None:
    """Where nobody reads there is nobody to work for, also while nothing is to be said."""
    with running(account, tmp_path) as process:
        assert process.stdout is not None
        process.stdout.close()
        ended, seconds = end_of(process)
    assert seconds < LONGEST_END_SECONDS
    assert ended.code != 0
    assert b"Traceback" not in ended.err
    assert b"BrokenPipe" not in ended.err


def test_a_signal_before_the_first_record_ends_it(account: Account, tmp_path: Path) -> None:
    """While Mailchimp is asked what is there, nothing is settled and nothing has to be said."""
    account.control.fault("delay", seconds=SLOW_SECONDS, method="GET", path="/3.0/lists*")
    process = subprocess.Popen(
        command(account, tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(account),
    )  # fmt: skip
    with process:
        try:
            wait_for_a_call(account)
            process.send_signal(signal.SIGTERM)
            ended, seconds = end_of(process)
        finally:
            process.kill()
            account.control.lift_faults()
    assert seconds < LONGEST_END_SECONDS
    assert ended.code == 128 + signal.SIGTERM
    assert b"Traceback" not in ended.out + ended.err


def test_what_is_settled_when_the_signal_comes_is_passed_on(account: Account, tmp_path: Path) -> None:
    """The next run begins behind the last STATE that left, and nobody is lost or added twice."""
    with running(account, tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        end_of(process)
    again = [NAMES.record(email=f"person{number}@sandbox-people.org") for number in range(FEW, FEW + 600)]
    succeeded(feed(account, [*again, NAMES.state(FEW + 600)], [NAMES]))
    assert len(account.people()) == FEW + 600


def test_a_store_that_cannot_be_written_is_a_sentence(account: Account, tmp_path: Path) -> None:
    """A folder that turns into a file while records are rejected: the setting is named, and no STATE leaves."""
    folder = tmp_path / "kept"

    def messages() -> Iterator[dict[str, Any] | None]:
        yield NAMES.record(email="no address")
        shutil.rmtree(folder)  # with the folder of the run in it
        folder.write_text("a file now")
        yield NAMES.state(1)

    done = feed(account, messages(), [NAMES], object_storage_config=kept(folder))
    assert done.complaint.startswith("object_storage_config.path: cannot write")
    assert str(done.error and done.error.failure_type).endswith("config_error")
    assert done.cursors == []


def test_a_full_disk_is_a_sentence(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite finds no room for what is known of the audience: the platform may try again, and nobody left a list."""
    people = seed_list(account, 400)
    monkeypatch.setattr(cache, "_TABLES", (*cache._TABLES, "PRAGMA max_page_count = 1"))
    stream = list_stream()
    done = feed(account, whole(stream, people[:390]), [stream], streams=[mirrored()])
    assert done.complaint.startswith("The temporary file with the contacts of the audience cannot be written")
    assert "full" in done.complaint
    assert str(done.error and done.error.failure_type).endswith("transient_error")
    assert done.cursors == []
    assert carriers(account) == set(people)
