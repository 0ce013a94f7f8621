"""What a run may do to an audience: the fuse over everything that takes people away, and the room for new ones."""

from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.mailchimp.members import Status

ALWAYS_PASS = 10
"""So many people may always go: a percentage of a small audience would allow nobody."""

PERMANENT_PERCENT = 1.0
"""What is deleted permanently can never be undone, so its fuse is this small at most."""


def limit(percent: float, of: int) -> int:
    """Return how many people may go of `of` people; exact, where floats would lose one now and then."""
    exact_percent = Fraction(str(percent))
    return max(ALWAYS_PASS, int(exact_percent * of / 100))


@dataclass(slots=True)
class Fuse:
    """Counts who goes, record by record; the one who would be over the limit does not go."""

    allowed: int
    gone: int = 0

    def admit(self, people: int = 1) -> bool:
        """Return whether so many more may go, and count them if so."""
        gone_then = self.gone + people
        if gone_then > self.allowed:
            return False
        self.gone = gone_then
        return True

    def give_back(self) -> None:
        """Take one off the count who did not go after all."""
        self.gone = max(0, self.gone - 1)


@dataclass(slots=True)
class Limits:
    """What the run may do to one audience."""

    fuse: Fuse
    capacity: int | None = None
    """How many people may still be added; None for no limit."""

    fuse_stops: bool = True
    """False in a dry run, where a blown fuse is reported instead."""

    over_the_fuse: int = 0
    """How many would have been stopped by it in a dry run."""

    unanswered: int = 0
    """People whose addition is under way: Mailchimp may refuse them, and then there is room for others."""

    def admit(self, operation: Operation) -> bool:
        """Return whether the fuse lets an operation pass, and count it if it takes somebody away."""
        if not operation.takes_away:
            return True
        if self.fuse.admit():
            return True
        self.over_the_fuse += 1
        return not self.fuse_stops

    def may_add(self, operation: Operation) -> bool:
        """Return whether the audience has room for what an operation adds, and take the room if so."""
        if self.capacity is None:
            return True
        if not adds_somebody(operation):
            return True
        if self.capacity <= 0:
            return False
        self.capacity -= 1
        self.unanswered += 1
        return True

    def is_added(self, operation: Operation) -> None:
        """Note that an operation was done: the room it took stays taken."""
        if self.capacity is None:
            return
        if adds_somebody(operation):
            self.unanswered -= 1

    def give_back(self, operation: Operation) -> None:
        """Note that an operation was not done after all."""
        if self.capacity is not None and adds_somebody(operation):
            self.capacity += 1
            self.unanswered -= 1
        if operation.takes_away:
            self.fuse.give_back()


def adds_somebody(operation: Operation) -> bool:
    """Return whether Mailchimp bills one contact more after it: somebody new, or an archived one who comes back."""
    match operation.route:
        case Route.ADD:
            return True
        case Route.RESUBSCRIBE:
            return operation.known is not None and operation.known.status is Status.ARCHIVED
        case Route.UPDATE | Route.CHANGE_STATUS | Route.PATCH | Route.RENAME:
            return False
        case Route.ARCHIVE | Route.DELETE | Route.NOTHING:
            return False
        case _:
            assert_never(operation.route)
