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

_ZERO = hash("the number zero")

Converters = Mapping[str, Converter]
MemberReader = Callable[[Mapping[str, Any]], dict[str, int]]


def contact_digests(contact: Contact) -> dict[str, int]:
    """What the member's digests will be once the contact is written; keys as in `Known.digests`."""
    digests = {tag: hash(v) if v.__class__ is str else digest(v) for tag, v in contact.merge.items()}
    for key, value in contact.profile.items():
        digests[key] = profile.digest(key, value)
    for interest, wanted in contact.interests.items():
        digests[f"interest:{interest}"] = IN if wanted else OUT
    for text, given in contact.permissions.items():
        digests[f"permission:{text}"] = IN if given else OUT
    return digests


def digest(value: Any) -> int:
    """Digest of one value as it is sent."""
    if value.__class__ is float or value.__class__ is int:
        return hash(value) or _ZERO
    if value is None or value == "":
        return 0
    if isinstance(value, Mapping):
        return hash(tuple(value.get(part, "") for part in PARTS))
    return hash(value) or _ZERO


def converters(merge_fields: Iterable[MergeField]) -> dict[str, Converter]:
    """Merge tag → what makes a value of Mailchimp's comparable."""
    return {field.tag: converter(field) for field in merge_fields}


def member_digests(wire: Mapping[str, Any], tracked: Sequence[str], by_tag: Converters) -> dict[str, int]:
    """The digests of one member object of Mailchimp's, for the tracked keys it can answer."""
    return member_reader(tracked, by_tag)(wire)


def member_reader(tracked: Sequence[str], by_tag: Converters) -> MemberReader:
    """`member_digests` for many members: what depends on the tracked keys alone is done once."""
    merge = [(tag, by_tag[tag]) for tag in tracked if tag in by_tag]
    profiles = [key for key in tracked if key in profile.KEYS]
    interests = [(key, key.removeprefix("interest:")) for key in tracked if key.startswith("interest:")]
    permissions = [(key, key.removeprefix("permission:")) for key in tracked if key.startswith("permission:")]

    def read(wire: Mapping[str, Any]) -> dict[str, int]:
        values = wire.get("merge_fields") or {}
        digests = {tag: _comparable(values.get(tag), convert) for tag, convert in merge}
        for key in profiles:
            digests[key] = profile.member_digest(key, wire)
        if interests:
            chosen = wire.get("interests") or {}
            digests |= {key: IN if chosen.get(interest) else OUT for key, interest in interests}
        if permissions:
            given = {item.get("text"): item.get("enabled") for item in wire.get("marketing_permissions") or ()}
            digests |= {key: IN if given[text] else OUT for key, text in permissions if text in given}
        return digests

    return read


def _comparable(value: Any, convert: Converter) -> int:
    if value == "" or value is None:
        return 0
    try:
        value = convert(value)
    except Cut as cut:
        value = cut.text
    except Unfit:
        # Mailchimp holds what we would not send: whatever a record says differs from it.
        return digest(str(value))
    return hash(value) if value.__class__ is str else digest(value)
