"""Peak memory of one sync into a large audience: `python -m benchmarks.memory [members]`; a million take ten minutes.

As many records as members, with an external id and `replace_owned`, which need most to be known of everybody. Most are
there and unchanged; one in ten has another name, one in twenty another tag, one in a hundred a new address, and one in
twenty is new. A fifth of the size is measured first, so that the slope shows whether memory grows with the audience.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from benchmarks.rig import AUDIENCE, Job, Limit, job, judge, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control

MEMBERS = 1_000_000
BUDGET_MIB = 384
LAST_LINES = 6
COLUMNS = {name: {"type": ["null", "string"]} for name in ("email", "id", "fname", "tags")}
SETTINGS = {
    "max_connections": 10,
    "streams": [
        {
            "stream": "people",
            "external_id": "id -> CRMID",
            "fields": [{"column": "fname", "target": "FNAME"}],
            "tags_field": "tags",
            "tags_mode": "replace_owned",
            "owned_tags": ["crm-*"],
        }
    ],
}


class Peak(NamedTuple):
    """One sync, measured from outside."""

    members: int
    mib: float
    seconds: float
    calls: int
    said: list[str]


def people(many: int) -> Iterator[dict[str, Any]]:
    """A record for every member, but for one in twenty, in whose place somebody new comes."""
    for n in range(1, many + 1):
        number = n + many if n % 20 == 7 else n
        moved = "moved" if n % 100 == 1 else "person"
        yield {
            "id": f"customer-{number}",
            "email": f"{moved}{number}@sandbox-people.org",
            "fname": f"{'Changed' if n % 10 == 3 else 'Name'} {number}",
            "tags": "crm-silver" if n % 20 == 5 else "crm-gold",
        }


def prepare(control: Control, many: int) -> None:
    """An audience of so many people who have an id, a name and a tag."""
    control.reset()
    values = {"CRMID": "customer-{n}", "FNAME": "Name {n}"}
    fields = [{"tag": tag, "name": tag, "type": "text"} for tag in values]
    control.seed(
        AUDIENCE,
        name="People",
        merge_fields=fields,
        members=many,
        prefix="person",
        merge_values=values,
        tags=["crm-gold"],
    )


def measure(files: Job, api: str, members: int, control: Control) -> Peak:
    """Run the sync in a process of its own; its peak of resident memory is the kernel's own figure."""
    started = time.monotonic()
    environment = {**os.environ, "MAILCHIMP_API_BASE_URL": api}
    with files.messages.open("rb") as given:
        process = subprocess.Popen(files.command(), stdin=given, stdout=subprocess.PIPE, text=True, env=environment)
        said: list[str] = []
        reader = threading.Thread(target=_keep_last, args=(process.stdout, said))
        reader.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
    if process.returncode:
        raise RuntimeError(f"the sync failed: {''.join(said)}")
    calls = len(control.requests())
    return Peak(members, usage.ru_maxrss / 1024, time.monotonic() - started, calls, said)


def _keep_last(stream: IO[str] | None, said: list[str]) -> None:
    for line in stream or ():
        if '"LOG"' in line:
            said.append(line)
            del said[:-LAST_LINES]


def run(folder: Path, sizes: list[int]) -> list[Peak]:
    """One sandbox, one size after the other."""
    peaks = []
    for many in sizes:
        with sandbox() as (api, control):
            prepare(control, many)
            control.forget_requests()
            peaks.append(measure(job(folder, people(many), COLUMNS, SETTINGS), api, many, control))
    return peaks


def main(members: int = MEMBERS) -> None:
    """Print the peaks."""
    with workplace() as folder:
        peaks = run(folder, [max(1, members // 5), members])
    table(
        f"Peak memory of a sync with an external id and replace_owned (budget {BUDGET_MIB} MiB)",
        ("records = members", "peak MiB", "seconds", "records a second", "calls"),
        [
            (f"{one.members:,}", f"{one.mib:.0f}", f"{one.seconds:.0f}", f"{one.members / one.seconds:,.0f}", one.calls)
            for one in peaks
        ],
    )
    small, large = peaks
    slope = (large.mib - small.mib) / (large.members - small.members) * 1024 * 1024
    print(f"  {slope:.0f} bytes for each further member")
    judge(Limit(f"memory, {members:,} records into as many members", "MiB", large.mib, BUDGET_MIB))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
