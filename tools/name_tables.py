"""Write the tables of names in destination/mapping: countries.tsv and languages.tsv.

Every language's names come from the Unicode CLDR by way of babel, ISO's own from pycountry, and what people write
beside these from the tables here. `make docs` writes both files; the connector reads them and needs neither library.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pycountry
from babel import Locale
from babel.localedata import locale_identifiers

from source_destination_mailchimp.destination.mapping.languages import CODES
from source_destination_mailchimp.destination.mapping.spelled_names import GONE, SEVERAL, spelled_alike

ROOM: Final = Path(__file__).resolve().parents[1] / "source_destination_mailchimp" / "destination" / "mapping"
HEAD: Final = (
    "# Made by `make docs` (tools/name_tables.py) from the Unicode CLDR, ISO 3166 and ISO 639.",
    "# Unicode License v3: https://www.unicode.org/license.txt",
    f"# A code and the names that mean it; {SEVERAL} several of them, {GONE} a country that exists no longer.",
)
FEWEST_NAMES: Final = 240
"""Countries for which a language has to have names; others are translated by halves."""

COUNTRIES_ALSO: Final[Mapping[str, str]] = {
    "AE": "UAE, Emirates, Emirats Arabes Unis, Vereinigte Emirate",
    "AX": "Aaland Islands, Aland, Åland",
    "BA": "Bosnia, Bosnien, Bosnie",
    "BQ": "Bonaire, Bonaire Saint Eustatius and Saba, Saba, Sint Eustatius",
    "BY": "Белоруссия, Byelorussia, Belorussia, Weissrussland, Biélorussie, Bielorrusia, Bielorrússia, Bielorussia, Wit-Rusland",
    "CD": "DRC, DR Congo, Congo DR, Congo DRC, RD Congo, RDC, Dem Rep Congo, Congo Dem Rep, Zaire, "
    "Democratic Republic of Congo, Demokratische Republik Kongo, République démocratique du Congo, "
    "República Democrática del Congo, República Democrática do Congo, Repubblica Democratica del Congo",
    "CG": "Congo, Congo Republic, Republic of Congo, Republik Kongo, République du Congo, República del Congo",
    "CI": "Ivory Coast, Elfenbeinküste, Costa de Marfil, Costa do Marfim, Costa d'Avorio, Ivoorkust",
    "CV": "Cape Verde, Kap Verde, Cap Vert",
    "CZ": "Czech Republic, Czech, Tschechische Republik, République Tchèque, República Checa, Repubblica Ceca, "
    "Tsjechische Republiek, Česká republika, Republika Czeska",
    "DE": "Federal Republic of Germany, Bundesrepublik Deutschland, BRD, República Federal de Alemania",
    "FK": "Falklands, Malvinas, Falkland Islands Malvinas",
    "FR": "Metropolitan France, France Métropolitaine",
    "FM": "Micronesia Federated States",
    "GB": "UK, United Kingdom of Great Britain, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, "
    "Grossbritannien, Grande Bretagne, Gran Bretaña, Gran Bretagna, Grã Bretanha, Groot Brittannië, Wielka Brytania, "
    "Schottland, Nordirland, Angleterre, Inglaterra, Inghilterra, Écosse, Escocia, Irlande du Nord, Irlanda del Norte",
    "GE": "Georgia Country, Republic of Georgia",
    "AG": "Antigua, Barbuda",
    "BL": "Saint Barts, Saint Barth",
    "GS": "South Georgia Sandwich Islands, South Georgia",
    "GG": "Guernsey Channel Islands",
    "CN": "КНР, PRC, PR China, Volksrepublik China, République populaire de Chine, República Popular China, 中國大陸",
    "HK": "香港, Гонконг, 홍콩, ฮ่องกง, هونغ كونغ, Χονγκ Κονγκ, הונג קונג, Hong Kong, Hong-Kong, Hongkong, Hong Kong SAR, Hong Kong China, China Hong Kong",
    "GR": "EL, Hellas",
    "IE": "Eire, Republic of Ireland, Irish Republic, Southern Ireland",
    "IR": "Islamic Republic of Iran",
    "KP": "North Korea, Korea North, Korea Dem People's Rep, DPRK, Democratic People's Republic of Korea, "
    "Korea Democratic People's Republic",
    "KR": "韓國, República de Corea, Republik Korea, République de Corée, Repubblica di Corea, South Korea, Korea South, Republic of Korea, Korea Republic, Korea Rep, ROK, 한국, 南韓, 南韩",
    "LA": "Lao, Lao PDR",
    "LV": "لتونی",
    "LY": "Libyan Arab Jamahiriya",
    "MD": "Молдавия, Moldawien, Republic of Moldova",
    "MF": "Saint Martin, Saint Martin French part, Saint-Martin (partie française)",
    "MK": "Macedonia, FYROM, Former Yugoslav Republic of Macedonia, Macedonia FYROM, Mazedonien, Macédoine, "
    "The former Yugoslav Republic of Macedonia, North Macedonia Republic",
    "MM": "Burma, Birma, Birmanie, Birmania",
    "MO": "澳门, 澳門, Макао, 마카오, มาเก๊า, ماكاو, Μακάο, מקאו, マカオ, Macau, Macao, Macau SAR, Macao SAR, Macau China, China Macau",
    "NL": "Holland, Holanda, Hollande, Olanda, Nederland, The Netherlands, Netherland",
    "PN": "Pitcairn, Pitcairn Island",
    "PS": "فلسطين, פלסטין, Палестина, 巴勒斯坦, 팔레스타인, パレスチナ, Παλαιστίνη, Filistin, ปาเลสไตน์, Palestine, Palästina, Palestina, State of Palestine, Palestinian Territory, West Bank, Gaza Strip, "
    "Occupied Palestinian Territory, Palestinian Territory Occupied, West Bank and Gaza",
    "PW": "Belau",
    "RE": "Reunion Island, La Réunion",
    "RU": "Russia, Russian Fed, Russische Föderation, Fédération de Russie, Federación de Rusia, Российская Федерация, РФ",
    "SH": "Saint Helena, Ascension, Tristan da Cunha",
    "SJ": "Svalbard, Jan Mayen, Svalbard and Jan Mayen Islands, Spitzbergen",
    "SX": "Sint Maarten, Saint Maarten, Saint Martin Dutch part, Sint Maarten Dutch part",
    "SY": "Syria",
    "SZ": "Swaziland, Swasiland, Suazilandia",
    "TL": "East Timor, Osttimor, Timor oriental, Timor Oriental, Timor Est",
    "TR": "Turkey, Turkiye, Republic of Turkey",
    "TW": "Taiwan, Taiwan Republic of China, Taiwan ROC, Republic of China, Taiwan China, Chinese Taipei",
    "TZ": "Tanzania, United Republic of Tanzania",
    "US": "Mỹ, ABŞ, USA, U S A, U S, America, United States of America, US of A, Vereinigte Staaten von Amerika, "
    "États-Unis d'Amérique, Estados Unidos de América, Stati Uniti d'America, Estados Unidos da América, EUA, EEUU, "
    "EE UU, Verenigde Staten van Amerika, Соединенные Штаты Америки, США, 美國, 美国, アメリカ, アメリカ合衆国, 미국, U.S.",
    "VA": "Vatican, Holy See, Vatican City State, Vatican City State Holy See, Holy See Vatican City State",
    "VG": "British Virgin Islands, Virgin Islands British, BVI",
    "VI": "US Virgin Islands, Virgin Islands US, United States Virgin Islands, Virgin Islands of the United States, USVI",
    "VN": "Vietnam, Viet Nam",
    "WS": "Samoa, Western Samoa, Samoa Independent, Independent State of Samoa",
    "XK": "Kosovo, Republic of Kosovo",
    "TT": "Trinidad, Tobago, Trinidad y Tabago",
    "JE": "Jersey Channel Islands",
    "UM": "United States US Minor Outlying Islands, US Minor Outlying Islands",
    "KZ": "Kazajstán",
    "NZ": "Nueva Zelandia",
    "ZA": "ЮАР",
    "TM": "Туркмения",
    SEVERAL: "Korea, Corea, Corée, Coreia, Koreja, Корея, Virgin Islands, Jungferninseln, Kongo, Конго, "
    "Antilles, West Indies, Caribbean, Channel Islands, Africa, Americas",
    GONE: "Netherlands Antilles, Nederlandse Antillen, Niederländische Antillen, Antilles néerlandaises, "
    "Antillas Neerlandesas, Antillas Holandesas, Antilhas Holandesas, Antille Olandesi, Holländska Antillerna, "
    "Soviet Union, USSR, Sowjetunion, UdSSR, URSS, СССР, Yugoslavia, Jugoslawien, Yougoslavie, Jugoslavia, Jugoslavija, "
    "Czechoslovakia, Tschechoslowakei, Tchécoslovaquie, Československo, Serbia and Montenegro, Serbien und Montenegro, "
    "Serbie-et-Monténégro, Nederlandske Antiller, Nederländska Antillerna, Нидерландские Антильские острова, East Germany, West Germany, GDR, DDR, German Democratic Republic",
}
"""What people write and neither the CLDR nor ISO says; where they disagree, this counts."""

LANGUAGES_ALSO: Final[Mapping[str, str]] = {
    "ar": "العربية",
    "es": "castellano, اسپانیایی, spanish mexico, mexican spanish",
    "es_ES": "Spanish Spain, castilian",
    "fa": "Farsi, فارسی",
    "fr_CA": "French Canada",
    "ga": "Irish Gaelic",
    "lv": "لتونیایی",
    "nl": "flemish, Vlaams",
    "no": "bokmål, nynorsk, norsk",
    "pt": "Brazilian, Portuguese Brazil",
    "pt_PT": "Portuguese Portugal",
    "zh": "Mandarin, 中文, Traditional Chinese, Simplified Chinese, Chinese Traditional, Chinese Simplified",
}
"""What people call Mailchimp's languages beside their names in the CLDR."""

