"""What a run may do to an audience: the fuse over everything that takes people away, and the room for new ones."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from source_destination_mailchimp.destination.model import Operation, OptIn, Route
from source_destination_mailchimp.mailchimp.members import Status

ALWAYS_PASS = 10
"""So many people may always go: a percentage of a small audience would allow nobody."""

PERMANENT_PERCENT = 1.0
"""What is deleted permanently can never be undone, so its fuse is this small at most."""


def limit(percent: float, of: int) -> int:
    """Return how many people may go of `of` people; exact, where floats would lose one now and then."""
    exact_percent = Fraction(str(percent))
    return max(ALWAYS_PASS, int(exact_percent * of / 100))


class Cause(StrEnum):
    """Why somebody goes by a record. Who left a mirrored list is counted apart, before the first one goes."""

    DELETION = "deletion"
    OPT_OUT = "opt-out"
    JOIN = "join"
    """Their record has another address now, and the contact there is the one that stays."""


def cause_of(operation: Operation) -> Cause:
    """Return why an operation takes somebody away, given that it does."""
    if operation.contact.deleted:
        return Cause.DELETION
    if operation.contact.opt_in is OptIn.NO:
        return Cause.OPT_OUT
    return Cause.JOIN


@dataclass(slots=True)
class Fuse:
    """Counts who goes, record by record; the one who would be over the limit does not go."""

    allowed: int
    of: int = 0
    """How many people the audience had at the start, as far as that was counted."""

    gone: Counter[Cause] = field(default_factory=Counter)
    over: Counter[Cause] = field(default_factory=Counter)
    """Those it did not let pass."""

    def admit(self, cause: Cause) -> bool:
        """Return whether one more may go, and count them if so."""
        if self.gone.total() >= self.allowed:
            self.over[cause] += 1
            return False
        self.gone[cause] += 1
        return True

    def give_back(self, cause: Cause) -> None:
        """Take one off the count who did not go after all."""
        self.gone[cause] = max(0, self.gone[cause] - 1)


@dataclass(slots=True)
class Limits:
    """What the run may do to one audience."""

    fuse: Fuse
    capacity: int | None = None
    """How many people may still be added; None for no limit."""

    fuse_stops: bool = True
    """False in a dry run, where a blown fuse is reported instead."""

    unanswered: int = 0
    """People whose addition is under way: Mailchimp may refuse them, and then there is room for others."""

    def admit(self, operation: Operation) -> bool:
        """Return whether the fuse lets an operation pass, and count it if it takes somebody away."""
        if not operation.takes_away:
            return True
        if self.fuse.admit(cause_of(operation)):
            return True
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
            self.fuse.give_back(cause_of(operation))


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
