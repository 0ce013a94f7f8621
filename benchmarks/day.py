"""A day in the life: a thousand changed records and an audience of a million: `python -m benchmarks.day [members]`.

What a sync costs that brings what changed in a warehouse since the last one: without an external id only those people
are looked up; with one the audience is read, because Mailchimp cannot be asked for a merge value.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.people import address
from benchmarks.rig import AUDIENCE, job, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control

CHANGED = 1_000
DELAY_MS = 400
CONNECTIONS = 5
COLUMNS = {name: {"type": ["null", "string"]} for name in ("email", "id", "fname")}
FNAME = [{"column": "fname", "target": "FNAME"}]
WAYS: dict[str, dict[str, Any]] = {
    "by address": {"stream": "people", "fields": FNAME},
    "by external id": {"stream": "people", "fields": FNAME, "external_id": "id -> CRMID"},
}


def changed(members: int) -> Iterator[dict[str, Any]]:
    """Yield a thousand people of the audience, each with a new first name."""
    step = max(1, members // CHANGED)
    for number in range(1, members + 1, step):
        yield {"id": f"customer-{number}", "email": address(number), "fname": f"Changed {number}"}


def prepare(control: Control, members: int) -> None:
    """Make an audience of so many people with an id and a name."""
    control.reset()
    values = {"CRMID": "customer-{n}", "FNAME": "Name {n}"}
    fields = [{"tag": tag, "name": tag, "type": "text"} for tag in values]
    control.seed(AUDIENCE, name="People", merge_fields=fields, members=members, merge_values=values)


def run(folder: Path, members: int) -> None:
    """Sync the thousand both ways."""
    rows = []
    for way, entry in WAYS.items():
        settings: Mapping[str, Any] = {"max_connections": CONNECTIONS, "streams": [entry]}
        with sandbox("--latency-ms", str(DELAY_MS)) as (api, control):
            prepare(control, members)
            control.forget_requests()
            files = job(folder, changed(members), COLUMNS, settings)
            done = measure(files.command(), api, files.messages)
            log = control.requests()
        reads = sum(one["method"] == "GET" for one in log)
        rows.append((way, f"{done.wall:.1f}", f"{done.cpu:.1f}", f"{done.peak_mib:.0f}", reads, len(log) - reads))
    table(
        f"{CHANGED:,} changed records, an audience of {members:,}, {DELAY_MS} ms a call, {CONNECTIONS} connections",
        ("", "seconds", "CPU s", "MiB", "reads", "other calls"),
        rows,
    )


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
