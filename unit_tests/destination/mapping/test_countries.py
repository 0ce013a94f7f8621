"""Countries as two letters, from whatever people call them."""

import pycountry
import pytest

from source_destination_mailchimp.destination.mapping.countries import country_code, default_country
from source_destination_mailchimp.destination.mapping.values import Unfit


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("USA", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("England", "GB"),
        ("Deutschland", "DE"),
        (" germany ", "DE"),
        ("DEU", "DE"),
        ("South Korea", "KR"),
        ("Russia", "RU"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Côte d'Ivoire", "CI"),
        ("Kosovo", "XK"),
        ("276", "DE"),
        ("", ""),
    ],
)
def test_country(text: str, code: str) -> None:
    """Names, codes of two and three letters, and what people write become two letters."""
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["Atlantis", "Europe", "ZZ", "-", "Georgia, USA"])
def test_no_country(text: str) -> None:
    """A text that is no country is refused: Mailchimp would put the person into its default one."""
    with pytest.raises(Unfit):
        country_code(text)


@pytest.mark.parametrize("country", pycountry.countries, ids=lambda country: country.alpha_2)
def test_every_country_by_every_name(country: object) -> None:
    """Every name and code that the ISO list has for a country is that country."""
    names = {getattr(country, name, None) for name in ("alpha_2", "alpha_3", "name", "official_name", "common_name")}
    assert {country_code(name) for name in names if name} == {getattr(country, "alpha_2", "")}


@pytest.mark.parametrize(
    ("number", "code"), [(164, "US"), (262, "GB"), (59, "DE"), (315, "XK"), (0, "US"), (9999, "US")]
)
def test_default_country(number: int, code: str) -> None:
    """An address field's number is a country; one that is not set is the United States."""
    assert default_country(number) == code


def test_default_countries_read_back() -> None:
    """Whatever country stands in for a missing one, Mailchimp's answer with it is the same address."""
    codes = {default_country(number) for number in range(400)}
    assert len(codes) > 220
    assert all(country_code(code) == code for code in codes)