LANGUAGES_OF_CLDR: Final[Mapping[str, tuple[str, ...]]] = {
    "es": ("es", "es_419", "es_MX"),
    "no": ("no", "nb", "nn"),
    "pt": ("pt", "pt_BR"),
    "zh": ("zh", "zh_Hans", "zh_Hant"),
}
"""Mailchimp's code → those of the CLDR that it stands for, where that is not the same one."""

Meanings = dict[str, set[str]]
"""Name, spelled alike → the codes it can mean."""


def countries() -> str:
    """Return countries.tsv: capitals are ISO's codes, everything else are names."""
    return _written(_decided(_country_names(), COUNTRIES_ALSO) | _country_codes())


def _country_names() -> Meanings:
    """Return the names of countries that there are, and of those that are gone, in every language."""
    codes = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    meanings: Meanings = defaultdict(set)
    for locale in _locales(codes):
        for code in codes & locale.territories.keys():
            meanings[spelled_alike(locale.territories[code])].add(code)
    for country in pycountry.countries:
        for name in _names_of_iso(country):
            meanings[spelled_alike(name)].add(country.alpha_2)
    for historic in pycountry.historic_countries:
        for name in _names_of_iso(historic):
            meanings.setdefault(spelled_alike(name), {GONE})
    return meanings


