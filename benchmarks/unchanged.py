"""Reads of an audience in which nothing changes: `python -m benchmarks.unchanged [members]`.

At most 1.02 x pages + 3 reads and no change, where the members were changed over days and where a bulk load has changed
thousands of them within each second.
"""

import sys
from math import ceil
from pathlib import Path

from benchmarks.people import COLUMNS, people, prepare
from benchmarks.rig import AUDIENCE, Limit, job, judge, measure, sandbox, table, workplace
from source_destination_mailchimp.sandbox.control.client import Control


def run(folder: Path, many: int) -> None:
    """Measure both."""
    pages = ceil(many / 1000)
    limit = 1.02 * pages + 3
    with sandbox() as (api, control):
        files = job(folder, people(many), COLUMNS, {})
        prepare(control)
        measure(files.command(), api, files.messages)
        loaded = _calls_of_a_sync(control, files.command(), api, files.messages)
        control.reset()
        control.seed(AUDIENCE, name="People", members=many)
        addresses = job(folder, ({"email": record["email"]} for record in people(many, first=1)), COLUMNS, {})
        spread = _calls_of_a_sync(control, addresses.command(), api, addresses.messages)
    table(
        f"Calls for an unchanged audience of {many:,}",
        ("", "reads of members", "pages", "changes"),
        [("just after a bulk load", loaded[0], pages, loaded[1]), ("as seeded", spread[0], pages, spread[1])],
    )
    judge(
        Limit("reads of an unchanged audience after a bulk load", "calls", loaded[0], limit),
        Limit("reads of an unchanged audience", "calls", spread[0], limit),
        Limit("changes of an unchanged audience", "calls", loaded[1] + spread[1], 0),
    )


def _calls_of_a_sync(control: Control, command: list[str], api: str, messages: Path) -> tuple[int, int]:
    """Return how often a sync read members, and how many calls of it were no reads."""
    control.forget_requests()
    measure(command, api, messages)
    log = control.requests()
    reads = sum(one["method"] == "GET" and one["path"].partition("?")[0].endswith("/members") for one in log)
    return reads, sum(one["method"] != "GET" for one in log)


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
