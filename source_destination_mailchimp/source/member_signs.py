"""What changes contacts without their last_changed: tags that are new or have another name, and groups that are new."""

from collections.abc import Iterable, Mapping
from typing import Any

from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Refused
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.source.packing import digest, pack_digests, unpack_digests
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.states import Bookmark
from source_destination_mailchimp.source.streams import BY_NAME

TAGS_KEY = "tags"
"""In a bookmark: the highest ID of a tag of the audience, and a digest of all tags with their names."""

GROUPS_KEY = "groups"
"""In a bookmark: digests of the groups that contacts show."""

EVERYBODY_KEY = "everybody"
"""In a bookmark: the next sync reads every contact, because a group is new."""

_STATIC = "static"
_DIGESTS = 256**3


class MemberSigns:
    """What tells, beside last_changed, that a contact is not as it was handed out.

    Tags are the static segments of the audience, which are read once for all streams. A contact shows its tags, so one
    sweep of the audience finds who carries those that are new or have another name. [seen live: neither moves
    last_changed] A contact shows every group of the audience, so any contact that is met tells of a new one.
    """

    def __init__(self, partition: OpenPartition) -> None:
        self._partition = partition
        self._saved = partition.saved
        self._tags = self._read_tags()
        self._groups: dict[str, int] = {}
        self.wants_everybody = bool(self._saved.get(EVERYBODY_KEY))
        self.tag_ids = self._new_tags()

    @property
    def wants_a_sweep(self) -> bool:
        """Return whether contacts are wanted that did not change."""
        return self.wants_everybody or bool(self.tag_ids)

    def is_concerned(self, member: Json) -> bool:
        """Return whether a contact that did not change may have other tags or groups than before."""
        if self.wants_everybody:
            return True
        tags: list[Mapping[str, Any]] = member.get("tags") or []
        has_more_tags = (member.get("tags_count") or 0) > len(tags)
        return has_more_tags or any(tag.get("id") in self.tag_ids for tag in tags)

    def meet(self, members: Iterable[Json]) -> None:
        """Note the groups that some contacts show."""
        for member in members:
            interests = member.get("interests") or {}
            if not interests.keys() <= self._groups.keys():
                self._groups |= {interest_id: digest(interest_id) for interest_id in interests}

    def bookmark(self) -> Bookmark:
        """Return what the next sync compares with."""
        known = unpack_digests(self._saved.get(GROUPS_KEY))
        groups = known | set(self._groups.values())
        found: Bookmark = {GROUPS_KEY: pack_digests(groups)} if groups else {}
        if known and groups != known:
            found[EVERYBODY_KEY] = True
        if self._tags is None:
            found[TAGS_KEY] = self._saved.get(TAGS_KEY)
        else:
            found[TAGS_KEY] = [max(self._tags, default=0), _digest_of(self._tags)]
        return found

    def _new_tags(self) -> set[int]:
        """Return the IDs of tags that are new, which have the highest IDs; of all where one was renamed or deleted.

        Which one that was is not remembered, as a digest for each tag would take most of the state.
        """
        saved = self._saved.get(TAGS_KEY)
        if saved is None or self._tags is None:
            return set()
        newest, number = saved
        before = {tag_id: name for tag_id, name in self._tags.items() if tag_id <= newest}
        if _digest_of(before) != number:
            return set(self._tags)
        return self._tags.keys() - before.keys()

    def _read_tags(self) -> dict[int, str | None] | None:
        """Return ID → name of every tag of the audience; None where Mailchimp does not show them."""
        partition = self._partition
        try:
            rows = partition.account.rows(BY_NAME["segments"], partition.parent)
        except Refused as refused:
            # A first sync reads everybody anyway, and a full refresh does at each.
            if refused.refusal.kind is RefusalKind.PERMISSION and self._saved:
                partition.warn(
                    f"Stream {partition.stream.name}: Mailchimp does not allow this user to read segments ({refused}). "
                    "Contacts whose tags are new or renamed are returned only when they change otherwise."
                )
            return None
        except MailchimpError:
            # What is wrong shows where the contacts are read, or is over by the next sync, which compares again.
            return None
        return {row["id"]: row.get("name") for row in rows if row.get("type") == _STATIC}


def _digest_of(tags: Mapping[int, str | None]) -> int:
    """Return a number that differs, but for one chance in seventeen million, when a tag or its name does."""
    return digest(sorted(tags.items())) % _DIGESTS
