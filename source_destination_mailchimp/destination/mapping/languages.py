"""Languages as Mailchimp names them, from names, locales and codes."""

from functools import lru_cache
from typing import Any, Final

import pycountry

from source_destination_mailchimp.destination.mapping.values import Unfit, as_text

# Mailchimp's list of contact languages, with its names and what people call theirs. [documented in its help pages,
# read in copies of them]. es is the Spanish of Mexico, pt the Portuguese of Brazil.
_NAMES: Final = """
af Afrikaans
ar Arabic العربية
be Belarusian беларуская
bg Bulgarian български
ca Catalan català
cs Czech čeština
da Danish dansk
de German Deutsch
el Greek Ελληνικά
en English
es Spanish español castellano
es_ES Spanish(Spain) castilian
et Estonian eesti
fa Farsi Persian فارسی
fi Finnish suomi
fr French français
fr_CA French(Canada)
ga Irish Gaeilge
he Hebrew עברית
hi Hindi हिन्दी
hr Croatian hrvatski
hu Hungarian magyar
id Indonesian
is Icelandic íslenska
it Italian italiano
ja Japanese 日本語
km Khmer
ko Korean 한국어
lt Lithuanian lietuvių
lv Latvian latviešu
mk Macedonian македонски
ms Malay melayu
mt Maltese malti
nl Dutch Nederlands flemish
no Norwegian norsk bokmål nynorsk
pl Polish polski
pt Portuguese português
pt_PT Portuguese(Portugal)
ro Romanian română
ru Russian русский
sk Slovak slovenčina
sl Slovenian slovenščina
sr Serbian српски
sv Swedish svenska
sw Swahili kiswahili
ta Tamil தமிழ்
th Thai ไทย
tr Turkish Türkçe
uk Ukrainian українська
vi Vietnamese
zh Chinese 中文 Mandarin
"""
_ROWS: Final = [line.split() for line in _NAMES.strip().splitlines()]
CODES: Final = tuple(row[0] for row in _ROWS)
_BY_CODE: Final = {code.lower(): code for code in CODES}
_BY_NAME: Final = {name.casefold(): row[0] for row in _ROWS for name in row[1:]}
# Codes for the same languages that Mailchimp does not use.
_ALIASES: Final = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}
_SHORTEST_ISO: Final = 3
_LONGEST_ISO: Final = 40


def as_language(value: Any) -> str:
    """Return one of Mailchimp's codes for a name, a locale or a code, "" for an empty value; raises `Unfit`."""
    text = as_text(value)
    if not text:
        return ""
    return _BY_CODE.get(text) or _language(text)


@lru_cache(maxsize=1024)
def _language(text: str) -> str:
    name = text.casefold().replace(" ", "")
    by_name = _BY_NAME.get(name)
    if by_name:
        return by_name
    locale = name.partition(".")[0].partition("@")[0].replace("-", "_")
    language, *rest = locale.split("_")
    # zh_Hant_TW: a script stands before the region
    for part in rest:
        variant = f"{language}_{part}"
        if variant in _BY_CODE:
            return _BY_CODE[variant]
    language = _ALIASES.get(language, language)
    found = _BY_CODE.get(language) or _by_iso(text) or _by_iso(language)
    if not found:
        without_region = language.partition("(")[0]
        found = _BY_NAME.get(without_region)
    if not found:
        raise Unfit("not one of Mailchimp's languages")
    return found


def _by_iso(code: str) -> str | None:
    """Return Mailchimp's code for one of three letters, or for an English name that Mailchimp spells differently."""
    if not _SHORTEST_ISO <= len(code) <= _LONGEST_ISO:
        return None
    try:
        found = pycountry.languages.lookup(code)
    except LookupError:
        return None
    two_letters = getattr(found, "alpha_2", "")
    return _BY_CODE.get(_ALIASES.get(two_letters, two_letters))
