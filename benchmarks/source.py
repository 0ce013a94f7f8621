"""The source's budgets beside plain readers in the same run: `python -m benchmarks.source [scale]`.

An audience is read in at most 1.1 x (rounds of calls + 4) x delay + start. The delay is that of a bare client with as
many connections, the start that of a bare CDK connector, both in the same run.
"""

import json
import os
import sys
from math import ceil
from pathlib import Path
from urllib.parse import urlencode

import orjson
import requests

from benchmarks.rig import AUDIENCE, BIN, KEY, PYTHON, Limit, Measured, judge, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.source.catalog import schema

CONNECTIONS = 5
DELAY_MS = 400
FIELDS = [{"tag": f"T{n}", "name": f"T{n}", "type": "text"} for n in range(10)]
START = [PYTHON, "-m", "benchmarks.bare", "spec"]
PAGE_AFTER_PAGE = [PYTHON, "-m", "benchmarks.source", "--page-after-page"]


def prepare(control: Control, members: int, archived: int) -> None:
    """Make an audience with ten values each."""
    control.reset()
    values = {field["tag"]: f"value {{n}} of {field['tag']}" for field in FIELDS}
    control.seed(
        AUDIENCE, name="People", merge_fields=FIELDS, merge_values=values, members=members + archived, archived=archived
    )


def read_command(folder: Path, *names: str) -> list[str]:
    """Return `source-mailchimp read` of some streams, of list_members if none is named."""
    config = {"credentials": {"auth_type": "apikey", "apikey": KEY}, "max_connections": CONNECTIONS}
    modes = ["full_refresh", "incremental"]
    configured = []
    for name in names or ("list_members",):
        stream = {"name": name, "json_schema": schema(name), "supported_sync_modes": modes}
        configured.append({"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"})
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps({"streams": configured}))
    arguments = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
    return [str(BIN / "source-mailchimp"), "read", *arguments]


def page_after_page() -> None:
    """Read as plainly as can be: one connection, one page after the other, records to stdout."""
    session, root = requests.Session(), os.environ["MAILCHIMP_API_BASE_URL"]
    session.headers["Authorization"] = f"Bearer {KEY}"
    for more in ({}, {"status": "archived"}):
        offset, total = 0, 1
        while offset < total:
            query = urlencode({"count": 1000, "offset": offset, "exclude_fields": "members._links,_links", **more})
            page = orjson.loads(session.get(f"{root}/lists/{AUDIENCE}/members?{query}", timeout=60).content)
            for row in page["members"]:
                record = {"stream": "list_members", "data": row, "emitted_at": 0}
                sys.stdout.buffer.write(orjson.dumps({"type": "RECORD", "record": record}) + b"\n")
            offset, total = offset + 1000, page["total_items"]


def records(done: Measured) -> int:
    """Return how many records a reader printed."""
    return sum(line.startswith('{"type":"RECORD"') for line in done.output)


def wall_time(folder: Path, members: int, archived: int) -> None:
    """Measure a whole audience against a fixed delay per call."""
    pages = ceil((members + archived) / 1000)
    with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
        prepare(control, members, archived)
        start = measure(START, api).wall
        bare_client = [PYTHON, "-m", "benchmarks.bare_client", "read", str(CONNECTIONS), str(pages)]
        bare = float(measure(bare_client, api).output[-1])
        control.forget_requests()
        ours = measure(read_command(folder), api)
        calls = len(control.requests())
        plain = measure(PAGE_AFTER_PAGE, api)
    if not records(ours) == records(plain) == members + archived:
        raise RuntimeError("the readers differ")
    rounds = ceil(pages / CONNECTIONS)
    delay = bare / rounds
    name = f"{members:,} members and {archived:,} archived"
    table(
        f"{name}, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "seconds", "calls", "ratio to ours"),
        [
            ("source-mailchimp", f"{ours.wall:.1f}", calls, "1"),
            (f"bare client: {rounds} rounds of {delay:.2f} s", f"{bare:.1f}", pages, f"{bare / ours.wall:.2f}"),
            ("page after page, no CDK", f"{plain.wall:.1f}", pages, f"{plain.wall / ours.wall:.1f}"),
            ("start of a bare CDK connector", f"{start:.1f}", "", f"{start / ours.wall:.2f}"),
        ],
    )
    judge(Limit(f"source, {name}", "seconds", ours.wall, 1.1 * (rounds + 4) * delay + start))


def cpu_time(folder: Path, members: int) -> None:
    """Measure the CPU per member without any delay."""
    with sandbox() as (api, control):
        prepare(control, members, 0)
        start = measure(START, api).cpu
        ours, plain = measure(read_command(folder), api), measure(PAGE_AFTER_PAGE, api)
    rows = [("source-mailchimp", ours, start), ("page after page, no CDK", plain, 0.0)]
    table(
        f"{members:,} members, no delay",
        ("", "CPU s", "µs a member"),
        [(name, f"{done.cpu:.1f}", f"{done.per(members, began):.1f}") for name, done, began in rows],
    )


def main(scale: float) -> None:
    """Measure a small and a large audience."""
    with workplace() as folder:
        wall_time(folder, int(5_000 * scale), int(500 * scale))
        wall_time(folder, int(110_000 * scale), int(5_000 * scale))
        cpu_time(folder, int(100_000 * scale))


if __name__ == "__main__":
    if sys.argv[1:] == ["--page-after-page"]:
        page_after_page()
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
