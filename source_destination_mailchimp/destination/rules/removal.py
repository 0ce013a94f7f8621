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


def with_opt_out(removing: Removing) -> Removing:
    """Return a removal of somebody who is mailed and whose record says no: whatever is stricter.

    The opt-out stays visible: who says no is not put into the archive, which would hide it.
    """
    match removing.route:
        case Route.DELETE:
            return removing
        case Route.NOTHING | Route.CHANGE_STATUS | Route.ARCHIVE:
            return UNSUBSCRIBE
        case Route.ADD | Route.UPDATE | Route.PATCH | Route.RENAME | Route.RESUBSCRIBE:
            raise ValueError(f"nobody is removed by {removing.route.name}")
        case _:
            assert_never(removing.route)


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
