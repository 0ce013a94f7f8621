"""What a removal does to one member: of a deleted record, or of somebody who left a mirrored list."""

from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.form.settings import MirrorRemoval, Removal
from source_destination_mailchimp.destination.model import Outcome, Reason, Route
from source_destination_mailchimp.mailchimp.members import Status


class Removing(NamedTuple):
    """How one person is taken away; a reason instead where they are not."""

    outcome: Outcome
    route: Route = Route.NOTHING
    status: Status | None = None
    """The status to write; None writes none."""

    skipped: Reason | None = None

    @property
    def takes_tags(self) -> bool:
        """Return whether the tags of the stream come off, and nothing else happens."""
        return self.outcome is Outcome.UNTAGGED


UNTAG = Removing(Outcome.UNTAGGED)
UNSUBSCRIBE = Removing(Outcome.UNSUBSCRIBED, Route.CHANGE_STATUS, Status.UNSUBSCRIBED)
ARCHIVE = Removing(Outcome.ARCHIVED, Route.ARCHIVE)
DELETE = Removing(Outcome.DELETED, Route.DELETE)
KEPT = Removing(Outcome.SKIPPED, skipped=Reason.REMOVAL_KEPT)
ALREADY_GONE = Removing(Outcome.SKIPPED, skipped=Reason.ALREADY_GONE)


def decide(removal: Removal | MirrorRemoval, known: Status) -> Removing:
    """Return what `removal` means for somebody whose status is `known`."""
    match removal:
        case "keep":
            return KEPT
        case "remove_tags":
            return UNTAG
        case "unsubscribe":
            return _unsubscribing(known)
        case "archive":
            return _archiving(known)
        case "delete_permanently":
            return DELETE
        case _:
            assert_never(removal)


def _unsubscribing(known: Status) -> Removing:
    match known:
        case Status.SUBSCRIBED | Status.PENDING:
            return UNSUBSCRIBE
        case Status.TRANSACTIONAL:
            return ALREADY_GONE  # nobody mails them as a subscriber
        case Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return ALREADY_GONE
        case _:
            assert_never(known)


def _archiving(known: Status) -> Removing:
    """Return how somebody leaves for the archive, from which they could be added as if they had never opted out."""
    match known:
        case Status.SUBSCRIBED | Status.TRANSACTIONAL:
            return ARCHIVE
        case Status.PENDING:
            return UNSUBSCRIBE  # Mailchimp archives nobody who is pending [observed: 405]
        case Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return ALREADY_GONE  # the archive would hide their opt-out
        case _:
            assert_never(known)
