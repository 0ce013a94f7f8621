"""Filling an account at once: audiences, merge fields and members; the same order gives the same people."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences import lists, merge_fields, merge_values
from source_destination_mailchimp.sandbox.audiences.audience import Audience, MergeField
from source_destination_mailchimp.sandbox.audiences.tags import tag_for
from source_destination_mailchimp.sandbox.control.people import PERSONS_IP
from source_destination_mailchimp.sandbox.http.errors import TRIGGERS
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import STATUSES, Member
from source_destination_mailchimp.sandbox.members.statuses import ADMIN_REASON

DEFAULT_DOMAIN: Final = "sandbox-people.org"
DEFAULT_SPREAD_SECONDS: Final = 2 * 365 * 24 * 3600
_AUDIENCE_SETTINGS: Final = frozenset(lists.BLANK)


def seed(store: Store, order: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one order of POST /_sandbox/seed; docs/sandbox.md lists its keys."""
    store.account.update(order.get("account", {}))
    for key in order.get("keys", ()):
        _add_key(store, key if isinstance(key, dict) else {"key": str(key)})
    for one in order.get("audiences", ()):
        seed(store, one)
    if "audience" not in order and not {"name", "members", "merge_fields"} & order.keys():
        return {"audiences": list(store.audiences)}
    audience = _audience(store, order)
    _add_fields(audience, order.get("merge_fields", ()))
    members = order.get("members", 0)
    rows = members if isinstance(members, list) else _made_up(store, int(members), order)
    count = 0
    for row in rows:
        _add(store, audience, row)
        count += 1
    return {"audience": audience.id, "members": count, "total": len(audience.by_digest)}


def _add_key(store: Store, key: Mapping[str, Any]) -> None:
    """Let the account have a key: of which user, and whether it is always refused (`problem`: as X-Trigger-Error)."""
    store.keys[key["key"]] = str(key.get("user", "user"))
    if "problem" in key:
        if key["problem"] not in TRIGGERS:
            raise ValueError(f"There is no problem {key['problem']!r}. There are: {', '.join(TRIGGERS)}")
        store.key_problems[key["key"]] = key["problem"]


def _audience(store: Store, order: Mapping[str, Any]) -> Audience:
    wanted = str(order.get("audience", ""))
    settings = {name: value for name, value in order.items() if name in _AUDIENCE_SETTINGS}
    texts = order.get("marketing_permissions")
    if isinstance(texts, list):
        settings["marketing_permissions"] = bool(texts)
    audience = store.audiences.get(wanted)
    if audience is None:
        settings.setdefault("name", wanted or f"Audience {len(store.audiences) + 1}")
        audience = lists.open_audience(store, settings, wanted)
    else:
        audience.settings.update(settings)
    if isinstance(texts, list):
        lists.add_permissions(audience, tuple(texts))
    if "date_created" in order:
        audience.date_created = int(parse_time(order["date_created"]))
    return audience


def _add_fields(audience: Audience, fields: Any) -> None:
    for body in fields:
        known = audience.merge_field(str(body.get("tag", "")))
        if known is not None:
            del audience.merge_fields[known.merge_id]
        merge_id = int(body.get("merge_id", known.merge_id if known else 0))
        merge_fields.add_field(audience, {"name": body.get("tag", ""), "type": "text", **body}, merge_id)
    audience.merge_fields = dict(sorted(audience.merge_fields.items()))


