"""Settings that cannot be meant, by the real commands and by calls from Python: our sentence, and never the value."""

import argparse
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import ConfiguredAirbyteCatalog, Status
from airbyte_cdk.utils import AirbyteTracedException

from source_destination_mailchimp.destination.connector import DestinationMailchimp
from source_destination_mailchimp.sandbox.http.server import running_sandbox
from source_destination_mailchimp.source.source import SourceMailchimp

Json = dict[str, Any]
SECRET = "5ecretc0ffee5ecretc0ffee5ecretc0-us1"
VALID: dict[str, Json] = {
    "destination": {
        "credentials": {"auth_type": "apikey", "apikey": SECRET},
        "audience": "Customers",
        "new_member_status": "pending",
    },
    "source": {"credentials": {"auth_type": "apikey", "apikey": SECRET}},
}
WRONG: Json = {"credentials": SECRET, "max_connections": SECRET, "max_conections": SECRET}
SENTENCES = (
    "credentials: wrong type. Use an object with auth_type: oauth2.0 or apikey.",
    "max_connections: wrong type. Use a whole number.",
    "max_conections: not a setting of this connector. Did you mean max_connections?",
)
COMMANDS = [(role, command) for role in VALID for command in ("check", "discover", "write", "read")]
COMMANDS = [pair for pair in COMMANDS if pair not in (("destination", "read"), ("source", "write"))]
each_command = pytest.mark.parametrize(("role", "command"), COMMANDS)
logger = logging.getLogger("airbyte")


