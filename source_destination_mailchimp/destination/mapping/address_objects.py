"""Address objects as shops, CRMs and payment services write them, read as the parts of one of Mailchimp's."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.countries import country_code
from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.mapping.values import Unfit, as_text

# Keys are normal names; of several that hold something, the first counts. Lines after the first are joined.
# [documented by Magento 2, Odoo, schema.org, BigCommerce, Salesforce, Square, QuickBooks, PayPal, Shopify, Stripe,
# WooCommerce, Xero, HubSpot, Klaviyo, Google, Amazon, Microsoft and OpenID for their address objects]
_FIRST_LINE: Final = (
    *("addr1", "address1", "addressline1", "line1", "street", "street1", "streetaddress", "streetaddress1"),
    *("streetline1", "address"),
)
_FURTHER_LINES: Final = (
    *("addr2", "address2", "addressline2", "line2", "street2", "streetaddress2", "streetline2", "extendedaddress"),
    *("address3", "addressline3", "line3", "street3", "address4", "addressline4", "line4", "addressline5", "line5"),
)
_HOUSE_NUMBER: Final = ("housenumber", "streetnumber", "housenumberorname")
_CITY: Final = ("city", "town", "locality", "addresslocality", "adminarea2")
_STATE: Final = (
    *("state", "province", "region", "stateorprovince", "addressregion", "stateorregion", "adminarea1", "statename"),
    *("administrativedistrictlevel1", "countrysubdivisioncode", "stateid", "statecode", "provincecode", "regioncode"),
    *("stateorprovincecode",),
)
_ZIP: Final = ("zip", "zipcode", "postalcode", "postcode")
_COUNTRY: Final = (
    *("country", "countrycode", "countryid", "countryname", "countrycodev2", "countryiso", "countryiso2"),
    *("countryiso3", "countryisocode", "countryalpha2", "addresscountry", "countryorregion", "countryregion"),
)
_READ: Final = frozenset((*_FIRST_LINE, *_FURTHER_LINES, *_HOUSE_NUMBER, *_CITY, *_STATE, *_ZIP, *_COUNTRY))
_WORDS_FOR_COUNTRY: Final = frozenset({"nation", "land", "pays", "pais", "país", "paese", "kraj", "iso", "iso2", "cc"})
_NEVER_A_COUNTRY: Final = frozenset(
    {
        *("id", "type", "name", "firstname", "lastname", "fullname", "givenname", "familyname", "middlename", "prefix"),
        *(
            "suffix",
            "title",
            "company",
            "companyname",
            "organization",
            "label",
            "phone",
            "email",
            "attentionto",
            "county",
        ),
        *("addresstype", "nickname", "sublocality", "district", "suburb", "recipientname", "locale", "language"),
    }
)
_SAYS_WHICH: Final = re.compile("name|iso|alpha|value|label|country|id$|region|state|province")
_CODE_BEHIND = re.compile(r"\s*\([A-Z]{2}\)$")
_NUMBER = re.compile(r"\d+", re.ASCII)

_PLACE: Final = frozenset((*_FIRST_LINE, *_FURTHER_LINES, *_CITY, *_STATE, *_ZIP))

_NO_PART: Final = "no part of an address is under a key that is read; use addr1, city, state, zip and country"
_MOST_LEVELS: Final = 20
_TOO_DEEP: Final = f"nested in more than {_MOST_LEVELS} levels"
_NOT_READ: Final = "its country is under a key that is not read; use country or country_code"
_COUNTRY_NUMBER: Final = "its country is a number, which means a different country in each system"
_TWO_COUNTRIES: Final = "its country is given twice, with different values"


def parts_of_object(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return addr1, addr2, city, state, zip and country of an address object, as far as it has them.

    Mailchimp's own names win over those that other systems have for the same. Raises `Unfit` for an object without any
    of them, which is no empty address, and where a country may stand under a key that is not read: the audience's
    default would be a wrong one.
    """
    values: dict[str, Any] = {}
    for key, value in found.items():
        values.setdefault(normal_name(key), value)
        if key in _READ:
            values[key] = value
    if _is_no_address(values):
        raise Unfit(_NO_PART)
    lines = list(_lines(values))
    parts: dict[str, Any] = {
        "addr1": _with_house_number(lines[0], values),
        "addr2": ", ".join(filter(None, lines[1:])),
        "city": _first_text(values, _CITY),
        "state": _first_text(values, _STATE),
        "zip": _first_text(values, _ZIP),
    }
    parts["country"] = _countries(values)
    if any(parts[part] for part in ("addr1", "city", "state", "zip")) and not parts["country"]:
        _check_unread(values)
    return parts


def check_depth(found: Mapping[str, Any]) -> None:
    """Raise `Unfit` for an address with more levels in it than the functions here may call themselves."""
    level: list[Any] = [found]
    for _ in range(_MOST_LEVELS):
        inside: list[Any] = []
        for value in level:
            if isinstance(value, Mapping):
                inside.extend(value.values())
            elif isinstance(value, list | tuple):
                inside.extend(value)
        if not inside:
            return
        level = inside
    raise Unfit(_TOO_DEEP)


