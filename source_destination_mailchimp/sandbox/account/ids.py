"""IDs that Mailchimp makes up: derived from what is stored already, so that a million members need no room for them."""

import hashlib
import itertools
from collections.abc import Iterator


def _digest(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _mask(check: bytes) -> int:
    return (int.from_bytes(check) * 0x9E3779B97F4A7C15) % 2**64


def contact_id(audience_id: str, web_id: int) -> str:
    """32 hex digits that stay with a contact when its address changes, and from which its web_id can be read back."""
    check = _digest(f"{audience_id}:{web_id}")[:8]
    return check.hex() + (web_id ^ _mask(check)).to_bytes(8).hex()


def web_id_in(audience_id: str, contact: str) -> int | None:
    """The web_id inside a contact ID of this audience, or None if it is not one."""
    web_id = int(contact[16:], 16) ^ _mask(bytes.fromhex(contact[:16]))
    return web_id if contact_id(audience_id, web_id) == contact else None


def unique_email_id(address: str) -> str:
    """10 hex digits, the same for one address in every audience."""
    return _digest(f"unique:{address.lower()}").hex()[:10]


def short_ids(seed: str) -> Iterator[str]:
    """An endless row of 10-digit hex IDs such as audiences have; the same row for the same seed."""
    return (_digest(f"{seed}:{number}").hex()[:10] for number in itertools.count(1))
