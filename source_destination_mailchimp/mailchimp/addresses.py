"""Which addresses may be called: https anywhere, plain http only on this machine; and how one is shown."""

import re
from urllib.parse import SplitResult, urlsplit

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


def is_safe(url: str) -> bool:
    """Return whether what is sent there, keys and contacts, cannot be read on the way."""
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _LOOPBACK.fullmatch(parts.hostname) is not None


def is_plain_http(url: str) -> bool:
    """Return whether an address would be called without encryption."""
    parts = _parts(url)
    return parts is not None and parts.scheme == "http" and bool(parts.hostname)


def has_user(url: str) -> bool:
    """Return whether an address holds a user name or a password, or may hold one in some place."""
    return "@" in url


def has_query(url: str) -> bool:
    """Return whether an address goes on behind its path, where signatures and keys may stand."""
    return "?" in url or "#" in url


def shown_host(url: str) -> str:
    """Return the host of an address as it may be printed: no user, no password, no path, no query."""
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return "an address without a host"
    return parts.hostname


def shown_origin(url: str) -> str:
    """Return scheme, host and port of an address as they may be printed; what is no address as a word for it."""
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return "what is entered there"
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address; None where it cannot even be taken apart."""
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return None
    return parts
