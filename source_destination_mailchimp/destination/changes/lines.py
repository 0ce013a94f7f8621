"""What is written down of one change: before its call leaves, and once it is answered. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    StreamId,
)
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, member_hash

TAGS = "tags"
"""The `call` of a change that only puts tags on or takes them off."""

BY_TAG, BY_MEMBER = "tag", "member"
"""By which call tags were changed; the member's own moves `last_changed`, the tag's does not. [observed]"""

WRITTEN, REFUSED, UNKNOWN = "written", "refused", "unknown"
"""The `result` of an answer. Unknown: Mailchimp may have done it, or an earlier try of it."""

LONGEST_NUMBER = 2**63
"""Longer ones are written as text, because JSON is read with numbers of 64 bits. [observed with orjson]"""

PrimaryKeys = Mapping[StreamId, Sequence[Sequence[str]]]
"""The path of each column of a stream's primary key."""


class Place(NamedTuple):
    """Where and when a change is made: audience, and time as ISO 8601 in UTC."""

    audience: str
    at: str


def member_change(operation: Operation, keys: PrimaryKeys, place: Place) -> Json:
    """Return what is written down before a member's call leaves."""
    sent: Json = dict(operation.changes)
    if operation.status is not None:
        sent["status"] = operation.status.value
    entry = _change(operation, keys, place, operation.route.name.lower(), sent)
    entry.update(_values_before(operation))
    authority = _authority(operation)
    if authority:
        entry["authority"] = authority
    return entry


def tag_change(operation: Operation, tags: Mapping[str, bool], keys: PrimaryKeys, place: Place, call: str) -> Json:
    """Return what is written down before a call changes tags of a member: tag → whether it goes on.

    `tags_unread`: Mailchimp showed only the first fifty, so that nobody knows whether the member carried these before.
    """
    entry = _change(operation, keys, place, TAGS, {"tags": dict(tags)})
    entry["by_call"] = call
    if operation.known is not None and operation.known.tags is None:
        entry["tags_unread"] = True
    return entry


def member_answer(row: RowAnswer) -> Json:
    """Return what is written down of Mailchimp's answer: the values that were sent as Mailchimp shows them now.

    Values that came back as they were sent are left out.
    """
    if row.refusal is not None:
        return {"result": UNKNOWN if _may_be_written(row) else REFUSED, "why": row.refusal.name.lower()}
    answer: Json = {"result": WRITTEN}
    if row.member is None:
        return answer
    for key in ("status", "last_changed"):
        if row.member.get(key):
            answer[key] = row.member[key]
    if row.is_new:
        answer["is_new"] = True
    echo = _echo(row.operation.changes, row.member)
    if echo:
        answer["echo"] = echo
    return answer


def _may_be_written(row: RowAnswer) -> bool:
    if row.refusal in (MemberRefusal.UNANSWERED, MemberRefusal.FAILED):
        return True
    return row.tries > 1


def _change(operation: Operation, keys: PrimaryKeys, place: Place, call: str, sent: Json) -> Json:
    """Return what every change says: where, whom, by which call and record; and how the contact was read before."""
    contact, known = operation.contact, operation.known
    email = contact.email if known is None else known.email
    entry: Json = {"at": place.at, "audience": place.audience, "email": email}
    if operation.subscriber != member_hash(email):
        entry["member"] = operation.subscriber
    entry["call"] = call
    entry.update(_record(contact, keys))
    entry["sent"] = sent
    if known is not None:
        entry["status"] = known.status.value
        entry["last_changed"] = known.last_changed
    for note in operation.settled.beside:
        if note.reason is Reason.JOINED:
            entry["is_join"] = True
    return entry


def _record(contact: Contact, keys: PrimaryKeys) -> Json:
    """Return the record that asked for a change: its stream and primary key; only the stream for who left a list."""
    record: Json = {"stream": contact.stream.name}
    if contact.stream.namespace is not None:
        record["namespace"] = contact.stream.namespace
    paths = keys.get(contact.stream, ())
    if contact.record and paths:
        record["key"] = {".".join(path): _value_at(contact.record, path) for path in paths}
    return record


def _value_at(record: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = record
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < LONGEST_NUMBER:
        return value
    # A source may send half a character, which UTF-8 cannot hold.
    return str(value).encode("utf-8", "replace").decode()


def _values_before(operation: Operation) -> Json:
    """Return the values that a call changes as they were read, with the time of the read; empty where none were."""
    known = operation.known
    if known is None or operation.route.removes_member:
        return {}
    read = read_values(known)
    if read is None:
        return {}
    return {"read_at": read["at"], "before": _picked(operation.changes, read["values"])}


def read_values(known: Known) -> Json | None:
    """Return the values that a member had when it was read, and the time of the read; None where none were kept."""
    if not known.values:
        return None
    read: Json = orjson.loads(known.values)
    return read


def _picked(changes: Mapping[str, Any], values: Mapping[str, Any]) -> Json:
    """Return those values of a member that a write is about."""
    picked: Json = {}
    for part, change in changes.items():
        if part not in values:
            continue
        if part in ("merge_fields", "interests"):
            picked[part] = {key: values[part][key] for key in change if key in values[part]}
        elif part == "marketing_permissions":
            picked[part] = _permissions(change, values[part])
        else:
            picked[part] = values[part]
    return picked


def _permissions(change: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]) -> list[Json]:
    wanted = {permission["marketing_permission_id"] for permission in change}
    found = []
    for permission in shown:
        name = permission.get("marketing_permission_id")
        if name in wanted:
            found.append({"marketing_permission_id": name, "enabled": bool(permission.get("enabled"))})
    return found


def _echo(changes: Mapping[str, Any], member: Mapping[str, Any]) -> Json:
    """Return what a member shows of the values that were sent, where that differs from what was sent."""
    echo: Json = {}
    for part, shown in _picked(changes, member).items():
        if part in ("merge_fields", "interests"):
            differing = {key: value for key, value in shown.items() if value != changes[part][key]}
            if differing:
                echo[part] = differing
        elif shown != changes[part]:
            echo[part] = shown
    return echo


def _authority(operation: Operation) -> Json:
    """Return by which setting a status changes, and when consent was given; empty where no status changes."""
    setting = _setting(operation)
    if not setting:
        return {}
    authority: Json = {"setting": setting}
    given = operation.contact.consent_seconds
    if given is not None:
        authority["consent_at"] = _as_time(given)
    return authority


def _as_time(seconds: float) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC; as they are where a zone put them out of the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} seconds since 1970"


def _setting(operation: Operation) -> str:
    if operation.route is Route.ADD:
        return "new_member_status"
    if operation.route is Route.RESUBSCRIBE:
        return "resubscribe"
    is_change = operation.status is not None or operation.route.removes_member
    if not is_change:
        return ""
    settled, contact = operation.settled, operation.contact
    if settled.is_removal:
        return "removal" if contact.deleted else "mirror_removal"
    if settled.outcome in (Outcome.RESUBSCRIBED, Outcome.ASKED):
        return "resubscribe"
    if contact.opt_in is OptIn.NO:
        return "opt_in_field, opt_out_field"
    if contact.opt_in is OptIn.YES and not operation.route.removes_member:
        return "opt_in_field"
    return "external_id"
