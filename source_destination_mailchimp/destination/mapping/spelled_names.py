"""Names of countries and languages as people spell them, made alike before they are looked up."""

import re
import unicodedata
from functools import cache
from html import unescape
from html.entities import html5
from importlib.resources import files
from typing import Final

SEVERAL: Final = "?"
"""Stands in a table for names that different languages give to different countries or languages."""

GONE: Final = "!"
"""Stands in a table for names of countries that exist no longer."""

_LONGEST_CODE: Final = 3
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SHORTENED: Final = (
    (re.compile(r"\b(?:st|ste|sankt)\b\.?"), "saint "),
    (re.compile(r"\brep\b\.?"), "republic "),
    (re.compile(r"\bdem\b\.?"), "democratic "),
)
_LIGATURES: Final = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "þ": "th"})
_SILENT: Final = str.maketrans("", "", ".'’‘`´ʼʻʹ")
# Of Latin, Greek and Cyrillic, and the short vowels of Arabic, which are written or not.
_ACCENTS: Final = dict.fromkeys((*range(0x300, 0x370), *range(0x64B, 0x660), 0x670))
# "And", "the" and "of" in the languages whose names are often written with & instead.
_LITTLE_WORDS: Final = frozenset({"and", "the", "of", "und", "et", "y", "e", "i", "og", "och", "ja", "en", "va", "ve"})


def without_entities(text: str) -> str:
    """Return a text with the characters that its HTML entities stand for; an entity ends in a semicolon."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_character, text)


def spelled_alike(text: str) -> str:
    """Return a name in lower case, as words without accents, signs, and words like "and".

    "St. Kitts & Nevis" and "saint kitts and nevis" are one then. Combining marks of other scripts stay, because
    there they tell words apart; so do the accents of two or three letters, which else would be
    a code: Áo is Austria in Vietnamese, AO Angola.
    """
    text = unicodedata.normalize("NFKD", without_entities(text).casefold()).casefold()
    without_accents = unicodedata.normalize("NFC", text.translate(_ACCENTS)).translate(_LIGATURES)
    text = without_accents if len(without_accents) > _LONGEST_CODE else unicodedata.normalize("NFC", text)
    for shortened, whole in _SHORTENED:
        text = shortened.sub(whole, text)
    signs_as_blanks = [_letter_or_blank(sign) for sign in text.translate(_SILENT)]
    words = "".join(signs_as_blanks).split()
    return " ".join(word for word in words if word not in _LITTLE_WORDS) or " ".join(words)


@cache
def table_of_names(file_name: str) -> dict[str, str]:
    """Return name, spelled alike → code, from a generated file of this room; read when it is first asked for.

    A line of the file holds a code and the names that mean it, with tabs between.
    """
    found: dict[str, str] = {}
    for line in files(__package__).joinpath(file_name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, *names = line.split("\t")
            found.update(dict.fromkeys(names, code))
    return found


def _character(entity: re.Match[str]) -> str:
    name = entity[0][1:]
    if name.startswith("#"):
        return unescape(entity[0])
    # Looked up whole, because `unescape` takes "&sect" out of "&section;". Some write the whole text in capitals.
    return html5.get(name) or html5.get(name.lower()) or entity[0]


def _letter_or_blank(sign: str) -> str:
    """Return a letter, a digit or a mark as it is, nothing for a sign nobody sees, a blank for every other sign."""
    category = unicodedata.category(sign)
    if category[0] in "LNM":
        return sign
    if category == "Cf":
        return ""
    return " "
