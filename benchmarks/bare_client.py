"""The fastest way there can be: ready-made requests over a few connections, and nothing that reads the answers.

Run as `python -m benchmarks.bare_client write|read CONNECTIONS CALLS [config.json messages.jsonl]`; prints the seconds
that the calls took, without the start of this process. A round of calls, one per connection, is what the budgets of
first loads and of reading call a delay.
"""

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import requests

from benchmarks.rig import AUDIENCE, KEY
from benchmarks.rivals import member, records

Request = Callable[[requests.Session], requests.Response]


def writes(many: int, config: Path, messages: Path) -> list[Request]:
    """Return batch subscribes of 500 people each, their bodies made before."""
    audience = json.loads(config.read_text())["audience"]
    url = f"{os.environ['MAILCHIMP_API_BASE_URL']}/lists/{audience}"
    rows = map(member, records(messages))
    found: list[Request] = []
    for _ in range(many):
        body = orjson.dumps({"members": list(islice(rows, 500)), "update_existing": False})
        found.append(lambda session, body=body: session.post(url, data=body, timeout=130))  # type: ignore[misc]
    return found


def reads(many: int) -> list[Request]:
    """Return reads of pages of 1,000 members."""
    url = f"{os.environ['MAILCHIMP_API_BASE_URL']}/lists/{AUDIENCE}/members"
    found: list[Request] = []
    for page in range(many):
        query = {"count": 1000, "offset": page * 1000, "exclude_fields": "members._links,_links"}
        found.append(lambda session, query=query: session.get(url, params=query, timeout=130))  # type: ignore[misc]
    return found


def seconds(calls: list[Request], connections: int) -> float:
    """Make every call, over so many connections at once, and return how long that took."""
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    for call in calls:
        waiting.put(call)

    def work() -> None:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {KEY}"
        session.headers["Content-Type"] = "application/json"
        while True:
            try:
                call = waiting.get_nowait()
            except queue.Empty:
                return
            call(session).raise_for_status()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def main(way: str, connections: str, calls: str, *files: str) -> None:
    """Print the seconds."""
    assert urlsplit(os.environ["MAILCHIMP_API_BASE_URL"]).hostname == "127.0.0.1"
    ready = writes(int(calls), *map(Path, files)) if way == "write" else reads(int(calls))
    print(seconds(ready, int(connections)))


if __name__ == "__main__":
    main(*sys.argv[1:])
