"""Nouns of a Mailchimp audience and the wire forms that both connectors share."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

PAGE_SIZE = 1000
"""Most items that one read returns. [documented: `count` has a maximum of 1000]"""

BATCH_SIZE = 500
"""Most members in one batch subscribe or one tag change. [documented]"""

MOST_CONNECTIONS = 10
"""Mailchimp's limit for one user, shared with every other integration of theirs. [documented]"""

TAGS_SHOWN = 50
"""A member object lists its first 50 tags only; `tags_count` has the true number. [documented]"""


class Status(StrEnum):
    """What Mailchimp may send to a member, in its own words."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    PENDING = "pending"
    CLEANED = "cleaned"
    TRANSACTIONAL = "transactional"
    ARCHIVED = "archived"
    OTHER = "other"
    """A word that we do not know: Mailchimp has added some before. Never sent, and taken for an opt-out."""


STATUS_BY_NAME = {status.value: status for status in Status}
"""The same as calling `Status`, at a tenth of the cost: it is looked up for every member of every answer."""


def status_of(name: str) -> Status:
    """Return the status that Mailchimp means by a word; `OTHER` for a word that we do not know."""
    return STATUS_BY_NAME.get(name, Status.OTHER)


def seconds_of(timestamp: str) -> float:
    """Return a timestamp of Mailchimp's (ISO 8601 with an offset) as seconds since 1970 UTC; 0.0 for an empty one."""
    if not timestamp:
        return 0.0
    return datetime.fromisoformat(timestamp).timestamp()


def normal_address(email: str) -> str:
    """Return the form in which two spellings of one address are equal."""
    return email.strip().lower()


def member_hash(email: str) -> str:
    """Return the name of a member in a path: MD5 of the lower-cased address. [documented]"""
    return hashlib.md5(normal_address(email).encode(), usedforsecurity=False).hexdigest()


NEVER = "1970-01-01T00:00:00+00:00"
"""Stands for the `last_changed` of a member that has none."""


def shows_all_tags(member: Mapping[str, Any]) -> bool:
    """Return whether a member of an answer shows all of their tags: as many as are counted, or fewer than are shown.

    Both figures are equal in all 887 members that are recorded. [observed]
    """
    shown = len(member.get("tags") or ())
    counted = member.get("tags_count")
    if counted is None:
        return shown < TAGS_SHOWN
    return bool(counted <= shown)


def name_of(member: Mapping[str, Any]) -> str:
    """Return what tells a member of an answer from all others of the audience; "" where nothing does.

    A contact without an address has no `id`, which is the hash of one. Its `contact_id` stands for it in paths too.
    [documented]
    """
    return str(member.get("id") or member.get("contact_id") or "")


def changed_at(member: Mapping[str, Any]) -> str:
    """Return when a member of an answer was last changed, as Mailchimp prints it."""
    return str(member.get("last_changed") or NEVER)


@dataclass(frozen=True, slots=True)
class MergeField:
    """One merge field of an audience as Mailchimp defines it."""

    tag: str
    name: str
    type: str
    required: bool = False
    merge_id: int = 0
    default_value: str = ""
    date_format: str = ""
    phone_format: str = ""
    default_country: int = 0
    choices: tuple[str, ...] = ()

    @classmethod
    def parse(cls, wire: Mapping[str, Any]) -> "MergeField":
        """Read one item of `GET /lists/{id}/merge-fields`."""
        options = wire.get("options") or {}
        return cls(
            tag=wire["tag"],
            name=wire.get("name", ""),
            type=wire.get("type", "text"),
            required=bool(wire.get("required")),
            merge_id=wire.get("merge_id", 0),
            default_value=wire.get("default_value") or "",
            date_format=options.get("date_format", ""),
            phone_format=options.get("phone_format", ""),
            default_country=options.get("default_country") or 0,
            choices=tuple(options.get("choices") or ()),
        )


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience ("list" in the API's paths)."""

    id: str
    name: str
    double_optin: bool = False
    marketing_permissions: bool = False
    members: int = 0
    """Subscribed, unsubscribed and cleaned members: a first guess of its size."""

    total_contacts: int | None = None
    """Everybody Mailchimp counts in the audience; only where it was asked for."""

    @classmethod
    def parse(cls, wire: Mapping[str, Any]) -> "Audience":
        """Read one item of `GET /lists`."""
        stats = wire.get("stats") or {}
        counted = sum(stats.get(key) or 0 for key in ("member_count", "unsubscribe_count", "cleaned_count"))
        return cls(
            id=wire["id"],
            name=wire.get("name", ""),
            double_optin=bool(wire.get("double_optin")),
            marketing_permissions=bool(wire.get("marketing_permissions")),
            members=counted,
            total_contacts=stats.get("total_contacts"),
        )


@dataclass(frozen=True, slots=True)
class Interest:
    """One group name inside a group category ("interest" in the API)."""

    id: str
    name: str
    category: str
    category_type: str = "checkboxes"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, which Mailchimp keeps as a static segment. [documented]"""

    id: int
    name: str
    members: int = 0


_ADDRESS = re.compile(r"[^\s@\"'<>(),;:]+@[^\s@\"'<>(),;:]+")


def masked(email: str) -> str:
    """Return an address as it may stand in a log: enough to recognise one's own, not enough to mail somebody."""
    local, _, domain = email.partition("@")
    _, _, ending = domain.rpartition(".")
    if "." not in domain or not ending:
        return f"{local[:1]}***"
    return f"{local[:1]}***@***.{ending}"


_KEY = re.compile(r"\b[0-9a-f]{32,}(-us\d{1,3})?\b", re.IGNORECASE)
"""An API key, a token, or the hash of an address. [documented] Ids of audiences and campaigns are shorter."""


def without_addresses(text: str) -> str:
    """Return a sentence with every address in it masked, and every key, token or hash left out."""
    return with_masked_addresses(_KEY.sub("…", text))


def with_masked_addresses(text: str) -> str:
    """Return a sentence with every address in it masked."""
    if "@" not in text:
        return text
    return _ADDRESS.sub(lambda match: masked(match.group()), text)
