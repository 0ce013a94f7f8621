"""Both connectors in somebody else's hands: PyAirbyte copies one audience into another, and then only what changed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

BIN = Path(sys.executable).parent
PYAIRBYTE = Path(__file__).resolve().parents[1] / ".venv-airbyte" / "bin" / "python"
pytestmark = [
    pytest.mark.skipif(not PYAIRBYTE.exists(), reason="`make setup-airbyte` installs PyAirbyte and DuckDB"),
    pytest.mark.timeout(900),  # PyAirbyte takes its time to start
]

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


@pytest.fixture
def mailchimp() -> Iterator[Sandbox]:
    """An account with a full audience and an empty one."""
    with running_sandbox() as sandbox:
        sandbox.control.seed(name="Old", members=300, merge_values={"FNAME": "Ann{n}"}, archived=20)
        sandbox.control.seed(name="New")
        yield sandbox


def copy(mailchimp: Sandbox, folder: Path) -> int:
    """One sync from Old to New; how many records came."""
    mailchimp.control.forget_requests()
    credentials = {"auth_type": "apikey", "apikey": mailchimp.api_key}
    source: dict[str, Any] = {"credentials": credentials, "audiences": ["Old"], "merge_fields": "flat"}
    source["lookback_seconds"] = 0  # or everybody of the last minute would come again
    entry = {"stream": "list_members", "opt_in_field": "opted_in", "consent_time_field": "timestamp_opt"}
    destination = {"credentials": credentials, "audience": "New", "new_member_status": "subscribed", "streams": [entry]}
    arguments = [json.dumps(one) for one in (source, destination, str(folder), str(BIN))]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": mailchimp.api_url, "DO_NOT_TRACK": "1"}
    environment |= {"AIRBYTE_OFFLINE_MODE": "1", "NO_COLOR": "1"}
    command = [str(PYAIRBYTE), "-W", "ignore", "-c", COPY, *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.rpartition("RECORDS ")[2])


def names(mailchimp: Sandbox, audience: str) -> dict[str, str]:
    """First names of everybody who is subscribed in an audience."""
    (found,) = (one for one in mailchimp.store.audiences.values() if one.settings["name"] == audience)
    (tag,) = (field.merge_id for field in found.merge_fields.values() if field.tag == "FNAME")
    people = (member for member in found.by_digest.values() if member.status == "subscribed")
    return {member.email_address: str(member.merge_values.get(tag, "")) for member in people}


def test_a_second_run_moves_only_what_changed(mailchimp: Sandbox, tmp_path: Path) -> None:
    """The first run copies everybody who may be mailed, the second one person who changed, the third nobody."""
    assert copy(mailchimp, tmp_path) == 300
    assert names(mailchimp, "New") == names(mailchimp, "Old")
    assert len(names(mailchimp, "New")) == 280

    (old,) = (one.id for one in mailchimp.store.audiences.values() if one.settings["name"] == "Old")
    email = "person7@sandbox-people.org"
    changed = {"email_address": email, "status": "subscribed", "merge_fields": {"FNAME": "Annabel"}}
    mailchimp.control.seed(old, members=[changed])
    assert copy(mailchimp, tmp_path) == 1
    assert names(mailchimp, "New")[email] == "Annabel"

    assert copy(mailchimp, tmp_path) == 0
    assert [call for call in mailchimp.control.requests() if call["method"] != "GET"] == []
