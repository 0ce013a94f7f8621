"""Campaign reports: the figures. Who did what is in report_people.

Missing are locations, advice, eepurl, abuse reports by campaign, sub-reports and e-commerce. Timeseries cover
the first 24 hours. `sort_field` and `sort_dir` are taken although the description does not have them, because the
official source sends them.
"""

from collections import Counter
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.campaigns import TYPES, campaign_of, rate
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import not_found
from source_destination_mailchimp.sandbox.http.links import Row, links

HOURS: Final = 24
_NAME: Final = "Reports"
_INDUSTRY: Final = {
    "type": "Software and Web App",
    "open_rate": 0.2,
    "click_rate": 0.02,
    "bounce_rate": 0.01,
    "unopen_rate": 0.79,
    "unsub_rate": 0.002,
    "abuse_rate": 0.0001,
}


def list_reports(call: Call) -> dict[str, Any]:
    """GET the reports of every campaign that was sent, in the order in which they were made unless sorted."""
    kind = call.choice("type", *TYPES)
    rows = [
        row
        for row in call.store.room(Campaigns).by_id.values()
        if row.is_sent
        and not (row.workflow_id and call.store.is_on("automation_emails", "by_id_only"))
        and kind in ("", row.type)
        and call.since("send_time", row.send_time)
    ]
    if call.choice("sort_field", "send_time"):
        rows.sort(key=lambda row: row.send_time, reverse=call.choice("sort_dir", "ASC", "DESC") == "DESC")
    return {
        "reports": [show(call, row) for row in call.of(rows)],
        "total_items": len(rows),
        "_links": links(
            call.root,
            [("self", "GET", "/reports", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection")],
        ),
    }


def get_report(call: Call) -> dict[str, Any]:
    """GET one report: only here, not in the collection, are the figures without machines (documented)."""
    campaign = sent_campaign(call)
    shown = show(call, campaign)
    shown["opens"] |= _human_opens(campaign)
    return shown


def sent_campaign(call: Call) -> Campaign:
    """The campaign that the path names, if it was sent; 404 otherwise (inferred)."""
    campaign = campaign_of(call)
    if not campaign.is_sent:
        raise not_found()
    return campaign


def show(call: Call, row: Campaign) -> dict[str, Any]:
    """The report object."""
    totals, audience = row.totals(), call.store.audiences.get(row.audience_id)
    open_rate, click_rate = call.store.room(Campaigns).rates(row.audience_id)
    counts = call.store.is_on("complaints_and_soft_bounces", "counted")
    return {
        "id": row.id,
        "campaign_title": row.settings["title"],
        "type": row.type,
        "list_id": row.audience_id,
        "list_is_active": audience is not None,
        "list_name": audience.settings["name"] if audience else "",
        "subject_line": row.settings["subject_line"],
        "preview_text": row.settings.get("preview_text", ""),
        "emails_sent": len(row.recipients),
        "abuse_reports": totals.complaints if counts else 0,
        "unsubscribed": totals.unsubscribes,
        "send_time": iso(row.send_time),
        "bounces": {
            "hard_bounces": totals.hard_bounces,
            "soft_bounces": totals.soft_bounces if counts else 0,
            "syntax_errors": 0,
        },
        "forwards": {"forwards_count": 0, "forwards_opens": 0},
        **_engagement(row),
        "facebook_likes": {"recipient_likes": 0, "unique_likes": 0, "facebook_likes": 0},
        "industry_stats": _INDUSTRY,
        "list_stats": {"sub_rate": 0, "unsub_rate": 0, "open_rate": open_rate, "click_rate": click_rate},
        "timeseries": row.remembered("timeseries", 0, lambda: _timeseries(row)),
        "ecommerce": {"total_orders": 0, "total_spent": 0, "total_revenue": 0},
        "delivery_status": {"enabled": False},
        "_links": links(call.root, _link_rows(row)),
    }


def _engagement(row: Campaign) -> dict[str, Any]:
    """Opens and clicks; the times of the last ones are "" where there was none (observed)."""
    totals = row.totals()
    delivered = len(row.recipients) - totals.bounces
    return {
        "opens": {
            "opens_total": totals.opens,
            "unique_opens": totals.unique_opens,
            "open_rate": rate(totals.unique_opens, delivered),
            "last_open": iso(totals.last_open),
        },
        "clicks": {
            "clicks_total": totals.clicks,
            "unique_clicks": totals.unique_clicks,
            "unique_subscriber_clicks": totals.clickers,
            "click_rate": rate(totals.clickers, delivered),
            "last_click": iso(totals.last_click),
        },
    }


def _human_opens(row: Campaign) -> dict[str, Any]:
    totals = row.totals()
    return {
        "proxy_excluded_opens": totals.human_opens,
        "proxy_excluded_unique_opens": totals.unique_human_opens,
        "proxy_excluded_open_rate": rate(totals.unique_human_opens, len(row.recipients) - totals.bounces),
    }


def _timeseries(row: Campaign) -> list[dict[str, Any]]:
    """The first 24 hours, one entry an hour."""
    start = row.send_time // 3600 * 3600
    opens: Counter[int] = Counter()
    clicks: Counter[int] = Counter()
    for events in row.events.values():
        first = min((event.at for event in events if event.kind == "open"), default=0)
        opens[(first - start) // 3600] += bool(first)
        clicks.update((event.at - start) // 3600 for event in events if event.kind == "click")
    return [
        {
            "timestamp": iso(start + hour * 3600),
            "emails_sent": len(row.recipients) if hour == 0 else 0,
            "unique_opens": opens[hour],
            "recipients_clicks": clicks[hour],
        }
        for hour in range(HOURS)
    ]


def _link_rows(row: Campaign) -> list[Row]:
    path = f"/reports/{row.id}"
    children = (
        ("email-activity", "EmailActivity"),
        ("sent-to", "SentTo"),
        ("open-details", "OpenDetails"),
        ("click-details", "ClickDetails"),
        ("unsubscribed", "Unsubs"),
    )
    return [
        ("parent", "GET", "/reports", f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection"),
        ("self", "GET", path, f"{_NAME}/Response", ""),
        ("campaign", "GET", f"/campaigns/{row.id}", "Campaigns/Response", ""),
        *((rel, "GET", f"{path}/{rel}", f"{_NAME}/{name}/CollectionResponse", "") for rel, name in children),
    ]


ROUTES: Final = (
    Route("GET", "/reports", list_reports, describes=f"{_NAME}/Collection"),
    Route("GET", "/reports/{campaign_id}", get_report, describes=f"{_NAME}/Instance"),
)
