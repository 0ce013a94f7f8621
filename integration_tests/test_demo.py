"""The demo, with a few people in place of source-faker's ten thousand."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from demo import crm
from demo.__main__ import Demo, play
from demo.account import running_account
from demo.sync import Message
from demo.terminal import Progress

ROOT = Path(__file__).resolve().parents[1]
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


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_demo_keeps_its_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody who left comes back, and the same sync again changes nothing; the demo checks it and says so."""
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in COLUMNS.items()}}
    stream = {"name": "users", "json_schema": schema, "supported_sync_modes": ["incremental"]}
    configured = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    with running_account(free_port()) as account:
        demo = Demo(account, tmp_path)
        catalog = crm.with_the_box({"streams": [{**configured, "primary_key": [["id"]]}]})
        (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
        assert play(demo, people(500))
        assert "Customers" in requests.get(account.page, timeout=30).text
    said = capsys.readouterr().out
    assert "160 of 160 contacts who left are still unsubscribed or cleaned." in said
    assert "130 opted out" in said
    page = said.rpartition("in a browser:")[2].strip()
    assert page.endswith("/report.html")
    assert Path(page).is_file()


@pytest.mark.parametrize("steps", [(10_100,), (1, 4_000, 9_999, 10_100), tuple(range(100, 10_101, 100))])
def test_a_file_has_the_same_lines_in_every_run(steps: tuple[int, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """However many records are done at once, each fifth has its line, and no line has a time."""
    progress = Progress("records processed", 10_100)
    for done in steps:
        progress.at(done)
    progress.end()
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [
        "2,020",
        "4,040",
        "6,060",
        "8,080",
        "10,100",
    ]


KEPT_OPEN = """
from demo.__main__ import look
from demo.account import running_account
with running_account({port}) as account:
    look(account, stays=False)
    look(account, stays=True)
"""


def test_the_demo_ends_with_the_way_to_look() -> None:
    """The last line says how to keep the account; with --stay a browser finds it until Ctrl-C."""
    code = KEPT_OPEN.format(port=free_port())
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert "make demo ARGS=--stay" in process.stdout.readline()
        page = process.stdout.readline().partition("in a browser: ")[2].split()[0]
        assert "Customers" in requests.get(page, timeout=30).text
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(page, timeout=30)
