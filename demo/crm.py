"""The system that the people live in: it has a newsletter box for each of them, and its data changes."""

from collections.abc import Iterable, Iterator
from typing import Any

Message = dict[str, Any]
Record = dict[str, Any]

ANSWERED_AT = "2026-01-15T09:00:00Z"
CHANGED_AT = "2026-02-20T18:30:00Z"
NEWCOMERS = 100
# Every so manieth person …
DECLINED, MOVED, RETIRED, UNTICKED, BAD_ADDRESS = 40, 25, 50, 333, 500


def with_the_box(catalog: Message) -> Message:
    """The connection's catalog with the two columns that the CRM has beside the person."""
    for configured in catalog["streams"]:
        columns = configured["stream"]["json_schema"]["properties"]
        columns |= {
            "newsletter": {"type": "boolean"},
            "newsletter_changed_at": {"type": "string", "format": "date-time"},
        }
    return catalog


def first(messages: Iterable[Message]) -> Iterator[Message]:
    """The people as they are at first: most ticked the box, some did not, a few addresses are no addresses."""
    return _with(messages, _answered)


def later(messages: Iterable[Message]) -> Iterator[Message]:
    """A month after: some moved, some retired, some unticked the box, and there are newcomers."""
    return _with(messages, _changed)


def without(messages: Iterable[Message], newcomers: int) -> Iterator[Message]:
    """The same people before the last of them came."""
    last = sum(message["type"] == "RECORD" for message in messages) - newcomers
    return (m for m in messages if m["type"] != "RECORD" or m["record"]["data"]["id"] <= last)


def moved(record: Record) -> bool:
    """Whether somebody has another address in the later data."""
    return bool(record["id"] % MOVED == 0)


def _with(messages: Iterable[Message], change: Any) -> Iterator[Message]:
    for message in messages:
        if message["type"] == "RECORD":
            yield {**message, "record": {**message["record"], "data": change(message["record"]["data"])}}
        else:
            yield message


def _answered(record: Record) -> Record:
    ticked = record["id"] % DECLINED != 0
    email = record["email"] if record["id"] % BAD_ADDRESS else record["email"].replace("@", " at ")
    return {**record, "email": email, "newsletter": ticked, "newsletter_changed_at": ANSWERED_AT}


def _changed(record: Record) -> Record:
    found = _answered(record)
    if moved(record):
        found["address"] = {**record["address"], "city": "New Bern", "state": "North Carolina", "postal_code": "28560"}
    if record["id"] % RETIRED == 0:
        found["occupation"] = "Retired"
    if record["id"] % UNTICKED == 0:
        found |= {"newsletter": False, "newsletter_changed_at": CHANGED_AT}
    return found
