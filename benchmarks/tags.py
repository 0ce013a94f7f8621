"""Calls for tag changes with twenty distinct tags: `python -m benchmarks.tags [people]`.

At most one call per 400 changes.
"""

import sys
from math import ceil
from pathlib import Path

from benchmarks.people import address
from benchmarks.rig import AUDIENCE, Limit, job, judge, measure, sandbox, table, workplace

TAGS = 20
SETTINGS = {"streams": [{"stream": "people", "tags_field": "tags"}]}
COLUMNS = {"email": {"type": "string"}, "tags": {"type": "array"}}


def run(folder: Path, many: int) -> None:
    """Give everybody one of the tags; then everybody three."""
    rows = []
    limits = []
    for each in (1, 3):
        with sandbox() as (api, control):
            control.reset()
            control.seed(AUDIENCE, name="People", members=many)
            tags = [[f"list {(number + step) % TAGS}" for step in range(each)] for number in range(many)]
            records = [{"email": address(number + 1), "tags": tags[number]} for number in range(many)]
            files = job(folder, records, COLUMNS, SETTINGS)
            control.forget_requests()
            measure(files.command(), api, files.messages)
            log = control.requests()
        bulk = sum(one["method"] == "POST" and "/segments" in one["path"] for one in log)
        single = sum(one["method"] == "POST" and one["path"].endswith("/tags") for one in log)
        changes = many * each
        rows.append((f"{each} of {TAGS} tags each", f"{changes:,}", bulk, single, f"{changes / max(1, bulk):.0f}"))
        limits.append(Limit(f"tag calls, {each} of {TAGS} tags a person", "calls", bulk + single, ceil(changes / 400)))
    table("Calls for tag changes", ("", "changes", "calls for many", "for one", "changes a call"), rows)
    judge(*limits)


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
