"""One more look at a member, right before a write that could undo what they have done since they were read."""

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Json, Status


class Moved(Exception):
    """The member is not what the write was planned for: it must not be sent."""


class Done(Exception):
    """The member is what the write would make them: an earlier try took effect, and only its answer was lost."""

    def __init__(self, member: Json) -> None:
        self.member = member
        super().__init__("the member is as they were to be")


def look(client: Client, audience_id: str, operation: Operation, *, is_retry: bool) -> None:
    """Return if the write may be sent now; raises `Moved`, and before a second try also `Done`.

    Somebody who is brought back must be unchanged altogether: whatever they did since may be a newer opt-out. For an
    archive only the status counts: our own tags may have changed the rest.
    """
    found = api.member(client, audience_id, operation.subscriber, "status,last_changed")
    known = operation.known
    if found is None or known is None:
        raise Moved
    if found["status"] == known.status and (
        operation.route is Route.ARCHIVE or found.get("last_changed", "") == known.last_changed
    ):
        return
    wanted = Status.ARCHIVED if operation.route is Route.ARCHIVE else operation.status
    if is_retry and found["status"] == wanted:
        raise Done(found)
    raise Moved
