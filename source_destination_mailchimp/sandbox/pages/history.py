"""Remember what happened to contacts, so that a page can tell it. Only the latest happenings of an account are kept."""

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from source_destination_mailchimp.sandbox.account.store import Happening, Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.members.member import Member

KEPT: Final = 100_000
_WHO: Final = {
    "api": "by the API",
    "admin": "in Mailchimp's own pages",
    "person": "by the contact",
    "complaint": "by the contact",
    "bounce": "because the mail bounced",
    "compliance": "by Mailchimp, for compliance",
}


class Change(NamedTuple):
    """Something that happened to a contact, in words; `at` is unix seconds."""

    at: int
    member: Member
    kind: str
    what: str


class Changes:
    """The latest changes of an account, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Change] = deque(maxlen=KEPT)

    def add(self, change: Change) -> None:
        """Keep one more."""
        self._kept.append(change)

    def of(self, member: Member) -> Iterator[Change]:
        """Yield the changes of one contact, oldest first."""
        return (change for change in self._kept if change.member is member)


def watch(store: Store, happening: Happening) -> None:
    """Keep what happened to a member; a watcher of the store."""
    what = f"{_words(happening)}, {_WHO.get(happening.by, happening.by)}"
    store.room(Changes).add(Change(happening.at, happening.member, happening.kind, what))


def _words(happening: Happening) -> str:
    member, before = happening.member, happening.before
    match happening.kind:
        case "created":
            return f"Added as {member.status}"
        case "status":
            return f"Status changed from {before} to {member.status}"
        case "email":
            return f"Address changed from {before} to {member.email_address}"
        case "tags":
            return _tags(happening.audience, happening.gained)
        case "forgotten":
            return "Deleted permanently"
        case _:
            return "Profile updated"


def _tags(audience: Audience, gained: frozenset[int | str]) -> str:
    """Return which tags are new; what was taken off is not told to watchers."""
    names = [audience.segments[tag].name for tag in gained if isinstance(tag, int)]
    return f"Tagged {', '.join(names)}" if names else "Tags changed"
