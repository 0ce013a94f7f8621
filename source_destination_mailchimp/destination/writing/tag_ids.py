"""The ids of an audience's tags by name: Mailchimp changes a tag for many people by the id of its static segment."""

import contextlib
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import assert_never

from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.mailchimp import api, calls
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE, Json, Status, Tag


class _IsThere(Exception):
    """A tag that was to be made is there: an earlier try has made it, and only its answer was lost."""


class TagIds:
    """Tag name → id of its static segment, from any thread.

    Names are compared by `same_name`; Mailchimp's spelling counts. [observed]
    """

    def __init__(self, client: Client, audience_id: str, there: Iterable[Tag]) -> None:
        self._client = client
        self._audience_id = audience_id
        self._known: dict[str, Tag] = {}
        self._doubles: dict[str, set[int]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._learn(there)

    def find(self, name: str) -> Tag | None:
        """Return a tag, after one more look where it is not known; None if there is none."""
        if same_name(name) not in self._known:
            for spelling in _spellings(name):
                self._learn(api.find_tags(self._client, self._audience_id, spelling))
        return self._known.get(same_name(name))

    def make(self, name: str, emails: Sequence[str]) -> tuple[Tag, bool]:
        """Return a tag that everybody given is to have, and whether this call made it, with the subscribed of them.

        Raises `Refused`. Mailchimp takes a name a second time [observed], so what was made is to be `check`ed.
        """
        with self._locks.setdefault(same_name(name), threading.Lock()):  # of two threads one makes it
            known = self._known.get(same_name(name))
            if known is not None:
                return known, False

            def look_first() -> None:
                if self.find(name) is not None:
                    raise _IsThere

            try:
                made = api.create_tag(self._client, self._audience_id, name, emails, look_first)
            except (Refused, _IsThere):
                found = self.find(name)  # another sync, or a try of ours whose answer was lost, made it meanwhile
                if found is None:
                    raise
                return found, False
            self._learn([made])
            return made, True

    def doubles(self, name: str) -> list[int]:
        """Return the ids of further tags of one name: Mailchimp takes a name twice [observed]; people carry either."""
        found = set(self._doubles.get(same_name(name), ()))
        known = self._known.get(same_name(name))
        if known is not None:
            found.discard(known.id)
        return sorted(found)

    def forget(self, name: str) -> None:
        """Take note that the tag is not there any more."""
        self._known.pop(same_name(name), None)

    def spelled(self, changes: Mapping[str, bool]) -> dict[str, bool]:
        """Return the changes of one member with each tag spelled as Mailchimp has it."""
        return {self._spelling(name): on for name, on in changes.items()}

    def check(self, made: Iterable[str]) -> None:
        """Give up a tag of ours where another sync made one of that name first, and give its people the other one.

        The older one stays, so that of two syncs that look at the same time only one gives way.
        """
        everything = api.find_tags(self._client, self._audience_id, "")
        for name in made:
            ours = self._known.get(same_name(name))
            if ours is None:
                continue
            namesakes = [tag for tag in everything if same_name(tag.name) == same_name(name)]
            oldest = min(namesakes, key=_id, default=ours)
            if oldest.id < ours.id:
                self._known[same_name(name)] = oldest
                self._give_up(ours, oldest)

    def _give_up(self, ours: Tag, theirs: Tag) -> None:
        """Give everybody who carries our tag theirs, and delete ours.

        Where Mailchimp refuses a part of it, two tags of one name stay: people carry the name all the same.
        """
        with contextlib.suppress(Refused):
            shown = "members.id,members.email_address,members.status"
            members = list(api.tag_members(self._client, self._audience_id, ours.id, shown))
            subscribed, others = _by_subscription(members)
            for emails in _pieces(subscribed):
                self._client.send(calls.change_tag(self._audience_id, theirs.id, add=emails, remove=[]))
            self._delete(ours)
            for subscriber in others:
                self._client.send(calls.set_member_tags(self._audience_id, subscriber, {theirs.name: True}))

    def _delete(self, tag: Tag) -> None:
        match self._client.ask(calls.delete_tag(self._audience_id, tag.id)):
            case Knowledge():
                return
            case Refusal(kind=RefusalKind.NOT_FOUND):
                return  # an earlier try had done it, and only its answer was lost
            case Refusal() as refusal:
                raise Refused(refusal)
            case never:
                assert_never(never)

    def _spelling(self, name: str) -> str:
        known = self._known.get(same_name(name))
        if known is None:
            return name
        return known.name

    def _learn(self, tags: Iterable[Tag]) -> None:
        for tag in tags:
            name = same_name(tag.name)
            known = self._known.setdefault(name, tag)
            if known.id != tag.id:
                self._doubles.setdefault(name, set()).add(tag.id)


def _spellings(name: str) -> set[str]:
    """Return how Mailchimp is asked for a tag: its search may tell "ö" from "o" and a mark, so both are asked for."""
    if name.isascii():
        return {name}
    return {unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)}


def _id(tag: Tag) -> int:
    return tag.id


def _by_subscription(members: Iterable[Json]) -> tuple[list[str], list[str]]:
    """Return the addresses of subscribed members, and the hashes of the others, whom no bulk call takes. [observed]

    A contact without an address is not ours to write.
    """
    subscribed, others = [], []
    for member in members:
        if not member.get("email_address") or not member.get("id"):
            continue
        if member.get("status") == Status.SUBSCRIBED:
            subscribed.append(member["email_address"])
        else:
            others.append(member["id"])
    return subscribed, others


def _pieces(emails: list[str]) -> Iterator[list[str]]:
    rest = iter(emails)
    while piece := list(islice(rest, BATCH_SIZE)):
        yield piece
