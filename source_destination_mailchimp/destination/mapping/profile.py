"""What a member has beside merge fields: language, VIP, e-mail type, place, sign-up and opt-in times and addresses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.languages import as_language
from source_destination_mailchimp.destination.mapping.times import as_timestamp
from source_destination_mailchimp.destination.mapping.values import Unfit, as_number, as_text, as_yes_or_no

_NOT_CLEARED: Final = object()
_NO_IP: Final = "not an IP address"
_UNKNOWN_PLACE: Final = (0, 0)
"""How Mailchimp itself says that it does not know where somebody is."""

_MOST_NORTH: Final = 90
_MOST_EAST: Final = 180
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
    """Return html or text, "" for an empty value; raises `Unfit`."""
    text = as_text(value).lower()
    if text not in ("", "html", "text"):
        raise Unfit("not html or text")
    return text


def as_ip(value: Any) -> str:
    """Return an IPv4 or IPv6 address; raises `Unfit`, since Mailchimp refuses others since 2022. [documented]"""
    text = as_text(value)
    if not text:
        return ""
    if "%" in text:  # a zone of one machine's network says nothing elsewhere
        raise Unfit(_NO_IP)
    try:
        return str(ip_address(text))
    except ValueError:
        raise Unfit(_NO_IP) from None


def as_location(latitude: Any, longitude: Any) -> dict[str, float] | str:
    """Return both coordinates or, where one is empty or both are 0, nothing; raises `Unfit`."""
    north = as_number(latitude)
    east = as_number(longitude)
    if isinstance(north, str) or isinstance(east, str):
        return ""
    if (north, east) == _UNKNOWN_PLACE:
        return ""
    if abs(north) > _MOST_NORTH or abs(east) > _MOST_EAST:
        raise Unfit("not a latitude and a longitude in degrees")
    return {"latitude": float(north), "longitude": float(east)}


PROPERTIES: Final[dict[str, Property]] = {
    "language": Property(as_language, ""),
    "vip": Property(as_yes_or_no, False),
    "email_type": Property(as_email_type),
    "ip_signup": Property(as_ip),
    "ip_opt": Property(as_ip),
    "timestamp_signup": Property(as_timestamp),
    "timestamp_opt": Property(as_timestamp),
}
LATITUDE: Final = "location.latitude"
LONGITUDE: Final = "location.longitude"
LOCATION: Final = (LATITUDE, LONGITUDE)
KEYS: Final = frozenset({*PROPERTIES, "location"})


def digest(key: str, value: Any) -> int:
    """Return the digest of a property as it is sent; 0 where it is empty, as a member's `vip: false` is."""
    if key == "location":
        return _place_digest(value)
    if isinstance(value, str):
        return hash(value.lower())
    return int(bool(value))


def member_digest(key: str, wire: Mapping[str, Any]) -> int:
    """Return the digest of a property of a member object of Mailchimp's."""
    value = wire.get(key) or ""
    if key in ("location", "vip") or not value:
        return digest(key, value)
    try:
        return digest(key, PROPERTIES[key].convert(value))
    except Unfit:
        # Mailchimp holds what we would not send: whatever a record says differs from it.
        return digest(key, str(value))


def _place_digest(value: Any) -> int:
    """Return the digest of a place: of both coordinates to four decimals, 0 where there is none or both are 0."""
    if not value:
        return 0
    place = (_rounded(value.get("latitude")), _rounded(value.get("longitude")))
    if place == _UNKNOWN_PLACE:
        return 0
    return hash(place)


def _rounded(degrees: Any) -> float:
    return round(float(degrees or 0), _PLACES)