def run(
    role: str, command: str, config: bytes, folder: Path, catalog: Path | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run the real command on a file with this content, and with an empty catalog unless another is given."""
    (folder / "config.json").write_bytes(config)
    if catalog is None:
        catalog = folder / "catalog.json"
        catalog.write_text(json.dumps({"streams": []}), encoding="utf-8")
    args = [str(Path(sys.executable).with_name(f"{role}-mailchimp")), command]
    if command != "spec":
        args += ["--config", str(folder / "config.json")]
    if command in ("read", "write"):
        args += ["--catalog", str(catalog)]
    return subprocess.run(args, input=b"", capture_output=True, check=False, timeout=60)


def answer(done: "subprocess.CompletedProcess[bytes]", command: str) -> str:
    """Return what a failed command says to the platform: a status for a check, else a trace with whose turn it is."""
    messages = [orjson.loads(line) for line in done.stdout.splitlines()]
    if command == "check":
        (status,) = [one["connectionStatus"] for one in messages if one["type"] == "CONNECTION_STATUS"]
        assert done.returncode == 0
        assert status["status"] == "FAILED"
        return str(status["message"])
    (error,) = [one["trace"]["error"] for one in messages if one["type"] == "TRACE"]
    assert done.returncode != 0
    assert error["failure_type"] == "config_error"
    assert b"Traceback" not in done.stdout + done.stderr
    (last_log,) = [one["log"] for one in messages if one["type"] == "LOG" and one["log"]["level"] == "FATAL"]
    assert last_log["message"] == error["message"]
    return str(error["message"])


@each_command
def test_the_command_names_every_wrong_setting(role: str, command: str, tmp_path: Path) -> None:
    """One sentence per setting, the same for every command of both roles, and the value is nowhere."""
    done = run(role, command, orjson.dumps({**VALID[role], **WRONG}), tmp_path)
    said = answer(done, command)
    assert [sentence for sentence in SENTENCES if sentence not in said] == []
    assert SECRET.encode() not in done.stdout + done.stderr


@each_command
@pytest.mark.parametrize("content", [f'["{SECRET}"]', f'{{"credentials": "{SECRET}"'])
def test_the_command_says_what_is_wrong_with_the_file(role: str, command: str, content: str, tmp_path: Path) -> None:
    """A file that is not JSON, or not an object, is the user's turn too, and is not repeated."""
    done = run(role, command, content.encode(), tmp_path)
    assert "--config: the file is not" in answer(done, command)
    assert SECRET.encode() not in done.stdout + done.stderr


@pytest.mark.parametrize(("role", "command"), [("destination", "write"), ("source", "read")])
@pytest.mark.parametrize("content", [None, f'["{SECRET}"]', f'{{"streams": [{{"name": "{SECRET}"}}]}}'])
def test_the_command_says_what_is_wrong_with_the_catalog(
    role: str, command: str, content: str | None, tmp_path: Path
) -> None:
    """A catalog that is missing, or is none, ends in one sentence, without a traceback and without what is in it."""
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = run(role, command, orjson.dumps(VALID[role]), tmp_path, catalog=path)
    assert answer(done, command).startswith("--catalog: the file ")
    assert SECRET.encode() not in done.stdout + done.stderr


@pytest.mark.parametrize("role", VALID)
def test_spec_needs_no_settings(role: str, tmp_path: Path) -> None:
    """The form is printed whatever the settings are."""
    done = run(role, "spec", b"", tmp_path)
    messages = [orjson.loads(line) for line in done.stdout.splitlines()]
    (message,) = [one for one in messages if one["type"] == "SPEC"]
    assert done.returncode == 0
    assert message["spec"]["connectionSpecification"]["properties"]["credentials"]["oneOf"]


CALLS: dict[str, Callable[[Json], Any]] = {
    "destination discover": lambda config: DestinationMailchimp().discover(config),
    "destination write": lambda config: list(
        DestinationMailchimp().write(config, ConfiguredAirbyteCatalog(streams=[]), [])
    ),
    "source discover": lambda config: SourceMailchimp().discover(logger, config),
    "source read": lambda config: list(
        SourceMailchimp().read(logger, config, ConfiguredAirbyteCatalog(streams=[]), [])
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_from_python_says_the_same(call: str) -> None:
    """Who calls the classes gets the same sentences in the error."""
    with pytest.raises(AirbyteTracedException) as found:
        CALLS[call]({**VALID[call.split()[0]], **WRONG})
    said = str(found.value.message)
    assert [sentence for sentence in SENTENCES if sentence not in said] == []
    assert SECRET not in repr(found.value.as_airbyte_message())


@pytest.mark.parametrize("connector", [DestinationMailchimp(), SourceMailchimp()], ids=list(VALID))
def test_a_check_from_python_says_the_same(connector: Any) -> None:
    """The status has the same sentences."""
    role = "source" if isinstance(connector, SourceMailchimp) else "destination"
    found = connector.check(logger, {**VALID[role], **WRONG})
    assert found.status is Status.FAILED
    assert [sentence for sentence in SENTENCES if sentence not in found.message] == []
    assert SECRET not in found.message


def through_the_cdk(role: str, folder: Path) -> Iterator[Any]:
    """Check by the CDK's own way in, as its test harness does."""
    path = folder / "config.json"
    path.write_text(json.dumps({**VALID[role], **WRONG}), encoding="utf-8")
    parsed = argparse.Namespace(command="check", config=str(path))
    if role == "source":
        return iter(AirbyteEntrypoint(SourceMailchimp()).run(parsed))
    return iter(DestinationMailchimp().run_cmd(parsed))


@pytest.mark.parametrize("role", VALID)
def test_the_cdks_own_way_in_repeats_no_value(role: str, tmp_path: Path) -> None:
    """Not even there is the CDK's check reached, which prints what it refuses."""
    try:
        said = repr(list(through_the_cdk(role, tmp_path)))
    except AirbyteTracedException as error:
        said = str(error.message)
    assert SENTENCES[0] in said
    assert SECRET not in said


@pytest.mark.parametrize("typed", ["0123456789abcdef0123456789abcdef-us1", "fedcba9876543210fedcba9876543210"])
def test_a_key_in_the_box_of_an_audience_is_not_repeated(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both say that there is no such audience and which there are, and leave out what looks like a key or a token."""
    with running_sandbox() as mailchimp:
        mailchimp.control.seed(name="Customers")
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", mailchimp.api_url)
        credentials = {"auth_type": "apikey", "apikey": mailchimp.api_key}
        destination = {**VALID["destination"], "credentials": credentials, "audience": typed}
        source = {"credentials": credentials, "audiences": [typed]}
        answers = [DestinationMailchimp().check(logger, destination), SourceMailchimp().check(logger, source)]
    for answered in answers:
        assert answered.status is Status.FAILED
        assert "there is no audience '…'" in str(answered.message)
        assert "Customers" in str(answered.message)
        assert typed not in str(answered.message)
