"""Digests: whether a value in a record and the one Mailchimp has are the same, without keeping either.

A digest is Python's hash of a value as it is sent: 64 bit, valid within this process only, 0 where the value is empty.
What Mailchimp gives back goes through the same converter as what a record holds, so equal values give equal digests
however either is written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from source_destination_mailchimp.destination.mapping import profile
from source_destination_mailchimp.destination.mapping.fields import Converter, converter
from source_destination_mailchimp.destination.mapping.postal import PARTS
from source_destination_mailchimp.destination.mapping.values import Cut, Unfit
from source_destination_mailchimp.destination.model import Contact
from source_destination_mailchimp.mailchimp.members import MergeField

IN, OUT = 1, 2
"""Digests of a group or a permission. Out is not empty: it may be what the person chose, so `conflict:
mailchimp_wins` leaves it."""

INTEREST = "interest:"
"""What stands before an interest's id in a key of `Known.digests`."""

PERMISSION = "permission:"
"""What stands before a permission's text there."""

_ZERO = hash("the number zero")

Converters = Mapping[str, Converter]
MemberReader = Callable[[Mapping[str, Any]], dict[str, int]]


def contact_digests(contact: Contact) -> dict[str, int]:
    """Return what the member's digests will be once the contact is written; keys as in `Known.digests`."""
    # By far the most values are texts, and each saves a call here.
    digests = {}
    for tag, value in contact.merge.items():
        if value.__class__ is str:
            digests[tag] = hash(value)
        else:
            digests[tag] = digest(value)
    for key, value in contact.profile.items():
        digests[key] = profile.digest(key, value)
    for interest, wanted in contact.interests.items():
        digests[INTEREST + interest] = _in_or_out(wanted)
    for text, given in contact.permissions.items():
        digests[PERMISSION + text] = _in_or_out(given)
    return digests


def digest(value: Any) -> int:
    """Return the digest of one value as it is sent."""
    if isinstance(value, dict):
        parts = [value.get(part, "") for part in PARTS]
        return hash(tuple(parts))
    if value is None or value == "":
        return 0
    # Zero is a value, and 0 is the digest of an empty one.
    return hash(value) or _ZERO


def converters(merge_fields: Iterable[MergeField]) -> dict[str, Converter]:
    """Return merge tag → what makes a value of Mailchimp's comparable."""
    return {field.tag: converter(field) for field in merge_fields}


def member_digests(wire: Mapping[str, Any], tracked: Sequence[str], by_tag: Converters) -> dict[str, int]:
    """Return the digests of one member object of Mailchimp's, for the tracked keys it can answer."""
    return member_reader(tracked, by_tag)(wire)


def member_reader(tracked: Sequence[str], by_tag: Converters) -> MemberReader:
    """Return `member_digests` for many members: what depends on the tracked keys alone is done once."""
    merge = [(tag, by_tag[tag]) for tag in tracked if tag in by_tag]
    profile_keys = [key for key in tracked if key in profile.KEYS]
    interests = _named(INTEREST, tracked)
    permissions = _named(PERMISSION, tracked)

    def read(wire: Mapping[str, Any]) -> dict[str, int]:
        values = wire.get("merge_fields") or {}
        digests = {tag: _comparable(values.get(tag), convert) for tag, convert in merge}
        for key in profile_keys:
            digests[key] = profile.member_digest(key, wire)
        if interests:
            digests.update(_interests(wire, interests))
        if permissions:
            digests.update(_permissions(wire, permissions))
        return digests

    return read


def _named(prefix: str, tracked: Sequence[str]) -> list[tuple[str, str]]:
    """Return the tracked keys of one kind, each with what stands behind its prefix."""
    found = []
    for key in tracked:
        if key.startswith(prefix):
            found.append((key, key.removeprefix(prefix)))
    return found


def _interests(wire: Mapping[str, Any], interests: list[tuple[str, str]]) -> dict[str, int]:
    """Return the digests of the tracked groups; one that the member object does not name has nobody in it."""
    chosen = wire.get("interests") or {}
    digests = {}
    for key, interest in interests:
        is_in = bool(chosen.get(interest))
        digests[key] = _in_or_out(is_in)
    return digests


def _permissions(wire: Mapping[str, Any], permissions: list[tuple[str, str]]) -> dict[str, int]:
    """Return the digests of the permissions that the member object shows; another has no answer yet."""
    tracked = {text: key for key, text in permissions}
    digests = {}
    for shown in wire.get("marketing_permissions") or ():
        key = tracked.get(shown.get("text"))
        if key is not None:
            digests[key] = _in_or_out(bool(shown.get("enabled")))
    return digests


def _in_or_out(is_in: bool) -> int:
    if is_in:
        return IN
    return OUT


def _comparable(value: Any, convert: Converter) -> int:
    """Return the digest of a value of Mailchimp's, in the form in which we would send it."""
    if value == "" or value is None:
        return 0
    try:
        value = convert(value)
    except Cut as cut:
        value = cut.text
    except Unfit:
        # Mailchimp holds what we would not send: whatever a record says differs from it.
        return digest(str(value))
    if value.__class__ is str:
        return hash(value)
    return digest(value)
