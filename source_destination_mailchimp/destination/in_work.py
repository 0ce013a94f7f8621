"""One record in work, and what the run may do: the small state that a pipeline keeps."""

from collections.abc import Callable
from dataclasses import dataclass, field

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