def _country_codes() -> dict[str, str]:
    """Return ISO's codes of two and three letters and its numbers; codes that are used again mean the newer country."""
    table: dict[str, str] = {}
    for historic in pycountry.historic_countries:
        for kind in ("alpha_2", "alpha_3"):
            table[getattr(historic, kind, historic.alpha_4)] = GONE
    for country in pycountry.countries:
        table.update(dict.fromkeys((country.alpha_2, country.alpha_3, country.numeric), country.alpha_2))
    table.update(dict.fromkeys(("XK", "XKX"), "XK"))
    return table


def languages() -> str:
    """Return languages.tsv: Mailchimp's codes, and the names and ISO's codes of three letters that mean them."""
    meanings: Meanings = defaultdict(set)
    every_locale = [Locale.parse(name) for name in locale_identifiers()]
    for code in CODES:
        for of_cldr in LANGUAGES_OF_CLDR.get(code, (code,)):
            for locale in every_locale:
                if of_cldr in locale.languages:
                    meanings[spelled_alike(locale.languages[of_cldr])].add(code)
    table = _decided(meanings, LANGUAGES_ALSO)
    for code in CODES:
        for of_cldr in LANGUAGES_OF_CLDR.get(code, (code,)):
            language = pycountry.languages.get(alpha_2=of_cldr)
            if language is not None:
                table[language.alpha_3] = code
                table[getattr(language, "bibliographic", language.alpha_3)] = code
    return _written(table)


def _locales(countries: set[str]) -> Iterator[Locale]:
    """Yield every locale of the CLDR that has names for nearly all countries."""
    for name in locale_identifiers():
        locale = Locale.parse(name)
        if len(countries & locale.territories.keys()) >= FEWEST_NAMES:
            yield locale


def _names_of_iso(country: object) -> Iterator[str]:
    """Yield ISO's names of a country; "Tanzania, United Republic of" also in the order in which it is spoken."""
    for kind in ("name", "official_name", "common_name"):
        name: str = getattr(country, kind, "")
        if name:
            yield name
            first, comma, rest = name.partition(", ")
            if comma:
                yield f"{rest} {first}"


def _decided(meanings: Meanings, also: Mapping[str, str]) -> dict[str, str]:
    """Return name → its one code, or the sign for several; what our own table says counts."""
    table = {}
    for name, codes in meanings.items():
        table[name] = SEVERAL
        if len(codes) == 1:
            (table[name],) = codes
    for code, names in also.items():
        for name in names.split(", "):
            table[spelled_alike(name)] = code
    return table


def _written(table: Mapping[str, str]) -> str:
    names = defaultdict(list)
    for name, code in table.items():
        names[code].append(name)
    return "\n".join([*HEAD, *_lines(names)]) + "\n"


def _lines(names: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for code in sorted(names):
        yield "\t".join([code, *sorted(names[code])])


GENERATED: Final = {ROOM / "countries.tsv": countries, ROOM / "languages.tsv": languages}
"""The files, and what each should hold."""


def main() -> None:
    """Write both tables."""
    for path, text in GENERATED.items():
        path.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
