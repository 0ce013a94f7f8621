"""What `keep_changes` costs, with and without it side by side, and the memory of undo: `python -m benchmarks.changes`.

Budgets: 1.2 times the time, 1 KiB of disk for each changed contact, 384 MiB of memory; for syncs and for undo, here of
a million contacts whose list is made up.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks.people import COLUMNS, FIELDS, people, prepare
from benchmarks.rig import BIN, Measured, job, measure, sandbox, table, workplace
from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.lines import Place, member_answer, member_change
from source_destination_mailchimp.destination.changes.undo_checks import read_run
from source_destination_mailchimp.destination.model import Contact, Operation, Outcome, Route, Settled, StreamId
from source_destination_mailchimp.destination.storing.local_runs import LocalRuns
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.members import Status, member_hash

TIMES, DISK_BYTES, MEMORY_MIB = 1.2, 1024, 384
BATCH = 500
STREAM = StreamId(None, "people")


def side_by_side(folder: Path, many: int) -> None:
    """New contacts with twenty values and a tag; then one value of each; then all twenty of each."""
    rows: list[tuple[object, ...]] = []
    kinds = {"new": people(many), "one value": people(many, changed=many), "twenty values": other_people(many)}
    for name, records in kinds.items():
        files = {}
        for kept, settings in with_and_without(folder).items():
            files[kept] = job(folder / f"{name} {kept}", records_of(folder, name, records), COLUMNS, settings)
        measured: dict[str, Measured] = {}
        for kept, given in files.items():
            with sandbox() as (api, control):
                prepare(control)
                if name != "new":
                    first = job(folder / "first", people(many), COLUMNS, with_and_without(folder)["without"])
                    measure(first.command(), api, first.messages)
                measured[kept] = measure(given.command(), api, given.messages)
        rows.append(row(name, measured["without"], measured["with"], newest_list(folder).stat().st_size / many))
    table(
        f"keep_changes, {many:,} contacts with twenty fields and a tag",
        ("", "s without", "s with", "ratio", "budget", "CPU ratio", "bytes a contact", "budget", "peak MiB", "budget"),
        rows,
    )


def row(name: str, without: Measured, kept: Measured, size: float) -> tuple[object, ...]:
    """One line of the table."""
    return (
        name,
        f"{without.wall:.1f}",
        f"{kept.wall:.1f}",
        f"{kept.wall / without.wall:.2f}",
        TIMES,
        f"{kept.cpu / without.cpu:.2f}",
        f"{size:.0f}",
        DISK_BYTES,
        f"{kept.peak_mib:.0f}",
        MEMORY_MIB,
    )


def with_and_without(folder: Path) -> dict[str, dict[str, Any]]:
    """Settings of both syncs: both have the store, so that only the list makes the difference."""
    streams = [{"stream": "people", "tags": ["crm-gold"]}]
    store = {"storage_type": "Local", "path": str(folder / "store")}
    common = {"streams": streams, "object_storage_config": store}
    return {"without": common, "with": {**common, "keep_changes": True}}


def records_of(folder: Path, name: str, records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the records of a kind, which are made once and read again for the second sync."""
    kept = folder / f"{name}.jsonl"
    if not kept.exists():
        kept.write_bytes(b"\n".join(orjson.dumps(record) for record in records))
    for line in kept.read_bytes().splitlines():
        yield orjson.loads(line)


def other_people(many: int) -> Iterator[dict[str, Any]]:
    """The same addresses with other values in all twenty fields."""
    for record, other in zip(people(many), people(many + 1), strict=False):
        values = {key: value for key, value in other.items() if key != "email"}
        yield {**record, **{key: other_value(value) for key, value in values.items()}}


def other_value(value: Any) -> Any:
    """Return a value of the same kind and about the same length."""
    if isinstance(value, int):
        return value + 1
    if value.startswith("20"):
        return f"19{value[2:]}"
    return value.replace("value", "other")


def newest_list(folder: Path) -> Path:
    """Return the list of the last sync that kept one."""
    return sorted((folder / "store" / "runs").glob("*/changes.jsonl"))[-1]


# The memory of undo


def undo_of_many(folder: Path, many: int) -> None:
    """Read a made-up list of a million contacts as undo does, in a process of its own, and look at each."""
    started = time.monotonic()
    size = make_list(folder, many)
    made = time.monotonic()
    command = [str(BIN / "python"), "-m", "benchmarks.changes", "read", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    said, _ = process.communicate()
    seconds = time.monotonic() - made
    if process.returncode:
        raise RuntimeError("undo could not read the list")
    contacts, peak = said.split()
    table(
        f"Undo of {many:,} contacts, the reading of the list without the calls",
        ("contacts", "MiB of list", "s to write", "s to read", "peak MiB", "budget"),
        [(contacts, f"{size / 2**20:.0f}", f"{made - started:.0f}", f"{seconds:.0f}", peak, MEMORY_MIB)],
    )


def make_list(folder: Path, many: int) -> int:
    """Write the list of a run that gave so many members other values, and return its size."""
    run = LocalRuns(folder).create(datetime.now(UTC))
    log = ChangeLog(run, {STREAM: (("email",),)}, lambda: "2026-01-02T03:04:05.000+00:00")
    place = log.place("a1b2c3d4e5")
    for start in range(0, many, BATCH):
        operations = [operation(number) for number in range(start, start + BATCH)]
        numbers = log.leaving([member_change(one, log.keys, place) for one in operations])
        answers = [member_answer(answer(one, place)) for one in operations]
        log.answered(list(zip(numbers, answers, strict=True)))
    log.close()
    return (Path(run.location) / "changes.jsonl").stat().st_size


def operation(number: int) -> Operation:
    """Return the addition of one contact with twenty values."""
    email = f"person{number}@sandbox-people.org"
    contact = Contact(STREAM, {"email": email}, email, member_hash(email))
    values = {tag: f"value {number}" for tag, _ in FIELDS}
    return Operation(contact, Route.ADD, Settled(Outcome.CREATED), Status.SUBSCRIBED, {"merge_fields": values})


def answer(given: Operation, place: Place) -> RowAnswer:
    """Return Mailchimp's answer to an addition."""
    member = {"status": "subscribed", "last_changed": place.at, **given.changes}
    return RowAnswer(replace(given), member, is_new=True)


def read(folder: Path) -> None:
    """Print how many contacts the only list below a folder holds, and the peak of memory in MiB."""
    runs = LocalRuns(folder)
    (run,) = runs.names()
    with closing(ChangedContacts()) as contacts:
        read_run(runs, run, contacts, was_killed=True)
        found = sum(changed.history.is_added for changed in contacts.all())
    print(found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def main(scale: float = 1.0) -> None:
    """All of them; `scale` 1 takes about five minutes."""
    with workplace() as folder:
        side_by_side(folder, int(30_000 * scale))
    with workplace() as folder:
        undo_of_many(folder, int(1_000_000 * scale) // BATCH * BATCH)


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        read(Path(sys.argv[2]))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
