"""Streams that are whole lists, and what the platform says of them; people by the dozen."""

from collections.abc import Iterable

from integration_tests.destination.syncing import Account, Json, Message, Stream

COLUMNS = ("email", "FNAME", "opt_in", "deleted", "_ab_cdc_deleted_at", "tags", "total")
DOMAIN = "sandbox-people.org"


def list_stream(name: str = "people", mode: str = "append", source_mode: str = "full_refresh") -> Stream:
    """A stream that comes whole."""
    return Stream(name, COLUMNS, mode, source_mode)


def status(stream: Stream, word: str = "COMPLETE") -> Message:
    """What the platform, or the source, says of a stream's end."""
    descriptor = {"name": stream.name, "namespace": None}
    traced = {"type": "STREAM_STATUS", "stream_status": {"stream_descriptor": descriptor, "status": word}}
    return {"type": "TRACE", "trace": {**traced, "emitted_at": 0}}


def global_state(cursor: int) -> Message:
    """A STATE over all streams."""
    return {
        "type": "STATE",
        "state": {"type": "GLOBAL", "global": {"shared_state": {"c": cursor}, "stream_states": []}},
    }


def numbered(numbers: Iterable[int], prefix: str = "person") -> list[str]:
    """Addresses as the sandbox seeds them."""
    return [f"{prefix}{number}@{DOMAIN}" for number in numbers]


def whole(stream: Stream, emails: Iterable[str], **data: object) -> list[Message]:
    """The whole list and its end: records, a STATE and COMPLETE."""
    records = [stream.record(email=email, **data) for email in emails]
    return [*records, stream.state(len(records)), status(stream)]


def mirrored(tag: str = "List", name: str = "people", **keys: object) -> Json:
    """The form's entry for a mirrored stream."""
    return {"stream": name, "mirror_tag": tag, **keys}


def seed_list(account: Account, people: int, tag: str = "List", **order: object) -> list[str]:
    """So many people who carry a tag."""
    account.control.seed(account.audience, members=people, tags=[tag], **order)
    first = int(str(order.get("start", 1)))
    return numbered(range(first, first + people), str(order.get("prefix", "person")))


def carriers(account: Account, tag: str = "List") -> set[str]:
    """Who carries a tag, whatever its case."""
    wanted = tag.lower()
    return {email for email, one in account.people().items() if wanted in {name.lower() for name in one.tags}}
