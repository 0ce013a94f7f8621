"""What a record with a deletion mark does to its member."""

from typing import NamedTuple

from source_destination_mailchimp.destination.form.settings import MirrorRemoval, Removal
from source_destination_mailchimp.destination.model import Reason, Route
from source_destination_mailchimp.mailchimp.members import Status


class Removing(NamedTuple):
    """How one person is taken away; a reason instead where they are not."""

    route: Route = Route.NOTHING
    status: Status | None = None
    takes_tags: bool = False
    skipped: Reason | None = None


def decide(removal: Removal | MirrorRemoval, known: Status) -> Removing:
    """What `removal` means for somebody whose status is `known`.

    `archive` never touches people who are unsubscribed or cleaned: archived people can be added again as if
    they had never opted out. Pending people cannot be archived [observed: 405], so they are unsubscribed.
    """
    if removal == "keep":
        return Removing(skipped=Reason.REMOVAL_KEPT)
    if removal == "remove_tags":
        return Removing(takes_tags=True)
    if removal == "delete_permanently":
        return Removing(Route.DELETE)
    if known in (Status.UNSUBSCRIBED, Status.CLEANED, Status.ARCHIVED):
        return Removing(skipped=Reason.ALREADY_GONE)
    if removal == "archive" and known is not Status.PENDING:
        return Removing(Route.ARCHIVE)
    if removal == "unsubscribe" and known is Status.TRANSACTIONAL:
        return Removing(skipped=Reason.ALREADY_GONE)  # nobody mails them as a subscriber
    return Removing(Route.CHANGE_STATUS, Status.UNSUBSCRIBED)
