"""Writing one member: validation first, then all of it or nothing. Shared by the single and the batch calls."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox import addresses, merge_values, statuses
from source_destination_mailchimp.sandbox.audience import Audience, MergeField
from source_destination_mailchimp.sandbox.clock import parse_time
from source_destination_mailchimp.sandbox.errors import (
    FieldError,
    Problem,
    forgotten,
    in_compliance_state,
    invalid,
    invalid_fields,
    member_exists,
)
from source_destination_mailchimp.sandbox.member import NOTHING, Member
from source_destination_mailchimp.sandbox.merge_values import MergeValue
from source_destination_mailchimp.sandbox.store import Store

THROTTLE_SIGNUPS: Final = 13  # quick cycles on one address that were seen to trigger the refusal
THROTTLE_SECONDS: Final = 3600  # how long Mailchimp remembers is unknown

_STATUS_NAMES: Final = {"transactional": "Non-Subscribed"}


@dataclass(slots=True)
class Writer:
    """Everything that the writes of one call share."""

    store: Store
    audience: Audience
    ip: str
    skips_required: bool
    now: int = 0
    fields: dict[str, MergeField] = field(default_factory=dict)
    required: tuple[MergeField, ...] = ()

    def __post_init__(self) -> None:
        self.now = self.store.clock.now()
        merge_fields = self.audience.merge_fields.values()
        self.fields = {known.tag: known for known in merge_fields}
        self.required = () if self.skips_required else tuple(known for known in merge_fields if known.required)


def check_address(writer: Writer, address: str) -> None:
    """Refuse an address that Mailchimp does not take."""
    refusal = addresses.refusal_of(address, roles_refused=writer.store.is_on("role_addresses", "refused"))
    if refusal is not None:
        raise refusal


def add(writer: Writer, address: str, body: Mapping[str, Any], status: str) -> Member:
    """Take in somebody the audience has not seen."""
    digest = addresses.digest_of(address)
    if digest in writer.audience.forgotten:
        raise forgotten(address)
    wishes = _wishes(writer, body, None)
    _check_throttle(writer, digest, address)
    move = statuses.new(status)
    member = Member(digest, address, writer.store.next_web_id(), move.status, writer.now)
    member.signups = (writer.now,)
    if move.opts_in:
        member.timestamp_opt, member.ip_opt = writer.now, writer.ip
    else:
        member.timestamp_signup, member.ip_signup = writer.now, writer.ip
    _note_departure(writer, member, status)
    for name, value in wishes.items():
        setattr(member, name, value)
    writer.audience.add(member)
    _count(writer, member.status)
    if move.mails:
        writer.store.confirmation_mail(writer.audience, member)
    writer.store.tell("created", writer.audience, member, "", "api")
    return member


def update(
    writer: Writer, member: Member, body: Mapping[str, Any], status: str | None, *, on_add: bool = False
) -> bool:
    """Change somebody who is there; True if anything changed. An identical request changes nothing (observed)."""
    address = _new_address(writer, member, body)
    move = _move(writer, member, status, on_add=on_add)
    wishes = _wishes(writer, body, member)
    returns = member.status == "archived" and move is not None and move.status != "archived"
    if returns:
        _check_throttle(writer, member.digest, member.email_address)
        member.signups = (*member.signups, writer.now)[-THROTTLE_SIGNUPS - 1 :]
    changed = _differs(member, wishes) or bool(address)
    changed = _apply_move(writer, member, status, move, changed) or changed
    for name, value in wishes.items():
        setattr(member, name, value)
    _rename(writer, member, address)
    if changed:
        writer.audience.touch(member, writer.now)
        writer.store.tell("profile", writer.audience, member, member.status, "api")
    return changed


def _differs(member: Member, wishes: Mapping[str, Any]) -> bool:
    return any(getattr(member, name) != value for name, value in wishes.items())


def _move(writer: Writer, member: Member, status: str | None, *, on_add: bool) -> statuses.Move | None:
    if not status:
        return None
    move = statuses.move(member.status, status, member.may_not_return, writer.store.switches)
    if move is None:
        raise in_compliance_state(member.email_address, on_add=on_add)
    return move


def _apply_move(writer: Writer, member: Member, status: str | None, move: statuses.Move | None, changed: bool) -> bool:
    """Carry a status out; True if it changed."""
    if move is None or status is None:
        return False
    again = move.status == "pending" == member.status and changed and not move.mails
    if move.mails or (again and writer.store.is_on("pending_again", "mails_when_changed")):
        writer.store.confirmation_mail(writer.audience, member)
    if move.status == member.status:
        return False
    before = member.status
    writer.audience.set_status(member, move.status)
    if move.opts_in:
        member.timestamp_opt, member.ip_opt = writer.now, writer.ip
    _note_departure(writer, member, status)
    _count(writer, move.status)
    writer.store.tell("status", writer.audience, member, before, "api")
    return True


def _note_departure(writer: Writer, member: Member, status: str) -> None:
    member.left_by = statuses.left_by(status, member.left_by, writer.store.switches)
    if member.status == "unsubscribed":
        member.left_at = writer.now
        if member.left_by == "api":
            member.unsubscribe_reason = statuses.ADMIN_REASON


def _count(writer: Writer, status: str) -> None:
    if status == "subscribed":
        writer.audience.last_sub = writer.now
    elif status == "unsubscribed":
        writer.audience.last_unsub = writer.now


def _check_throttle(writer: Writer, digest: bytes, address: str) -> None:
    """Refuse an address that came and went too often lately, counted over all audiences (observed, limits inferred)."""
    held = (audience.by_digest.get(digest) for audience in writer.store.audiences.values())
    signups = sum(at > writer.now - THROTTLE_SECONDS for member in held if member is not None for at in member.signups)
    if signups >= THROTTLE_SIGNUPS:
        raise addresses.throttled(address)


def _new_address(writer: Writer, member: Member, body: Mapping[str, Any]) -> str:
    """The address to rename the member to, "" for none; refuses as the real API does (observed)."""
    wanted: str = body.get("email_address", "") or member.email_address
    if wanted == member.email_address:
        return ""
    digest = addresses.digest_of(wanted)
    if digest == member.digest:
        return wanted
    check_address(writer, wanted)
    if member.status != "subscribed":
        message = (
            f'This member\'s status is "{member.status}." '
            'You can only update email addresses for members with a status of "subscribed."'
        )
        raise invalid_fields(FieldError("email address", message))
    taken = "Deleted" if digest in writer.audience.forgotten else ""
    other = writer.audience.by_digest.get(digest)
    if other is not None:
        taken = _STATUS_NAMES.get(other.status, other.status.capitalize())
    if taken:
        message = f'"{wanted}" is already in this list with a status of "{taken}".'
        raise invalid_fields(FieldError("email address", message))
    return wanted


def _rename(writer: Writer, member: Member, address: str) -> None:
    if address:
        before = member.email_address
        writer.audience.rename(member, address)
        if before.lower() != address.lower():
            writer.store.tell("email", writer.audience, member, before, "api")


def exists(member: Member, status: str) -> Problem:
    """Why an add of somebody who is there is refused: compliance goes first (observed)."""
    if member.may_not_return and status == "subscribed":
        return in_compliance_state(member.email_address, on_add=True)
    return member_exists(member.email_address)


def _wishes(writer: Writer, body: Mapping[str, Any], member: Member | None) -> dict[str, Any]:
    """The values of a body, checked and by the member's attribute names."""
    wishes = {name: body[name] for name in ("language", "vip") if name in body}
    if body.get("email_type") in {"html", "text"}:
        wishes["email_type"] = body["email_type"]
    if "merge_fields" in body or _must_check_required(writer, body, member):
        stored = member.merge_values if member is not None else NOTHING
        wishes["merge_values"] = _merge_values(writer, body.get("merge_fields", {}), stored)
    if body.get("interests"):
        kept = member.interests if member is not None else frozenset()
        wishes["interests"] = _interests(writer, body["interests"], kept)
    if body.get("marketing_permissions"):
        allowed = member.permissions if member is not None else frozenset()
        wishes["permissions"] = _permissions(writer, body["marketing_permissions"], allowed)
    for name in ("latitude", "longitude"):
        if name in body.get("location", {}):
            wishes[name] = body["location"][name]
    wishes.update(_origins(body))
    return wishes


