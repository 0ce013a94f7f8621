"""Address objects as other systems write them become Mailchimp's, or are left alone with a reason."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.fields import converter
from source_destination_mailchimp.destination.mapping.postal import Incomplete, complete_address
from source_destination_mailchimp.destination.mapping.values import Unfit
from source_destination_mailchimp.mailchimp.members import MergeField

IN_GERMANY = converter(MergeField("ADDRESS", "Address", "address", default_country=59))
"""An audience whose own country is Germany: what must not be taken for somebody else's."""

HOME = {"line1": "1 Main St", "city": "Anytown", "state": "CA", "postal_code": "94105"}


def address(addr1: str, city: str, state: str, code: str, country: str, addr2: str = "") -> dict[str, str]:
    """An address as it is sent."""
    sent = {"addr1": addr1, "addr2": addr2, "city": city, "state": state, "zip": code, "country": country}
    if not addr2:
        del sent["addr2"]
    return sent


AS_THEY_WRITE: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "Magento 2": (
        {
            "street": ["6146 Honey Bluff", "Suite 2"],
            "city": "Calder",
            "region": {"region_code": "MI", "region": "Michigan", "region_id": 33},
            "region_id": 33,
            "postcode": "49628-7978",
            "country_id": "US",
            "default_shipping": True,
        },
        address("6146 Honey Bluff", "Calder", "Michigan", "49628-7978", "US", "Suite 2"),
    ),
    "Odoo": (
        {
            "street": "Rue Haute 1",
            "street2": False,
            "city": "Liège",
            "zip": "4000",
            "state_id": [12, "Liège (BE)"],
            "country_id": [20, "Belgium"],
        },
        address("Rue Haute 1", "Liège", "Liège", "4000", "BE"),
    ),
    "schema.org": (
        {
            "@type": "PostalAddress",
            "streetAddress": "1 Rue Haute",
            "addressLocality": "Paris",
            "addressRegion": "Île-de-France",
            "postalCode": "75001",
            "addressCountry": {"@type": "Country", "name": "FR"},
        },
        address("1 Rue Haute", "Paris", "Île-de-France", "75001", "FR"),
    ),
    "BigCommerce": (
        {
            "first_name": "Jordan",
            "company": "Georgia",
            "address1": "1 Main St",
            "address2": "Apt 2",
            "city": "Austin",
            "state_or_province": "Texas",
            "postal_code": "78701",
            "country_code": "US",
        },
        address("1 Main St", "Austin", "Texas", "78701", "US", "Apt 2"),
    ),
    "Salesforce with codes": (
        {
            "street": "1 Market St\r\nSuite 300",
            "city": "San Francisco",
            "state": "California",
            "stateCode": "CA",
            "postalCode": "94105",
            "country": "United States",
            "countryCode": "US",
            "geocodeAccuracy": None,
        },
        address("1 Market St", "San Francisco", "California", "94105", "US", "Suite 300"),
    ),
    "Square": (
        {
            "address_line_1": "500 Electric Ave",
            "address_line_2": "Suite 600",
            "locality": "New York",
            "administrative_district_level_1": "NY",
            "postal_code": "10003",
            "country": "US",
        },
        address("500 Electric Ave", "New York", "NY", "10003", "US", "Suite 600"),
    ),
    "QuickBooks": (
        {
            "Id": "2",
            "Line1": "4581 Finch St.",
            "City": "Bayshore",
            "CountrySubDivisionCode": "CA",
            "PostalCode": "94326",
            "Country": "USA",
            "Lat": "INVALID",
        },
        address("4581 Finch St.", "Bayshore", "CA", "94326", "US"),
    ),
    "PayPal": (
        {
            "address_line_1": "2211 N First Street",
            "admin_area_2": "San Jose",
            "admin_area_1": "CA",
            "postal_code": "95131",
            "country_code": "US",
        },
        address("2211 N First Street", "San Jose", "CA", "95131", "US"),
    ),
    "Shopify": (
        {
            "id": 207119551,
            "address1": "1 Rideau St",
            "address2": None,
            "city": "Ottawa",
            "province": "Ontario",
            "province_code": "ON",
            "zip": "K1N 8S7",
            "country": "Canada",
            "country_code": "CA",
            "country_name": "Canada",
            "name": "Jane",
        },
        address("1 Rideau St", "Ottawa", "Ontario", "K1N 8S7", "CA"),
    ),
    "Stripe": (
        {"line1": "1 Main St", "line2": None, "city": "Boston", "state": "MA", "postal_code": 2134, "country": "US"},
        address("1 Main St", "Boston", "MA", "02134", "US"),
    ),
    "WooCommerce": (
        {
            "first_name": "Chad",
            "company": "",
            "address_1": "969 Market",
            "address_2": "",
            "city": "Boston",
            "state": "MA",
            "postcode": "2134",
            "country": "US",
            "email": "chad@shop.com",
            "phone": "",
        },
        address("969 Market", "Boston", "MA", "02134", "US"),
    ),
    "Xero": (
        {
            "AddressType": "POBOX",
            "AddressLine1": "P O Box 123",
            "AddressLine2": "Level 2",
            "AddressLine3": "Rear",
            "City": "Wellington",
            "Region": "Wellington",
            "PostalCode": "6011",
            "Country": "New Zealand",
            "AttentionTo": "Andrea",
        },
        address("P O Box 123", "Wellington", "Wellington", "6011", "NZ", "Level 2, Rear"),
    ),
    "Adyen": (
        {
            "street": "Hoofdweg",
            "houseNumberOrName": "12",
            "city": "Utrecht",
            "stateOrProvince": "UT",
            "postalCode": "3511 AB",
            "country": "NL",
        },
        address("Hoofdweg 12", "Utrecht", "UT", "3511 AB", "NL"),
    ),
}


