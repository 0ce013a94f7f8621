"""What goes into one call: limits, nobody twice, how each route is written, tags gathered by name."""

from collections.abc import Iterator
from enum import Enum
from typing import assert_never

from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.destination.work import Batch, TagBatch
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE

SINGLE_CALLS = 50
"""Up to so many members are written call by call; more go through /batches, whose answer takes longer to come."""

CALLS_PER_TASK = 5


class MemberBatches:
    """Gathers operations by route until a call is full.

    Nobody is in it twice: Mailchimp refuses such a call whole. [observed]
    """

    def __init__(self, size: int = BATCH_SIZE) -> None:
        self._size = size
        self._unsent: dict[Route, dict[str, Operation]] = {}
        self._route_of: dict[str, Route] = {}

    def add(self, operation: Operation) -> Batch | None:
        """Take one operation in; returns the full batch if this one filled it."""
        subscriber, route = operation.subscriber, operation.route
        if subscriber in self._route_of:
            raise ValueError("a member was planned twice at once")
        group = self._unsent.setdefault(route, {})
        group[subscriber] = operation
        self._route_of[subscriber] = route
        if len(group) < self._size:
            return None
        return self._close(route)

    def unsent(self, subscriber: str) -> Operation | None:
        """Return the operation of a member that has not left yet; None if there is none."""
        route = self._route_of.get(subscriber)
        if route is None:
            return None
        return self._unsent[route][subscriber]

    def withdraw(self, subscriber: str) -> None:
        """Take an operation back that has not left yet."""
        route = self._route_of.pop(subscriber)
        del self._unsent[route][subscriber]

    def flush(self) -> Iterator[Batch]:
        """Yield everything that is left; empties the whole."""
        for route in tuple(self._unsent):
            batch = self._close(route)
            if batch.operations:
                yield batch

    def __len__(self) -> int:
        return len(self._route_of)

    def _close(self, route: Route) -> Batch:
        group = self._unsent.pop(route)
        for subscriber in group:
            del self._route_of[subscriber]
        return Batch(route, tuple(group.values()))


class Way(Enum):
    """How the members of one route are written."""

    BULK = "up to 500 in one call"
    SINGLE = "a call each, or one job of /batches where they are many"
    CHECKED = "a call each, right after one more look at the member; so never in a job"


def way_of(route: Route) -> Way:
    """Return how a route is written; raises ValueError for the one that needs no member call."""
    match route:
        case Route.ADD | Route.UPDATE | Route.CHANGE_STATUS:
            return Way.BULK
        case Route.PATCH | Route.RENAME | Route.DELETE:
            return Way.SINGLE
        case Route.RESUBSCRIBE | Route.ARCHIVE:
            return Way.CHECKED
        case Route.NOTHING:
            raise ValueError("an operation without a member call was put into a batch")
        case never:
            assert_never(never)


def tasks(batch: Batch) -> list[Batch]:
    """Return one batch as pieces of work for threads: what one call or job takes is whole, the rest is shared out."""
    match way_of(batch.route):
        case Way.BULK:
            return [batch]
        case Way.SINGLE if len(batch.operations) > SINGLE_CALLS:
            return [batch]
        case Way.SINGLE | Way.CHECKED:
            return _shared_out(batch)
        case never:
            assert_never(never)


def _shared_out(batch: Batch) -> list[Batch]:
    rest = batch.operations
    pieces = []
    while rest:
        pieces.append(Batch(batch.route, rest[:CALLS_PER_TASK]))
        rest = rest[CALLS_PER_TASK:]
    return pieces


class TagBatches:
    """Gathers tag changes by tag until a call is full, 500 people each way."""

    def __init__(self, size: int = BATCH_SIZE) -> None:
        self._size = size
        self._unsent: dict[str, TagBatch] = {}

    def add(self, tag: str, subscriber: str, email: str, *, on: bool) -> TagBatch | None:
        """Take one change in; returns the full batch if this one filled it. Tags are one whatever their case."""
        name = same_name(tag)
        batch = self._unsent.setdefault(name, TagBatch(tag, {}, {}))
        side = batch.on if on else batch.off
        side[subscriber] = email
        if len(side) < self._size:
            return None
        return self._unsent.pop(name)

    def flush(self) -> list[TagBatch]:
        """Return everything that is left; empties the whole."""
        left = list(self._unsent.values())
        self._unsent = {}
        return left
