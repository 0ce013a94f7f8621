"""Classic automations and their emails, as far as they are read.

An automation is made by POST /automations (which the real API has for abandoned carts only) or by a seed, and gets one
email. It never sends anything: starting and pausing change its status, every figure stays 0. Queues and removed
subscribers are missing; customer journeys are a family of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.ids import unique_email_id
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import STRING, record

STATUSES: Final = ("save", "paused", "sending")
WORKFLOWS: Final = (
    *("abandonedBrowse", "abandonedCart", "api", "bestCustomers", "categoryFollowup", "dateAdded", "emailFollowup"),
    *("emailSeries", "groupAdd", "groupRemove", "mandrill", "productFollowup", "purchaseFollowup", "recurringEvent"),
    *("specialEvent", "visitUrl", "welcomeSeries"),
)
_ORDER: Final = ("audience", "title", "workflow_type", "status")
BODY: Final = record(
    ("recipients", "trigger_settings"),
    recipients=record(list_id=STRING, store_id=STRING),
    settings=record(title=STRING, from_name=STRING, reply_to=STRING),
    trigger_settings=record(("workflow_type",), workflow_type=STRING),
)
_NAME: Final = "Automations"
_SUMMARY: Final = {
    "opens": 0,
    "unique_opens": 0,
    "open_rate": 0,
    "clicks": 0,
    "subscriber_clicks": 0,
    "click_rate": 0,
}
_TRACKING: Final = {"opens": True, "html_clicks": True, "text_clicks": False, "goal_tracking": False}


@dataclass(slots=True)
class Automation:
    """A workflow; times are unix seconds."""

    id: str
    audience_id: str
    store_id: str
    title: str
    from_name: str
    reply_to: str
    workflow_type: str
    create_time: int
    start_time: int = 0
    status: str = "save"

    @property
    def email_id(self) -> str:
        """The ID of its only email."""
        return unique_email_id(f"email of {self.id}")


class Automations:
    """The automations of the account, in the order in which they were made."""

    def __init__(self) -> None:
        self.by_id: dict[str, Automation] = {}


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
    defaults, rows = audience.settings["campaign_defaults"], call.store.room(Automations).by_id
    made = Automation(
        id=unique_email_id(f"automation {len(rows)}"),
        audience_id=audience.id,
        store_id=recipients.get("store_id", ""),
        title=settings.get("title", "Abandoned cart"),
        from_name=settings.get("from_name", defaults["from_name"]),
        reply_to=settings.get("reply_to", defaults["from_email"]),
        workflow_type=kind,
        create_time=call.store.clock.now(),
    )
    rows[made.id] = made
    return _show(call, made)


def add(store: Store, order: Mapping[str, Any]) -> Automation:
    """Make the automation of a seed, sending unless told otherwise; raises ValueError with what there is."""
    check_names("A seed's automation", order, _ORDER)
    audience = store.audiences.get(str(order.get("audience", "")))
    if audience is None:
        raise ValueError(f"An automation's audience must be one of: {', '.join(store.audiences) or 'none yet'}")
    kind, status = str(order.get("workflow_type", "welcomeSeries")), str(order.get("status", "sending"))
    if kind not in WORKFLOWS or status not in STATUSES:
        raise ValueError(f"workflow_type must be one of {', '.join(WORKFLOWS)}; status one of {', '.join(STATUSES)}")
    rows, defaults, now = store.room(Automations).by_id, audience.settings["campaign_defaults"], store.clock.now()
    made = Automation(
        id=unique_email_id(f"automation {len(rows)}"),
        audience_id=audience.id,
        store_id="",
        title=str(order.get("title", "Welcome")),
        from_name=defaults["from_name"],
        reply_to=defaults["from_email"],
        workflow_type=kind,
        create_time=now,
        start_time=now if status == "sending" else 0,
        status=status,
    )
    rows[made.id] = made
    return made


def get_automation(call: Call) -> dict[str, Any]:
    """GET one automation."""
    return _show(call, _automation(call))


def start(call: Call) -> None:
    """POST actions/start-all-emails."""
    automation = _automation(call)
    automation.status = "sending"
    automation.start_time = automation.start_time or call.store.clock.now()


def pause(call: Call) -> None:
    """POST actions/pause-all-emails."""
    _automation(call).status = "paused"


def list_emails(call: Call) -> dict[str, Any]:
    """GET the emails of an automation."""
    automation = _automation(call)
    path = f"/automations/{automation.id}"
    return {
        "emails": [_show_email(call, automation)],
        "total_items": 1,
        "_links": links(
            call.root,
            [
                ("self", "GET", f"{path}/emails", f"{_NAME}/Emails/CollectionResponse", ""),
                ("parent", "GET", path, f"{_NAME}/Response", ""),
            ],
        ),
    }


def get_email(call: Call) -> dict[str, Any]:
    """GET one email of an automation."""
    automation = _automation(call)
    if call.ids["workflow_email_id"] != automation.email_id:
        raise not_found()
    return _show_email(call, automation)


def _automation(call: Call) -> Automation:
    found = call.store.room(Automations).by_id.get(call.ids["workflow_id"])
    if found is None:
        raise not_found()
    return found


def _recipients(call: Call, row: Automation) -> dict[str, Any]:
    audience = call.store.audiences.get(row.audience_id)
    return {
        "list_id": row.audience_id,
        "list_is_active": audience is not None,
        "list_name": audience.settings["name"] if audience else "",
        "segment_opts": {},
    }


def _trigger(row: Automation) -> dict[str, Any]:
    return {
        "workflow_type": row.workflow_type,
        "workflow_title": row.title,
        "workflow_emails_count": 1,
        "runtime": {"days": [], "hours": {"type": "send_asap"}},
    }


def _show(call: Call, row: Automation) -> dict[str, Any]:
    path = f"/automations/{row.id}"
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
        "emails_sent": 0,
        "recipients": _recipients(call, row) | {"store_id": row.store_id},
        "settings": _settings(row) | {"to_name": "", "use_conversation": False},
        "tracking": _TRACKING,
        "trigger_settings": _trigger(row),
        "report_summary": _SUMMARY,
        "_links": links(call.root, rows),
    }


def _settings(row: Automation) -> dict[str, Any]:
    return {
        "title": row.title,
        "from_name": row.from_name,
        "reply_to": row.reply_to,
        "authenticate": True,
        "auto_footer": False,
        "inline_css": False,
    }


def _show_email(call: Call, row: Automation) -> dict[str, Any]:
    path = f"/automations/{row.id}/emails"
    rows: list[Row] = [
        ("parent", "GET", path, f"{_NAME}/Emails/CollectionResponse", ""),
        ("self", "GET", f"{path}/{row.email_id}", f"{_NAME}/Emails/Response", ""),
    ]
    return {
        "id": row.email_id,
        "web_id": int(row.email_id[:6], 16),
        "workflow_id": row.id,
        "position": 1,
        "delay": {
            "amount": 1,
            "type": "day",
            "direction": "after",
            "action": "ecomm_abandoned_cart",
            "action_description": "after a subscriber abandons a cart",
            "full_description": "1 day after a subscriber abandons a cart",
        },
        "create_time": iso(row.create_time),
        "start_time": iso(row.start_time),
        "archive_url": f"http://eepurl.com/{row.email_id[:6]}",
        "status": row.status,
        "emails_sent": 0,
        "send_time": "",
        "content_type": "template",
        "needs_block_refresh": False,
        "has_logo_merge_tag": False,
        "recipients": _recipients(call, row),
        "settings": _settings(row) | {"subject_line": row.title, "preview_text": ""},
        "tracking": _TRACKING,
        "trigger_settings": _trigger(row),
        "report_summary": _SUMMARY,
        "_links": links(call.root, rows),
    }


_ONE: Final = "/automations/{workflow_id}"
ROUTES: Final = (
    Route("GET", "/automations", list_automations, describes=f"{_NAME}/Collection"),
    Route("POST", "/automations", add_automation, BODY, f"{_NAME}/Instance"),
    Route("GET", _ONE, get_automation, describes=f"{_NAME}/Instance"),
    Route("POST", f"{_ONE}/actions/start-all-emails", start),
    Route("POST", f"{_ONE}/actions/pause-all-emails", pause),
    Route("GET", f"{_ONE}/emails", list_emails, describes=f"{_NAME}/Emails/Collection"),
    Route("GET", f"{_ONE}/emails/{{workflow_email_id}}", get_email, describes=f"{_NAME}/Emails/Instance"),
)