@pytest.mark.parametrize("system", AS_THEY_WRITE)
def test_address_object(system: str) -> None:
    """The object of each system is read whole, and what is sent reads back as it was sent."""
    found, sent = AS_THEY_WRITE[system]
    assert IN_GERMANY(found) == sent
    assert IN_GERMANY(sent) == sent


@pytest.mark.parametrize(
    ("unread", "value"),
    [
        ("shipCountryCd", "US"),
        ("land", "Österreich"),
        ("pays", "France"),
        ("iso", "FR"),
        ("territory", "Austria"),
        ("geo", {"country": "AT"}),
        ("country_id", 233),
        ("country_id", "233"),
        ("country", 233),
        ("country", {"id": 233}),
    ],
)
def test_a_country_that_is_not_read(unread: str, value: Any) -> None:
    """It never becomes the audience's own: the address is left alone, and the reason says so."""
    with pytest.raises(Unfit, match="its country") as caught:
        IN_GERMANY(HOME | {unread: value})
    assert not isinstance(caught.value, Incomplete)


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ({}, "DE"),
        ({"country": None, "country_code": ""}, "DE"),
        ({"country_id": False}, "DE"),
        ({"country": " ", "country_id": []}, "DE"),
        ({"country": {"id": None, "name": None}}, "DE"),
        ({"company": "Georgia", "first_name": "Jordan", "id": "CH", "phone": None}, "DE"),
        ({"country": "Kongo", "country_code": "CD"}, "CD"),
        ({"country": {"name": "Schweiz", "iso2": "CH", "phone": "41"}}, "CH"),
        ({"country_id": 43, "country": "Switzerland"}, "CH"),
        ({"country": ["Austria"]}, "AT"),
    ],
)
def test_country_of_an_object(said: dict[str, Any], country: str) -> None:
    """A code stands in for a name that is none; nothing at all is the audience's own."""
    sent = IN_GERMANY(HOME | said)
    assert sent["country"] == country


@pytest.mark.parametrize(
    "said", [{"country": "Germany", "country_code": "AT"}, {"country": "Kongo"}, {"country": {"name": "Atlantis"}}]
)
def test_no_country_is_guessed(said: dict[str, Any]) -> None:
    """Two countries, or one that cannot be told, leave the address alone."""
    with pytest.raises(Unfit, match="its country"):
        IN_GERMANY(HOME | said)


def test_an_address_without_a_street_is_empty() -> None:
    """A country alone, under whatever key, is how tables with a default show an empty address."""
    assert IN_GERMANY({"line1": "", "city": None, "country_iso": "FR"}) == ""
    assert IN_GERMANY({"street": [], "state_id": False, "country_id": [75, "France"]}) == ""


@pytest.mark.parametrize(
    ("code", "country", "sent"),
    [
        (501, "US", "00501"),
        (2134, "US", "02134"),
        ("2134-1234", "USA", "02134-1234"),
        (979, "PR", "00979"),
        ("02134", "US", "02134"),
        (6011, "NZ", "6011"),
        (2134.0, "", "02134"),
        ("2134.0", "US", "02134"),
        ("10115.0", "DE", "10115"),
        ("1.0", "DE", "1.0"),
    ],
)
def test_zip_codes_keep_their_zeros(code: Any, country: str, sent: str) -> None:
    """In the United States a code has five digits, whatever a table made of it; elsewhere four may be all."""
    parts = {"addr1": "1 Main St", "city": "Anytown", "state": "MA", "zip": code, "country": country}
    found = complete_address(parts, "US")
    assert isinstance(found, dict) and found["zip"] == sent


@pytest.mark.parametrize(
    "found",
    [
        {"MailingStreet": "1 Main St", "MailingCity": "Springfield", "MailingCountry": "US"},
        {"billing_address1": "1 Main St", "billing_city": "Springfield", "billing_zip": "62701"},
        {"default_address": HOME},
        {"address_components": [{"long_name": "Germany", "types": ["country"]}]},
        {"Straße": "Hauptstr. 1", "Ort": "Berlin", "PLZ": "10115"},
        {"name": "Jane", "country": "DE"},
    ],
)
def test_an_object_without_any_part_of_an_address_is_no_empty_address(found: dict[str, Any]) -> None:
    """It clears no address: the keys may be those of a system that is not read, and the reason says so."""
    with pytest.raises(Unfit, match="no part of an address is under a key that is read"):
        IN_GERMANY(found)


@pytest.mark.parametrize("part", ["addr1", "addr2", "city", "state", "zip", "country", "other"])
@pytest.mark.parametrize("level", ["list", "object"])
def test_an_address_may_be_nested_deeply(part: str, level: str) -> None:
    """It is refused like any other value that is none, and stops nothing."""
    deep: Any = "x"
    for _ in range(20_000):
        deep = [deep] if level == "list" else {"country": deep}
    for address in ({**HOME, part: deep}, {"country": deep}, {"address": deep}):
        with pytest.raises(Unfit, match="nested in more than 20 levels"):
            IN_GERMANY(address)
    with pytest.raises(Unfit, match="nested in more than 20 levels"):
        complete_address({**HOME, part: deep}, "DE")


def test_text_is_no_address_object() -> None:
    """A list of addresses does not say which is meant."""
    with pytest.raises(Unfit):
        IN_GERMANY([HOME])
