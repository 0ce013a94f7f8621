"""One contact on its way to an outcome, with what happened to it so far."""

from dataclasses import dataclass, field

from source_destination_mailchimp.destination.checkpoints import Ticket
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
from source_destination_mailchimp.destination.work import Origin
from source_destination_mailchimp.mailchimp.members import Status


@dataclass(slots=True, eq=False)
class WorkItem:
    """One contact on its way to an outcome, with what happened to it so far."""

    contact: Contact
    origin: Origin
    operation: Operation | None = None
    """What is being written now; None until the contact is planned."""

    replans: int = 0
    beside: list[Note] = field(default_factory=list)
    is_sent: bool = False
    """A call for it has left, so that no later record may take its place."""

    is_shown: bool = False
    """A dry run has told of it."""

    settled: Settled | None = None
    """The record's outcome, while another member of the same person is still to be written."""

    members: tuple[str, ...] = ()
    """Hashes of the members that are in work for it."""

    overtook: tuple["WorkItem", ...] = ()
    """Earlier records whose place it took. What only they say is written with it, so they end when it ends: a STATE
    behind them may not leave before."""

    before: Known | None = None
    after: Known | None = None

    has_taken_away: bool = False
    """A member of its person is taken away already, so the fuse counts it, whatever becomes of the others."""

    window: int = 0
    """How many windows of its stream had ended when it came: it waits for an address until its own has."""

    is_exchanged: bool = False
    """Its address is passed on in a ring: it writes the member there, whosever that was."""

    created_unseen: bool = False
    """An earlier try may have added the member although its answer was lost."""

    unsubscribed_unseen: bool = False
    """That try was to add them unsubscribed: found so, they are what the record makes of strangers."""

    changed_unseen: Settled | None = None
    """What an earlier try would have made of the record, which may have taken effect although its answer was lost."""

    renamed_unseen: bool = False
    """The member to rename is gone: an earlier try may have renamed it although its answer was lost."""

    _asked: tuple[Note, ...] = ()

    @property
    def is_record(self) -> bool:
        """Whether a record asked for this, rather than a list that somebody left."""
        return isinstance(self.origin, Ticket)

    @property
    def may_be_overtaken(self) -> bool:
        """Whether a later record of the address may take its place: nothing of it has left, and it writes there."""
        if self.is_sent:
            return False
        if not self.is_record:
            return False
        if self.operation is None:
            return True
        return not self.operation.member

    def note_retirement(self, operation: Operation) -> None:
        """Say that another member of the person was archived, which no outcome of the record tells."""
        if operation.route is Route.ARCHIVE and operation.member:
            self.beside.append(Note(Reason.OLD_CONTACT_ARCHIVED))

    def may_have_added(self, operation: Operation) -> None:
        """Remember an add whose answer was lost, and the confirmation mail that it may have sent."""
        self.created_unseen = True
        self.unsubscribed_unseen = operation.status is Status.UNSUBSCRIBED
        for note in operation.settled.beside:
            if note.reason is Reason.CONFIRMATION_ASKED:
                self._asked = (note,)

    def outcome(self, settled: Settled) -> Settled:
        """Return the contact's outcome with everything that was noted on the way."""
        if self.settled is not None:
            settled = self.settled
        if self._is_as_added(settled):
            settled = Settled(Outcome.CREATED, None, settled.beside)
        if self.changed_unseen is not None and _shows(self.changed_unseen, settled):
            settled = self.changed_unseen._replace(beside=settled.beside)
        if settled.outcome.was_there:
            settled = self._with_what_was_not_seen(settled)
        if self.beside:
            settled = settled._replace(beside=(*settled.beside, *self.beside))
        return settled

    def _is_as_added(self, settled: Settled) -> bool:
        """Return whether the record is held for the very status that it gave its contact, by a try that nobody saw."""
        if not self.unsubscribed_unseen or settled.outcome is not Outcome.HELD:
            return False
        return settled.reason is Reason.OPTED_OUT or settled.reason is Reason.CONSENT_NOT_NEWER

    def _with_what_was_not_seen(self, settled: Settled) -> Settled:
        """Say what an earlier try did whose answer was lost: the later try found it done."""
        if self.renamed_unseen:
            settled = _renamed(settled)
        if self.created_unseen:
            beside = (*settled.beside, *self._asked)
            settled = settled._replace(outcome=Outcome.CREATED, beside=beside)
        return settled


def _shows(unseen: Settled, settled: Settled) -> bool:
    """Return whether a later look found what an earlier try was to do, whose answer was lost."""
    if unseen.outcome is Outcome.UNSUBSCRIBED and settled.outcome is Outcome.HELD:
        return settled.reason is Reason.OPTED_OUT  # two contacts of one person: the try that joined them opted one out
    return _is_done(settled)


def _is_done(settled: Settled) -> bool:
    """Return whether no change of status was left to do for a record, or for a removal."""
    if settled.outcome in (Outcome.UNCHANGED, Outcome.UPDATED, Outcome.UNTAGGED):
        return True
    return settled.reason is Reason.ALREADY_GONE or settled.reason is Reason.REMOVAL_KEPT


def _renamed(settled: Settled) -> Settled:
    """Return the outcome of a record whose member an earlier try has renamed; a change of status stays the outcome."""
    outcome = settled.outcome
    if outcome is Outcome.UNCHANGED:
        outcome = Outcome.UPDATED
    renamed = Note(Reason.RENAMED)
    others = tuple(note for note in settled.beside if note != renamed)
    return settled._replace(outcome=outcome, beside=(*others, renamed))
