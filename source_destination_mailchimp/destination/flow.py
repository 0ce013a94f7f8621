"""One record in work, and what the run may do: the small state that a pipeline keeps."""

from collections.abc import Callable
from dataclasses import dataclass, field

from source_destination_mailchimp.destination.fuse import Fuse
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Route,
    Settled,
)
from source_destination_mailchimp.mailchimp.members import Status

_NOTHING = Settled(Outcome.UNCHANGED)

PlanAnew = Callable[[Known | None], Operation | Settled]


@dataclass(slots=True)
class Flow:
    """One record in work."""

    contact: Contact
    operation: Operation
    replans: int = 0
    beside: list[Note] = field(default_factory=list)
    is_sent: bool = False
    """A call for it has left, so that no later record may take its place."""

    created_unseen: bool = False
    """An earlier try may have added the member although its answer was lost."""

    _asked: tuple[Note, ...] = ()

    renamed_unseen: bool = False
    """The member to rename is not there any more: an earlier try may have renamed it although its answer was lost."""

    anew: PlanAnew | None = None
    """How somebody is planned anew whom no record named; a mirror's fuse has counted them before."""

    settled: Settled | None = None
    """The record's outcome, while another member of the same person is still to be written."""

    members: tuple[str, ...] = ()
    """Hashes of the members that are in work for it."""

    is_shown: bool = False
    """Whether a dry run has told of it."""

    @classmethod
    def start(cls, contact: Contact) -> "Flow":
        """A record that is not planned yet."""
        return cls(contact, Operation(contact, Route.NOTHING, _NOTHING))

    def may_have_added(self, operation: Operation) -> None:
        """Remember an add whose answer was lost, and the mail that it may have sent."""
        self.created_unseen = True
        self._asked = tuple(note for note in operation.settled.beside if note.reason is Reason.CONFIRMATION_ASKED)

    def outcome(self, settled: Settled) -> Settled:
        """The record's outcome with everything that was noted on the way."""
        settled = self.settled or settled
        if self.renamed_unseen and settled.outcome in (Outcome.UPDATED, Outcome.UNCHANGED):
            renamed = Note(Reason.RENAMED)
            others = tuple(note for note in settled.beside if note != renamed)
            settled = settled._replace(outcome=Outcome.UPDATED, beside=(*others, renamed))
        if self.created_unseen and settled.outcome in (Outcome.UPDATED, Outcome.UNCHANGED):
            settled = settled._replace(outcome=Outcome.CREATED, beside=(*settled.beside, *self._asked))
        return settled._replace(beside=(*settled.beside, *self.beside)) if self.beside else settled


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
        """Whether the fuse lets an operation pass."""
        if not operation.takes_away or self.fuse.admit():
            return True
        self.over_the_fuse += 1
        return not self.fuse_stops

    def may_add(self, operation: Operation) -> bool:
        """Whether the audience has room for one more; takes it if so."""
        if self.capacity is None or not adds_somebody(operation):
            return True
        if self.capacity <= 0:
            return False
        self.capacity -= 1
        self.unanswered += 1
        return True

    def is_added(self, operation: Operation) -> None:
        """An operation was done."""
        if self.capacity is not None and adds_somebody(operation):
            self.unanswered -= 1

    def give_back(self, operation: Operation) -> None:
        """An operation was not done after all."""
        if self.capacity is not None and adds_somebody(operation):
            self.capacity += 1
            self.unanswered -= 1
        if operation.takes_away:
            self.fuse.give_back()


def adds_somebody(operation: Operation) -> bool:
    """Whether the audience has one person more by it: somebody new, or an archived one who comes back."""
    known = operation.known
    returns = operation.route is Route.RESUBSCRIBE and known is not None and known.status is Status.ARCHIVED
    return returns or operation.route is Route.ADD
