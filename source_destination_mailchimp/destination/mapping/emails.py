"""Addresses of people: which text is one, and how it is written."""

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email

from source_destination_mailchimp.destination.mapping.values import MISSING, Unfit

_USUAL = re.compile(
    r"(?=.{6,254}\Z)"
    r"[A-Za-z0-9_'+&=/#!$%*?^{}~|-]{1,64}(?:\.[A-Za-z0-9_'+&=/#!$%*?^{}~|-]{1,64}){0,8}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LONGEST = 320
_DAMAGED = re.compile("[\ud800-\udfff\ufffd]")
"""Half of a character, or what stands for bytes that were no UTF-8: with it left out the address is another's."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_MAILTO = "mailto:"
_NOT_AN_ADDRESS = "not an e-mail address"


def as_email(value: Any) -> str:
    """Return an address, trimmed and otherwise spelled as it came, "" for an empty value; raises `Unfit`.

    `mailto:`, a display name with angle brackets, and characters nobody sees are taken off. Only the form is checked:
    example.com, typo domains and role addresses are for Mailchimp to refuse, whose rules may change.
    """
    if value.__class__ is str:
        text: str = value.strip()
        if _USUAL.fullmatch(text):
            return text
        return _unusual(text)
    if value is None or value is MISSING:
        return ""
    if isinstance(value, list) and len(value) == 1:
        return as_email(value[0])
    raise Unfit(_NOT_AN_ADDRESS)


def _unusual(text: str) -> str:
    """Return what is left of a text that is no ordinary address, without what people and tables put around one."""
    if _DAMAGED.search(text):
        raise Unfit(f"{_NOT_AN_ADDRESS}: a part of it was lost on the way")
    text = text.translate(_INVISIBLE).strip()
    if text.lower().startswith(_MAILTO):
        text = text[len(_MAILTO) :].strip()
    if not text:
        return ""
    if len(text) > _LONGEST:
        raise Unfit(f"{_NOT_AN_ADDRESS}: too long")
    if _USUAL.fullmatch(text):
        return text
    return _validated(text)


def _validated(text: str) -> str:
    """Return what the library makes of a text: it knows umlauts in domains, quotes and display names."""
    try:
        found = validate_email(
            text,
            allow_display_name=True,
            allow_quoted_local=True,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        raise Unfit(_NOT_AN_ADDRESS) from None
    except (ValueError, UnicodeError):  # the library lets some errors of its own parts through
        raise Unfit(_NOT_AN_ADDRESS) from None
    return found.normalized
