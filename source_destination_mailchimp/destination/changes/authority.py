"""By which setting, and with which consent, a run changes the status of a contact. Pure."""

from datetime import UTC, datetime

from source_destination_mailchimp.destination.model import Operation, OptIn, Outcome, Route
from source_destination_mailchimp.mailchimp.members import Json


def authority_of(operation: Operation) -> Json:
    """Return the setting that allows a change of status, and when consent was given; empty where no status changes."""
    setting = _setting(operation)
    if not setting:
        return {}
    authority: Json = {"setting": setting}
    given = operation.contact.consent_seconds
    if given is not None:
        authority["consent_at"] = _as_time(given)
    return authority


def _setting(operation: Operation) -> str:
    """Return the key of the setting; "" where no status changes."""
    if operation.route is Route.ADD:
        return "new_member_status"
    if operation.route is Route.RESUBSCRIBE:
        return "resubscribe"
    if operation.route.removes_member:
        return _setting_that_removes(operation)
    if operation.status is not None:
        return _setting_of_status(operation)
    return ""


def _setting_that_removes(operation: Operation) -> str:
    """Return what lets a contact be archived or deleted: a removal, or the end of an address that a person gave up."""
    if operation.settled.is_removal:
        return _removal(operation)
    if operation.contact.opt_in is OptIn.NO:
        return "opt_in_field, opt_out_field"
    return "external_id"


def _setting_of_status(operation: Operation) -> str:
    """Return what gives somebody who stays another status."""
    if operation.settled.is_removal:
        return _removal(operation)
    outcome = operation.settled.outcome
    if outcome is Outcome.RESUBSCRIBED or outcome is Outcome.ASKED:
        return "resubscribe"
    if operation.contact.opt_in is OptIn.NO:
        return "opt_in_field, opt_out_field"
    if operation.contact.opt_in is OptIn.YES:
        return "opt_in_field"
    # Two contacts became one under the stricter consent.
    return "external_id"


def _removal(operation: Operation) -> str:
    """Return the setting of a removal: of a deleted record, or of somebody who left a mirrored list."""
    if operation.contact.deleted:
        return "removal"
    return "mirror_removal"


def _as_time(seconds: float) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC; as they are where a zone put them out of the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} seconds since 1970"
