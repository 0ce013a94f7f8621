"""Both connectors in somebody else's hands: PyAirbyte copies one audience into another, and then only what changed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integration_tests.postgres_server import running_postgres, server_programs
from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

BIN = Path(sys.executable).parent
PYAIRBYTE = Path(__file__).resolve().parents[1] / ".venv-airbyte" / "bin" / "python"
pytestmark = [
    pytest.mark.skipif(not PYAIRBYTE.exists(), reason="`make setup-airbyte` installs PyAirbyte and DuckDB"),
    pytest.mark.timeout(900),  # PyAirbyte takes its time to start
]

WITH_CACHE = """
import json, sys
from pathlib import Path
import airbyte as ab
from airbyte.caches import PostgresCache

source, destination, place, programs = (json.loads(text) for text in sys.argv[1:5])
reader = ab.get_source("source-mailchimp", config=source, streams=["list_members"],
                       local_executable=Path(programs, "source-mailchimp"))
writer = ab.get_destination("destination-mailchimp", config=destination,
                            local_executable=Path(programs, "destination-mailchimp"))
if "port" in place:
    cache = PostgresCache(host="127.0.0.1", username="postgres", password="any", **place)
else:
    cache = ab.DuckDBCache(db_path=Path(place["path"]))
written = writer.write(reader, cache=cache)
print("RECORDS", written.processed_records)
"""
COPY = """
import json, sys
from pathlib import Path
import airbyte as ab

source, destination, folder, programs = (json.loads(text) for text in sys.argv[1:5])
reader = ab.get_source("source-mailchimp", config=source, streams=["list_members"],
                       local_executable=Path(programs, "source-mailchimp"))
writer = ab.get_destination("destination-mailchimp", config=destination,
                            local_executable=Path(programs, "destination-mailchimp"))
states = ab.DuckDBCache(db_path=Path(folder, "states.duckdb"))
written = writer.write(reader, cache=False, state_cache=states)
print("RECORDS", written.processed_records)
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """What the caller of PyAirbyte sees of a sync from Old to New."""

    code: int
    said: str
    """Everything on the caller's own console."""

    @property
    def records(self) -> int:
        """How many records came."""
        return int(self.said.rpartition("RECORDS ")[2].split()[0])


@pytest.fixture
def mailchimp() -> Iterator[Sandbox]:
    """An account with a full audience and an empty one."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name="Old", members=300, merge_values={"FNAME": "Ann{n}"}, archived=20)
        sandbox.control.seed(name="New")
        yield sandbox


def copy(mailchimp: Sandbox, folder: Path, program: str = COPY, place: Any = None, **keys: Any) -> Copied:
    """One sync from Old to New; `place` says where a cache is, and more keys go to the destination's configuration."""
    mailchimp.control.forget_requests()
    credentials = {"auth_type": "apikey", "apikey": mailchimp.api_key}
    source: dict[str, Any] = {"credentials": credentials, "audiences": ["Old"], "merge_fields": "flat"}
    source["lookback_seconds"] = 0  # or everybody of the last minute would come again
    entry = {"stream": "list_members", "opt_in_field": "opted_in", "consent_time_field": "timestamp_opt"}
    destination = {"credentials": credentials, "audience": "New", "new_member_status": "subscribed", "streams": [entry]}
    destination |= keys
    arguments = [json.dumps(one) for one in (source, destination, place or str(folder), str(BIN))]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": mailchimp.api_url, "DO_NOT_TRACK": "1"}
    environment |= {"AIRBYTE_OFFLINE_MODE": "1", "NO_COLOR": "1"}
    command = [str(PYAIRBYTE), "-W", "ignore", "-c", program, *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    return Copied(done.returncode, done.stderr + done.stdout)


def names(mailchimp: Sandbox, audience: str) -> dict[str, str]:
    """First names of everybody who is subscribed in an audience."""
    (found,) = (one for one in mailchimp.store.audiences.values() if one.settings["name"] == audience)
    (tag,) = (field.merge_id for field in found.merge_fields.values() if field.tag == "FNAME")
    people = (member for member in found.by_digest.values() if member.status == "subscribed")
    return {member.email_address: str(member.merge_values.get(tag, "")) for member in people}


def test_a_second_run_moves_only_what_changed(mailchimp: Sandbox, tmp_path: Path) -> None:
    """The first run copies everybody who may be mailed, the second one person who changed, the third nobody."""
    first = copy(mailchimp, tmp_path)
    assert first.code == 0, first.said
    assert first.records == 300
    assert "280 added, 20 skipped: 300 records." in first.said
    assert names(mailchimp, "New") == names(mailchimp, "Old")
    assert len(names(mailchimp, "New")) == 280

    (old,) = (one.id for one in mailchimp.store.audiences.values() if one.settings["name"] == "Old")
    email = "person7@sandbox-people.org"
    changed = {"email_address": email, "status": "subscribed", "merge_fields": {"FNAME": "Annabel"}}
    mailchimp.control.seed(old, members=[changed])
    second = copy(mailchimp, tmp_path)
    assert second.records == 1
    assert "1 updated: 1 record." in second.said
    assert names(mailchimp, "New")[email] == "Annabel"

    third = copy(mailchimp, tmp_path)
    assert third.records == 0
    assert "No records received." in third.said
    assert [call for call in mailchimp.control.requests() if call["method"] != "GET"] == []


def test_a_sync_that_fails_tells_the_caller_why(mailchimp: Sandbox, tmp_path: Path) -> None:
    """PyAirbyte's error has the sentence of the connector, and no traceback from within it."""
    failed = copy(mailchimp, tmp_path, audience="Newest")
    assert failed.code != 0
    assert "audience: there is no audience 'Newest' in this account. Available: " in " ".join(failed.said.split())
    assert "source_destination_mailchimp/" not in failed.said


@pytest.mark.parametrize("cache", ["DuckDB", "Postgres"])
def test_a_copy_through_a_cache(mailchimp: Sandbox, tmp_path: Path, cache: str) -> None:
    """Records that PyAirbyte keeps in a database on the way arrive like those that go straight through.

    A cache gives times without a zone and leaves its own columns out; nobody opts in or out by that.
    """
    if cache == "Postgres" and server_programs() is None:
        pytest.skip("there is no Postgres server: Debian's package postgresql has one")
    with ExitStack() as stack:
        place: dict[str, Any] = {"path": str(tmp_path / "cache.duckdb")}
        if cache == "Postgres":
            server = stack.enter_context(running_postgres())
            place = {"port": server.port, "database": "postgres"}
        copied = copy(mailchimp, tmp_path, WITH_CACHE, place)
        assert copied.code == 0, copied.said
        assert copied.records == 300
    assert names(mailchimp, "New") == names(mailchimp, "Old")
    assert len(names(mailchimp, "New")) == 280
