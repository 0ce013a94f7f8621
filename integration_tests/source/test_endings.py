"""The end of a reading process before its work is done: in seconds, between two lines, without a traceback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from source_destination_mailchimp.mailchimp.auth import BASE_URL_VARIABLE
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

COMMAND = Path(sys.executable).with_name("source-mailchimp")
LONGEST_END_SECONDS = 3.0
SLOW_SECONDS = 6.0
"""What a call takes: twice as long as the process may."""


@contextmanager
def reading(mailchimp: Sandbox, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a read whose call for members is under way and will not be answered for long."""
    config = {"credentials": {"auth_type": "apikey", "apikey": mailchimp.api_key}}
    stream = {"name": "list_members", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    entry = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "catalog.json").write_text(json.dumps({"streams": [entry]}), encoding="utf-8")
    mailchimp.control.fault("delay", seconds=SLOW_SECONDS, path="/3.0/lists/*/members")
    process = subprocess.Popen(
        [str(COMMAND), "read", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, BASE_URL_VARIABLE: mailchimp.api_url},
    )
    with process:
        try:
            wait_for_the_estimate(process)
            yield process
        finally:
            process.kill()
            mailchimp.control.lift_faults()


def wait_for_the_estimate(process: "subprocess.Popen[bytes]") -> None:
    """Read lines until the one that is said before the first page of members is asked for."""
    assert process.stdout is not None
    for line in process.stdout:
        if b'"ESTIMATE"' in line:
            return
    raise AssertionError("the process ended before it read a page")


@pytest.fixture
def mailchimp() -> Iterator[Sandbox]:
    """Start an account with an audience to read."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name="Readers", members=50)
        yield sandbox


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_seconds(mailchimp: Sandbox, tmp_path: Path, number: signal.Signals) -> None:
    """A call under way is not waited for, and the stream is not called complete."""
    with reading(mailchimp, tmp_path) as process:
        process.send_signal(number)
        began = time.monotonic()
        out, err = process.communicate(timeout=30)
        took = time.monotonic() - began
    assert took < LONGEST_END_SECONDS
    assert process.returncode == 128 + number
    assert b"COMPLETE" not in out
    assert b"Traceback" not in out + err
    assert all(json.loads(line) for line in out.splitlines())


def test_a_closed_output_ends_it_in_seconds(mailchimp: Sandbox, tmp_path: Path) -> None:
    """Where nobody reads there is nobody to work for, also while nothing is to be said."""
    with reading(mailchimp, tmp_path) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        began = time.monotonic()
        err = process.stderr.read()
        code = process.wait(timeout=30)
        took = time.monotonic() - began
    assert took < LONGEST_END_SECONDS
    assert code != 0
    assert b"Traceback" not in err
