"""One broad sync of the destination: an audience with people of every kind, and what three streams say of them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from integration_tests.destination.lists import status
from integration_tests.destination.syncing import FIELDS, Account, Json, Message, Person, Result, Stream
from source_destination_mailchimp.sandbox.http.server import Sandbox
from unit_tests.destination.field_entries import to

DOMAIN = "sandbox-people.org"
LATER = "2025-06-01T00:00:00Z"
"""A consent that is newer than anything in the audience."""

CRM = Stream(
    "crm",
    ("email", "id", "FNAME", "PLAN", "colors", "tags", "opt_in", "agreed_at", "deleted"),
    extra={"primary_key": [["id"]]},
)
BULK = Stream("bulk", ("email", "FNAME"))
LIST = Stream("list", ("email",), "append", "full_refresh")
STREAMS = (CRM, BULK, LIST)
BULK_PEOPLE = 51
"""One more than are written one by one."""

MORE_TAGS_THAN_A_MEMBER_SHOWS = 51

STRUCK = f"changed1@{DOMAIN}"
"""Whom `500_for` is for."""

SETTINGS: Json = {
    "unmapped_fields": "create",
    "removal": "delete_permanently",
    "confirm_permanent_deletion": "delete permanently",
    "mirror_removal": "archive",
    "resubscribe": "ask",
    "max_connections": 3,
    "streams": [
        {
            "stream": "crm",
            "external_id": "id -> CRMID",
            "fields": [to("colors", "group:Colors"), to("FNAME", "FNAME")],
            "tags_field": "tags",
            "tags_mode": "replace_owned",
            "owned_tags": ["crm*"],
            "deleted_field": "deleted",
            "opt_in_field": "opt_in",
            "consent_time_field": "agreed_at",
        },
        {"stream": "bulk"},
        {"stream": "list", "mirror_tag": "Readers"},
    ],
}


class Contact(NamedTuple):
    """A member as a marketer sees them; `groups` are IDs."""

    person: Person
    groups: frozenset[str]


def email(name: str) -> str:
    """Return an address that is nobody's."""
    return f"{name}@{DOMAIN}"


def opened(sandbox: Sandbox) -> Account:
    """Return an account with one audience, as it is before every sync."""
    control = sandbox.control
    control.reset()
    fields = [*FIELDS, {"tag": "CRMID", "name": "CRM ID", "type": "text"}]
    interests = [{"id": "aaaaaaaaa1", "name": "Red"}, {"id": "bbbbbbbbb2", "name": "Blue"}]
    audience = control.seed(
        name="Readers",
        members=_members(),
        merge_fields=fields,
        interest_categories=[{"title": "Colors", "interests": interests}],
    )["audience"]
    account = Account(sandbox, str(audience), sandbox.api_url)
    account.put(email("erased"), "subscribed", merge_fields={"CRMID": "erased"})
    return account


def _members() -> list[Json]:
    old = [_member(f"bulk{n}", "unsubscribed") for n in range(BULK_PEOPLE)]
    changed = [_member(f"changed{n}", tags=["crm old"], FNAME="Old", CRMID=f"changed{n}") for n in range(3)]
    listed = [_member(f"listed{n}", tags=["Readers"]) for n in range(4)]
    return [
        *old,
        *changed,
        *listed,
        _member("left1", tags=["Readers"]),
        _member("left2", "unsubscribed", tags=["Readers"]),
        _member("moved", FNAME="Moved", CRMID="moved"),
        _member("asked", "unsubscribed", CRMID="asked"),
        _member("out", "unsubscribed", tags=["crm old"], CRMID="out"),
        _member("gone", CRMID="gone"),
        _member(
            "tagged", tags=["crm old", *[f"tag {n}" for n in range(MORE_TAGS_THAN_A_MEMBER_SHOWS)]], CRMID="tagged"
        ),
    ]