def _made_up(store: Store, count: int, order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """`count` members named after their number, dealt statuses in turn and changed at evenly spread times."""
    prefix, domain = order.get("prefix", "person"), order.get("domain", DEFAULT_DOMAIN)
    first = int(order.get("start", 1))
    statuses = _dealt(order.get("status", "subscribed"))
    archived = int(order.get("archived", 0))
    values = dict(order.get("merge_values", {}))
    fixed = {name: order[name] for name in _FIXED if name in order}
    times = _times(store, count, order.get("last_changed"))
    for number, status, changed in zip(range(first, first + count), statuses, times, strict=False):
        row = {
            **fixed,
            "email_address": f"{prefix}{number}@{domain}",
            "status": "archived" if number >= first + count - archived else status,
            "last_changed": changed,
        }
        if values:
            row["merge_fields"] = {tag: _filled(value, number) for tag, value in values.items()}
        yield row


_FIXED: Final = ("tags", "left_by", "vip", "language", "email_type", "source", "interests", "ip_opt")


def _filled(value: Any, number: int) -> Any:
    """A merge value with {n} replaced by the member's number; "{n}" alone becomes the number itself."""
    if not isinstance(value, str) or "{n}" not in value:
        return value
    return number if value == "{n}" else value.replace("{n}", str(number))


def _dealt(status: Any) -> Iterator[str]:
    """One status for all, or several dealt by their weights, in turn."""
    if isinstance(status, str):
        return itertools.repeat(status)
    return itertools.cycle([name for name, weight in status.items() for _ in range(int(weight))])


def _times(store: Store, count: int, wanted: Any) -> Iterator[int]:
    """When each was last changed: one second for all, or evenly between two; the last two years if not told."""
    if isinstance(wanted, str):
        return itertools.repeat(int(parse_time(wanted)))
    now = store.clock.now()
    begin, end = now - DEFAULT_SPREAD_SECONDS, now - 3600
    if isinstance(wanted, dict):
        begin, end = int(parse_time(wanted["from"])), int(parse_time(wanted["to"]))
    return (begin + (end - begin) * number // max(count, 1) for number in range(count))


def _add(store: Store, audience: Audience, row: Mapping[str, Any]) -> None:
    """Take one member in, or replace the one of that address, without asking whether Mailchimp would."""
    address, changed = str(row["email_address"]), _moment(row.get("last_changed", 0)) or store.clock.now()
    digest = digest_of(address)
    if digest in audience.by_digest:
        audience.remove(audience.by_digest[digest])
    status = str(row.get("status", "subscribed"))
    if status not in STATUSES:
        raise ValueError(f"There is no status {status!r}. There are: {', '.join(STATUSES)}")
    member = Member(digest, address, store.next_web_id(int(row.get("web_id", 0))), status, changed)
    if row.get("merge_fields"):
        member.merge_values = _values(audience, row["merge_fields"])
    _describe(member, row)
    _depart(member, row)
    audience.add(member)
    if row.get("tags"):
        audience.set_tags(member, {tag_for(store, audience, _name(tag)).id: changed for tag in row["tags"]})


def _describe(member: Member, row: Mapping[str, Any]) -> None:
    if member.status != "pending":
        member.ip_opt, member.timestamp_opt = PERSONS_IP, member.last_changed
    for name in ("ip_opt", "ip_signup", "source", "email_type", "language", "vip", "unsubscribe_reason"):
        if name in row:
            setattr(member, name, row[name])
    for name in ("timestamp_opt", "timestamp_signup"):
        if name in row:
            setattr(member, name, _moment(row[name]))
    if "interests" in row:
        member.interests = _chosen(row["interests"])
    if "permissions" in row:
        member.permissions = frozenset(row["permissions"])


def _depart(member: Member, row: Mapping[str, Any]) -> None:
    """Note who took the person off: the API for the unsubscribed and a bounce for the cleaned, if nobody is named."""
    default = {"unsubscribed": "api", "cleaned": "bounce"}.get(member.status, "")
    if member.status in {"unsubscribed", "cleaned", "archived"}:
        member.left_by = str(row.get("left_by", default))
    if member.left_by:
        member.left_at = member.last_changed
        if member.left_by in {"api", "admin"} and not member.unsubscribe_reason:
            member.unsubscribe_reason = ADMIN_REASON


def _chosen(interests: Any) -> frozenset[str]:
    if isinstance(interests, dict):
        return frozenset(name for name, on in interests.items() if on)
    return frozenset(interests)


def _name(tag: Any) -> str:
    return str(tag["name"] if isinstance(tag, dict) else tag)


def _moment(value: Any) -> int:
    return int(parse_time(value)) if isinstance(value, str) and value else int(value or 0)


def _values(audience: Audience, given: Mapping[str, Any]) -> dict[int, merge_values.MergeValue]:
    """Merge values by ID, as they would be stored; what does not fit is taken as it is."""
    values = {}
    for tag, value in given.items():
        known: MergeField | None = audience.merge_field(tag)
        if known is not None and value not in ("", None):
            try:
                values[known.merge_id] = merge_values.read(known.type, value, known.limits)
            except merge_values.Refused:
                values[known.merge_id] = value
    return values
