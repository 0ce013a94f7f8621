"""Languages as Mailchimp names them, from names, locales and codes."""

from functools import lru_cache
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.spelled_names import SEVERAL, spelled_alike, table_of_names
from source_destination_mailchimp.destination.mapping.values import Unfit, as_text

# Mailchimp's list of contact languages [documented in its help pages, read in copies of them]. es is the Spanish of
# Mexico, pt the Portuguese of Brazil.
CODES: Final = (
    "af",
    "ar",
    "be",
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "es_ES",
    "et",
    "fa",
    "fi",
    "fr",
    "fr_CA",
    "ga",
    "he",
    "hi",
    "hr",
    "hu",
    "id",
    "is",
    "it",
    "ja",
    "km",
    "ko",
    "lt",
    "lv",
    "mk",
    "ms",
    "mt",
    "nl",
    "no",
    "pl",
    "pt",
    "pt_PT",
    "ro",
    "ru",
    "sk",
    "sl",
    "sr",
    "sv",
    "sw",
    "ta",
    "th",
    "tr",
    "uk",
    "vi",
    "zh",
)
_BY_CODE: Final = {code.lower(): code for code in CODES}
# Codes for the same languages that Mailchimp does not use.
_ALIASES: Final = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}
_LONGEST: Final = 60
_TABLE: Final = "languages.tsv"


def as_language(value: Any) -> str:
    """Return one of Mailchimp's codes for a name, a locale or a code, "" for an empty value; raises `Unfit`."""
    text = as_text(value)
    if not text:
        return ""
    return _BY_CODE.get(text) or _language(text)


@lru_cache(maxsize=1024)
def _language(text: str) -> str:
    found = None
    if len(text) <= _LONGEST:
        found = _by_name(text) or _by_locale(text)
    if found is None:
        raise Unfit("not a language that Mailchimp knows")
    return found


def _by_name(text: str) -> str | None:
    """Return Mailchimp's code for a language's name in any language; one with its region may have only its own name."""
    table = table_of_names(_TABLE)
    for name in (text, text.partition("(")[0]):
        code = table.get(spelled_alike(name), SEVERAL)
        if code != SEVERAL:
            return code
    return None


def _by_locale(text: str) -> str | None:
    """Return Mailchimp's code for pt-BR, zh_Hant_TW, de_AT.UTF-8, or ISO's code of two or three letters."""
    locale = text.casefold().replace(" ", "").partition(".")[0].partition("@")[0].replace("-", "_")
    language, *rest = locale.split("_")
    # zh_Hant_TW: a script stands before the region
    for part in rest:
        variant = f"{language}_{part}"
        if variant in _BY_CODE:
            return _BY_CODE[variant]
    language = _ALIASES.get(language, language)
    return _BY_CODE.get(language) or _by_name(language)
