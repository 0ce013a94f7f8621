"""What became of the people who left mirrored lists, in numbers and sentences."""

from collections import Counter
from collections.abc import Callable

from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.work import Departure
from source_destination_mailchimp.mailchimp.members import without_addresses

CountLeft = Callable[[StreamId, MirrorRemoval, int], None]
"""Hears of people who left the list of a stream: the stream, the `mirror_removal` they got, how many."""


class DepartureTally:
    """Counts what became of the people who left: no record named them, so they are in no STATE."""

    def __init__(self, count_left: CountLeft) -> None:
        self._count_left = count_left
        self._stuck: Counter[str] = Counter()

    def settle(self, stream: StreamId, departure: Departure, settled: Settled) -> None:
        """Take in the outcome of one person: they went, they were gone already, or Mailchimp let nobody take them."""
        refused = _refused(settled)
        if refused is not None:
            words = f" Mailchimp says: “{without_addresses(refused.detail)}”" if refused.detail else ""
            self._stuck[f"no longer in stream {stream} could not be removed from its list.{words}"] += 1
        elif settled.outcome is Outcome.UNTAGGED:
            self._count_left(stream, "remove_tags", 1)
        elif settled.outcome.takes_away:
            self._count_left(stream, departure.treatment, 1)

    def stuck(self) -> list[str]:
        """Return sentences about people who left and could not be removed; each is told once."""
        sentences = [
            f"{counted(contacts, 'contact', 'contacts')} {sentence}" for sentence, contacts in self._stuck.items()
        ]
        self._stuck.clear()
        return sentences


def _refused(settled: Settled) -> Note | None:
    """Return what kept somebody from going; that they were gone already is none."""
    notes = list(settled.beside)
    if settled.note is not None:
        notes.insert(0, settled.note)
    for note in notes:
        if note.reason is not Reason.ALREADY_GONE:
            return note
    return None
