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
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def as_email(value: Any) -> str:
    """An address, trimmed and otherwise spelled as it came, "" for an empty value; raises `Unfit`.

    `mailto:`, a display name with angle brackets, and characters nobody sees are taken off. Only the form is checked:
    example.com, typo domains and role addresses are for Mailchimp to refuse, whose rules may change.
    """
    if value.__class__ is str:
        text: str = value.strip()
        if _USUAL.fullmatch(text):
            return text
        return _unusual(text) if text else ""
    if value is None or value is MISSING:
        return ""
    if isinstance(value, list) and len(value) == 1:
        return as_email(value[0])
    raise Unfit("not an e-mail address")


def _unusual(text: str) -> str:
    """What the library makes of a text that is not an ordinary address: umlauts in domains, quotes, display names."""
    text = text.translate(_INVISIBLE).strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
    if not text:
        return ""
    if len(text) > _LONGEST:
        raise Unfit("not an e-mail address: too long")
    if _USUAL.fullmatch(text):
        return text
    try:
        found = validate_email(
            text, allow_display_name=True, allow_quoted_local=True, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        raise Unfit("not an e-mail address") from None
    except (ValueError, UnicodeError):  # the library lets some errors of its own parts through
        raise Unfit("not an e-mail address") from None
    return found.normalized
