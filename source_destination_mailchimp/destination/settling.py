"""The end of every record and of every departure: counted, kept where it was refused, and settled for its STATE."""

from collections.abc import Callable, Sequence

from source_destination_mailchimp.destination.checkpoints import Checkpoints, Ticket
from source_destination_mailchimp.destination.mirror.departure_tally import DepartureTally
from source_destination_mailchimp.destination.model import Contact, OptIn, Rejected, Settled
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.storing.store import Store
from source_destination_mailchimp.destination.work import Departure, Settlement

Listener = Callable[[Settlement], None]
"""Hears of the end of every record and departure, with the member before and after."""


class Settling:
    """Gives every record its one outcome; somebody who left a list is counted apart, in no STATE."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        report: Report,
        store: Store,
        departures: DepartureTally,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._checkpoints = checkpoints
        self._report = report
        self._store = store
        self._departures = departures
        self._listeners = tuple(listeners)

    def settle(self, settlement: Settlement) -> None:
        """Take in the end of one record or departure."""
        contact, origin, settled = settlement.contact, settlement.origin, settlement.settled
        if isinstance(origin, Ticket):
            self._settle_record(contact, origin, settled)
        else:
            self._settle_departure(contact, origin, settled)
        for listener in self._listeners:
            listener(settlement)

    def _settle_record(self, contact: Contact | Rejected, ticket: Ticket, settled: Settled) -> None:
        takes_away = contact.deleted or contact.opt_in is OptIn.NO
        self._report.add(contact.stream, settled, takes_away=takes_away)
        if settled.outcome.is_kept:
            self._store.add(contact.stream, settled, contact.record)
        self._checkpoints.settle(ticket, not settled.outcome.is_refused)

    def _settle_departure(self, contact: Contact | Rejected, departure: Departure, settled: Settled) -> None:
        self._departures.settle(contact.stream, departure, settled)
