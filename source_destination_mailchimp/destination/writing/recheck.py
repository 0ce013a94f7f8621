"""One more look at a member, right before a write that could undo what they have done since they were read."""

from enum import Enum, auto
from typing import assert_never

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json, Status, status_of


class ChangedMeanwhile(Exception):
    """The member is not what the write was planned for: it must not be sent."""


class AlreadyWritten(Exception):
    """The member is what the write would make them: an earlier try took effect, and only its answer was lost."""

    def __init__(self, member: Json) -> None:
        self.member = member
        super().__init__("the member is as they were to be")


class Finding(Enum):
    """What one more look at a member shows."""

    AS_PLANNED = auto()
    CHANGED = auto()
    WRITTEN = auto()


def check_unchanged(client: Client, audience_id: str, operation: Operation, *, is_retry: bool) -> None:
    """Return if the write may be sent now; raises `ChangedMeanwhile`, and before a second try also `AlreadyWritten`."""
    found = api.member(client, audience_id, operation.subscriber, "status,last_changed")
    if found is None:
        raise ChangedMeanwhile
    match compare(operation, found, is_retry=is_retry):
        case Finding.AS_PLANNED:
            return
        case Finding.CHANGED:
            raise ChangedMeanwhile
        case Finding.WRITTEN:
            raise AlreadyWritten(found)
        case never:
            assert_never(never)


def compare(operation: Operation, found: Json, *, is_retry: bool) -> Finding:
    """Hold a member as Mailchimp shows them now against what the write was planned for.

    Somebody who is brought back must be unchanged altogether: whatever they did since may be a newer opt-out. For an
    archive only the status counts: our own tags may have changed the rest.
    """
    known = operation.known
    if known is None:
        return Finding.CHANGED
    wanted = operation.status
    status = status_of(found.get("status") or "")
    is_as_known = status is known.status
    if operation.route is Route.ARCHIVE:
        wanted = Status.ARCHIVED
    elif found.get("last_changed", "") != known.last_changed:
        is_as_known = False
    if is_as_known:
        return Finding.AS_PLANNED
    if is_retry and status is wanted:
        return Finding.WRITTEN
    return Finding.CHANGED
