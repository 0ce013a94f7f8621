"""Campaigns, as far as they are read: the collection and one of them.

They are made by the control API, not by POST /campaigns, and deleted by either; content, feedback, tests, schedules,
folders and everything else that belongs to writing a campaign is missing. Rates leave bounces out of the count, so that
an open rate may exceed 1 (observed).
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns, Totals
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import not_found
from source_destination_mailchimp.sandbox.http.links import Row, links

TYPES: Final = ("regular", "plaintext", "absplit", "rss", "variate", "automation")
STATUSES: Final = ("save", "paused", "schedule", "sending", "sent")
_NAME: Final = "Campaigns"
_TRACKING: Final = {
    "opens": True,
    "html_clicks": True,
    "text_clicks": False,
    "goal_tracking": False,
    "ecomm360": False,
    "google_analytics": "",
    "clicktale": "",
}


def list_campaigns(call: Call) -> dict[str, Any]:
    """GET the campaigns, in the order in which they were made unless sorted otherwise (inferred)."""
    rows = [row for row in call.store.room(Campaigns).by_id.values() if _is_wanted(call, row)]
    field = call.choice("sort_field", "create_time", "send_time")
    backwards = call.choice("sort_dir", "ASC", "DESC") == "DESC"
    if field:
        rows.sort(key=lambda row: int(getattr(row, field)), reverse=backwards)
    return {
        "campaigns": [show(call, row) for row in call.of(rows)],
        "total_items": len(rows),
        "_links": links(
            call.root,
            [
                ("self", "GET", "/campaigns", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection"),
                ("parent", "GET", "/", "Root/Response", ""),
            ],
        ),
    }


def get_campaign(call: Call) -> dict[str, Any]:
    """GET one campaign."""
    return show(call, campaign_of(call))


def delete_campaign(call: Call) -> None:
    """DELETE one campaign (documented): it and its report leave no trace (observed)."""
    del call.store.room(Campaigns).by_id[campaign_of(call).id]


def campaign_of(call: Call) -> Campaign:
    """The campaign that the path names; 404 if there is none."""
    found = call.store.room(Campaigns).by_id.get(call.ids["campaign_id"])
    if found is None:
        raise not_found()
    return found


def _is_wanted(call: Call, row: Campaign) -> bool:
    if row.workflow_id and not call.store.is_on("automation_emails", "in_campaigns_too"):
        return False
    kind, status = call.choice("type", *TYPES), call.choice("status", *STATUSES)
    if kind not in ("", row.type) or status not in ("", row.status):
        return False
    if call.query.get("list_id", row.audience_id) != row.audience_id or call.query.get("folder_id"):
        return False
    if "member_id" in call.query and not _went_to(call, row, call.query["member_id"]):
        return False
    return call.since("create_time", row.create_time, is_settled=True) and _was_sent_then(call, row)


def _was_sent_then(call: Call, row: Campaign) -> bool:
    """Drafts are outside of every span of sending (inferred)."""
    if not ("since_send_time" in call.query or "before_send_time" in call.query):
        return True
    return row.is_sent and call.since("send_time", row.send_time)


def _went_to(call: Call, row: Campaign, name: str) -> bool:
    audience = call.store.audiences.get(row.audience_id)
    member = audience.find(name) if audience else None
    return member is not None and row.went_to(member)


def show(call: Call, row: Campaign) -> dict[str, Any]:
    """The campaign object; only one that was sent has a report summary. Without a preview text its key is absent."""
    shown: dict[str, Any] = {
        "id": row.id,
        "web_id": row.web_id,
        "type": row.type,
        "create_time": iso(row.create_time),
        "archive_url": f"http://eepurl.com/{row.id[:6]}",
        "long_archive_url": f"https://mailchi.mp/{row.id}",
        "status": row.status,
        "emails_sent": len(row.recipients),
        "send_time": iso(row.send_time),
        "content_type": "template",
        "needs_block_refresh": False,
        "resendable": row.is_resendable,
        "recipients": _recipients(call, row),
        "settings": _settings(row),
        "tracking": _TRACKING,
        "delivery_status": {"enabled": False},
        "_links": links(call.root, _link_rows(row)),
    }
    if row.is_sent:
        shown["report_summary"] = summary(len(row.recipients), row.totals())
    return shown


def summary(sent: int, totals: Totals) -> dict[str, Any]:
    """The key figures of a report."""
    delivered = sent - totals.bounces
    return {
        "opens": totals.opens,
        "unique_opens": totals.unique_opens,
        "open_rate": rate(totals.unique_opens, delivered),
        "clicks": totals.clicks,
        "subscriber_clicks": totals.clickers,
        "click_rate": rate(totals.clickers, delivered),
        "ecommerce": {"total_orders": 0, "total_spent": 0, "total_revenue": 0},
    }


def rate(part: int, whole: int) -> float:
    """A share; 0 of nothing."""
    return part / whole if whole > 0 else 0


def _recipients(call: Call, row: Campaign) -> dict[str, Any]:
    audience = call.store.audiences.get(row.audience_id)
    return {
        "list_id": row.audience_id,
        "list_is_active": audience is not None,
        "list_name": audience.settings["name"] if audience else "",
        "segment_text": row.segment_text,
        "recipient_count": len(row.recipients),
    }


def _settings(row: Campaign) -> dict[str, Any]:
    settings = {name: value for name, value in row.settings.items() if name != "preview_text" or value}
    return {
        **settings,
        "use_conversation": False,
        "to_name": "",
        "folder_id": "",
        "authenticate": True,
        "auto_footer": False,
        "inline_css": False,
        "auto_tweet": False,
        "fb_comments": True,
        "timewarp": False,
        "template_id": 0,
        "drag_and_drop": True,
    }


def _link_rows(row: Campaign) -> list[Row]:
    return [
        ("parent", "GET", "/campaigns", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection"),
        ("self", "GET", f"/campaigns/{row.id}", f"{_NAME}/Response", ""),
    ]


ROUTES: Final = (
    Route("GET", "/campaigns", list_campaigns, describes=f"{_NAME}/Collection"),
    Route("GET", "/campaigns/{campaign_id}", get_campaign, describes=f"{_NAME}/Instance"),
    Route("DELETE", "/campaigns/{campaign_id}", delete_campaign),
)
