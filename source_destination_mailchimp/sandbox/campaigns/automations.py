"""Classic automations: made, started, paused and read. Their emails and queues are in automation_emails.

An automation is made by POST /automations (which the real API has for abandoned carts only) or by a seed. What starts
one is done for `welcomeSeries` only, where everybody who becomes subscribed is queued; the others send to whom POST
…/queue names. Customer journeys are a family of their own.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.campaigns import rate
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign
from source_destination_mailchimp.sandbox.campaigns.workflows import (
    STATUSES,
    Automation,
    Automations,
    add_email,
    make,
    set_status,
)
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import STRING, record

BODY: Final = record(
    ("recipients", "trigger_settings"),
    recipients=record(list_id=STRING, store_id=STRING),
    settings=record(title=STRING, from_name=STRING, reply_to=STRING),
    trigger_settings=record(("workflow_type",), workflow_type=STRING),
)
_NAME: Final = "Automations"
TRACKING: Final = {"opens": True, "html_clicks": True, "text_clicks": False, "goal_tracking": False}


def list_automations(call: Call) -> dict[str, Any]:
    """GET the automations; sort_field and sort_dir are taken because the official source sends them."""
    status = call.choice("status", *STATUSES)
    rows = [
        row
        for row in call.store.room(Automations).by_id.values()
        if status in ("", row.status) and call.since("create_time", row.create_time) and _started_then(call, row)
    ]
    if call.choice("sort_field", "create_time", "start_time"):
        field = call.query["sort_field"]
        backwards = call.choice("sort_dir", "ASC", "DESC") == "DESC"
        rows.sort(key=lambda row: int(getattr(row, field)), reverse=backwards)
    return {
        "automations": [_show(call, row) for row in call.of(rows)],
        "total_items": len(rows),
        "_links": links(
            call.root,
            [("self", "GET", "/automations", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection")],
        ),
    }


def _started_then(call: Call, row: Automation) -> bool:
    if not ("since_start_time" in call.query or "before_start_time" in call.query):
        return True
    return row.start_time > 0 and call.since("start_time", row.start_time)


def add_automation(call: Call) -> dict[str, Any]:
    """POST an automation that is not started; only abandonedCart is documented."""
    recipients, settings = call.body["recipients"], call.body.get("settings", {})
    kind = call.body["trigger_settings"]["workflow_type"]
    if kind != "abandonedCart":
        message = "Data presented is not one of the accepted values: abandonedCart."
        raise invalid_fields(FieldError("trigger_settings.workflow_type", message))
    audience = call.store.audience(recipients.get("list_id", ""))
    given = {name: settings[name] for name in ("from_name", "reply_to") if name in settings}
    store_id = recipients.get("store_id", "")
    made = make(call.store, audience, kind, settings.get("title", "Abandoned cart"), store_id=store_id, **given)
    add_email(call.store, made, {})
    return _show(call, made)


def get_automation(call: Call) -> dict[str, Any]:
    """GET one automation."""
    return _show(call, automation_of(call))


def start(call: Call) -> None:
    """POST actions/start-all-emails."""
    set_status(call.store, automation_of(call), "sending")


def pause(call: Call) -> None:
    """POST actions/pause-all-emails: what is queued waits."""
    set_status(call.store, automation_of(call), "paused")


def automation_of(call: Call) -> Automation:
    """The automation that the path names; 404 if there is none."""
    found = call.store.room(Automations).by_id.get(call.ids["workflow_id"])
    if found is None:
        raise not_found()
    return found


def recipients(call: Call, row: Automation) -> dict[str, Any]:
    """What the audience of an automation is called, and whether it is there."""
    audience = call.store.audiences.get(row.audience_id)
    return {
        "list_id": row.audience_id,
        "list_is_active": audience is not None,
        "list_name": audience.settings["name"] if audience else "",
        "segment_opts": {},
    }


def trigger(row: Automation) -> dict[str, Any]:
    """What starts an automation."""
    return {
        "workflow_type": row.workflow_type,
        "workflow_title": row.title,
        "workflow_emails_count": len(row.emails),
        "runtime": {"days": [], "hours": {"type": "send_asap"}},
    }


def _show(call: Call, row: Automation) -> dict[str, Any]:
    path = f"/automations/{row.id}"
    campaigns = [email.campaign for email in row.emails]
    rows: list[Row] = [
        ("parent", "GET", "/automations", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection"),
        ("self", "GET", path, f"{_NAME}/Response", ""),
        ("emails", "GET", f"{path}/emails", f"{_NAME}/Emails/CollectionResponse", ""),
    ]
    return {
        "id": row.id,
        "create_time": iso(row.create_time),
        "start_time": iso(row.start_time),
        "status": row.status,
        "emails_sent": sum(len(campaign.recipients) for campaign in campaigns),
        "recipients": recipients(call, row) | {"store_id": row.store_id},
        "settings": settings_of(row) | {"to_name": "", "use_conversation": False},
        "tracking": TRACKING,
        "trigger_settings": trigger(row),
        "report_summary": summary(campaigns),
        "_links": links(call.root, rows),
    }


def settings_of(row: Automation) -> dict[str, Any]:
    """The settings that an automation and its emails share."""
    return {
        "title": row.title,
        "from_name": row.from_name,
        "reply_to": row.reply_to,
        "authenticate": True,
        "auto_footer": False,
        "inline_css": False,
    }


def summary(campaigns: list[Campaign]) -> dict[str, Any]:
    """The key figures of some emails together."""
    sums = [campaign.totals() for campaign in campaigns]
    sent = sum(len(campaign.recipients) for campaign in campaigns)
    delivered = sent - sum(totals.bounces for totals in sums)
    unique_opens = sum(totals.unique_opens for totals in sums)
    clickers = sum(totals.clickers for totals in sums)
    return {
        "opens": sum(totals.opens for totals in sums),
        "unique_opens": unique_opens,
        "open_rate": rate(unique_opens, delivered),
        "clicks": sum(totals.clicks for totals in sums),
        "subscriber_clicks": clickers,
        "click_rate": rate(clickers, delivered),
    }


_ONE: Final = "/automations/{workflow_id}"
ROUTES: Final = (
    Route("GET", "/automations", list_automations, describes=f"{_NAME}/Collection"),
    Route("POST", "/automations", add_automation, BODY, f"{_NAME}/Instance"),
    Route("GET", _ONE, get_automation, describes=f"{_NAME}/Instance"),
    Route("POST", f"{_ONE}/actions/start-all-emails", start),
    Route("POST", f"{_ONE}/actions/pause-all-emails", pause),
)
