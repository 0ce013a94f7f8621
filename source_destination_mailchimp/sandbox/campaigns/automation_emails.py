"""Emails of classic automations, who is queued for them, and who was taken out.

Not done: starting and pausing a single email, changing or deleting one, one entry of a queue. An email is sent once its
time has come, as soon as anybody looks.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.automations import (
    TRACKING,
    automation_of,
    recipients,
    settings_of,
    summary,
    trigger,
)
from source_destination_mailchimp.sandbox.campaigns.workflows import Automation, WorkflowEmail
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import STRING, record
from source_destination_mailchimp.sandbox.members.member import Member

BODY: Final = record(("email_address",), email_address=STRING)
_NAME: Final = "Automations"
_ACTIONS: Final = {
    "abandonedCart": ("ecomm_abandoned_cart", "a subscriber abandons a cart"),
    "welcomeSeries": ("signup", "a subscriber joins your list"),
}


def list_emails(call: Call) -> dict[str, Any]:
    """GET the emails of an automation, in their order. `count` and `offset` are not described, and not heeded."""
    automation = automation_of(call)
    path = f"/automations/{automation.id}"
    rows: list[Row] = [
        ("self", "GET", f"{path}/emails", f"{_NAME}/Emails/CollectionResponse", ""),
        ("parent", "GET", path, f"{_NAME}/Response", ""),
    ]
    return {
        "emails": [_show(call, automation, email) for email in automation.emails],
        "total_items": len(automation.emails),
        "_links": links(call.root, rows),
    }


def get_email(call: Call) -> dict[str, Any]:
    """GET one email of an automation."""
    automation = automation_of(call)
    return _show(call, automation, _email(call, automation))


def list_queue(call: Call) -> dict[str, Any]:
    """GET who is queued for an email."""
    automation = automation_of(call)
    email = _email(call, automation)
    return {
        "workflow_id": automation.id,
        "email_id": email.id,
        "queue": [_queued(call, automation, email, member) for member in email.queue],
        "total_items": len(email.queue),
        "_links": links(call.root, [("self", "GET", f"{_path(automation, email)}/queue", "", "")]),
    }


def add_to_queue(call: Call) -> dict[str, Any]:
    """POST somebody subscribed into the queue, past what the automation starts for (documented)."""
    automation = automation_of(call)
    email, member = _email(call, automation), _member(call, automation)
    if member in automation.removed:
        raise _refused("This subscriber was removed from the automation and cannot be added again.")
    if member.status != "subscribed" or email.campaign.went_to(member):
        raise _refused("You cannot add this subscriber to the automation email.")
    automation.enqueue(member, email, call.store.clock.now())
    is_active = automation.audience_id in call.store.audiences
    return {**_queued(call, automation, email, member), "list_is_active": is_active}


def list_removed(call: Call) -> dict[str, Any]:
    """GET who was taken out of an automation."""
    automation = automation_of(call)
    return {
        "workflow_id": automation.id,
        "subscribers": [_removed(call, automation, member) for member in automation.removed],
        "total_items": len(automation.removed),
        "_links": links(call.root, [("self", "GET", f"/automations/{automation.id}/removed-subscribers", "", "")]),
    }


def remove(call: Call) -> dict[str, Any]:
    """POST somebody to be taken out: for good (documented)."""
    automation = automation_of(call)
    member = _member(call, automation)
    automation.remove(member)
    return _removed(call, automation, member)


def _email(call: Call, automation: Automation) -> WorkflowEmail:
    for email in automation.emails:
        if email.id == call.ids["workflow_email_id"]:
            return email
    raise not_found()


def _member(call: Call, automation: Automation) -> Member:
    audience = call.store.audience(automation.audience_id)
    member = audience.find(call.body["email_address"])
    if member is None:
        raise _refused("The email address is not subscribed to the list.")
    return member


def _refused(message: str) -> Exception:
    """A refusal whose wording is inferred."""
    return invalid_fields(FieldError("email_address", message))


def _path(automation: Automation, email: WorkflowEmail) -> str:
    return f"/automations/{automation.id}/emails/{email.id}"


def _queued(call: Call, automation: Automation, email: WorkflowEmail, member: Member) -> dict[str, Any]:
    rows: list[Row] = [("parent", "GET", f"{_path(automation, email)}/queue", "", "")]
    return {
        "id": member.id,
        "workflow_id": automation.id,
        "email_id": email.id,
        "list_id": automation.audience_id,
        "email_address": member.email_address,
        "next_send": iso(email.queue.get(member, 0)),
        "_links": links(call.root, rows),
    }


def _removed(call: Call, automation: Automation, member: Member) -> dict[str, Any]:
    path = f"/automations/{automation.id}/removed-subscribers"
    return {
        "id": member.id,
        "workflow_id": automation.id,
        "list_id": automation.audience_id,
        "email_address": member.email_address,
        "_links": links(call.root, [("parent", "GET", path, "", "")]),
    }


def _show(call: Call, row: Automation, email: WorkflowEmail) -> dict[str, Any]:
    campaign, path = email.campaign, f"/automations/{row.id}/emails"
    rows: list[Row] = [
        ("parent", "GET", path, f"{_NAME}/Emails/CollectionResponse", ""),
        ("self", "GET", f"{path}/{email.id}", f"{_NAME}/Emails/Response", ""),
    ]
    return {
        "id": email.id,
        "web_id": campaign.web_id,
        "workflow_id": row.id,
        "position": email.position,
        "delay": _delay(row, email),
        "create_time": iso(row.create_time),
        "start_time": iso(row.start_time),
        "archive_url": f"http://eepurl.com/{email.id[:6]}",
        "status": campaign.status,
        "emails_sent": len(campaign.recipients),
        "send_time": iso(campaign.send_time),
        "content_type": "template",
        "needs_block_refresh": False,
        "has_logo_merge_tag": False,
        "recipients": recipients(call, row),
        "settings": settings_of(row) | {name: campaign.settings[name] for name in ("title", "subject_line")},
        "tracking": TRACKING,
        "trigger_settings": trigger(row),
        "report_summary": summary([campaign]),
        "_links": links(call.root, rows),
    }


def _delay(row: Automation, email: WorkflowEmail) -> dict[str, Any]:
    action, description = _ACTIONS.get(row.workflow_type, ("manual", "a subscriber is added"))
    if email.position > 1:
        action, description = "previous_campaign_sent", "the previous email has been sent"
    return {
        "amount": email.delay_amount,
        "type": email.delay_type,
        "direction": "after",
        "action": action,
        "action_description": f"after {description}",
        "full_description": f"{email.delay_amount} {email.delay_type} after {description}",
    }


_ONE: Final = "/automations/{workflow_id}"
_EMAIL: Final = f"{_ONE}/emails/{{workflow_email_id}}"
_REMOVED: Final = f"{_ONE}/removed-subscribers"
ROUTES: Final = (
    Route("GET", f"{_ONE}/emails", list_emails, describes=f"{_NAME}/Emails/Collection"),
    Route("GET", _EMAIL, get_email, describes=f"{_NAME}/Emails/Instance"),
    Route("GET", f"{_EMAIL}/queue", list_queue, describes=f"{_NAME}/Emails/Queue/Collection"),
    Route("POST", f"{_EMAIL}/queue", add_to_queue, BODY, f"{_NAME}/Emails/Queue/Instance"),
    Route("GET", _REMOVED, list_removed, describes=f"{_NAME}/RemovedSubscribers/Collection"),
    Route("POST", _REMOVED, remove, BODY, f"{_NAME}/RemovedSubscribers/Instance"),
)
