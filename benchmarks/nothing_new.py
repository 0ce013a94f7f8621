"""What a sync of the source costs with nothing new: `python -m benchmarks.nothing_new [scale]`.

A hundred audiences of ten people and eight tags, and 3,000 campaigns that people opened and left by; the incremental
streams of the first release but member_activity, which sweeps every audience for rates. At most four calls an audience,
one per 1,000 campaigns and path and 15 more; one STATE a stream, and 250 kB of states. The streams that came later add
at most one call an audience each. Then one open hands out one report, and one person who joins a tag one row.
"""

import json
import sys
from collections import Counter
from math import ceil
from pathlib import Path
from typing import Any

import orjson
import requests

from benchmarks.rig import KEY, Limit, Measured, judge, measure, sandbox, table, workplace
from benchmarks.source import read_command, records
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.source.streams import STREAMS, Way

TAGS = 8
DAY = 86_400
INCREMENTAL = [stream.name for stream in STREAMS if stream.cursor_field and stream.way is not Way.MEMBER_ACTIVITY]
LATER = [
    "automation_emails",
    "automation_recipients",
    "automation_recipient_activity",
    "contacts",
    "customer_journeys",
    "abuse_reports",
    "domain_performance",
]
AT_REST = [name for name in INCREMENTAL if name not in LATER]
MOST_BYTES = 250_000


def fill_account(control: Control, audiences: int, campaigns: int) -> tuple[list[str], list[str]]:
    """Make audiences of ten people, five of them with eight tags, and campaigns; return the ids of both."""
    control.reset()
    ids = []
    for number in range(audiences):
        audience = control.seed(name=f"A{number}", members=5, prefix=f"a{number}plain")["audience"]
        tags = [f"tag {tag}" for tag in range(TAGS)]
        control.seed(audience, members=5, prefix=f"a{number}tagged", tags=tags)
        ids.append(audience)
    sent = []
    for number in range(campaigns):
        place = number % audiences
        campaign = control.campaign(ids[place], title=f"C{number}", open_percent=20)["id"]
        control.people(_plain(place), ids[place], "unsubscribe", campaign=campaign)
        control.people(_plain(place), ids[place], "subscribe")
        sent.append(campaign)
    control.clock(advance_seconds=DAY)
    return ids, sent


def _plain(audience: int, person: int = 1) -> str:
    """Return the address of somebody without a tag."""
    return f"a{audience}plain{person}@sandbox-people.org"


def states_of(done: Measured) -> list[Any]:
    """Return the STATEs that a reader printed."""
    messages = [orjson.loads(line) for line in done.output if line.startswith('{"type":"STATE"')]
    return [message["state"] for message in messages]


def _save(folder: Path, done: Measured) -> None:
    """Keep the last STATE of each stream for the next sync."""
    saved = {state["stream"]["stream_descriptor"]["name"]: state for state in states_of(done)}
    (folder / "state.json").write_text(json.dumps(list(saved.values())))


def run(folder: Path, audiences: int, campaigns: int) -> None:
    """Sync, sync again with nothing new, let two things happen, and sync once more."""
    with sandbox() as (api, control):
        ids, sent = fill_account(control, audiences, campaigns)
        _, later_paths = _at_rest(folder, LATER, api, control)
        second, paths = _at_rest(folder, AT_REST, api, control)
        _save(folder, second)
        _happen(api, control, ids[0], sent[0])
        third = measure(_again(folder, AT_REST), api)
    _nothing_new(second, paths, audiences, campaigns)
    most_later = len(LATER) * audiences + 15
    judge(Limit(f"source, nothing new, {len(LATER)} later streams", "calls", len(later_paths), most_later))
    _little_new(third)


def _at_rest(folder: Path, names: list[str], api: str, control: Control) -> tuple[Measured, list[str]]:
    """Read some streams twice; return what the second reading printed, and the paths that it asked."""
    _save(folder, measure(read_command(folder, *names), api))
    control.forget_requests()
    second = measure(_again(folder, names), api)
    return second, [request["path"].partition("?")[0] for request in control.requests()]


def _again(folder: Path, names: list[str]) -> list[str]:
    """Return the command that reads some streams from where the last reading of them ended."""
    return [*read_command(folder, *names), "--state", str(folder / "state.json")]


def _nothing_new(second: Measured, paths: list[str], audiences: int, campaigns: int) -> None:
    states = states_of(second)
    sizes = {state["stream"]["stream_descriptor"]["name"]: len(orjson.dumps(state)) for state in states}
    of_audiences = sum(path.startswith("/3.0/lists/") for path in paths)
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:6]
    table(
        f"nothing new: {audiences} audiences of ten people and eight tags, {campaigns:,} campaigns",
        ("", "measured"),
        [("records", records(second)), *[(f"bytes of the state of {name}", f"{size:,}") for name, size in largest]],
    )
    judge(
        Limit("source, nothing new", "calls", len(paths), 4 * audiences + 2 * ceil(campaigns / 1000) + 15),
        Limit("source, nothing new, an audience", "calls", of_audiences / audiences, 4),
        Limit("source, nothing new, STATEs", "", len(states), len(AT_REST)),
        Limit("source, nothing new, states of all streams", "bytes", sum(sizes.values()), MOST_BYTES),
    )


def _happen(api: str, control: Control, audience: str, campaign: str) -> None:
    """Let somebody open a campaign, and somebody else join a tag."""
    control.people(_plain(0, 2), audience, "open", campaign=campaign)
    url = f"{api}/lists/{audience}/members/{member_hash(_plain(0, 3))}/tags"
    body = {"tags": [{"name": "tag 0", "status": "active"}]}
    requests.post(url, json=body, headers={"Authorization": f"Bearer {KEY}"}, timeout=60).raise_for_status()
    control.clock(advance_seconds=DAY)


def _little_new(third: Measured) -> None:
    found: Counter[str] = Counter()
    for line in third.output:
        if line.startswith('{"type":"RECORD"'):
            found[orjson.loads(line)["record"]["stream"]] += 1
    table("after one open and one person who joined a tag", ("stream", "records"), sorted(found.items()))
    judge(
        Limit("source, reports after one open", "records", found["reports"], 1),
        Limit("source, segment_members after one join", "records", found["segment_members"], 1),
    )


if __name__ == "__main__":
    with workplace() as place:
        scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
        run(place, int(100 * scale), int(3_000 * scale))
