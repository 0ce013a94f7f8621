"""What happens to somebody who left a mirrored list."""

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
from source_destination_mailchimp.destination.rules import removal
from source_destination_mailchimp.destination.work import Departure


def plan_departure(
    contact: Contact, known: Known | None, departure: Departure, mirror_tags: frozenset[str]
) -> Operation | Settled:
    """Return how somebody is taken off a list, given what is known of them.

    `mirror_tags` (lower case) are the tags of all mirrored lists of this configuration: who carries another one of
    them is in that list still, and loses this tag only.
    """
    if known is None or departure.tag not in (known.tags or ()):
        return Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE))
    other_lists = (known.tags or frozenset()) & (mirror_tags - {departure.tag})
    treatment = "remove_tags" if other_lists else departure.treatment
    removing = removal.decide(treatment, known.status)
    settled = Settled(_outcome(removing.route))
    off = (departure.tag,)
    return Operation(contact, removing.route, settled, removing.status, {}, known, (), off)


def _outcome(route: Route) -> Outcome:
    if route is Route.NOTHING:
        return Outcome.UNTAGGED
    if route is Route.ARCHIVE:
        return Outcome.ARCHIVED
    return Outcome.UNSUBSCRIBED
