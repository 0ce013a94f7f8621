"""What is known of the members of one audience, read as cheaply as the number of records allows."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Protocol

from source_destination_mailchimp.destination.members.cache import MemberCache
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Status

_ACCEPTED = "accepted"
"""Name of the set of addresses of which a record was accepted, for `duplicates: first`."""


class ReadsMembers(Protocol):
    """The reads that a lookup is made of: `MemberReader`, or a pretend audience in a test."""

    @property
    def contacts(self) -> int:
        """How many contacts the audience had at the start, archived ones among them."""
        ...

    def count_present(self) -> int:
        """Return how many contacts the audience has without the archived ones."""
        ...

    def members(self, subscribers: Sequence[str]) -> dict[str, Known | None]:
        """Read members by their hashes; None for somebody Mailchimp does not know."""
        ...

    def everybody(self, on_difference: list[str]) -> Iterator[list[tuple[str, Known]]]:
        """Read the whole audience page by page; who was not shown is said to `on_difference`."""
        ...

    def tags(self, subscribers: Sequence[str]) -> Mapping[str, frozenset[str] | Unavailable]:
        """Read all tags of some members, in lower case; an error for whoever Mailchimp fails over."""
        ...

    def permission_ids(self, subscriber: str) -> Mapping[str, str]:
        """Return ids of the marketing permissions by their text."""
        ...


class Members:
    """Answers "who is already there" for one audience.

    Few records against a large audience are looked up one by one; as soon as that has cost as much as reading
    the whole audience would, the audience is read. Together that is at most twice the cheaper of the two.
    """

    def __init__(self, reads: ReadsMembers, tracking: Tracking, on_difference: Callable[[str], None]) -> None:
        self.is_complete = False
        """Whether everybody was read, so that who is not in the cache is nobody Mailchimp knows."""

        self.external_id_tag = tracking.external_id_tag or ""
        self.mirror_tags = frozenset(tracking.mirror_tags)
        self.reads_tags = tracking.tags
        self._reads = reads
        self._cache = MemberCache(tracking.tracked, tracking.permission_ids)
        self._was_read = False
        self._on_difference = on_difference
        self._looked_up = 0
        self._tags_not_shown: dict[str, Unavailable] = {}

    def close(self) -> None:
        """Give the temporary file back."""
        self._cache.close()

    def count_present(self) -> int:
        """Return how many contacts the audience has without the archived ones."""
        return self._reads.count_present()

    # Who is there

    def look_up(self, subscribers: Sequence[str]) -> dict[str, Known | None]:
        """Return what is known of these members, archived ones too; None for nobody Mailchimp knows."""
        found = self._cache.get(subscribers)
        missing = _missing(subscribers, found)
        if missing and self._is_cheaper_to_read_all(len(missing)):
            self.read_all()
            found = self._cache.get(subscribers)
            missing = _missing(subscribers, found)
        if missing and not self.is_complete:
            found.update(self.refresh(missing))
        # Whoever is still missing is nobody Mailchimp knows.
        people = dict.fromkeys(subscribers) | found
        return self._with_all_tags(people)

    def refresh(self, subscribers: Sequence[str]) -> dict[str, Known | None]:
        """Read these members one by one, whatever is remembered of them."""
        self._looked_up += len(subscribers)
        people = self._reads.members(subscribers)
        self.remember(list(people.items()))
        return self._with_all_tags(people)

    def read_all(self) -> None:
        """Read the whole audience.

        Where Mailchimp did not show everybody, whoever is missing is looked up before they are taken for new.
        """
        differences: list[str] = []
        for page in self._reads.everybody(differences):
            self._remember_page(page)
        for sentence in differences:
            self._on_difference(sentence)
        self._was_read = True
        self.is_complete = not differences

    def why_tags_are_unknown(self, subscriber: str) -> Unavailable | None:
        """Return the error with which Mailchimp keeps a member's tags from us; None where it does not."""
        return self._tags_not_shown.get(subscriber)

    def permission_ids(self, subscriber: str) -> Mapping[str, str]:
        """Return ids of the marketing permissions by their text."""
        return self._reads.permission_ids(subscriber)

    # What a write has changed

    def remember(self, people: Sequence[tuple[str, Known | None]]) -> None:
        """Keep what was read or written: (subscriber hash, what is known); None for somebody who is gone."""
        if self.external_id_tag:
            self._remember_owners(people)
        self._cache.put(people)

    def rename(self, old: str, new: str) -> None:
        """Keep in mind that a member has another address now: that is where it carries its mirror tags."""
        if self.mirror_tags:
            self._cache.move(old, new, self.mirror_tags)

    def remember_tags(self, subscriber: str, on: Set[str], off: Set[str]) -> None:
        """Keep which tags (lower case) a member got and lost."""
        known = self._cache.get([subscriber]).get(subscriber)
        if known is not None and known.tags is not None:
            changed = known._replace(tags=(known.tags | on) - off)
            self.remember([(subscriber, changed)])

    # Who carries an external id

    def owners(self, external_id: str) -> list[str]:
        """Return the hashes of the members that carry an external id."""
        return self._cache.owners(external_id)

    # Of whom a record was accepted (duplicates: first)

    def accept(self, subscriber: str) -> None:
        """Remember that a record of this address was accepted."""
        self._cache.add_to_set(_ACCEPTED, [subscriber])

    def was_accepted(self, subscriber: str) -> bool:
        """Return whether a record of this address was accepted before."""
        return self._cache.is_in_set(_ACCEPTED, subscriber)

    # Who carries a mirror tag

    def mark_seen(self, tag: str, subscribers: Sequence[str]) -> None:
        """Remember that these people are in the list that a mirror tag (lower case) stands for."""
        self._cache.add_to_set(_seen(tag), subscribers)

    def mark_renamed(self, tag: str) -> None:
        """Remember that whoever was seen in a list under an address they had before this run is in it."""
        self._cache.add_moved_to_set(_seen(tag))

    def count_carriers(self, tag: str) -> int:
        """Return how many carried a mirror tag when the audience was read, archived contacts not among them."""
        return self._cache.count_carriers(tag)

    def count_carriers_not_seen(self, tag: str) -> int:
        """Return how many of the carriers are not in the list; archived contacts are not counted."""
        return self._cache.count_carriers_outside(tag, _seen(tag))

    def carriers_not_seen(self, tag: str) -> Iterator[list[str]]:
        """Yield the hashes of carriers that are not in the list, archived contacts too, at most 500 at a time."""
        return self._cache.carriers_outside(tag, _seen(tag))

    # Inside

    def _is_cheaper_to_read_all(self, missing: int) -> bool:
        if self._was_read:
            return False
        # Two calls at least: one sweep without archived contacts and one with them.
        pages = max(2, math.ceil(self._reads.contacts / PAGE_SIZE))
        return self._looked_up + missing > pages

    def _remember_owners(self, people: Sequence[tuple[str, Known | None]]) -> None:
        before = self._cache.get([key for key, _ in people])
        owners = []
        for key, known in people:
            external_id = _external_id(known)
            earlier = _external_id(before.get(key))
            if earlier and earlier != external_id:
                self._cache.remove_owner(earlier, key)
            if external_id:
                owners.append((external_id, key))
        self._cache.add_owners(owners)

    def _remember_page(self, people: list[tuple[str, Known]]) -> None:
        self.remember(people)
        if not self.mirror_tags:
            return
        complete = self._with_all_tags(dict(people))
        for subscriber in complete:
            error = self._tags_not_shown.get(subscriber)
            if error is not None:
                raise error  # whether somebody is in a list that is mirrored must be known
        for tag in self.mirror_tags:
            self._cache.add_carriers(tag, _carriers(tag, complete))

    def _with_all_tags(self, people: Mapping[str, Known | None]) -> dict[str, Known | None]:
        """Return the same people with every tag, where a member object showed the first fifty only."""
        completed = dict(people)
        if not self.reads_tags:
            return completed
        cut: dict[str, Known] = {}
        for key, known in people.items():
            if known is not None and known.tags is None and key not in self._tags_not_shown:
                cut[key] = known
        if not cut:
            return completed
        for key, tags in self._reads.tags(list(cut)).items():
            if isinstance(tags, Unavailable):
                self._tags_not_shown[key] = tags
            else:
                cut[key] = cut[key]._replace(tags=tags)
        self._cache.put(cut.items())
        completed.update(cut)
        return completed


def _missing(subscribers: Sequence[str], found: Mapping[str, Known | None]) -> list[str]:
    """Return those of whom nothing is remembered, in their order."""
    return [key for key in subscribers if key not in found]


def _external_id(known: Known | None) -> str:
    """Return the external id of a member; empty for one that has none, and for nobody."""
    if known is None:
        return ""
    return known.external_id


def _carriers(tag: str, people: Mapping[str, Known | None]) -> list[tuple[str, bool]]:
    """Return who of some people carries a tag (lower case), as (hash, whether archived)."""
    carriers = []
    for key, known in people.items():
        if known is None or not known.tags:
            continue
        if tag in known.tags:
            is_archived = known.status is Status.ARCHIVED
            carriers.append((key, is_archived))
    return carriers


def _seen(tag: str) -> str:
    """Return the name of the set of people who were seen in the list of a mirror tag."""
    return f"in {tag}"