def _member(name: str, status: str = "subscribed", tags: tuple[str, ...] | list[str] = (), **values: str) -> Json:
    return {
        "email_address": email(name),
        "status": status,
        "last_changed": "2024-01-01T00:00:00Z",
        "tags": list(tags),
        "merge_fields": values,
    }


def messages(after: Result | None = None) -> list[Message]:
    """Return what the source sends: three streams, with a STATE now and then; `after` a run what it did not cover.

    The list always comes whole, as a full refresh does.
    """
    found: list[Message] = []
    for stream in STREAMS:
        done = 0 if after is None or stream is LIST else covered(after, stream)
        found.extend(_with_states(stream, done))
    return [*found, status(LIST)]


def covered(result: Result, stream: Stream) -> int:
    """Return how many records of a stream the last of its STATEs covers."""
    states = (one["state"]["stream"] for one in result.messages if one["type"] == "STATE")
    mine = (state for state in states if state["stream_descriptor"]["name"] == stream.name)
    return max((int(state["stream_state"]["cursor"]) for state in mine), default=0)


def counted(result: Result, stream: Stream) -> int:
    """Return how many records of a stream its STATEs say that they cover."""
    states = (one["state"] for one in result.messages if one["type"] == "STATE")
    mine = (state for state in states if state["stream"]["stream_descriptor"]["name"] == stream.name)
    stats = (state["destinationStats"] for state in mine)
    return sum(int(one["recordCount"] + one["rejectedRecordCount"]) for one in stats)


def records_of(stream: Stream) -> list[Json]:
    """Return all records of a stream."""
    return _RECORDS[stream.name]


def addresses(records: Iterable[Json]) -> set[str]:
    """Return the addresses that records are about, old ones included."""
    found = {str(record["email"]) for record in records}
    return found | {email(str(record["id"])) for record in records if "id" in record}


def _with_states(stream: Stream, done: int) -> list[Message]:
    """Return the records after the first `done`, a STATE after every few of them and at the end."""
    rows = records_of(stream)
    found: list[Message] = []
    for number, row in enumerate(rows[done:], start=done + 1):
        found.append(stream.record(**row))
        if number % RECORDS_PER_STATE[stream.name] == 0 or number == len(rows):
            found.append(stream.state(number))
    return found


def _row(name: str, **more: Any) -> Json:
    return {"email": email(name), "id": name, "PLAN": "Pro", "opt_in": True, "agreed_at": LATER, **more}


RECORDS_PER_STATE = {"crm": 4, "bulk": 25, "list": 100}

_RECORDS: dict[str, list[Json]] = {
    "crm": [
        *[_row(f"new{n}", FNAME="New", tags=["crm gold"], colors=["Red"]) for n in range(3)],
        *[_row(f"changed{n}", FNAME="New", tags=["crm gold", "crm new"], colors=["Blue"]) for n in range(3)],
        _row("out", FNAME="Out", tags=["crm gold"], agreed_at="2020-01-01T00:00:00Z"),
        {**_row("refused"), "email": "no address"},
        _row("asked", FNAME="Back", tags=["crm gold"]),
        {**_row("moved", FNAME="Moved", tags=["crm gold"]), "email": email("moved-on")},
        _row("gone", opt_in=False),
        _row("tagged", FNAME="Tagged", tags=["crm gold"]),
        _row("erased", deleted=True),
    ],
    "bulk": [{"email": email(f"bulk{n}"), "FNAME": "New"} for n in range(BULK_PEOPLE)],
    "list": [{"email": email(name)} for name in ("listed0", "listed1", "listed2", "listed3", "joined")],
}


def contacts(account: Account) -> Mapping[str, Contact]:
    """Return everybody in the audience by address."""
    audience = account.sandbox.store.audience(account.audience)
    found = {}
    for address, person in account.people().items():
        member = audience.find(address)
        assert member is not None
        values = {tag: value for tag, value in person.values.items() if value}
        found[address] = Contact(person._replace(values=values), frozenset(member.interests))
    return found
