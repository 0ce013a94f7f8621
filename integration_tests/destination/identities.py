"""People with ids of their own: members that carry one, records that name one, and what became of both."""

from typing import Any, NamedTuple

from integration_tests.destination.syncing import Account, Json, Result, Stream, succeeded, sync

FIELD = {"tag": "CRMID", "name": "CRM ID", "type": "text"}
COLUMNS = ("email", "id", "FNAME", "opt_in", "agreed_at", "deleted", "tags")
PEOPLE = Stream(columns=COLUMNS, extra={"primary_key": [["id"]]})
LATER = "2025-06-01T00:00:00Z"
"""After the last change of everybody who was put into the audience."""

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")


class Member(NamedTuple):
    """A member as a test compares it."""

    email: str
    status: str
    id: str
    tags: frozenset[str] = frozenset()
    first_name: str = ""


def address(name: str) -> str:
    """An address that is nobody's."""
    return f"{name}@sandbox-people.org"


def put(account: Account, name: str, status: str = "subscribed", id: str = "", **row: Any) -> int:
    """Somebody who is there already; their number in Mailchimp, which a rename keeps."""
    account.seed(merge_fields=[FIELD])
    values = {"CRMID": id, "FNAME": row.pop("first_name", "")}
    account.put(address(name), status, merge_fields=values, **row)
    return number(account, name)


def number(account: Account, name: str) -> int:
    """The number that Mailchimp gives a contact for good; 0 for nobody."""
    member = account.sandbox.store.audience(account.audience).find(address(name))
    return member.web_id if member else 0


def people(account: Account) -> dict[str, Member]:
    """Everybody by the name in their address."""
    return {
        email.partition("@")[0]: Member(
            email, one.status, str(one.values.get("CRMID") or ""), one.tags, str(one.values.get("FNAME") or "")
        )
        for email, one in account.people().items()
    }


def states(account: Account) -> dict[str, tuple[str, str]]:
    """Name → status and id."""
    return {name: (one.status, one.id) for name, one in people(account).items()}


def record(id: Any, name: str | None, **data: Any) -> Json:
    """What a record says of somebody with this id."""
    return {"id": id, "email": address(name) if name else None, **data}


def run(account: Account, *records: Json, stream: Stream = PEOPLE, **keys: Any) -> Result:
    """One sync with an external id; `entry` are more keys of the stream's entry."""
    account.seed(merge_fields=[FIELD])
    entry = {"stream": stream.name, "external_id": "id -> CRMID", **keys.pop("entry", {})}
    return sync(account, records, stream=stream, streams=[entry], **keys)


def outcome(account: Account, *records: Json, **keys: Any) -> Result:
    """One sync that ended well."""
    return succeeded(run(account, *records, **keys))


def is_silent(account: Account, *records: Json, **keys: Any) -> bool:
    """Whether the same sync once more writes nothing."""
    return account.writes_of(lambda: outcome(account, *records, **keys)) == []
