"""What a wrong setting, a missing right or a foreign state is answered with."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.source.conftest import Seeded
from integration_tests.source.syncing import Config, catalog, config, saved_state, sync
from source_destination_mailchimp.sandbox.http.server import Sandbox, Settings, running_sandbox
from source_destination_mailchimp.source.source import SourceMailchimp


def _check(settings: Config) -> tuple[str, str]:
    answer = SourceMailchimp().check(logging.getLogger("airbyte"), settings)
    return answer.status.value, answer.message or ""


def test_a_good_config_is_good(seeded: Seeded) -> None:
    """A key that works and audiences that are there pass."""
    assert _check(config(seeded.sandbox, audiences=["Readers", seeded.other])) == ("SUCCEEDED", "")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"audiences": ["Raeders"]}, ("audiences", "no audience 'Raeders'", "Readers", "Others")),
        ({"start_date": "2099-01-01"}, ("start_date", "in the future", "leave it empty")),
        ({"start_date": "2026-02-31"}, ("start_date", "2026-01-31")),
        ({"credentials": {"auth_type": "apikey", "apikey": ""}}, ("credentials.apikey", "Create a key")),
        ({"credentials": {"auth_type": "oauth2.0", "access_token": "f" * 8}}, ("credentials", "Sign in")),
    ],
)
def test_a_wrong_setting_is_named_with_its_way_out(
    seeded: Seeded, settings: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Check fails with one sentence that names the box, and a sync stops with the same one."""
    wrong = config(seeded.sandbox, **settings)
    status, message = _check(wrong)
    assert status == "FAILED"
    for word in words:
        assert word in message
    failed = sync(wrong, configured=catalog(config(seeded.sandbox), "lists"), fails=True)
    assert message in failed.errors[0]
    assert [trace.error.failure_type.value for trace in failed.traces("ERROR")] == ["config_error"]


def test_two_audiences_of_one_name_are_told_apart(seeded: Seeded) -> None:
    """A name that fits two audiences is answered with their IDs."""
    twin = seeded.sandbox.control.seed(name="Twin")["audience"]
    seeded.sandbox.control.seed("0123456789", name="Twin")
    status, message = _check(config(seeded.sandbox, audiences=["Twin"]))
    assert status == "FAILED"
    assert twin in message
    assert "0123456789" in message


def test_a_key_that_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that Mailchimp does not know says where to mend it."""
    with running_sandbox(Settings(keys=("a" * 32 + "-us1",))) as sandbox:
        monkeypatch.setenv("MAILCHIMP_API_BASE_URL", sandbox.api_url)
        wrong = {"credentials": {"auth_type": "apikey", "apikey": "b" * 32 + "-us1"}}
        status, message = _check(wrong)
    assert status == "FAILED"
    assert "credentials" in message


def test_a_forbidden_stream_has_no_traceback(seeded: Seeded, tmp_path: Path) -> None:
    """A missing right is nobody's fault here: the log says the sentence, and so do both traces."""
    seeded.sandbox.control.fault("403", path="/3.0/automations", rate=1.0)
    settings = config(seeded.sandbox)
    (tmp_path / "config.json").write_bytes(orjson.dumps(settings))
    stream = {"name": "automations", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    configured = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    (tmp_path / "catalog.json").write_bytes(orjson.dumps({"streams": [configured]}))
    command = [str(Path(sys.executable).with_name("source-mailchimp")), "read"]
    command += ["--config", str(tmp_path / "config.json"), "--catalog", str(tmp_path / "catalog.json")]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": seeded.sandbox.api_url}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)
    messages = [orjson.loads(line) for line in done.stdout.splitlines()]
    logged = [one["log"]["message"] for one in messages if one["type"] == "LOG" and one["log"]["level"] != "INFO"]
    assert done.returncode == 1
    assert len(logged) == 2
    assert all("higher role" in sentence for sentence in logged)
    assert b"Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("where", ["catalog", "state", "both"])
def test_a_stream_named_like_an_address_is_not_repeated(sandbox: Sandbox, tmp_path: Path, where: str) -> None:
    """Nothing on standard output or standard error has the name, whoever configured it or saved a state for it."""
    name = "ann.smith@sandbox-people.org"
    (tmp_path / "config.json").write_bytes(orjson.dumps(config(sandbox)))
    stream = {
        "name": name if where != "state" else "lists",
        "json_schema": {},
        "supported_sync_modes": ["full_refresh"],
    }
    configured = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    (tmp_path / "catalog.json").write_bytes(orjson.dumps({"streams": [configured]}))
    saved = {"stream_descriptor": {"name": name if where != "catalog" else "lists"}, "stream_state": {"cursor": name}}
    (tmp_path / "state.json").write_bytes(orjson.dumps([{"type": "STREAM", "stream": saved}]))
    command = [str(Path(sys.executable).with_name("source-mailchimp")), "read"]
    for option in ("config", "catalog", "state"):
        command += [f"--{option}", str(tmp_path / f"{option}.json")]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": sandbox.api_url}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)
    assert b"ann.smith" not in done.stdout + done.stderr
    assert b"Traceback" not in done.stdout + done.stderr
    assert done.returncode == (0 if where == "state" else 1)


def test_a_forbidden_stream_does_not_stop_the_others(seeded: Seeded) -> None:
    """The stream that this user may not read fails with a way out; every other one is read to its end."""
    seeded.sandbox.control.fault("403", path="/3.0/automations", rate=1.0)
    found = sync(config(seeded.sandbox), "automations", "lists", "list_members", "email_activity", fails=True)
    assert any("automations" in error and "higher role" in error for error in found.errors)
    assert len(found.records["list_members"]) == 1065
    assert len(found.records["lists"]) == 2
    ends = {
        trace.stream_status.stream_descriptor.name: trace.stream_status.status.value
        for trace in found.traces("STREAM_STATUS")
    }
    assert ends == {
        "automations": "INCOMPLETE",
        "lists": "COMPLETE",
        "list_members": "COMPLETE",
        "email_activity": "COMPLETE",
    }


@pytest.mark.parametrize(
    "state",
    [
        {"states": [{"partition": {"id": "ffffffffff"}, "cursor": {"last_changed": "2026-01-01T00:00:00+00:00"}}]},
        {"states": [], "account_id": "somebody else's"},
    ],
)
def test_a_state_of_another_account_is_refused(seeded: Seeded, state: dict[str, Any]) -> None:
    """Nothing is read with it: the sentence says which stream, and to clear it or to sign in there."""
    found = sync(config(seeded.sandbox), "list_members", state=[saved_state("list_members", state)], fails=True)
    assert "list_members belongs to another Mailchimp account" in found.errors[0]
    assert dict(found.records) == {}


def test_a_state_that_nobody_wrote(seeded: Seeded) -> None:
    """A cursor that is no time is said to be unreadable, and the stream to be cleared."""
    state = {"states": [{"partition": {"id": seeded.audience}, "cursor": {"last_changed": "soon"}}]}
    found = sync(config(seeded.sandbox), "list_members", state=[saved_state("list_members", state)], fails=True)
    assert "the saved state cannot be read" in found.errors[0]


def test_a_stream_that_is_gone_from_the_table(seeded: Seeded) -> None:
    """A configured stream that does not exist is named, with those that do."""
    configured = catalog(config(seeded.sandbox), "lists")
    configured.streams[0].stream.name = "liists"
    found = sync(config(seeded.sandbox), configured=configured, fails=True)
    assert "There is no stream liists" in found.errors[0]
    assert "list_members" in found.errors[0]
