"""Countries as two letters, from whatever people call them."""

import json
import unicodedata
from html import unescape
from pathlib import Path

import pycountry
import pytest

from source_destination_mailchimp.destination.mapping.countries import country_code, default_country
from source_destination_mailchimp.destination.mapping.postal import complete_address
from source_destination_mailchimp.destination.mapping.values import Unfit

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "countries.json"
"""Spellings of other forms, beside the project where it was made; absent elsewhere."""

LANGUAGES = (
    "ar bg cs da de el en es fa fi fr he hi hu it ja ko nl nb pl pt pt_PT ro ru sr_Latn sv th tr uk vi zh zh_Hant"
)
OF_SEVERAL = {"Kongo", "Конго"}
"""Names of the CLDR that two languages give to two countries."""


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
        ("St. Kitts & Nevis", "KN"),
        ("Saint Vincent and the Grenadines", "VC"),
        ("BOSNIA & HERZEGOVINA", "BA"),
        ("Turkiye", "TR"),
        ("Cote d\u2019Ivoire", "CI"),
        ("C&ocirc;te d&#39;Ivoire", "CI"),
        ("CURA&CCEDIL;AO", "CW"),
        (unicodedata.normalize("NFD", "Österreich"), "AT"),
        ("\ufeffGermany\u200b", "DE"),
        ("Ｇｅｒｍａｎｙ", "DE"),
        ("Germany,", "DE"),
        ("Germany / Deutschland", "DE"),
        ("Korea, Republic of", "KR"),
        ("Korea, Dem. People's Rep.", "KP"),
        ("Bahamas, The", "BS"),
        ("Congo", "CG"),
        ("EL", "GR"),
    ],
)
def test_country(text: str, code: str) -> None:
    """Names, codes of two and three letters, and what people write become two letters."""
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United States (US)", "US"),
        ("United Kingdom (UK) (GB)", "GB"),
        ("Cocos (Keeling) Islands (CC)", "CC"),
        ("Virgin Islands (British)", "VG"),
        ("Virgin Islands (U.S.)", "VI"),
        ("Samoa (American)", "AS"),
        ("Ireland (Northern)", "GB"),
        ("Sudan (South)", "SS"),
        ("Guinea (Bissau)", "GW"),
        ("Congo (Kinshasa)", "CD"),
        ("Congo (Dem. Rep.)", "CD"),
        ("Korea (the Republic of)", "KR"),
        ("Micronesia (Federated States of)", "FM"),
        ("China (Taiwan)", "TW"),
        ("Spain (Canary Islands)", "ES"),
        ("Germany [DE]", "DE"),
    ],
)
def test_brackets(text: str, code: str) -> None:
    """What is in brackets is read with the name; it is passed over only where the name alone cannot mean another."""
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("Áo", "AT"), ("AO", "AO"), ("ao", "AO"), ("Mỹ", "US"), ("MY", "MY"), ("Nga", "RU"), ("NGA", "NG")],
)
def test_short_names_are_no_codes(text: str, code: str) -> None:
    """In Vietnamese three countries are called like the codes of others: accents and capitals tell which is meant."""
    assert country_code(text) == code


@pytest.mark.parametrize(
    "text", ["Kongo", "Korea", "Corée", "Virgin Islands", "Belgium (NL)", "Irland (Nord)", "Caribbean", "Africa"]
)
def test_several_countries(text: str) -> None:
    """A name that two countries have is refused, and the way out is named."""
    with pytest.raises(Unfit, match="ambiguous: send a two-letter code"):
        country_code(text)


@pytest.mark.parametrize(
    "text", ["Netherlands Antilles", "Niederländische Antillen", "AN", "Soviet Union", "Yugoslavia", "Czechoslovakia"]
)
def test_countries_that_are_gone(text: str) -> None:
    """Which of its successors somebody lives in, nobody knows."""
    with pytest.raises(Unfit, match="no longer exists"):
        country_code(text)


def test_spellings_of_other_forms() -> None:
    """Every spelling of Mailchimp's sign-up form is a country but for the one that is gone; so is WooCommerce's."""
    if not CASES.exists():
        pytest.skip("the spellings of other forms are not beside the project")
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    refused = []
    for name in cases["mailchimp_signup_form"]:
        try:
            assert len(country_code(name)) == 2
        except Unfit:
            refused.append(name)
    assert refused == ["Netherlands Antilles"]
    for code, name in cases["woocommerce"].items():
        for spelled in (name, unescape(name), name.upper(), f"{name} ({code})"):
            assert country_code(spelled) == code


@pytest.mark.parametrize("language", LANGUAGES.split())
def test_every_name_of_a_language(language: str) -> None:
    """Every country is found by its name in a language; the two that several countries have are refused."""
    babel = pytest.importorskip("babel", reason="the names are made with it")
    names = babel.Locale.parse(language).territories
    for country in pycountry.countries:
        name = names[country.alpha_2]
        if name in OF_SEVERAL:
            with pytest.raises(Unfit):
                country_code(name)
        else:
            assert country_code(name) == country.alpha_2


@pytest.mark.parametrize("text", ["Atlantis", "Europe", "ZZ", "-", "Georgia, USA", "x" * 100_000, "(" * 100_000, "&"])
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
    street = {"addr1": "1 Main St", "city": "Anytown", "state": "-", "zip": "12345"}
    for code in codes:
        sent = complete_address(street, code)
        assert isinstance(sent, dict) and sent["country"] == code
        assert complete_address(sent, code) == sent
