"""Postal addresses: complete or not at all, because Mailchimp refuses, or silently drops, half ones [observed]."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.countries import country_code, default_country
from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.mapping.values import Unfit, as_object, as_text
from source_destination_mailchimp.mailchimp.members import MergeField

PARTS: Final = ("addr1", "addr2", "city", "state", "zip", "country")
NEEDED: Final = ("addr1", "city", "state", "zip")

_ALSO: Final = {
    "address1": "addr1",
    "addressline1": "addr1",
    "line1": "addr1",
    "street": "addr1",
    "street1": "addr1",
    "address2": "addr2",
    "addressline2": "addr2",
    "line2": "addr2",
    "street2": "addr2",
    "town": "city",
    "province": "state",
    "region": "state",
    "postalcode": "zip",
    "postcode": "zip",
    "zipcode": "zip",
    "countrycode": "country",
}


class Incomplete(Unfit):
    """An address that lacks a part Mailchimp needs; it is left alone."""


def address_converter(field: MergeField) -> Callable[[Any], dict[str, str] | str]:
    """Return what makes an object, or JSON of one in a text, an address as Mailchimp takes it.

    That raises `Incomplete` and `Unfit`.
    """
    default = default_country(field.default_country)

    def convert(value: Any) -> dict[str, str] | str:
        found = as_object(value)
        if found is not None:
            return complete_address(_parts(found), default)
        if as_text(value):
            raise Unfit("not an address with parts: " + ", ".join(PARTS))
        return ""

    return convert


def complete_address(parts: Mapping[str, Any], default: str) -> dict[str, str] | str:
    """Return the address if it is complete, "" if every part is empty; raises `Incomplete` and `Unfit` for half of one.

    A country that is not given becomes the field's own default, written out so that it reads back as it was sent.
    """
    texts = {}
    for part in PARTS:
        text = as_text(parts.get(part))
        if text:
            texts[part] = text
    country = texts.pop("country", "")
    if not texts:
        return ""  # a country alone is how an empty address looks in tables that have a default for it
    _check_complete(texts)
    texts["country"] = country_code(country) or default
    return texts


def _check_complete(texts: Mapping[str, str]) -> None:
    """Raise `Incomplete` with the parts that Mailchimp needs and an address does not have."""
    lacking = [part for part in NEEDED if part not in texts]
    if lacking:
        raise Incomplete(f"no {', '.join(lacking)}")


def _parts(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return part → value; Mailchimp's own names win over those that other systems have for the same."""
    parts: dict[str, Any] = {}
    for key, value in found.items():
        name = normal_name(key)
        parts.setdefault(_ALSO.get(name, name), value)
    for part in PARTS:
        if part in found:
            parts[part] = found[part]
    return parts
