"""Custom events of a member.

They start no automation here, so `is_syncing` makes no difference.
"""

from typing import Any, Final, NamedTuple

from source_destination_mailchimp.sandbox.account.clock import iso, parse_time
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.http.schema import BOOLEAN, STRING, Shape, mismatches, record
from source_destination_mailchimp.sandbox.members.members import member_of

NAME_LENGTHS: Final = range(2, 31)
BODY: Final = record(("name",), name=STRING, properties=Shape("object"), occurred_at=STRING, is_syncing=BOOLEAN)
_NAME: Final = "Lists/Members/Events"


class Event(NamedTuple):
    """One event; `occurred_at` is in unix seconds."""

    occurred_at: int
    name: str
    properties: dict[str, str]


class EventLog:
    """The events of one audience's members, by web_id, as they came."""

    def __init__(self) -> None:
        self.of: dict[int, list[Event]] = {}


def list_events(call: Call) -> dict[str, Any]:
    """GET the events, the most recent first (documented)."""
    member = member_of(call)
    events = call.audience.room(EventLog).of.get(member.web_id, [])
    rows = sorted(events, key=lambda event: event.occurred_at, reverse=True)
    path = f"/lists/{call.audience.id}/members/{member.id}"
    return {
        "events": [_show(event) for event in call.of(rows)],
        "total_items": len(rows),
        "_links": links(
            call.root,
            [
                ("self", "GET", f"{path}/events", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection"),
                ("parent", "GET", path, "Lists/Members/Response", ""),
                ("create", "POST", f"{path}/events", "", f"Definitions/{_NAME}/POST"),
            ],
        ),
    }


def add_event(call: Call) -> None:
    """POST an event: names have 2 to 30 characters, a property that is null is stored empty (both documented)."""
    member, body = member_of(call), call.body
    if len(body["name"]) not in NAME_LENGTHS:
        raise invalid_fields(FieldError("name", "Event names must be between 2 and 30 characters in length."))
    properties = {key: "" if value is None else value for key, value in body.get("properties", {}).items()}
    errors = [error for key, value in properties.items() for error in mismatches(STRING, value, f"properties.{key}")]
    if errors:
        raise invalid_fields(*errors)
    event = Event(_occurred(call), body["name"], properties)
    call.audience.room(EventLog).of.setdefault(member.web_id, []).append(event)


def _occurred(call: Call) -> int:
    text = call.body.get("occurred_at", "")
    if not text:
        return call.store.clock.now()
    try:
        return int(parse_time(text))
    except ValueError:
        raise invalid_fields(FieldError("occurred_at", "This value is not a valid datetime.")) from None


def _show(event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": event.name, "occurred_at": iso(event.occurred_at)}
    return shown | {"properties": event.properties} if event.properties else shown


_AT: Final = "/lists/{list_id}/members/{subscriber_hash}/events"
ROUTES: Final = (
    Route("GET", _AT, list_events, describes=f"{_NAME}/Collection"),
    Route("POST", _AT, add_event, BODY),
)
