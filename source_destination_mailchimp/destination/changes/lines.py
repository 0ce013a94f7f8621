"""What is written down of one change: before its call leaves, and once it is answered. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from source_destination_mailchimp.destination.changes.authority import authority_of
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Operation,
    Reason,
    StreamId,
)
from source_destination_mailchimp.destination.work import RowAnswer
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, member_hash

BY_KEY = ("merge_fields", "interests")
"""Parts of a member that hold values by their keys."""

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
    authority = authority_of(operation)
    if authority:
        entry["authority"] = authority
    return entry


def tag_change(operation: Operation, tags: Mapping[str, bool], keys: PrimaryKeys, place: Place, call: str) -> Json:
    """Return what is written down before a call changes tags of a member: tag → whether it goes on.

    Each is a change: a sync knows all tags of a member before it changes one, also beyond the first fifty.
    """
    entry = _change(operation, keys, place, TAGS, {"tags": dict(tags)})
    entry["by_call"] = call
    return entry


def member_answer(row: RowAnswer) -> Json:
    """Return what is written down of Mailchimp's answer: the values that were sent as Mailchimp shows them now.

    Values that came back as they were sent are left out.
    """
    if row.refusal is not None:
        return {"result": _result_of(row, row.refusal), "why": row.refusal.name.lower()}
    answer: Json = {"result": WRITTEN}
    if row.member is None:
        return answer
    answer.update(_told(row.member))
    if row.is_new:
        answer["is_new"] = True
    echo = _echo(row.operation.changes, row.member)
    if echo:
        answer["echo"] = echo
    return answer


def _result_of(row: RowAnswer, refusal: MemberRefusal) -> str:
    """Return what a refusal says of the write: with an answer that was lost before it, nothing."""
    if refusal is MemberRefusal.UNANSWERED or refusal is MemberRefusal.FAILED:
        return UNKNOWN
    if row.tries > 1:
        return UNKNOWN
    return REFUSED


def _told(member: Mapping[str, Any]) -> Json:
    """Return what a member object tells of status and last change."""
    told: Json = {}
    for key in ("status", "last_changed"):
        value = member.get(key)
        if value:
            told[key] = value
    return told


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
    """Return a part of a primary key in a form that every reader of JSON takes."""
    value: Any = record
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    match value:
        case None | bool() | float():
            return value
        case int() if abs(value) < LONGEST_NUMBER:
            return value
        case _:
            # A source may send half a character, which UTF-8 cannot hold.
            text = str(value)
            return text.encode("utf-8", "replace").decode()


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
        shown = values[part]
        match part:
            case "merge_fields" | "interests":
                picked[part] = _of_keys(change, shown)
            case "marketing_permissions":
                picked[part] = _permissions(change, shown)
            case _:
                picked[part] = shown
    return picked


def _of_keys(keys: Iterable[str], shown: Mapping[str, Any]) -> Json:
    """Return the values of some keys, in their order, without those that are not shown."""
    found: Json = {}
    for key in keys:
        if key in shown:
            found[key] = shown[key]
    return found


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
        sent = changes[part]
        if shown == sent:
            continue
        if part in BY_KEY:
            echo[part] = _differing(shown, sent)
        else:
            echo[part] = shown
    return echo


def _differing(shown: Mapping[str, Any], sent: Mapping[str, Any]) -> Json:
    """Return those values that are shown otherwise than they were sent."""
    differing: Json = {}
    for key, value in shown.items():
        if value != sent[key]:
            differing[key] = value
    return differing
