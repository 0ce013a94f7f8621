"""Which e-mail addresses Mailchimp takes, and how a member is named after its address. Pure."""

import hashlib
import re
from pathlib import Path
from typing import Final

from source_destination_mailchimp.sandbox.http.errors import Problem, invalid

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])")

# example.com, bar.com, sneakemail.com, yopmail.com and typo domains such as gmail.vom were seen refused; the rest of
# these lists is inferred.
FAKE_DOMAINS: Final = frozenset({"example.com", "example.net", "example.org"})
PLACEHOLDER_ADDRESSES: Final = frozenset({"foo@bar.com"})
DISPOSABLE_DOMAINS: Final = frozenset({"sneakemail.com", "yopmail.com", "mailinator.com", "guerrillamail.com"})
# The endings there are, from the Public Suffix List (publicsuffix.org); an address under .tst was seen refused.
ENDINGS: Final = frozenset(Path(__file__).with_name("endings.txt").read_text().split())
RESERVED_ENDINGS: Final = (".example", ".test", ".invalid", ".localhost", ".local")
TYPO_DOMAINS: Final = frozenset(
    f"{name}.{ending}" for name in ("gmail", "hotmail", "yahoo", "outlook") for ending in ("vom", "con", "cim", "cmo")
) | frozenset({"gmial.com", "gmal.com", "gmai.com", "hotmial.com", "hotmal.com", "yaho.com", "yahooo.com"})
ROLE_NAMES: Final = frozenset({"abuse", "noc", "postmaster", "spam", "mailer-daemon"})


def normalise(address: str) -> str:
    """The form under which two spellings are one member."""
    return address.lower()


def digest_of(address: str) -> bytes:
    """The 16 bytes of the subscriber hash: MD5 of the lower-cased address (documented)."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).digest()


def hash_of(address: str) -> str:
    """The subscriber hash as it stands in paths and as `id`."""
    return digest_of(address).hex()


def refusal_of(address: str, *, roles_refused: bool = True, reserved_refused: bool = True) -> Problem | None:
    """Why the address is not taken, or None (texts observed; which role names are refused is inferred)."""
    local, at, written = address.rpartition("@")
    domain = ascii_domain(written)
    if not at or not local or not domain or len(address) > 254 or any(mark.isspace() for mark in address):
        return invalid("Please provide a valid email address.")
    if not _DOMAIN.fullmatch(domain):
        return invalid(
            f"The domain portion of the email address is invalid (the portion after the @: {written})",
        )
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        return invalid(
            f"The username portion of the email address is invalid (the portion before the @: {local})",
        )
    role = roles_refused and local.lower() in ROLE_NAMES
    if role or _looks_fake(local.lower(), domain.lower(), reserved_refused=reserved_refused):
        return invalid(f"{address} looks fake or invalid, please enter a real email address.")
    return None


def _looks_fake(local: str, domain: str, *, reserved_refused: bool) -> bool:
    if domain.endswith(RESERVED_ENDINGS):
        return reserved_refused
    if domain.rpartition(".")[2] not in ENDINGS:
        return True
    known = domain in FAKE_DOMAINS or domain in TYPO_DOMAINS or domain in DISPOSABLE_DOMAINS
    return known or f"{local}@{domain}" in PLACEHOLDER_ADDRESSES


def ascii_domain(domain: str) -> str:
    """A domain as it is asked for: names in other scripts are taken in their ASCII form (observed)."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def throttled(address: str) -> Problem:
    """The refusal of an address that signed up too often lately (observed)."""
    return invalid(
        f"{address} has signed up to a lot of lists very recently; we're not allowing more signups for now",
    )
