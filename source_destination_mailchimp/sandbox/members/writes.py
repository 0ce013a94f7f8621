"""Writing one member: validation first, then all of it or nothing. Shared by the single and the batch calls."""

from collections.abc import Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.http.errors import (
    FieldError,
    Problem,
    forgotten,
    in_compliance_state,
    invalid_fields,
    member_exists,
    must_opt_in_again,
)
from source_destination_mailchimp.sandbox.members import addresses, statuses
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.values import Writer, wishes_of

THROTTLE_SIGNUPS: Final = 13  # quick cycles on one address that were seen to trigger the refusal
THROTTLE_SECONDS: Final = 3600  # how long Mailchimp remembers is unknown

# How the refusal of a rename calls them; "Deleted" for the archived was seen in 2022-05.
_STATUS_NAMES: Final = {"transactional": "Non-Subscribed", "archived": "Deleted"}


def check_address(writer: Writer, address: str) -> None:
    """Refuse an address that Mailchimp does not take."""
    refusal = addresses.refusal_of(
        address,
        roles_refused=writer.store.is_on("role_addresses", "refused"),
        reserved_refused=writer.store.is_on("reserved_domains", "refused"),
    )
    if refusal is not None:
        raise refusal


def add(writer: Writer, address: str, body: Mapping[str, Any], status: str) -> Member:
    """Take in somebody the audience has not seen."""
    digest = addresses.digest_of(address)
    if digest in writer.audience.forgotten:
        raise forgotten(address, is_newer=writer.store.is_on("refusal_wording", "newer"))
    wishes = wishes_of(writer, body, None)
    _check_throttle(writer, digest, address)
    forced = status == "subscribed" and writer.store.is_on("forced_double_optin", "yes")
    move = statuses.new("pending" if forced else status)
    member = Member(digest, address, writer.store.next_web_id(), move.status, writer.now)
    member.signups, member.added_at = (writer.now,), writer.now
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
    writer.store.tell("created", writer.audience, member, "", "api", gained=member.interests)
    return member


def update(
    writer: Writer, member: Member, body: Mapping[str, Any], status: str | None, *, on_add: bool = False
) -> bool:
    """Change somebody who is there; True if anything changed. An identical request changes nothing (observed), but
    one that names interests counts as a change also where they are the same (recorded)."""
    address = _new_address(writer, member, body)
    move = _move(writer, member, status, on_add=on_add)
    wishes = wishes_of(writer, body, member)
    if move is not None and move.status != member.status and move.status in {"subscribed", "pending"}:
        _check_throttle(writer, member.digest, member.email_address)
        member.signups = (*member.signups, writer.now)[-THROTTLE_SIGNUPS - 1 :]
    changed = _differs(member, wishes) or bool(address) or "interests" in body
    gained = wishes.get("interests", member.interests) - member.interests
    changed = _apply_move(writer, member, status, move, changed) or changed
    for name, value in wishes.items():
        setattr(member, name, value)
    _rename(writer, member, address)
    if changed:
        writer.audience.touch(member, writer.now)
        writer.store.tell("profile", writer.audience, member, member.status, "api", gained=gained)
    return changed


def _differs(member: Member, wishes: Mapping[str, Any]) -> bool:
    return any(getattr(member, name) != value for name, value in wishes.items())


def _move(writer: Writer, member: Member, status: str | None, *, on_add: bool) -> statuses.Move | None:
    if not status:
        return None
    move = statuses.move(member.status, status, member.may_not_return, writer.store.switches, on_add=on_add)
    if move is None:
        raise _not_taken_back(writer, member, on_add=on_add)
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


def exists(writer: Writer, member: Member, status: str) -> Problem:
    """Why an add of somebody who is there is refused: compliance goes first (observed)."""
    if member.may_not_return and status == "subscribed":
        return _not_taken_back(writer, member, on_add=True)
    return member_exists(member.email_address)


def _not_taken_back(writer: Writer, member: Member, *, on_add: bool) -> Problem:
    if writer.store.is_on("refusal_wording", "newer"):
        return must_opt_in_again(member.email_address)
    return in_compliance_state(member.email_address, on_add=on_add)
