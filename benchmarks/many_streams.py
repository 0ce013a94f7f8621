"""Twenty streams into five audiences in one sync: `python -m benchmarks.many_streams [records]`.

Beside the same records in one stream and one audience: what streams and audiences cost by themselves.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.people import address
from benchmarks.rig import KEY, Job, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control

CONNECTIONS = 5
DELAY_MS = 400
SHAPES = {"one stream, one audience": (1, 1), "twenty streams, five audiences": (20, 5)}
SCHEMA = {"type": "object", "properties": {"email": {"type": "string"}, "fname": {"type": "string"}}}


def _messages(many: int, streams: int) -> Iterator[dict[str, Any]]:
    """Yield records of all streams in turn, and a STATE of each at the end."""
    for number in range(many):
        data = {"email": address(number), "fname": f"Name {number}"}
        yield {"type": "RECORD", "record": {"stream": f"s{number % streams}", "emitted_at": 0, "data": data}}
    for stream in range(streams):
        named = {"stream_descriptor": {"name": f"s{stream}"}, "stream_state": {"at": 1}}
        yield {"type": "STATE", "state": {"type": "STREAM", "stream": named}}


def _files(folder: Path, control: Control, many: int, streams: int, audiences: int) -> Job:
    """Write the files of the sync, and make its audiences."""
    control.reset()
    ids = [control.seed(name=f"Audience {number}")["audience"] for number in range(audiences)]
    entries = [{"stream": f"s{number}", "audience": ids[number % audiences]} for number in range(streams)]
    config = {
        "credentials": {"auth_type": "apikey", "apikey": KEY},
        "audience": ids[0],
        "new_member_status": "subscribed",
        "max_connections": CONNECTIONS,
        "streams": entries,
    }
    configured = []
    for number in range(streams):
        stream = {"name": f"s{number}", "json_schema": SCHEMA, "supported_sync_modes": ["incremental"]}
        configured.append({"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"})
    made = Job(folder / "config.json", folder / "catalog.json", folder / "messages.jsonl")
    made.config.write_text(json.dumps(config))
    made.catalog.write_text(json.dumps({"streams": configured}))
    with made.messages.open("wb") as out:
        out.writelines(orjson.dumps(message) + b"\n" for message in _messages(many, streams))
    return made


def run(folder: Path, many: int) -> None:
    """Measure both shapes."""
    rows = []
    for name, (streams, audiences) in SHAPES.items():
        with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
            files = _files(folder, control, many, streams, audiences)
            control.forget_requests()
            done = measure(files.command(), api, files.messages)
            log = control.requests()
        writes = sum(one["method"] != "GET" for one in log)
        rows.append((name, f"{done.wall:.1f}", f"{done.cpu:.1f}", len(log) - writes, writes))
    table(
        f"{many:,} new people, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "seconds", "CPU s", "reads", "writes"),
        rows,
    )


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
