"""Who may make control calls and see the pages: this machine, and no page of another origin in its browser."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

LOCAL_NAMES = frozenset({"localhost", "ip6-localhost"})


def is_from_here(client: str, origin: str, root: str) -> bool:
    """Return whether a call comes from this machine, by a name of it, and not from a page of another origin.

    `client` is the caller's address, `origin` the header of that name ("" for none), `root` the scheme and host that
    the call was sent to. A browser sends no `Origin` when it reads: only the name tells a page of another origin,
    whose name now leads to this machine, from a person.
    """
    return is_loopback(client) and _is_at_this_machine(root) and origin in ("", root)


def _is_at_this_machine(root: str) -> bool:
    try:
        host = urlsplit(root).hostname
    except ValueError:
        return False
    return is_loopback(host or "")


def is_loopback(host: str) -> bool:
    """Return whether a host or address is this machine itself."""
    if host in LOCAL_NAMES:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
