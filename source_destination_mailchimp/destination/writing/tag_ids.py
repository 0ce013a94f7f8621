"""The tags of one audience by name: Mailchimp changes a tag for many people by the id of its static segment."""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE, Tag


class Tags:
    """Tag name → its segment, from any thread. Names are compared without case; Mailchimp's spelling counts."""

    def __init__(self, client: Client, audience_id: str, there: Iterable[Tag]) -> None:
        self._client = client
        self._audience_id = audience_id
        self._known: dict[str, Tag] = {}
        self._doubles: dict[str, set[int]] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._learn(there)

    def find(self, name: str) -> Tag | None:
        """A tag, after one more look where it is not known; None if there is none."""
        if name.lower() not in self._known:
            self._learn(api.find_tags(self._client, self._audience_id, name))
        return self._known.get(name.lower())

    def make(self, name: str, emails: Sequence[str]) -> tuple[Tag, bool]:
        """A tag that everybody given is to have, and whether it was made by this call, with the subscribed of them.

        Raises `Refused`. Mailchimp takes a name a second time [observed], so what was made is to be `check`ed.
        """
        with self._locks.setdefault(name.lower(), threading.Lock()):  # of two threads one makes it
            known = self._known.get(name.lower())
            if known is not None:
                return known, False
            try:
                made = api.create_tag(self._client, self._audience_id, name, emails)
            except Refused:
                found = self.find(name)  # another sync, or a try of ours whose answer was lost, made it meanwhile
                if found is None:
                    raise
                return found, False
            self._learn([made])
            return made, True

    def doubles(self, name: str) -> list[int]:
        """Ids of further tags of the same name: Mailchimp takes a name twice [observed], and people carry either."""
        known = self._known.get(name.lower())
        return sorted(self._doubles.get(name.lower(), set()) - {known.id if known else 0})

    def forget(self, name: str) -> None:
        """The tag is not there any more."""
        self._known.pop(name.lower(), None)

    def spelled(self, changes: Mapping[str, bool]) -> dict[str, bool]:
        """Changes of one member with each tag spelled as Mailchimp has it."""
        return {known.name if (known := self._known.get(name.lower())) else name: on for name, on in changes.items()}

    def check(self, made: Iterable[str]) -> None:
        """Give up a tag of ours where another sync made one of that name first, and give its people the other one.

        The older one stays, so that of two syncs that look at the same time only one gives way.
        """
        everything = api.find_tags(self._client, self._audience_id, "")
        for name in made:
            ours = self._known.get(name.lower())
            older = [tag for tag in everything if tag.name.lower() == name.lower() and ours and tag.id < ours.id]
            if ours is not None and older:
                self._known[name.lower()] = min(older, key=lambda tag: tag.id)
                self._move(ours, self._known[name.lower()])

    def _move(self, ours: Tag, theirs: Tag) -> None:
        """Where Mailchimp refuses a part of it, two tags of one name stay: people carry the name all the same."""
        with contextlib.suppress(Refused):
            shown = "members.id,members.email_address,members.status"
            members = list(api.tag_members(self._client, self._audience_id, ours.id, shown))
            subscribed = [member["email_address"] for member in members if member["status"] == "subscribed"]
            for emails in _pieces(subscribed):
                api.change_tag(self._client, self._audience_id, theirs.id, emails, [])
            self._delete(ours)
            for member in members:
                if member["status"] != "subscribed":
                    api.set_member_tags(self._client, self._audience_id, member["id"], {theirs.name: True})

    def _delete(self, tag: Tag) -> None:
        try:
            api.delete_tag(self._client, self._audience_id, tag.id)
        except Refused as error:
            if error.status != 404:  # an earlier try had done it, and only its answer was lost
                raise

    def _learn(self, tags: Iterable[Tag]) -> None:
        for tag in tags:
            known = self._known.setdefault(tag.name.lower(), tag)
            if known.id != tag.id:
                self._doubles.setdefault(tag.name.lower(), set()).add(tag.id)


def _pieces(emails: list[str]) -> Iterator[list[str]]:
    rest = iter(emails)
    while piece := list(islice(rest, BATCH_SIZE)):
        yield piece
