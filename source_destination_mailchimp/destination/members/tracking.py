"""Which values of a member a run compares, and how a member object of Mailchimp's is read into them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from source_destination_mailchimp.destination.mapping.digests import (
    INTEREST,
    PERMISSION,
    converters,
    member_reader,
)
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.mapping.values import as_text
from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp.members import seconds_of, shows_all_tags, status_of

_ALWAYS_READ = ("id", "email_address", "status", "last_changed")


class Tracking:
    """Compares the values that the mappings of a run may write, and no others."""

    def __init__(
        self,
        live: LiveAudience,
        tracked: Sequence[str],
        *,
        tags: bool,
        external_id_tag: str | None,
        mirror_tags: Sequence[str],
        read_time: Callable[[], str] | None = None,
    ) -> None:
        """`read_time` tells when a member is read, and makes the tracked values be kept; else only digests are."""
        self.tracked = tuple(tracked)
        self.tags = tags or bool(mirror_tags)
        self.mirror_tags = tuple(same_name(tag) for tag in mirror_tags)
        self.external_id_tag = external_id_tag
        self.permission_ids = dict(live.permissions)
        """Text of a marketing permission → its id. Only members tell them [documented], so it fills while reading."""

        self._read_time = read_time
        self._merge_tags = [key for key in (*tracked, external_id_tag or "") if _is_merge_tag(key)]
        self._parts = tuple(dict.fromkeys(_part_of_member(key) for key in self.tracked))
        self._digests = member_reader(self.tracked, converters(live.merge_fields))

    def fields(self) -> tuple[str, ...]:
        """Return the parts of a member object that have to be asked for, and no others."""
        own = set(self._parts)
        if self.external_id_tag:
            own.add("merge_fields")
        if self.tags:
            own.update(("tags", "tags_count"))
        return (*_ALWAYS_READ, *sorted(own))

    def known(self, wire: Mapping[str, Any]) -> Known:
        """Return a member object of Mailchimp's as what planning compares with."""
        self.learn_permissions(wire)
        return Known(
            status=status_of(wire.get("status") or ""),
            email=wire["email_address"],
            changed_seconds=seconds_of(wire.get("last_changed") or ""),
            last_changed=wire.get("last_changed") or "",
            digests=self._digests(wire),
            tags=_tags_shown(wire),
            external_id=self._external_id(wire),
            values=self._kept_values(wire),
            permission_ids=self.permission_ids,
        )

    def learn_permissions(self, wire: Mapping[str, Any]) -> None:
        """Note the ids of the marketing permissions that a member object shows."""
        self.permission_ids.update(permission_ids_of(wire))

    def _kept_values(self, wire: Mapping[str, Any]) -> bytes:
        """Return the tracked values of a member object and when they were read, as `Known.values`."""
        if self._read_time is None:
            return b""
        values = {part: wire[part] for part in self._parts if part in wire}
        merge = wire.get("merge_fields") or {}
        values["merge_fields"] = {tag: merge[tag] for tag in self._merge_tags if tag in merge}
        return orjson.dumps({"at": self._read_time(), "values": values})

    def _external_id(self, wire: Mapping[str, Any]) -> str:
        if not self.external_id_tag:
            return ""
        merge = wire.get("merge_fields") or {}
        return as_text(merge.get(self.external_id_tag, ""))


def permission_ids_of(wire: Mapping[str, Any]) -> dict[str, str]:
    """Return the marketing permissions that a member object shows, as text → id: nowhere else are they told.

    [documented]
    """
    shown = wire.get("marketing_permissions") or ()
    return {permission["text"]: permission["marketing_permission_id"] for permission in shown}


def _part_of_member(key: str) -> str:
    """Return which part of a member object answers a key of `Known.digests`."""
    if key.startswith(INTEREST):
        return "interests"
    if key.startswith(PERMISSION):
        return "marketing_permissions"
    if not _is_merge_tag(key):
        return key.partition(".")[0]
    return "merge_fields"


def _is_merge_tag(key: str) -> bool:
    """Return whether a key stands for a merge field: their tags are upper case, the rest is lower. [documented]"""
    if not key or key.startswith((INTEREST, PERMISSION)):
        return False
    return not key.islower()


def _tags_shown(wire: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the tags of a member in lower case, or None where the object does not show all of them."""
    if not shows_all_tags(wire):
        return None
    if not wire.get("tags"):
        return frozenset()
    return frozenset(same_name(tag["name"]) for tag in wire["tags"])
