"""A quiet round of a two-way sync, calls and rows: `python -m benchmarks.two_way [members]`.

Everybody is in the CRM and in the audience, and nothing has happened since the last round, in which one person had
left. The source reads what is new in Mailchimp, the destination writes the whole CRM again. Nothing may be changed, and
nobody be handed out but those of the last minute before the newest change, as `lookback_seconds` asks.
"""

import json
import sys
from pathlib import Path

from benchmarks.nothing_new import states_of
from benchmarks.people import COLUMNS, address, people, prepare
from benchmarks.rig import AUDIENCE, Limit, job, judge, measure, sandbox, table, workplace
from benchmarks.source import read_command, records

STREAMS = ("consent", "list_members")
AN_HOUR = 3_600


def run(folder: Path, many: int) -> None:
    """One round that fills both sides, one after somebody has left, and a quiet one."""
    settings = {"streams": [{"stream": "people", "external_id": "t0 -> T0"}]}
    with sandbox() as (api, control):
        prepare(control)
        # The source takes the time from this machine: what happens in Mailchimp must not lie ahead of it.
        control.clock(advance_seconds=-2 * AN_HOUR)
        crm = job(folder / "crm", people(many), COLUMNS, settings)
        (folder / "source").mkdir()
        read = read_command(folder / "source", *STREAMS)
        again = [*read, "--state", str(folder / "source" / "state.json")]
        measure(crm.command(), api, crm.messages)
        control.clock(advance_seconds=AN_HOUR)
        control.people(address(1), AUDIENCE, "unsubscribe")
        saved = {state["stream"]["stream_descriptor"]["name"]: state for state in states_of(measure(read, api))}
        (folder / "source" / "state.json").write_text(json.dumps(list(saved.values())))
        control.forget_requests()
        back = measure(again, api)
        source_calls = len(control.requests())
        control.forget_requests()
        there = measure(crm.command(), api, crm.messages)
        log = control.requests()
    changes = sum(one["method"] != "GET" for one in log)
    table(
        f"a quiet round between a CRM and an audience of {many:,}",
        ("", "seconds", "calls", "rows", "changes"),
        [
            ("source-mailchimp", f"{back.wall:.1f}", source_calls, records(back), ""),
            ("destination-mailchimp", f"{there.wall:.1f}", len(log), "", changes),
        ],
    )
    judge(
        Limit("quiet two-way round, rows handed out", "rows", records(back), 1),
        Limit("quiet two-way round, changes", "calls", changes, 0),
    )


if __name__ == "__main__":
    with workplace() as place:
        run(place, int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
