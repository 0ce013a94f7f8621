"""A dozen cells of the fault matrix as the platform meets them: processes with patience and clocks of their own."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path as File

import orjson
import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from integration_tests.chaos.cells import LIST, MEMBER, REPORT, Cell, Path, name_of, strike
from integration_tests.chaos.stage import SETTINGS, STREAMS, STRUCK, contacts, messages, opened
from integration_tests.destination.command_line import write
from integration_tests.destination.syncing import feed, succeeded
from integration_tests.source.conftest import fill_small
from integration_tests.source.syncing import catalog, config
from source_destination_mailchimp.mailchimp.auth import BASE_URL_VARIABLE
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

SOURCE = File(sys.executable).with_name("source-mailchimp")

WRITTEN = (
    Cell(Path("POST", LIST), "reset_after", "once"),
    Cell(Path("POST", LIST), "cut_body", "three times"),
    Cell(Path("GET", f"{LIST}/members"), "404_html", "once"),
    Cell(Path("PATCH", MEMBER), "200_empty_object", "once"),
    Cell(Path("POST", "/3.0/batches"), "302", "once"),
    Cell(Path("POST", f"{LIST}/segments/*"), "502_html", "three times"),
    Cell(Path("*", "/3.0/*"), "429", "one in ten"),
)
READ = (
    Cell(Path("GET", f"{LIST}/members"), "404_foreign", "once"),
    Cell(Path("GET", "/3.0/lists"), "403_bare", "three times"),
    Cell(Path("GET", f"{REPORT}/unsubscribed"), "garbage", "once"),
    Cell(Path("GET", f"{LIST}/segments"), "400_html", "once"),
    Cell(Path("*", "/3.0/*"), "503", "one in ten"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Start a sandbox of its own, because a fault may strike every call."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.mark.parametrize("cell", WRITTEN, ids=name_of)
def test_a_process_that_writes_gets_over_it(sandbox: Sandbox, tmp_path: File, cell: Cell) -> None:
    """The process ends well, every STATE comes out, and the audience ends as without the fault."""
    quiet = opened(sandbox)
    succeeded(feed(quiet, messages(), STREAMS, **SETTINGS))
    truth = contacts(quiet)
    account = opened(sandbox)
    strike(sandbox.control, cell, contact=STRUCK, audience=account.audience)
    lines = [orjson.dumps(message) for message in messages()]
    ended = write(account, tmp_path, lines, STREAMS, **SETTINGS)
    assert ended.code == 0, ended.log
    assert len(ended.states) == sum(message["type"] == "STATE" for message in messages())
    assert contacts(account) == truth


@pytest.fixture(scope="module")
def readable(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Readable"]:
    """A small account, and what a process without faults reads of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BASE_URL_VARIABLE, sandbox.api_url)
        yield Readable(sandbox, tmp_path_factory.mktemp("read"))


class Readable:
    """An account that a process reads whole."""

    def __init__(self, sandbox: Sandbox, folder: File) -> None:
        sandbox.control.reset()
        self.sandbox, self._folder = sandbox, folder
        self.seeded = fill_small(sandbox)
        settings = config(sandbox)
        configured = ConfiguredAirbyteCatalogSerializer.dump(catalog(settings))
        (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        (folder / "catalog.json").write_bytes(orjson.dumps(configured))
        self.truth = self.rows()

    def rows(self) -> Counter[bytes]:
        """Run the command to its good end and return every row that it printed."""
        files = ["--config", str(self._folder / "config.json"), "--catalog", str(self._folder / "catalog.json")]
        done = subprocess.run(
            [str(SOURCE), "read", *files], capture_output=True, check=False, timeout=60, env=os.environ
        )
        assert done.returncode == 0, done.stdout[-2000:]
        records = (orjson.loads(line).get("record") for line in done.stdout.splitlines())
        rows = ({"stream": one["stream"], "data": one["data"]} for one in records if one)
        return Counter(orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in rows)


@pytest.mark.parametrize("cell", READ, ids=name_of)
def test_a_process_that_reads_gets_over_it(readable: Readable, cell: Cell) -> None:
    """The process ends well, with the same rows as without the fault."""
    control, seeded = readable.sandbox.control, readable.seeded
    strike(control, cell, audience=seeded.audience)
    try:
        assert readable.rows() == readable.truth
    finally:
        control.lift_faults()
