"""The source's budgets beside a page-after-page reader in the same run: `python -m benchmarks.source [scale]`."""

import json
import os
import sys
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import requests

from benchmarks.rig import AUDIENCE, BIN, KEY, Measured, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.source.catalog import schema
from source_destination_mailchimp.source.streams import STREAMS, Way

CONNECTIONS = 5
DELAY_MS = 400
MEMBERS_PER_CPU_SECOND = 25_000
FIELDS = [{"tag": f"T{n}", "name": f"T{n}", "type": "text"} for n in range(10)]
TAGS = 8
DAY = 86_400
AT_REST = [stream.name for stream in STREAMS if stream.cursor_field and stream.way is not Way.MEMBER_ACTIVITY]
"""The incremental streams but member_activity, which sweeps every audience for rates."""

OTHERS_OF_AUDIENCES = ("contacts", "abuse_reports")
"""Streams that may cost one call an audience beside the four of those that share a sweep."""

START = [str(BIN / "python"), "-m", "benchmarks.bare", "spec"]
PAGE_AFTER_PAGE = [str(BIN / "python"), "-m", "benchmarks.source", "--page-after-page"]


def prepare(control: Control, members: int, archived: int) -> None:
    """An audience with ten values each."""
    control.reset()
    values = {field["tag"]: f"value {{n}} of {field['tag']}" for field in FIELDS}
    control.seed(
        AUDIENCE, name="People", merge_fields=FIELDS, merge_values=values, members=members + archived, archived=archived
    )


def read_command(folder: Path, *names: str) -> list[str]:
    """`source-mailchimp read` of some streams, of list_members if none is named."""
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
    """The plainest reader there can be: one connection, one page after the other, records to stdout."""
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
    """How many records a reader printed."""
    return sum(line.startswith('{"type":"RECORD"') for line in done.output)


def wall_time(folder: Path, members: int, archived: int) -> None:
    """A whole audience against a fixed delay per call."""
    with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
        prepare(control, members, archived)
        start = measure(START, api).wall
        control.forget_requests()
        ours = measure(read_command(folder), api)
        calls = len(control.requests())
        plain = measure(PAGE_AFTER_PAGE, api)
    pages = ceil((members + archived) / 1000)
    budget = 1.2 * (ceil(pages / CONNECTIONS) + 4) * DELAY_MS / 1000 + start
    assert records(ours) == records(plain) == members + archived
    table(
        f"{members:,} members and {archived:,} archived, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "wall s", "calls"),
        [
            ("budget", f"{budget:.1f}", ""),
            ("source-mailchimp", f"{ours.wall:.1f}", calls),
            ("page after page", f"{plain.wall:.1f}", pages),
            ("start of a bare CDK connector", f"{start:.1f}", ""),
        ],
    )


def cpu_time(folder: Path, members: int) -> None:
    """CPU per member without any delay."""
    with sandbox() as (api, control):
        prepare(control, members, 0)
        start = measure(START, api).cpu
        ours, plain = measure(read_command(folder), api), measure(PAGE_AFTER_PAGE, api)
    assert records(ours) == records(plain) == members
    rows = [("source-mailchimp", ours, start), ("page after page, no CDK", plain, 0.0)]
    table(
        f"{members:,} members, no delay; a budget of {MEMBERS_PER_CPU_SECOND:,} members a second of CPU",
        ("", "CPU s", "µs a member", "members a CPU second"),
        [(name, f"{d.cpu:.1f}", f"{d.per(members, s):.1f}", f"{1e6 / d.per(members, s):,.0f}") for name, d, s in rows],
    )


def fill_account(control: Control, audiences: int, campaigns: int) -> None:
    """Audiences of ten people, five of them with eight tags, and campaigns that people opened and left by."""
    control.reset()
    ids = []
    for number in range(audiences):
        audience = control.seed(name=f"A{number}", members=5, prefix=f"a{number}plain")["audience"]
        tags = [f"tag {tag}" for tag in range(TAGS)]
        control.seed(audience, members=5, prefix=f"a{number}tagged", tags=tags)
        ids.append(audience)
    for number in range(campaigns):
        place = number % audiences
        campaign = control.campaign(ids[place], title=f"C{number}", open_percent=20)["id"]
        reader = f"a{place}plain1@sandbox-people.org"
        control.people(reader, ids[place], "unsubscribe", campaign=campaign)
        control.people(reader, ids[place], "subscribe")
    control.clock(advance_seconds=DAY)


def states_of(done: Measured) -> list[Any]:
    """The STATEs that a reader printed."""
    messages = [orjson.loads(line) for line in done.output if line.startswith('{"type":"STATE"')]
    return [message["state"] for message in messages]


def at_rest(folder: Path, audiences: int, campaigns: int) -> None:
    """What a sync costs with nothing new, in calls and in bytes of states."""
    command = read_command(folder, *AT_REST)
    with sandbox() as (api, control):
        fill_account(control, audiences, campaigns)
        saved = {state["stream"]["stream_descriptor"]["name"]: state for state in states_of(measure(command, api))}
        (folder / "state.json").write_text(json.dumps(list(saved.values())))
        control.forget_requests()
        second = measure([*command, "--state", str(folder / "state.json")], api)
        paths = [request["path"].partition("?")[0] for request in control.requests()]
    sent = states_of(second)
    sizes = {state["stream"]["stream_descriptor"]["name"]: len(orjson.dumps(state)) for state in sent}
    of_audiences = sum(path.startswith(("/3.0/lists/", "/3.0/audiences/")) for path in paths)
    an_audience = 4 + len(OTHERS_OF_AUDIENCES)
    budget = an_audience * audiences + 2 * ceil(campaigns / 1000) + 15
    table(
        f"nothing new: {audiences} audiences of ten people and eight tags, {campaigns:,} campaigns",
        ("", "measured", "budget"),
        [
            ("calls", len(paths), budget),
            ("calls an audience", f"{of_audiences / audiences:.2f}", an_audience),
            ("records", records(second), 0),
            ("STATEs", len(sent), len(AT_REST)),
            ("bytes of all last states", f"{sum(sizes.values()):,}", "250,000"),
            *[(f"  {name}", f"{size:,}", "") for name, size in sorted(sizes.items(), key=lambda item: -item[1])],
        ],
    )


def main(scale: float) -> None:
    """All budgets, small and large."""
    with workplace() as folder:
        at_rest(folder, int(100 * scale), int(3_000 * scale))
        wall_time(folder, int(5_000 * scale), int(500 * scale))
        wall_time(folder, int(110_000 * scale), int(5_000 * scale))
        cpu_time(folder, int(100_000 * scale))


if __name__ == "__main__":
    if sys.argv[1:] == ["--page-after-page"]:
        page_after_page()
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
