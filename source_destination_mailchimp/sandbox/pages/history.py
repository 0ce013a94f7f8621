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
    """A happening, and the member's status or address after it. It is put into words only when a page asks."""

    happening: Happening
    after: str

    @property
    def what(self) -> str:
        """What happened and who did it, in words."""
        by = self.happening.by
        return f"{_words(self.happening, self.after)}, {_WHO.get(by, by)}"


class Changes:
    """The latest changes of an account, oldest first."""

    def __init__(self) -> None:
        self.kept: deque[Change] = deque(maxlen=KEPT)

    def of(self, member: Member) -> Iterator[Change]:
        """Yield the changes of one contact, oldest first."""
        return (change for change in self.kept if change.happening.member is member)


def watch(store: Store, happening: Happening) -> None:
    """Keep what happened to a member; a watcher of the store."""
    member = happening.member
    after = member.email_address if happening.kind == "email" else member.status
    store.room(Changes).kept.append(Change(happening, after))


def _words(happening: Happening, after: str) -> str:
    match happening.kind:
        case "created":
            return f"Added as {after}"
        case "status":
            return f"Status changed from {happening.before} to {after}"
        case "email":
            return f"Address changed from {happening.before} to {after}"
        case "tags":
            return _tags(happening.audience, happening.gained)
        case _:
            return "Profile updated"


def _tags(audience: Audience, gained: frozenset[int | str]) -> str:
    """Return which tags are new, if they still exist; watchers are not told what was taken off."""
    names = [audience.segments[tag].name for tag in gained if isinstance(tag, int) and tag in audience.segments]
    return f"Tagged {', '.join(sorted(names))}" if names else "Tags changed"
