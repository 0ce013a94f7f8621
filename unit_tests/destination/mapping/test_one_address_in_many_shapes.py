"""Address objects as other systems write them: the parts of one of Mailchimp's, and never a wrong country."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.mapping.postal import address_converter
from source_destination_mailchimp.destination.mapping.values import Unfit
from source_destination_mailchimp.mailchimp.members import MergeField

convert = address_converter(MergeField("ADDRESS", "Address", "address", default_country=164))
BERLIN = {"addr1": "Torstr. 1", "city": "Berlin", "state": "BE", "zip": "10119", "country": "DE"}

SHAPES: dict[str, dict[str, Any]] = {
    "Mailchimp": BERLIN,
    "Magento 2": {"street": ["Torstr. 1"], "city": "Berlin", "region": {"region_code": "BE", "region": "BE"},
                  "postcode": "10119", "country_id": "DE"},
    "Odoo": {"street": "Torstr. 1", "street2": False, "city": "Berlin", "state_id": [3, "BE"], "zip": "10119",
             "country_id": [57, "Germany"]},
    "schema.org": {"streetAddress": "Torstr. 1", "addressLocality": "Berlin", "addressRegion": "BE",
                   "postalCode": "10119", "addressCountry": {"@type": "Country", "name": "Germany"}},
    "BigCommerce": {"address1": "Torstr. 1", "address2": "", "city": "Berlin", "state_or_province": "BE",
                    "postal_code": "10119", "country_code": "DE"},
    "Salesforce": {"street": "Torstr. 1", "city": "Berlin", "stateCode": "BE", "postalCode": "10119",
                   "country": "Germany", "countryCode": "DE"},
    "Square": {"address_line_1": "Torstr. 1", "locality": "Berlin", "administrative_district_level_1": "BE",
               "postal_code": "10119", "country": "DE"},
    "PayPal": {"line1": "Torstr. 1", "city": "Berlin", "state": "BE", "postal_code": "10119", "country_code": "DE"},
    "Shopify": {"address1": "Torstr. 1", "city": "Berlin", "province": "BE", "zip": "10119", "country": "Germany",
                "country_code_v2": "DE"},
    "Stripe": {"line1": "Torstr. 1", "line2": None, "city": "Berlin", "state": "BE", "postal_code": "10119",
               "country": "DE"},
    "WooCommerce": {"address_1": "Torstr. 1", "city": "Berlin", "state": "BE", "postcode": "10119", "country": "DE"},
    "Xero": {"AddressLine1": "Torstr. 1", "City": "Berlin", "Region": "BE", "PostalCode": "10119",
             "Country": "Germany"},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_address_is_read_whoever_wrote_it(shape: str) -> None:
    """The same address in the keys of each system becomes the same one."""
    assert convert(SHAPES[shape]) == BERLIN


@pytest.mark.parametrize(
    "country",
    [
        {"nation": "Germany"},
        {"shippingCountry": "DE"},
        {"land": "DE"},
        {"country_id": 57},
        {"country": "Kongo"},
        {"country": "Germany", "country_code": "FR"},
        {"region_info": {"country": "DE"}},
    ],
    ids=str,
)
def test_a_country_that_is_not_understood_never_becomes_the_default(country: dict[str, Any]) -> None:
    """The address is left alone and reported: with the audience's default it would be another one."""
    with pytest.raises(Unfit):
        convert({"addr1": "Torstr. 1", "city": "Berlin", "state": "BE", "zip": "10119"} | country)


def test_without_a_country_the_audience_has_one() -> None:
    """Nothing in the object speaks of a country, so the field's default is meant."""
    found = convert({"addr1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101", "phone": "617"})
    assert isinstance(found, dict) and found["country"] == "US"


@pytest.mark.parametrize(
    ("code", "written"), [("2101", "02101"), (2101, "02101"), ("501", "00501"), ("2101-0001", "02101-0001")]
)
def test_zip_codes_keep_their_zeros(code: Any, written: str) -> None:
    """Spreadsheets take codes for numbers; the codes of other countries are left as they are."""
    address = {"addr1": "1 Main St", "city": "Boston", "state": "MA", "zip": code}
    found = convert(address | {"country": "US"})
    assert isinstance(found, dict) and found["zip"] == written
    elsewhere = convert(address | {"country": "DE"})
    assert isinstance(elsewhere, dict) and elsewhere["zip"] == str(code)
