"""What is known of the remote audience, read as cheaply as the number of records allows."""

import math
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import Executor
from datetime import datetime
from typing import Any

from source_destination_mailchimp.destination.mapping.digests import converters, member_reader
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.values import as_text
from source_destination_mailchimp.destination.members.cache import Memory
from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, STATUS_BY_NAME, TAGS_SHOWN, Status
from source_destination_mailchimp.mailchimp.sweep import sweep_members

_ALWAYS_READ = ("id", "email_address", "status", "last_changed")


class Tracking:
    """Which values of a member are compared in this run, and how a member object becomes `Known`."""

    def __init__(
        self,
        live: LiveAudience,
        tracked: Sequence[str],
        *,
        tags: bool,
        external_id_tag: str | None,
        mirror_tags: Sequence[str],
    ) -> None:
        self.tracked = tuple(tracked)
        self.tags = tags or bool(mirror_tags)
        self.mirror_tags = tuple(tag.lower() for tag in mirror_tags)
        self.external_id_tag = external_id_tag
        self.permission_ids = dict(live.permissions)
        self._digests = member_reader(self.tracked, converters(live.merge_fields))

    def fields(self) -> tuple[str, ...]:
        """The parts of a member object that are asked for, and no others."""
        own = {self._field_of(key) for key in self.tracked}
        if self.external_id_tag:
            own.add("merge_fields")
        if self.tags:
            own.update(("tags", "tags_count"))
        return (*_ALWAYS_READ, *sorted(own))

    def known(self, wire: Mapping[str, Any]) -> Known:
        """A member object of Mailchimp's as what planning compares with."""
        for permission in wire.get("marketing_permissions") or ():
            self.permission_ids[permission["text"]] = permission["marketing_permission_id"]
        shown = wire.get("tags") or ()
        merge = wire.get("merge_fields") or {}
        return Known(
            status=STATUS_BY_NAME[wire["status"]],
            email=wire["email_address"],
            changed_seconds=seconds(wire.get("last_changed") or ""),
            last_changed=wire.get("last_changed") or "",
            digests=self._digests(wire),
            tags=None if wire.get("tags_count", 0) > TAGS_SHOWN else frozenset(tag["name"].lower() for tag in shown),
            external_id=as_text(merge.get(self.external_id_tag, "")) if self.external_id_tag else "",
            permission_ids=self.permission_ids,
        )

    @staticmethod
    def _field_of(key: str) -> str:
        prefix = key.partition(":")[0] if ":" in key else key
        known = {"interest": "interests", "permission": "marketing_permissions"}
        if prefix in known:
            return known[prefix]
        return "merge_fields" if key.isupper() or not key.islower() else key.partition(".")[0]


def seconds(timestamp: str) -> float:
    """A timestamp of Mailchimp's as seconds since 1970."""
    return datetime.fromisoformat(timestamp).timestamp() if timestamp else 0.0