def part_text(value: Any) -> str:
    """Return one part of an address as text: false is Odoo's null, a pair of id and name its reference."""
    if value is False:
        return ""
    if isinstance(value, Mapping | list | tuple):
        texts = _words(value)
        if not texts:
            return ""
        return _CODE_BEHIND.sub("", texts[0])
    return as_text(value)


def country_of(value: Any, default: str) -> str:
    """Return the two letters of a country that is said once or several times, "" for an empty value; raises `Unfit`.

    `default`, the field's own, is taken as it is: Mailchimp still has one that exists no longer.
    """
    said = _words(value)
    if not said and not part_text(value):
        return ""
    if not said:
        raise Unfit(_COUNTRY_NUMBER)
    codes = set()
    problem = None
    for text in said:
        if text == default:
            codes.add(default)
            continue
        try:
            codes.add(country_code(text))
        except Unfit as unfit:
            problem = unfit
    if len(codes) > 1:
        raise Unfit(_TWO_COUNTRIES)
    if not codes and problem is not None:
        raise problem
    return codes.pop()


def _words(value: Any) -> list[str]:
    """Return the texts in a value and what is nested in it; the numbers among them are ids and left out."""
    if isinstance(value, Mapping):
        nested: Iterable[Any] = _names_before_codes(value)
    elif isinstance(value, list | tuple):
        nested = value
    elif isinstance(value, str) and value.strip():
        return [as_text(value)]
    else:
        return []
    found = []
    for inner in nested:
        if not isinstance(inner, Mapping | list | tuple | str):
            continue
        found.extend(_words(inner))
    return found


def _names_before_codes(value: Mapping[str, Any]) -> list[Any]:
    """Return what an object says of the thing that it describes, as a country or a region; its other keys say more."""
    names = []
    codes = []
    for key, inner in value.items():
        name = normal_name(key)
        if "code" in name:
            codes.append(inner)
        elif _SAYS_WHICH.search(name):
            names.append(inner)
    return names + codes


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a street: "" first where only further ones are there."""
    first = ""
    further: list[str] = []
    for key in _FIRST_LINE:
        lines = _lines_of(values.get(key))
        if lines:
            first, *further = lines
            break
    yield first
    yield from further
    for key in _FURTHER_LINES:
        yield part_text(values.get(key))


def _lines_of(value: Any) -> list[str]:
    """Return the lines of a text or of a list; an object is no line."""
    if isinstance(value, Mapping):
        return []
    if isinstance(value, list | tuple):
        return list(filter(None, map(part_text, value)))
    lines = part_text(value).splitlines()
    return [line.strip() for line in lines if line.strip()]


def _with_house_number(street: str, values: Mapping[str, Any]) -> str:
    number = _first_text(values, _HOUSE_NUMBER)
    if not street or not number or number in street.split():
        return street
    return f"{street} {number}"


def _first_text(values: Mapping[str, Any], keys: Iterable[str]) -> str:
    for key in keys:
        text = part_text(values.get(key))
        if text:
            return text
    return ""


def _countries(values: Mapping[str, Any]) -> list[Any]:
    """Return everything that is said of the country, ids aside where there are names or codes beside them."""
    said = []
    ids = []
    for key in _COUNTRY:
        value = values.get(key)
        if _is_empty(value):
            continue
        is_id = key.endswith("id") and _NUMBER.fullmatch(part_text(value))
        if is_id or not _words(value):
            ids.append(value)
        else:
            said.append(value)
    if ids and not said:
        raise Unfit(_COUNTRY_NUMBER)
    return said


def _is_empty(value: Any) -> bool:
    """Return whether a value says nothing: null, a blank text, Odoo's false, or nothing else inside."""
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_empty, value))
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False


def _is_no_address(values: Mapping[str, Any]) -> bool:
    """Return whether an object says something, and has no key for a street, a city, a state or a zip code."""
    if not _PLACE.isdisjoint(values):
        return False
    return any(not _is_empty(value) for name, value in values.items() if name not in _COUNTRY)


def _check_unread(values: Mapping[str, Any]) -> None:
    """Raise `Unfit` where a key that is not read may hold the country: by its name, or by what it holds."""
    for name, value in values.items():
        if name in _READ or name in _NEVER_A_COUNTRY or not value:
            continue
        if "country" in name or name in _WORDS_FOR_COUNTRY or _is_country(value):
            raise Unfit(_NOT_READ)


def _is_country(value: Any) -> bool:
    """Return whether a value is a country, or an object with a key for one."""
    if isinstance(value, Mapping):
        return any("country" in normal_name(key) and bool(inner) for key, inner in value.items())
    if not isinstance(value, str):
        return False
    try:
        return bool(country_code(value))
    except Unfit:
        return False
