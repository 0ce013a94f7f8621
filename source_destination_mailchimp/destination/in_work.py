"""Whose member is being written, and who waits for whom.

Mailchimp refuses a call that names a member twice, and two calls at once about one person may arrive in either order.
So a member is in work for one record at a time, and later records of that person wait in the order they came. A record
may concern several members: the one at its address, one that carries its external id under another address, or both.

Pure: nothing here knows of calls. A record is known by its `WorkItem`, a member by its subscriber hash.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from source_destination_mailchimp.destination.model import Contact
from source_destination_mailchimp.destination.work_item import WorkItem


class InWork:
    """Keeps every contact that has come and has no outcome yet, each in one of three places.

    - *arrived*: to be planned next; at most one per address.
    - *writing*: planned, its members are in work.
    - *waiting*: in line behind a member that is in work.
    """

    def __init__(self) -> None:
        self.arrived: dict[str, WorkItem] = {}
        """Address hash → the contact that is to be planned next."""

        self.writing: dict[str, WorkItem] = {}
        """Subscriber hash of every member in work → the contact it is in work for."""

        self.waiting_for_room: list[str] = []
        """Addresses of strangers who wait because the audience is full unless Mailchimp refuses somebody."""

        self._writing_id: dict[str, str] = {}
        """External id → hash of the address, of every contact that is being written."""

        self._lines = _Lines()

    # What is there

    @property
    def is_empty(self) -> bool:
        """Whether every contact that came has its outcome."""
        contacts = len(self.arrived) + len(self.writing) + self._lines.length
        return contacts == 0

    def overtakable(self, subscriber: str) -> WorkItem | None:
        """Return the contact of this address whose place a later record may take: always the last one that came."""
        if self._lines.holds_back(subscriber):
            return self._lines.last_of_address(subscriber)
        newest = self.arrived.get(subscriber)
        if newest is None:
            newest = self.writing.get(subscriber)
        return _if_overtakable(newest, subscriber)

    def address_of(self, external_id: str) -> str:
        """Return the hash of the address that a contact waiting, or in work, gives for an external id; else ""."""
        waiting = self._lines.address_of(external_id)
        if waiting:
            return waiting
        return self._writing_id.get(external_id, "")

    @property
    def external_ids(self) -> set[str]:
        """The external ids of every contact that came and has no outcome yet."""
        found = set(self._writing_id)
        found.update(item.contact.external_id for item in self.arrived.values())
        return found | self._lines.external_ids

    def blocker(self, contact: Contact, others: Iterable[str]) -> str:
        """Return the hash of a member of the contact's person that is in work for another contact; "" if none is.

        `others`: hashes of members that carry the contact's external id at other addresses.
        """
        own = contact.hash
        if own in self.writing:
            return own
        same_id = self._writing_id.get(contact.external_id)
        if same_id is not None:
            return same_id
        for subscriber in others:
            if subscriber in self.writing:
                return subscriber
        return ""

    # What happens

    def arrive(self, item: WorkItem) -> None:
        """Take a contact that has just come: it is planned next, or waits for its member."""
        subscriber = item.contact.hash
        others_wait = self._lines.holds_back(subscriber)
        must_wait = others_wait or self._is_busy(subscriber)
        if must_wait:
            self._lines.join(item, subscriber)
        else:
            self.arrived[subscriber] = item

    def overtake(self, older: WorkItem, newer: WorkItem) -> None:
        """Put a contact in the place of an older one of its address, found by `overtakable`."""
        newer.overtook = (*older.overtook, older)
        older.overtook = ()
        subscriber = older.contact.hash
        if self._lines.replace(older, newer):
            return
        has_arrived = self.arrived.get(subscriber) is older
        if not has_arrived:
            self.pause(older)
        self.arrived[subscriber] = newer

    def take_arrived(self) -> list[WorkItem]:
        """Return the contacts that are to be planned, in the order they came; they are in no place then."""
        arrived = list(self.arrived.values())
        self.arrived = {}
        return arrived

    def wait_for(self, item: WorkItem, subscriber: str) -> None:
        """Put a contact that cannot be planned yet in line behind a member in work.

        Behind the member at its own address it goes first, before later records of that address; behind another
        member it goes last, after whoever waits there already.
        """
        own = item.contact.hash
        self._lines.join(item, subscriber, first=subscriber == own)
        if subscriber != own:
            # Its own member is free meanwhile: whoever waits there from another address has not to wait for this one.
            self.free(own)

    def wait_for_room(self, item: WorkItem) -> None:
        """Put a stranger in line until the audience has room, before later records of the address."""
        self._lines.join(item, item.contact.hash, first=True)
        self.waiting_for_room.append(item.contact.hash)

    def look_for_room(self) -> None:
        """Let everybody who waited for room be planned once more."""
        waiting = self.waiting_for_room
        self.waiting_for_room = []
        for subscriber in waiting:
            self.free(subscriber)

    def start(self, item: WorkItem, members: Iterable[str]) -> None:
        """Put a planned contact into work, with the hashes of the members that are written for it."""
        own = item.contact.hash
        item.members = tuple(dict.fromkeys((own, *members)))
        for subscriber in item.members:
            self.writing[subscriber] = item
        if item.contact.external_id:
            self._writing_id[item.contact.external_id] = own

    def pause(self, item: WorkItem) -> None:
        """Take a contact out of work that will be planned again: it keeps its turn at its own address."""
        members = item.members
        if not members:
            return
        item.members = ()
        own = item.contact.hash
        self._writing_id.pop(item.contact.external_id, None)
        for subscriber in members:
            del self.writing[subscriber]
        # All of them are out of work before the first is free for somebody else.
        for subscriber in members:
            if subscriber != own:
                self.free(subscriber)

    def finish(self, item: WorkItem) -> None:
        """Take a contact out of work that has its outcome: it is the turn of whoever waits for its address."""
        self.pause(item)
        self.free(item.contact.hash)

    def free(self, subscriber: str) -> None:
        """Let those in line for a member be planned, up to and with the first contact of that very address."""
        while not self._is_busy(subscriber):
            following = self._lines.next(subscriber)
            if following is None:
                return
            own = following.contact.hash
            if self._is_busy(own):
                self._lines.join(following, own, first=True)
            else:
                self.arrived[own] = following

    def _is_busy(self, subscriber: str) -> bool:
        if subscriber in self.writing:
            return True
        return subscriber in self.arrived


@dataclass(slots=True)
class _Lines:
    """The contacts that wait: a line per member, in the order in which they are served."""

    length: int = 0
    _lines: dict[str, deque[WorkItem]] = field(default_factory=dict)
    _elsewhere: Counter[str] = field(default_factory=Counter)
    """Address hash → how many contacts of that address wait in the line of another member."""

    def join(self, item: WorkItem, subscriber: str, *, first: bool = False) -> None:
        """Put a contact at the end of a member's line, or at its beginning."""
        line = self._lines.setdefault(subscriber, deque())
        if first:
            line.appendleft(item)
        else:
            line.append(item)
        self.length += 1
        own = item.contact.hash
        if own != subscriber:
            self._elsewhere[own] += 1

    def holds_back(self, subscriber: str) -> bool:
        """Return whether a later record of an address must wait: for its own line, or for one of it in another."""
        if subscriber in self._lines:
            return True
        return subscriber in self._elsewhere

    def last_of_address(self, subscriber: str) -> WorkItem | None:
        """Return who is last in a member's line, if it is a contact of that very address that may be overtaken."""
        line = self._lines.get(subscriber)
        if not line:
            return None
        last = line[-1]
        return _if_overtakable(last, subscriber)

    def address_of(self, external_id: str) -> str:
        """Return the address hash of the contact with an external id that waits last; "" if none waits."""
        if not self.length:
            return ""
        found = ""
        waiting = chain.from_iterable(self._lines.values())
        for item in waiting:
            if item.contact.external_id == external_id:
                found = item.contact.hash
        return found

    @property
    def external_ids(self) -> set[str]:
        """The external ids of every contact that waits."""
        waiting = chain.from_iterable(self._lines.values())
        return {item.contact.external_id for item in waiting}

    def replace(self, older: WorkItem, newer: WorkItem) -> bool:
        """Put a contact in the place of the last one in its line; False where that one is not in a line."""
        line = self._lines.get(older.contact.hash)
        if not line:
            return False
        last = line[-1]
        if last is not older:
            return False
        line[-1] = newer
        return True

    def next(self, subscriber: str) -> WorkItem | None:
        """Take out whose turn it is at a member; None where nobody may go.

        While a contact of the member's own address waits elsewhere, those of that address in this line are passed
        over: it came before them all, because they were held back for it.
        """
        line = self._lines.get(subscriber)
        if not line:
            return None
        place = 0
        if subscriber in self._elsewhere:
            place = _first_of_another_address(line, subscriber)
        if place == len(line):
            return None
        item = line[place]
        del line[place]
        self.length -= 1
        if not line:
            del self._lines[subscriber]
        if item.contact.hash != subscriber:
            self._leave(item.contact.hash)
        return item

    def _leave(self, own: str) -> None:
        """A contact of this address waits in the line of another member no more."""
        left = self._elsewhere[own] - 1
        if left:
            self._elsewhere[own] = left
        else:
            del self._elsewhere[own]


def _first_of_another_address(line: Iterable[WorkItem], subscriber: str) -> int:
    """Return the place in a line of the first contact that is not of an address; behind the end if all are."""
    place = 0
    for item in line:
        if item.contact.hash != subscriber:
            break
        place += 1
    return place


def _if_overtakable(item: WorkItem | None, subscriber: str) -> WorkItem | None:
    """Return the item if it is of that very address and a later record may take its place."""
    if item is None:
        return None
    if item.contact.hash != subscriber:
        return None
    if not item.may_be_overtaken:
        return None
    return item