class AudienceKnowledge:
    """Answers "who is already there" for one audience.

    Few records against a large audience are looked up one by one; as soon as that has cost as much as reading
    the whole audience would, the audience is read. Together that is at most twice the cheaper of the two.
    """

    def __init__(
        self,
        client: Client,
        live: LiveAudience,
        tracking: Tracking,
        pool: Executor,
        on_difference: Callable[[str], None],
    ) -> None:
        self.tracking = tracking
        self.memory = Memory(tracking.tracked)
        self.is_complete = False
        """Whether everybody was read, so that who is not remembered is nobody Mailchimp knows."""

        self._was_read = False
        self._client = client
        self._live = live
        self._pool = pool
        self._on_difference = on_difference
        self._looked_up = 0

    @property
    def contacts(self) -> int:
        """How many people Mailchimp counted in the audience at the start, archived ones among them."""
        audience = self._live.audience
        return audience.members if audience.total_contacts is None else audience.total_contacts

    def count_present(self) -> int:
        """How many people are in the audience, archived ones not among them: a call where the statistics do not say.

        `total_contacts` counts archived people too [documented: "deleted"], who are not billed and can lose nothing.
        """
        audience = self._live.audience
        if audience.total_contacts == audience.members:
            return audience.members
        return api.members_page(self._client, audience.id, {"count": 1, "fields": "total_items"})[1]

    def look_up(self, hashes: Sequence[str]) -> dict[str, Known | None]:
        """What is known of these people, archived ones too; None for nobody Mailchimp knows."""
        found = self.memory.get(hashes)
        missing = [key for key in hashes if key not in found]
        if missing and not self._was_read and self._looked_up + len(missing) > self._pages():
            self.read_all()
            found = self.memory.get(hashes)
            missing = [key for key in missing if key not in found]
        if missing and not self.is_complete:
            found.update(self.refresh(missing))
        people = {key: found.get(key) for key in hashes}
        for known in people.values():
            if known is not None:
                known.permission_ids = self.tracking.permission_ids
        return self._with_all_tags(people) if self.tracking.tags else people

    def refresh(self, hashes: Sequence[str]) -> dict[str, Known | None]:
        """Read these people one by one, whatever is remembered of them."""
        self._looked_up += len(hashes)
        wanted = ",".join(self.tracking.fields())

        def read(key: str) -> tuple[str, Known | None]:
            wire = api.member(self._client, self._live.audience.id, key, wanted)
            return key, self.tracking.known(wire) if wire else None

        people: dict[str, Known | None] = dict(self._pool.map(read, hashes))
        self.remember(list(people.items()))
        return self._with_all_tags(people) if self.tracking.tags else people

    def read_all(self) -> None:
        """Read the whole audience, and its archived people in a sweep of their own: a bare list hides them.

        Where Mailchimp did not show everybody, whoever is missing is looked up before they are taken for new.
        """
        differences: list[str] = []
        for status in (None, Status.ARCHIVED.value):
            pages = sweep_members(
                self._client,
                self._live.audience.id,
                fields=self.tracking.fields(),
                pool=self._pool,
                status=status,
                on_difference=differences.append,
            )
            for page in pages:
                self._remember_page([(wire["id"], self.tracking.known(wire)) for wire in page])
        for sentence in differences:
            self._on_difference(sentence)
        self._was_read, self.is_complete = True, not differences

    def remember(self, people: Sequence[tuple[str, Known | None]]) -> None:
        """Keep what a write has changed."""
        if self.tracking.external_id_tag:
            self._remember_owners(people)
        self.memory.put(people)

    def remember_tags(self, subscriber: str, on: Set[str], off: Set[str]) -> None:
        """Keep which tags (lower-cased) a member got and lost."""
        known = self.memory.get([subscriber]).get(subscriber)
        if known is not None and known.tags is not None:
            known.tags = (known.tags | on) - off
            self.remember([(subscriber, known)])

    def _remember_owners(self, people: Sequence[tuple[str, Known | None]]) -> None:
        before = self.memory.get([key for key, _ in people])
        for key, known in people:
            earlier = before.get(key)
            if earlier is not None and earlier.external_id != (known.external_id if known else ""):
                self.memory.disown(earlier.external_id, key)
        self.memory.own((known.external_id, key) for key, known in people if known and known.external_id)

    def permission_ids(self, subscriber: str) -> Mapping[str, str]:
        """Ids of the marketing permissions by their text; only a member tells them. [documented]"""
        if not self.tracking.permission_ids:
            wire = api.member(self._client, self._live.audience.id, subscriber, "marketing_permissions")
            for permission in (wire or {}).get("marketing_permissions") or ():
                self.tracking.permission_ids[permission["text"]] = permission["marketing_permission_id"]
        return self.tracking.permission_ids

    def _pages(self) -> int:
        """Calls that reading the whole audience takes at least: one sweep without archived people and one with them."""
        return max(2, math.ceil(self.contacts / PAGE_SIZE))

    def _remember_page(self, people: list[tuple[str, Known]]) -> None:
        self.remember(people)
        for tag in self.tracking.mirror_tags:
            carriers = [(key, known) for key, known in self._all_tags_of(people) if tag in (known.tags or ())]
            self.memory.hold(tag, ((key, known.status is Status.ARCHIVED) for key, known in carriers))

    def _all_tags_of(self, people: list[tuple[str, Known]]) -> list[tuple[str, Known]]:
        complete = self._with_all_tags(dict(people))
        return [(key, known) for key, known in complete.items() if known]

    def _with_all_tags(self, people: Mapping[str, Known | None]) -> dict[str, Known | None]:
        """The same people with every tag: a member object shows the first fifty only."""
        cut = [key for key, known in people.items() if known and known.tags is None]
        if not cut:
            return dict(people)

        def read(key: str) -> tuple[str, frozenset[str]]:
            names = api.member_tags(self._client, self._live.audience.id, key)
            return key, frozenset(name.lower() for name in names)

        completed = dict(people)
        for key, names in self._pool.map(read, cut):
            known = completed[key]
            if known is not None:
                known.tags = names
        self.memory.put((key, completed[key]) for key in cut)
        return completed
