"""A sync of each connector as the platform starts it: the installed commands, files, standard input and output."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from source_destination_mailchimp.sandbox.http.server import running_sandbox

Message = dict[str, Any]
ADDRESSES = [f"p{number}@sandbox-people.org" for number in range(20)]


def run(name: str, verb: str, api_url: str, folder: Path, files: Message, messages: str = "") -> list[Message]:
    """Run a command with each file written and named as an option; return the messages that it printed."""
    options = []
    for option, content in files.items():
        path = folder / f"{option}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        options += [f"--{option}", str(path)]
    command = [str(Path(sys.executable).with_name(name)), verb, *options]
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": api_url}
    done = subprocess.run(command, input=messages, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def configured(name: str, mode: str) -> Message:
    """Return a catalog of one stream."""
    stream = {"name": name, "json_schema": {"properties": {"email": {}}}, "supported_sync_modes": ["full_refresh"]}
    return {"streams": [{"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": mode}]}


def test_who_is_written_is_read_back(tmp_path: Path) -> None:
    """destination-mailchimp takes people from standard input, and source-mailchimp prints the same people."""
    state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "people"}, "stream_state": {"cursor": 20}}}
    rows = [{"stream": "people", "data": {"email": address}, "emitted_at": 0} for address in ADDRESSES]
    messages: list[Message] = [{"type": "RECORD", "record": row} for row in rows]
    lines = "\n".join(map(json.dumps, [*messages, {"type": "STATE", "state": state}]))
    with running_sandbox() as sandbox:
        audience = sandbox.control.seed(name="Readers", members=0)["audience"]
        credentials = {"credentials": {"auth_type": "apikey", "apikey": sandbox.api_key}}
        files = {
            "config": {**credentials, "audience": audience, "new_member_status": "subscribed"},
            "catalog": configured("people", "append"),
        }
        written = run("destination-mailchimp", "write", sandbox.api_url, tmp_path, files, lines)
        files = {"config": credentials, "catalog": configured("list_members", "append")}
        read = run("source-mailchimp", "read", sandbox.api_url, tmp_path, files)
    (answered,) = (message["state"]["stream"] for message in written if message["type"] == "STATE")
    assert answered["stream_state"] == {"cursor": 20}
    members = [message["record"]["data"] for message in read if message["type"] == "RECORD"]
    assert {member["email_address"]: member["status"] for member in members} == dict.fromkeys(ADDRESSES, "subscribed")
