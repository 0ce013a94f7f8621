"""Addresses of people: which text is one, and how it is written."""

import re
import unicodedata
from typing import Any, Final
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from source_destination_mailchimp.destination.mapping.invisible import trimmed, without_invisible_signs
from source_destination_mailchimp.destination.mapping.values import MISSING, Unfit, parsed

_USUAL = re.compile(
    r"(?=.{6,254}\Z)(?!')"
    r"[A-Za-z0-9_'+&=/#!$%?^{}~|-]{1,64}(?:\.[A-Za-z0-9_'+&=/#!$%?^{}~|-]{1,64}){0,8}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LONGEST = 320
_LONGEST_LOOKED_AT = 2000
"""Signs of a text that is looked at more closely: an address with a name, and with a question behind `mailto:`."""

_DAMAGED = re.compile("[\ud800-\udfff\ufffd\u2026]")
"""Half of a character, what stands for bytes that were no UTF-8, or dots for a part that was left out.

With it left out the address is another's."""

_MASKED = re.compile(r"\*\*|\*$")
"""Stars for letters that were left out, as exports for people's eyes write them: j***@shop.com, *@shop.com."""

_FULLWIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6B: "@", 0xFF61: ".", 0x3002: "."}
"""The signs of ASCII as keyboards of East Asia write them."""

_MAILTO = "mailto:"
_WITH_NAME = re.compile(r"([^<>]*)<([^<>]+)>")
_BETWEEN_ADDRESSES = re.compile(r"[\s,;<>()\[\]\"|]+")
_NOT_AN_ADDRESS = "not an email address"
_SEVERAL = "more than one email address"


def as_email(value: Any) -> str:
    """Return an address, trimmed and otherwise spelled as it came, "" for an empty value; raises `Unfit`.

    What people and tables put around one is taken off: `mailto:`, a display name with angle brackets, a comma behind
    it, Excel's apostrophe before it, and characters nobody sees. Two different addresses are refused. Only the form is
    checked: example.com, typo domains and role addresses are for Mailchimp to refuse, whose rules may change.
    """
    if value.__class__ is str:
        text: str = value.strip()
        if _USUAL.fullmatch(text):
            return text
        return _unusual(text)
    if value is None or value is MISSING:
        return ""
    if isinstance(value, list) and len(value) <= 1:
        return as_email(_only_item(value))
    raise Unfit(_NOT_AN_ADDRESS)


def _only_item(value: Any) -> Any:
    """Return what is in a list of one item, None for an empty one; a longer list, and anything else, as it is."""
    while isinstance(value, list) and len(value) <= 1:
        value = next(iter(value), None)
    return value


def _unusual(text: str) -> str:
    """Return what is left of a text that is no ordinary address, without what people and tables put around one."""
    opened = parsed(text)
    if isinstance(opened, list) and len(opened) <= 1:
        return as_email(_only_item(opened))
    if _DAMAGED.search(text):
        raise Unfit(f"{_NOT_AN_ADDRESS}: a part of it is missing")
    text = without_invisible_signs(text)
    if len(text) > _LONGEST_LOOKED_AT:
        raise Unfit(f"{_NOT_AN_ADDRESS}: too long")
    text = _bare(trimmed(text).translate(_FULLWIDTH))
    if not text:
        return ""
    if _USUAL.fullmatch(text):
        return text
    return _with_words(text)


def _with_words(text: str) -> str:
    """Return the address of a text with more in it: a name, or the same address once more."""
    _check_one(text)
    named = _WITH_NAME.fullmatch(text)
    if named:
        text = _bare(named[2])
    elif _is_repeated(text):
        text = _addresses(text)[0]
    if len(text) > _LONGEST:
        raise Unfit(f"{_NOT_AN_ADDRESS}: too long")
    if _USUAL.fullmatch(text):
        return text
    return _validated(text)


def _bare(text: str) -> str:
    """Return a text without blanks, commas, one dot and pairs of quotes around it, an apostrophe, and `mailto:`."""
    text = trimmed(text)
    while text[-1:] in (",", ";") or text[:1] in (",", ";"):
        text = trimmed(text.strip(",;"))
    # Several dots stand for something that was left out.
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = trimmed(text[1:-1])
    if text.startswith("'"):
        # Excel marks a text so; no address that anybody uses begins with one.
        text = trimmed(text.strip("'"))
    if text.lower().startswith(_MAILTO):
        address = text[len(_MAILTO) :].partition("?")[0]
        return _bare(unquote(address))
    return text


def _addresses(text: str) -> list[str]:
    """Return every ordinary address in a text."""
    pieces = [_bare(piece) for piece in _BETWEEN_ADDRESSES.split(text)]
    return [piece for piece in pieces if _USUAL.fullmatch(piece)]


def _check_one(text: str) -> None:
    """Raise `Unfit` for a text that holds two different addresses: nobody knows whose the record is."""
    different = {address.lower() for address in _addresses(text)}
    if len(different) > 1:
        raise Unfit(_SEVERAL)


def _is_repeated(text: str) -> bool:
    """Return whether a text is one address, written several times, and nothing else."""
    pieces = [piece for piece in _BETWEEN_ADDRESSES.split(text) if piece]
    return len(pieces) > 1 and len(_addresses(text)) == len(pieces)


def _validated(text: str) -> str:
    """Return what the library makes of a text: it knows umlauts in domains, and quotes."""
    try:
        found = validate_email(
            text,
            allow_quoted_local=True,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        raise Unfit(_NOT_AN_ADDRESS) from None
    except (ValueError, UnicodeError):  # the library lets some errors of its own parts through
        raise Unfit(_NOT_AN_ADDRESS) from None
    _check_letters(found.local_part)
    return found.normalized


def _check_letters(local: str) -> None:
    """Raise `Unfit` for a sign that is in nobody's address: beyond ASCII what is no letter, and stars for letters."""
    if _MASKED.search(local):
        raise Unfit(f"{_NOT_AN_ADDRESS}: a part of it is missing")
    for sign in local:
        if not sign.isascii() and unicodedata.category(sign)[0] not in "LMN":
            raise Unfit(f"{_NOT_AN_ADDRESS}: a character that email addresses cannot contain")
