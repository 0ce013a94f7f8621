"""The demo, with a few people in place of source-faker's ten thousand."""

import json
import socket
from pathlib import Path

import pytest

from demo import crm
from demo.__main__ import Demo, play
from demo.account import running_account
from demo.sync import Message

COLUMNS = {"id": "integer", "name": "string", "email": "string", "telephone": "string", "age": "integer"}
COLUMNS |= {"occupation": "string", "address": "object"}


def people(count: int) -> list[Message]:
    """What source-faker would say, in its shapes: every tenth address is one that Mailchimp takes for made up."""
    said: list[Message] = []
    for number in range(1, count + 1):
        domain = "example.com" if number % 10 == 0 else "postbox.org"
        address = {"street_number": "1", "street_name": "Elm", "city": "Lehi", "state": "Utah", "postal_code": "84043"}
        data = {"id": number, "name": "Ann", "email": f"ann{number}@{domain}", "telephone": "510.941.9578", "age": 40}
        data |= {"occupation": "Baker", "address": {**address, "country_code": "US"}}
        said.append({"type": "RECORD", "record": {"stream": "users", "data": data, "emitted_at": 1}})
    state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "users"}, "stream_state": {"at": count}}}
    return [*said, {"type": "STATE", "state": state}]


def test_the_demo_keeps_its_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody who left comes back, and the same sync again changes nothing; the demo checks it and says so."""
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in COLUMNS.items()}}
    stream = {"name": "users", "json_schema": schema, "supported_sync_modes": ["incremental"]}
    configured = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running_account(port) as account:
        demo = Demo(account, tmp_path)
        catalog = crm.with_the_box({"streams": [{**configured, "primary_key": [["id"]]}]})
        (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
        assert play(demo, people(500))
    said = capsys.readouterr().out
    assert "160 of 160 contacts who left are still out." in said
    assert "130 opted out" in said
    page = said.rpartition("in a browser:")[2].strip()
    assert page.endswith("/report.html")
    assert Path(page).is_file()
