"""What a member has beside merge fields: language, VIP, e-mail type, place, sign-up and opt-in times and addresses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.languages import as_language
from source_destination_mailchimp.destination.mapping.times import as_timestamp
from source_destination_mailchimp.destination.mapping.values import Unfit, as_number, as_text, as_yes_or_no

_NOT_CLEARED: Final = object()
_PLACES: Final = 4
"""Decimals of a degree by which two places differ: eleven metres."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a member that records may set."""

    convert: Callable[[Any], Any]
    """Raises `Unfit`; "" or None for an empty value."""

    cleared: Any = _NOT_CLEARED
    """What `empty_values: clear` writes; nothing where Mailchimp has no empty value for it."""

    @property
    def can_be_cleared(self) -> bool:
        """Whether Mailchimp has an empty value for it."""
        return self.cleared is not _NOT_CLEARED


def as_email_type(value: Any) -> str:
    """html or text."""
    text = as_text(value).lower()
    if text not in ("", "html", "text"):
        raise Unfit("neither html nor text")
    return text


def as_ip(value: Any) -> str:
    """An IPv4 or IPv6 address; Mailchimp refuses others since 2022. [documented]"""
    text = as_text(value)
    if not text:
        return ""
    try:
        found = ip_address(text)
    except ValueError:
        found = None
    if found is None or "%" in text:  # a zone of one machine's network says nothing elsewhere
        raise Unfit("not an IP address")
    return str(found)


def as_location(latitude: Any, longitude: Any) -> dict[str, float] | str:
    """Both coordinates or, where one is empty or both are 0 (Mailchimp's own "unknown"), nothing."""
    degrees = as_number(latitude), as_number(longitude)
    if "" in degrees or not any(degrees):
        return ""
    north, east = map(float, degrees)
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise Unfit("not a latitude and a longitude in degrees")
    return {"latitude": north, "longitude": east}


PROPERTIES: Final[dict[str, Property]] = {
    "language": Property(as_language, ""),
    "vip": Property(as_yes_or_no, False),
    "email_type": Property(as_email_type),
    "ip_signup": Property(as_ip),
    "ip_opt": Property(as_ip),
    "timestamp_signup": Property(as_timestamp),
    "timestamp_opt": Property(as_timestamp),
}
LOCATION: Final = ("location.latitude", "location.longitude")
KEYS: Final = frozenset({*PROPERTIES, "location"})


def digest(key: str, value: Any) -> int:
    """Digest of a property as it is sent; 0 where it is empty, as a member's `vip: false` is."""
    if key != "location":
        return hash(value.lower()) if isinstance(value, str) else int(bool(value))
    degrees = [round(float(value.get(name) or 0), _PLACES) for name in ("latitude", "longitude")] if value else []
    return hash(tuple(degrees)) if any(degrees) else 0


def member_digest(key: str, wire: Mapping[str, Any]) -> int:
    """Digest of a property of a member object of Mailchimp's."""
    value = wire.get(key)
    if key in ("location", "vip") or not value:
        return digest(key, value or "")
    try:
        return digest(key, PROPERTIES[key].convert(value))
    except Unfit:
        return digest(key, str(value))
