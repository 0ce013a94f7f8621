"""Postal addresses: complete or not at all, because Mailchimp refuses, or silently drops, half ones [observed]."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.address_objects import (
    check_depth,
    country_of,
    part_text,
    parts_of_object,
)
from source_destination_mailchimp.destination.mapping.countries import default_country
from source_destination_mailchimp.destination.mapping.values import Unfit, as_object, as_text
from source_destination_mailchimp.mailchimp.members import MergeField

PARTS: Final = ("addr1", "addr2", "city", "state", "zip", "country")
"""The country is the last, and the only one that the field has a default for."""

NEEDED: Final = ("addr1", "city", "state", "zip")

# The lowest zip code is 00501; tables and spreadsheets that take codes for numbers drop the zeros, or append .0.
_ZIP_WITHOUT_ZEROS = re.compile(r"(\d{3,4})(-\d{4})?", re.ASCII)
_CODE_WITH_FRACTION = re.compile(r"\A(\d{3,10})\.0\Z", re.ASCII)
_HAVE_ZIP_CODES: Final = frozenset({"US", "PR", "VI"})


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
            check_depth(found)
            return complete_address(parts_of_object(found), default)
        if as_text(value):
            raise Unfit("not a postal address with parts: " + ", ".join(PARTS))
        return ""

    return convert


def complete_address(parts: Mapping[str, Any], default: str) -> dict[str, str] | str:
    """Return the address if it is complete, "" if every part is empty; raises `Incomplete` and `Unfit` for half of one.

    A country that is not given becomes the field's own default, written out so that it reads back as it was sent.
    """
    check_depth(parts)
    texts = {}
    for part in PARTS[:-1]:
        text = part_text(parts.get(part))
        if text:
            texts[part] = text
    if not texts:
        return ""  # a country alone is how an empty address looks in tables that have a default for it
    _check_complete(texts)
    texts["country"] = country_of(parts.get("country"), default) or default
    texts["zip"] = _CODE_WITH_FRACTION.sub(r"\1", texts["zip"])
    if texts["country"] in _HAVE_ZIP_CODES:
        texts["zip"] = _with_zeros(texts["zip"])
    return texts


def _check_complete(texts: Mapping[str, str]) -> None:
    """Raise `Incomplete` with the parts that Mailchimp needs and an address does not have."""
    lacking = [part for part in NEEDED if part not in texts]
    if lacking:
        raise Incomplete(f"no {', '.join(lacking)}")


def _with_zeros(code: str) -> str:
    """Return a zip code with the zeros that it begins with."""
    match = _ZIP_WITHOUT_ZEROS.fullmatch(code)
    if match is None:
        return code
    return match[1].zfill(5) + (match[2] or "")
