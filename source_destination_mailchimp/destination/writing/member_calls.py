"""Which call writes a member: an operation's route becomes one of Mailchimp's calls, for 500 members or for one."""

from collections.abc import Iterable
from typing import assert_never

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.members import Json, Status


def subscribe_call(
    audience_id: str, route: Route, operations: Iterable[Operation], *, skip_merge_validation: bool
) -> Call:
    """Return the call that writes up to 500 members of one bulk route."""
    return calls.subscribe_members(
        audience_id,
        [_row(operation) for operation in operations],
        update_existing=route is not Route.ADD,
        skip_merge_validation=skip_merge_validation,
    )


def single_call(audience_id: str, operation: Operation, *, skip_merge_validation: bool) -> Call:
    """Return the call that writes one member; raises ValueError for a route that is written otherwise."""
    subscriber = operation.subscriber
    match operation.route:
        case Route.ARCHIVE:
            return calls.archive_member(audience_id, subscriber)
        case Route.DELETE:
            return calls.delete_member_permanently(audience_id, subscriber)
        case Route.RESUBSCRIBE:
            member = {"email_address": address_of(operation), **_changes(operation)}
            return calls.put_member(audience_id, subscriber, member, skip_merge_validation=skip_merge_validation)
        case Route.PATCH | Route.RENAME:
            changes = _changes(operation)
            return calls.patch_member(audience_id, subscriber, changes, skip_merge_validation=skip_merge_validation)
        case Route.ADD | Route.UPDATE | Route.CHANGE_STATUS | Route.NOTHING:
            raise ValueError(f"route {operation.route.name} has no call for a single member")
        case never:
            assert_never(never)


def repeatable_call(audience_id: str, operation: Operation, *, skip_merge_validation: bool) -> Call | None:
    """Return a call of an operation's kind that changes nothing once the operation is written; None if there is none.

    It shows whether Mailchimp takes such calls at this moment.
    """
    match operation.route:
        case Route.ADD:
            # Without a status the row is refused alone [observed], and nobody is brought back who has left since.
            row: Json = {"email_address": address_of(operation)}
            return calls.subscribe_members(
                audience_id, [row], update_existing=False, skip_merge_validation=skip_merge_validation
            )
        case Route.UPDATE:
            return subscribe_call(
                audience_id, operation.route, [operation], skip_merge_validation=skip_merge_validation
            )
        case Route.PATCH if operation.status is None:
            return single_call(audience_id, operation, skip_merge_validation=skip_merge_validation)
        case Route.PATCH | Route.CHANGE_STATUS | Route.RENAME | Route.RESUBSCRIBE | Route.ARCHIVE | Route.DELETE:
            return None
        case Route.NOTHING:
            return None
        case never:
            assert_never(never)


def address_of(operation: Operation) -> str:
    """Return the address of the member that is written: Mailchimp's own spelling where the member is known."""
    if operation.known is None:
        return operation.contact.email
    return operation.known.email


def _row(operation: Operation) -> Json:
    """Return one member of a batch subscribe.

    An update carries the person's own status as `status_if_new`, so that it changes none. `plan.route_for` decides.
    """
    row: Json = {"email_address": address_of(operation)}
    if operation.route is Route.UPDATE:
        row["status_if_new"] = operation.known.status.value if operation.known else Status.SUBSCRIBED.value
    else:
        row["status"] = operation.status.value if operation.status else ""
    row.update(operation.changes)
    return row


def _changes(operation: Operation) -> Json:
    changes = dict(operation.changes)
    if operation.status is not None:
        changes["status"] = operation.status.value
    return changes
