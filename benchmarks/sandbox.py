"""How fast the sandbox is: `python -m benchmarks.sandbox [members]`. Linux only; needs a core for itself.

For each kind of call, how many a second were answered and how many a second of the server's own CPU time: the budget is
for one core, and this process uses another one. At least 1,500 small requests, 25 batches of 500 or 40 pages of 1,000 a
second; a million members seeded in a minute, in 3 GiB.
"""

import contextlib
import http.client
import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.rig import Limit, judge

KEY = "0123456789abcdef0123456789abcdef-us1"
HEADERS = {"Authorization": "Basic " + b64encode(f"any:{KEY}".encode()).decode()}
AUDIENCE = "a1b2c3d4e5"
MEMBERS = f"/3.0/lists/{AUDIENCE}/members"
PAGE = f"{MEMBERS}?count=1000&offset="
FIELDS = "members.id,members.email_address,members.status,members.last_changed,members.merge_fields,total_items"
TICKS_PER_SECOND = 100
SMALL, BATCHES, PAGES = 1_500, 25, 40
"""At least so many a second of one core."""

SEED_SECONDS, MOST_MIB = 60, 3 * 1024
"""For a million members."""

MILLION = 1_000_000


class Server:
    """A sandbox in a process of its own, and one connection to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def call(self, method: str, path: str, body: str | None = None) -> bytes:
        """One call that must be answered 200."""
        self._connection.request(method, path, body, HEADERS)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:500]
        return content

    def cpu_seconds(self) -> float:
        """CPU time used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def memory_mib(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """The command on a free port."""
    command = [sys.executable, "-m", "source_destination_mailchimp.sandbox.command", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = next(line for line in process.stdout if line.strip().startswith("API"))
            yield Server(process, int(address.rstrip().removesuffix("/3.0").rpartition(":")[2]))
        finally:
            process.terminate()


def measured(server: Server, name: str, times: int, call: Callable[[int], object]) -> Callable[[int], Limit]:
    """Make a call so many times, print how fast that was, and return what holds it against a number a second."""
    cpu, started = server.cpu_seconds(), time.perf_counter()
    for number in range(times):
        call(number)
    seconds, used = time.perf_counter() - started, max(server.cpu_seconds() - cpu, 0.01)
    print(f"{name:34} {times / seconds:8.0f} a second  {times / used:8.0f} a second of CPU")
    return lambda a_second: Limit(f"sandbox, {name}", "ms of CPU", used / times * 1000, 1000 / a_second)


def batch(number: int, last_name: str, *, updates: bool) -> str:
    """A batch subscribe call of 500 members."""
    key = "status_if_new" if updates else "status"
    rows = [
        {
            "email_address": f"n{number}x{row}@sandbox-people.org",
            key: "subscribed",
            "merge_fields": {"FNAME": f"F{row}", "LNAME": last_name, "PHONE": "123"},
        }
        for row in range(500)
    ]
    return json.dumps({"members": rows, "update_existing": updates})


def main(members: int) -> None:
    """Fill an audience and measure every kind of call against it."""
    values = {"FNAME": "First {n}", "LNAME": "Last", "PHONE": "{n}"}
    order = {"audience": AUDIENCE, "members": members, "merge_values": values, "tags": ["a", "b"]}
    since = "sort_field=last_changed&sort_dir=DESC&since_last_changed=2020-01-01T00:00:00Z"
    with running() as server:
        cpu, started = server.cpu_seconds(), time.perf_counter()
        server.call("POST", "/_sandbox/seed", json.dumps(order))
        seconds, seeded = time.perf_counter() - started, server.cpu_seconds() - cpu
        print(f"{members} members seeded in {seconds:.1f} s ({seeded:.1f} s of CPU), {server.memory_mib():.0f} MiB")
        server.call("GET", f"{MEMBERS}?count=1")
        news = [batch(number, "Old", updates=False) for number in range(50)]
        changes = [batch(number, "New", updates=True) for number in range(50)]
        ping = measured(server, "ping", 5000, lambda number: server.call("GET", "/3.0/ping"))
        one = measured(
            server,
            "one member",
            3000,
            lambda number: server.call("GET", f"{MEMBERS}/person{number + 1}@sandbox-people.org"),
        )
        page = measured(server, "page of 1,000", 60, lambda number: server.call("GET", f"{PAGE}{number * 1000}"))
        measured(
            server, "page by last_changed", 60, lambda number: server.call("GET", f"{PAGE}{number * 1000}&{since}")
        )
        measured(
            server,
            "page with fields=",
            60,
            lambda number: server.call("GET", f"{PAGE}{number * 1000}&fields={FIELDS}"),
        )
        path = f"/3.0/lists/{AUDIENCE}"
        new = measured(server, "batch of 500 new people", 50, lambda number: server.call("POST", path, news[number]))
        changed = measured(
            server, "batch of 500 changed people", 50, lambda number: server.call("POST", path, changes[number])
        )
        memory = server.memory_mib()
    share = members / MILLION
    judge(
        ping(SMALL),
        one(SMALL),
        page(PAGES),
        new(BATCHES),
        changed(BATCHES),
        Limit(f"sandbox, {members:,} members seeded", "seconds of CPU", seeded, SEED_SECONDS * share),
        Limit(f"sandbox, {members:,} members and the calls", "MiB", memory, MOST_MIB),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