def _must_check_required(writer: Writer, body: Mapping[str, Any], member: Member | None) -> bool:
    return bool(writer.required) and (member is None or writer.store.is_on("required_on_update", "always"))


def _origins(body: Mapping[str, Any]) -> dict[str, Any]:
    """When and from where: addresses and times that must be valid (documented; wording inferred)."""
    origins: dict[str, Any] = {}
    for name in ("ip_signup", "ip_opt"):
        if body.get(name):
            try:
                origins[name] = str(ipaddress.ip_address(body[name]))
            except ValueError:
                raise invalid_fields(FieldError(name, "This value is not a valid IP address.")) from None
    for name in ("timestamp_signup", "timestamp_opt"):
        if body.get(name):
            try:
                origins[name] = int(parse_time(body[name]))
            except ValueError:
                raise invalid_fields(FieldError(name, "This value is not a valid datetime.")) from None
    return origins


def _merge_values(
    writer: Writer, given: Mapping[str, MergeValue], stored: Mapping[int, MergeValue]
) -> Mapping[int, MergeValue]:
    """The stored values with the given ones on top. Unknown tags are ignored (observed), "" clears."""
    values, errors = dict(stored), []
    for tag, value in given.items():
        known = writer.fields.get(tag.upper())
        if known is None:
            continue
        if value == "":
            values.pop(known.merge_id, None)
            continue
        if known.type == "address" and isinstance(value, str) and not known.required:
            continue  # swallowed with 200 (observed)
        try:
            values[known.merge_id] = merge_values.read(known.type, value, known.limits)
        except merge_values.Refused as refused:
            errors.append(FieldError(known.tag, str(refused)))
    failed = {error.field for error in errors}
    missing = [known for known in writer.required if known.merge_id not in values and known.tag not in failed]
    errors.extend(FieldError(known.tag, merge_values.REQUIRED) for known in missing)
    if errors:
        raise invalid("Your merge fields were invalid.", *errors)
    return values


def _interests(writer: Writer, given: Mapping[str, bool], kept: frozenset[str]) -> frozenset[str]:
    """Interests named are set, others are left alone; an unknown ID refuses the member (observed)."""
    for interest in given:
        if interest not in writer.audience.interests:
            raise invalid(f"Invalid interest ID: '{interest}'.")
    return (kept | {name for name, on in given.items() if on}) - {name for name, on in given.items() if not on}


def _permissions(writer: Writer, given: list[dict[str, Any]], allowed: frozenset[str]) -> frozenset[str]:
    """Permissions named are set; unknown IDs are ignored (inferred)."""
    known = {
        row["marketing_permission_id"]: bool(row.get("enabled"))
        for row in given
        if row.get("marketing_permission_id") in writer.audience.permissions
    }
    return (allowed | {id for id, on in known.items() if on}) - {id for id, on in known.items() if not on}
