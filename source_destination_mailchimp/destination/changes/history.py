"""What a run did to each contact, read back from its list of changes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.changes.lines import BY_KEY, BY_TAG, REFUSED, TAGS, UNKNOWN, WRITTEN
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.mailchimp.members import Json


class Where(NamedTuple):
    """One contact of one audience."""

    audience: str
    member: str


class ValueChange(NamedTuple):
    """One value: as it was read before the run, and as Mailchimp showed it after the last write of the run."""

    before: Any
    """`MISSING` where it was not read."""

    after: Any


MISSING = object()


@dataclass(slots=True)
class History:
    """Everything that one run did to one contact, in order."""

    where: Where
    email: str
    first_at: str
    new_email: str = ""
    """The address that the run gave the contact, or asked for without an answer; empty where it changed none."""

    is_added: bool = False
    is_open: bool = False
    """A call was sent and not answered, so that nobody knows what became of it."""

    moved_unseen: bool = False
    """The last call moved `last_changed` and did not say to what."""

    last_changed: str = ""
    """As the last call of the run left it."""

    status: str = ""
    calls: list[str] = field(default_factory=list)
    """Of what was written."""

    has_new_status: bool = False
    """Somebody who was there got another status."""

    is_joined: bool = False
    """Another contact of the same person was joined with this one."""

    values: dict[tuple[str, str], ValueChange] = field(default_factory=dict)
    """(part of the member, key in it or "") → the change."""

    tags: dict[str, bool] = field(default_factory=dict)
    """Tag as it was sent → whether it was put on, by the last call; those that ended as they were are left out."""

    first_tags: dict[str, bool] = field(default_factory=dict)
    """Name for comparison → whether the first call put the tag on, so that it was off before."""

    def take(self, change: Json, answer: Json | None) -> None:
        """Take in one change with its answer, the next one of this contact."""
        result = UNKNOWN
        if answer is not None:
            result = answer["result"]
        if result == REFUSED:
            return
        if result != WRITTEN:
            self.is_open = True
        if change.get("is_join"):
            self.is_joined = True
        self.calls.append(change["call"])
        self.new_email = new_address(change) or self.new_email
        if change["call"] == TAGS:
            self._take_tags(change)
        else:
            self._take_member(change, answer or {})

    @property
    def net_tags(self) -> dict[str, bool]:
        """Tag → whether it is on after the run, for those that are otherwise than before it."""
        net = {}
        for tag, is_on in self.tags.items():
            if self.first_tags[same_name(tag)] == is_on:
                net[tag] = is_on
        return net

    def _take_tags(self, change: Json) -> None:
        for tag, is_on in change["sent"]["tags"].items():
            name = same_name(tag)
            self.first_tags.setdefault(name, is_on)
            self.tags = self._other_tags(name) | {tag: is_on}
        if change["by_call"] != BY_TAG:
            self.moved_unseen = True
        self._see(change)

    def _other_tags(self, name: str) -> dict[str, bool]:
        """Return the tags without one, in whatever case it was spelled."""
        others = {}
        for tag, is_on in self.tags.items():
            if same_name(tag) != name:
                others[tag] = is_on
        return others

    def _take_member(self, change: Json, answer: Json) -> None:
        if change["call"] == "add" or answer.get("is_new"):
            self.is_added = True
        elif "status" in change["sent"]:
            self.has_new_status = True
        self.moved_unseen = not answer.get("last_changed")
        self._see(answer)
        read = change.get("before", {})
        echo = answer.get("echo", {})
        for part, sent in change["sent"].items():
            if part in BY_KEY:
                self._take_keys(part, sent, read.get(part, {}), echo.get(part, {}))
            elif part != "status":
                self._take_value((part, ""), read.get(part, MISSING), echo.get(part, sent))

    def _take_keys(self, part: str, sent: Json, read: Json, echo: Json) -> None:
        for key, value in sent.items():
            self._take_value((part, key), read.get(key, MISSING), echo.get(key, value))

    def _take_value(self, key: tuple[str, str], before: Any, after: Any) -> None:
        """Keep what was there before the first write of a value, and what the last one left."""
        earlier = self.values.get(key)
        if earlier is not None:
            before = earlier.before
        self.values[key] = ValueChange(before, after)

    def _see(self, shown: Json) -> None:
        """Take what a line tells of the contact's status and last change, if it does."""
        if "status" in shown:
            self.status = shown["status"]
        if "last_changed" in shown:
            self.last_changed = shown["last_changed"]


def new_address(change: Json) -> str:
    """Return the address that a change gives a contact who had another one; empty for every other change."""
    if change["call"] != "rename":
        return ""
    return str(change["sent"].get("email_address", ""))


def history_of(where: Where, changes: Iterable[tuple[Json, Json | None]]) -> History | None:
    """Return what a run did to one contact, from its changes in order, each with its answer; None if nothing."""
    history: History | None = None
    for change, answer in changes:
        if history is None:
            history = History(where, change["email"], change["at"])
        history.take(change, answer)
    if history is None or not history.calls:
        return None
    return history
