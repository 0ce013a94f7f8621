"""What happens to somebody who left a mirrored list."""

from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Settled,
)
from source_destination_mailchimp.destination.rules import removal
from source_destination_mailchimp.destination.work import Departure


def plan_departure(
    contact: Contact, known: Known | None, departure: Departure, mirror_tags: frozenset[str]
) -> Operation | Settled:
    """Return how somebody is taken off a list, given what is known of them.

    `mirror_tags` (lower case) are the tags of all mirrored lists of this configuration: who carries another one of
    them is in that list still, and loses this tag only.
    """
    already_gone = Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE))
    if known is None:
        return already_gone
    carried = known.tags or frozenset()
    if departure.tag not in carried:
        return already_gone
    other_lists = carried & (mirror_tags - {departure.tag})
    treatment = "remove_tags" if other_lists else departure.treatment
    removing = removal.decide(treatment, known.status)
    outcome = removing.outcome
    if outcome is Outcome.SKIPPED:
        outcome = Outcome.UNTAGGED  # the status stays as it is, and they leave the list all the same
    settled = Settled(outcome, is_removal=True)
    off = (departure.tag,)
    return Operation(contact, removing.route, settled, removing.status, {}, known, (), off)
