"""The examples, run as a reader would run them, against the sandbox."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.sandbox.http.server import Sandbox, running_sandbox

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PYAIRBYTE = ROOT / ".venv-airbyte" / "bin" / "python"
FAKER = ROOT / ".demo" / "faker" / "bin" / "source-faker"
STREAM = {"name": "people", "json_schema": {"type": "object", "properties": {"id": {}, "email": {}, "name": {}}}}
CATALOG = {"streams": [{"stream": STREAM, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}]}
# A source as small as one can be: it goes on from the state it is given, two people at a time.
SOURCE = """#!{python}
import json, sys
arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
states = json.load(open(arguments["--state"])) if "--state" in arguments else []
at = states[0]["stream"]["stream_state"]["id"] if states else 0
for number in (at + 1, at + 2):
    data = dict(id=number, email=f"ann{{number}}@postbox.org", name="Ann")
    print(json.dumps(dict(type="RECORD", record=dict(stream="people", data=data, emitted_at=1))))
state = dict(type="STREAM", stream=dict(stream_descriptor=dict(name="people"), stream_state=dict(id=at + 2)))
print(json.dumps(dict(type="STATE", state=state)))
"""

pytestmark = pytest.mark.timeout(900)  # PyAirbyte takes its time to start
needs_pyairbyte = pytest.mark.skipif(
    not PYAIRBYTE.exists(), reason="`make setup-airbyte` installs PyAirbyte and DuckDB"
)


@pytest.fixture(scope="module")
def mailchimp() -> Iterator[Sandbox]:
    """A sandbox for the examples."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def config(mailchimp: Sandbox) -> dict[str, Any]:
    """A configuration of the destination for an audience that is empty again."""
    mailchimp.control.reset()
    mailchimp.control.seed(name="Customers")
    credentials = {"auth_type": "apikey", "apikey": mailchimp.api_key}
    return {"credentials": credentials, "audience": "Customers", "new_member_status": "subscribed"}


@pytest.fixture
def environment(mailchimp: Sandbox) -> dict[str, str]:
    """What a reader would set: the sandbox's address and where the programs are; nothing is reported to anybody."""
    found = {**os.environ, "MAILCHIMP_API_BASE_URL": mailchimp.api_url, "SOURCE_FAKER": str(FAKER)}
    found |= {
        "DESTINATION_MAILCHIMP": str(BIN / "destination-mailchimp"),
        "SOURCE_MAILCHIMP": str(BIN / "source-mailchimp"),
    }
    return found | {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1", "NO_COLOR": "1"}


def statuses(mailchimp: Sandbox) -> dict[str, str]:
    """Address → status of everybody in the one audience."""
    (audience,) = mailchimp.store.audiences.values()
    return {member.email_address: member.status for member in audience.by_digest.values()}


def written(path: Path, content: Any) -> Path:
    """A file with some JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def run(program: Path, *arguments: str | Path, env: dict[str, str], cwd: Path) -> str:
    """What a program printed; it must end well."""
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_from_cron(mailchimp: Sandbox, config: dict[str, Any], environment: dict[str, str], tmp_path: Path) -> None:
    """Each run goes on from where the last one ended."""
    source = tmp_path / "source"
    source.write_text(SOURCE.format(python=sys.executable), encoding="utf-8")
    source.chmod(0o755)
    for name, content in (("source", {}), ("destination", config), ("catalog", CATALOG)):
        written(tmp_path / f"{name}.json", content)
    for at in (2, 4):
        said = run(
            BIN / "python", ROOT / "examples/from_cron.py", tmp_path, "--", source, env=environment, cwd=tmp_path
        )
        assert "2 added: 2 records." in said
        (state,) = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
        assert state["stream"]["stream_state"] == {"id": at}
    assert len(statuses(mailchimp)) == 4


@needs_pyairbyte
def test_from_duckdb(mailchimp: Sandbox, config: dict[str, Any], environment: dict[str, str], tmp_path: Path) -> None:
    """Who is deleted from the table loses the list's tag in the next run, and nobody else does."""
    entry = {
        "stream": "customers",
        "mirror_tag": "list",
        "list_size_field": "list_size",
    }
    path = written(tmp_path / "config.json", {**config, "streams": [entry]})
    database = tmp_path / "crm.duckdb"
    query = (
        "create or replace table customers as select range id, 'ann' || range || '@postbox.org' email from range({})"
    )
    for people in (30, 28):
        code = f"import duckdb; duckdb.connect({str(database)!r}).execute({query.format(people)!r})"
        run(PYAIRBYTE, "-c", code, env=environment, cwd=tmp_path)
        run(PYAIRBYTE, ROOT / "examples/from_duckdb.py", database, "customers", path, env=environment, cwd=tmp_path)
    (audience,) = mailchimp.store.audiences.values()
    assert len(audience.by_digest) == 30
    assert sorted(statuses(mailchimp).values()) == ["subscribed"] * 30
    (tag,) = audience.segments.values()
    assert (tag.name, len(tag.holders)) == ("list", 28)


@needs_pyairbyte
@pytest.mark.skipif(not FAKER.exists(), reason="`make setup-airbyte` installs source-faker")
def test_from_python(mailchimp: Sandbox, config: dict[str, Any], environment: dict[str, str], tmp_path: Path) -> None:
    """People go from source-faker into the audience and come back through the source."""
    path = written(tmp_path / "config.json", {**config, "unmapped_fields": "ignore"})
    said = run(PYAIRBYTE, ROOT / "examples/from_python.py", path, env=environment, cwd=tmp_path)
    assert f"{len(statuses(mailchimp))} members in the account now." in said
    assert 100 < len(statuses(mailchimp)) < 200
