"""Members of a seed: made up by the number or given one by one, and filed without asking whether Mailchimp would."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences import merge_values
from source_destination_mailchimp.sandbox.audiences.audience import Audience, MergeField, Segment
from source_destination_mailchimp.sandbox.audiences.tags import tag_for
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.control.people import PERSONS_IP
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import STATUSES, Member
from source_destination_mailchimp.sandbox.members.statuses import ADMIN_REASON

DEFAULT_DOMAIN: Final = "sandbox-people.org"
DEFAULT_SPREAD_SECONDS: Final = 2 * 365 * 24 * 3600
# What a member may be given by; keys of Mailchimp's own object that say nothing here are let through.
SPOKEN: Final = (
    *("id", "email_address", "status", "last_changed", "web_id", "merge_fields", "tags", "interests", "permissions"),
    *("ip_opt", "ip_signup", "timestamp_opt", "timestamp_signup", "source", "email_type", "language", "vip"),
    *("unsubscribe_reason", "left_by", "sms_phone_number", "sms_subscription_status", "email_client", "location"),
)
_SHOWN_ONLY: Final = (
    *("unique_email_id", "contact_id", "full_name", "consents_to_one_to_one_messaging", "stats", "member_rating"),
    *("marketing_permissions", "last_note", "tags_count", "list_id", "_links", "sms_subscription_last_updated"),
)


def rows_of(store: Store, order: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The members that a seed asks for: those in its list, or as many made-up ones as its number says."""
    members = order.get("members", 0)
    if isinstance(members, list):
        for row in members:
            check_names("A seed's member", row, SPOKEN, _SHOWN_ONLY)
        return iter(members)
    return _made_up(store, int(members), order)


def _made_up(store: Store, count: int, order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """`count` members named after their number, dealt statuses in turn and changed at evenly spread times."""
    prefix, domain = order.get("prefix", "person"), order.get("domain", DEFAULT_DOMAIN)
    first = int(order.get("start", 1))
    statuses = _dealt(order.get("status", "subscribed"))
    archived = int(order.get("archived", 0))
    values = dict(order.get("merge_values", {}))
    fixed = {name: order[name] for name in FOR_ALL if name in order}
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


FOR_ALL: Final = ("tags", "left_by", "vip", "language", "email_type", "source", "interests", "ip_opt")


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


def add(store: Store, audience: Audience, row: Mapping[str, Any]) -> None:
    """Take one member in, or replace the one of that hash, without asking whether Mailchimp would."""
    address = str(row.get("email_address") or "")
    changed = _moment(row.get("last_changed", 0)) or store.clock.now()
    web_id = store.next_web_id(int(row.get("web_id", 0)))
    digest = _digest(row, address, f"{audience.id}:{web_id}")
    if digest in audience.by_digest:
        audience.remove(audience.by_digest[digest])
    member = Member(digest, address, web_id, _status(store, row), changed)
    if row.get("merge_fields"):
        member.merge_values = _values(audience, row["merge_fields"])
    _describe(member, row)
    _depart(member, row)
    audience.add(member)
    if row.get("tags"):
        tags = [_tag(store, audience, tag).id for tag in row["tags"]]
        # One second apart, so that they are listed as they are given.
        audience.set_tags(member, {tag: changed - place for place, tag in enumerate(tags)})


def _digest(row: Mapping[str, Any], address: str, made_up: str) -> bytes:
    """The subscriber hash: as given, of the address, or a made-up one for a contact without an address."""
    if row.get("id"):
        return bytes.fromhex(row["id"])
    return digest_of(address) if address else hashlib.md5(made_up.encode(), usedforsecurity=False).digest()


def _status(store: Store, row: Mapping[str, Any]) -> str:
    status = str(row.get("status", "subscribed"))
    if status not in STATUSES and store.is_on("unknown_statuses", "absent"):
        known = ", ".join(STATUSES)
        raise ValueError(f"There is no status {status!r}. There are: {known}; any with the switch unknown_statuses")
    return status


def _tag(store: Store, audience: Audience, tag: Any) -> Segment:
    """A tag by its name, or by the ID and name that Mailchimp shows, made if it is not there."""
    if not isinstance(tag, dict):
        return tag_for(store, audience, str(tag))
    known = audience.segments.get(int(tag.get("id", 0)))
    if known is not None or "id" not in tag:
        return known or tag_for(store, audience, str(tag["name"]))
    now = store.clock.now()
    return audience.add_segment(Segment(store.next_segment_id(int(tag["id"])), str(tag["name"]), now, now))


_AS_GIVEN: Final = (
    *("ip_opt", "ip_signup", "source", "email_type", "language", "vip", "unsubscribe_reason"),
    *("sms_phone_number", "sms_subscription_status", "email_client", "latitude", "longitude"),
)


def _describe(member: Member, row: Mapping[str, Any]) -> None:
    if member.status != "pending":
        member.ip_opt, member.timestamp_opt = PERSONS_IP, member.last_changed
    given = {**row.get("location", {}), **row}
    for name in _AS_GIVEN:
        if name in given:
            setattr(member, name, given[name])
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
