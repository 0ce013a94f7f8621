"""Killed anywhere, a sync goes on from its last state, and together the attempts have everything."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from integration_tests.source.plain import Row, activities, members
from integration_tests.source.syncing import by_key, catalog, config
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.states import bookmarks
from source_destination_mailchimp.source.streams import BY_NAME

COMMAND = str(Path(sys.executable).with_name("source-mailchimp"))
Stop = Callable[[Row, int], bool]


class Attempts:
    """What the platform keeps over attempts: all records that stand before the last state of their stream."""

    def __init__(self, folder: Path, settings: Row, *streams: str) -> None:
        self.folder = folder
        self.records: dict[str, list[Row]] = {name: [] for name in streams}
        self.states: dict[str, Row] = {}
        self._write("config.json", settings)
        self._write("catalog.json", ConfiguredAirbyteCatalogSerializer.dump(catalog(settings, *streams)))

    def run(self, stop: Stop = lambda message, count: False) -> int:
        """Start the command, kill it after the message for which `stop` says so; returns how many records came."""
        self._write("state.json", list(self.states.values()))
        paths = [f"--{name}={self.folder / name}.json" for name in ("config", "catalog", "state")]
        with subprocess.Popen([COMMAND, "read", *paths], stdout=subprocess.PIPE, env=dict(os.environ)) as process:
            assert process.stdout
            count = 0
            for line in process.stdout:
                message = orjson.loads(line)
                count += self._take(message)
                if stop(message, count):
                    os.kill(process.pid, signal.SIGKILL)
                    break
        return count

    def _take(self, message: Row) -> bool:
        if message["type"] == "STATE":
            self.states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        elif message["type"] == "RECORD":
            self.records[message["record"]["stream"]].append(message["record"]["data"])
            return True
        return False

    def _write(self, name: str, content: Any) -> None:
        (self.folder / name).write_text(json.dumps(content), encoding="utf-8")

    def rows(self, stream: str) -> dict[tuple[Any, ...], Row]:
        """What a destination that removes duplicates ends with."""
        return by_key(self.records[stream], BY_NAME[stream].primary_key)


def _after_states(number: int) -> Stop:
    left = [number]

    def stop(message: Row, count: int) -> bool:
        left[0] -= message["type"] == "STATE"
        return left[0] <= 0

    return stop


def test_killed_after_every_state_and_between(sandbox: Sandbox, tmp_path: Path) -> None:
    """Attempts killed behind a state, or in the middle of records, come to the same rows as one that was not."""
    audiences = [
        sandbox.control.seed(name=f"A{n}", members=300, archived=20, prefix=f"a{n}p")["audience"] for n in range(4)
    ]
    orders = [{"audience": audience, "open_percent": 50, "title": str(n)} for n in range(3) for audience in audiences]
    campaigns = [sandbox.control.call("POST", "campaigns", order)["id"] for order in orders]
    sandbox.control.clock(advance_seconds=2)
    attempts = Attempts(tmp_path, config(sandbox, max_connections=2), "list_members", "email_activity")
    counts = [
        attempts.run(_after_states(1)),
        attempts.run(lambda message, count: count >= 150),
        attempts.run(_after_states(3)),
        attempts.run(),
    ]
    assert all(counts[:3])
    truth = by_key([row for audience in audiences for row in members(sandbox, audience)], ("id", "list_id"))
    assert attempts.rows("list_members") == truth
    key = ("campaign_id", "email_id", "action", "timestamp", "url")
    done = by_key([row for one in campaigns for row in activities(sandbox, one)], key)
    read = by_key(attempts.records["email_activity"], key)
    assert {one: {**row, "activity_id": None} for one, row in read.items()} == {
        one: {**row, "activity_id": None} for one, row in done.items()
    }
    assert attempts.run() == 0


def test_a_large_audience_is_taken_up_in_its_middle(sandbox: Sandbox, tmp_path: Path) -> None:
    """An audience of more than one window has states on the way, and is not begun again."""
    size = 24_000
    audience = sandbox.control.seed(name="Large", members=size)["audience"]
    attempts = Attempts(tmp_path, config(sandbox), "list_members")
    first = attempts.run(_after_states(1))
    saved = attempts.states["list_members"]["stream"]["stream_state"]
    assert list(bookmarks(saved, "last_changed")) == [audience]
    assert 11_000 <= first < 20_000
    assert attempts.run() < size - 10_000
    assert len(attempts.rows("list_members")) == size


def test_a_reader_that_goes_away_ends_the_process(sandbox: Sandbox, tmp_path: Path) -> None:
    """When nobody takes the records any more, the command ends by itself and leaves no thread waiting for room."""
    sandbox.control.seed(name="Large", members=12_000)
    attempts = Attempts(tmp_path, config(sandbox), "list_members", "consent", "member_tags")
    paths = [f"--{name}={tmp_path / name}.json" for name in ("config", "catalog")]
    with subprocess.Popen(
        [COMMAND, "read", *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ)
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) != 0
    assert attempts.records["list_members"] == []
