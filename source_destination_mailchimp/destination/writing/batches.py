"""What goes into one call: limits, one writer per member, order per member, tags gathered by name."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from source_destination_mailchimp.destination.model import Contact, Operation, Route
from source_destination_mailchimp.destination.work import Batch, TagBatch
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE

SINGLE_CALLS = 50
"""Up to so many members are written call by call; more go through /batches, whose answer takes longer to come."""

CALLS_PER_TASK = 5


class MemberBatches:
    """Gathers operations by route until a call is full. Nobody is in it twice: Mailchimp refuses such a call whole."""

    def __init__(self, size: int = BATCH_SIZE) -> None:
        self._size = size
        self._unsent: dict[Route, dict[str, Operation]] = {}
        self._route_of: dict[str, Route] = {}

    def add(self, operation: Operation) -> Batch | None:
        """Take one operation in; the full batch if this one filled it."""
        subscriber = operation.subscriber
        if subscriber in self._route_of:
            raise ValueError("a member was planned twice at once")
        group = self._unsent.setdefault(operation.route, {})
        group[subscriber] = operation
        self._route_of[subscriber] = operation.route
        return self._close(operation.route) if len(group) >= self._size else None

    def unsent(self, subscriber: str) -> Operation | None:
        """The operation of a member that has not left yet."""
        route = self._route_of.get(subscriber)
        return self._unsent[route][subscriber] if route else None

    def withdraw(self, subscriber: str) -> None:
        """Take an operation back that has not left yet."""
        del self._unsent[self._route_of.pop(subscriber)][subscriber]

    def flush(self) -> Iterator[Batch]:
        """Everything that is left; empties the whole."""
        for route in [route for route, group in self._unsent.items() if group]:
            yield self._close(route)

    def __len__(self) -> int:
        return len(self._route_of)

    def _close(self, route: Route) -> Batch:
        group = self._unsent.pop(route)
        for subscriber in group:
            del self._route_of[subscriber]
        return Batch(route, tuple(group.values()))


SUBSCRIBE_ROUTES = frozenset({Route.ADD, Route.UPDATE, Route.CHANGE_STATUS})
"""Routes that write up to 500 members in one call."""

LOOKED_AT_FIRST = frozenset({Route.RESUBSCRIBE, Route.ARCHIVE})
"""Routes whose members are looked at once more right before each write; so none of them goes through /batches."""


def tasks(batch: Batch) -> Iterable[Batch]:
    """One batch as pieces of work for threads: a bulk call stays whole, a few single calls are shared out."""
    is_many = len(batch.operations) > SINGLE_CALLS and batch.route not in LOOKED_AT_FIRST
    if batch.route in SUBSCRIBE_ROUTES or is_many:
        return [batch]
    starts = range(0, len(batch.operations), CALLS_PER_TASK)
    return [Batch(batch.route, batch.operations[start : start + CALLS_PER_TASK]) for start in starts]


@dataclass(slots=True)
class Queues:
    """Records that wait because their member is in work: the order per member across calls."""

    _waiting: dict[str, deque[Contact]] = field(default_factory=dict)
    _elsewhere: Counter[str] = field(default_factory=Counter)
    """Hashes of addresses whose records wait for a member of another address."""

    waiting: int = 0

    def wait(self, contact: Contact, subscriber: str, *, first: bool = False) -> None:
        """Queue a record behind the one that has this member in work, which may be one of another address."""
        queue = self._waiting.setdefault(subscriber, deque())
        if first:
            queue.appendleft(contact)
        else:
            queue.append(contact)
        self.waiting += 1
        if contact.hash != subscriber:
            self._elsewhere[contact.hash] += 1

    def holds_back(self, subscriber: str) -> bool:
        """Whether a later record of this address must wait: for others in its queue, or for one in another queue."""
        return subscriber in self._waiting or subscriber in self._elsewhere

    def last(self, subscriber: str) -> Contact | None:
        """The record that waits last for a member, if it is one of the same address."""
        queue = self._waiting.get(subscriber)
        return queue[-1] if queue and queue[-1].hash == subscriber else None

    def address_of(self, external_id: str) -> str:
        """Hash of the address in the last record with this external id that waits; empty if none does."""
        waiting = (contact for queue in self._waiting.values() for contact in queue)
        return next((one.hash for one in reversed(list(waiting)) if one.external_id == external_id), "")

    def replace_last(self, subscriber: str, contact: Contact) -> bool:
        """Put a record in the place of the last one that waits; False where none waits."""
        queue = self._waiting.get(subscriber)
        if not queue:
            return False
        queue[-1] = contact
        return True

    def next(self, subscriber: str) -> Contact | None:
        """The record whose turn it is now."""
        queue = self._waiting.get(subscriber)
        if not queue:
            return None
        contact = queue.popleft()
        self.waiting -= 1
        if contact.hash != subscriber:
            self._elsewhere[contact.hash] -= 1
            if not self._elsewhere[contact.hash]:
                del self._elsewhere[contact.hash]
        if not queue:
            del self._waiting[subscriber]
        return contact


class TagBatches:
    """Gathers tag changes by tag until a call is full, 500 people each way."""

    def __init__(self, size: int = BATCH_SIZE) -> None:
        self._size = size
        self._unsent: dict[str, TagBatch] = {}

    def add(self, tag: str, subscriber: str, email: str, *, on: bool) -> TagBatch | None:
        """Take one change in; the full batch if this one filled it. Tags are one whatever their case."""
        batch = self._unsent.setdefault(tag.lower(), TagBatch(tag, {}, {}))
        side = batch.on if on else batch.off
        side[subscriber] = email
        return self._unsent.pop(tag.lower()) if len(side) >= self._size else None

    def flush(self) -> list[TagBatch]:
        """Everything that is left; empties the whole."""
        left = list(self._unsent.values())
        self._unsent = {}
        return left
