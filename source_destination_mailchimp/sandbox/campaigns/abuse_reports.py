"""Complaints about campaigns, audience by audience.

Not done: the same reports campaign by campaign. A complaint that names no campaign makes no report.
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import not_found
from source_destination_mailchimp.sandbox.http.links import collection_links, instance_links
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.view import MemberView

_NAME: Final = "Lists/Abuse"


class Complaint(NamedTuple):
    """Somebody reported a campaign as spam."""

    id: int
    campaign: Campaign
    member: Member
    at: int


def list_reports(call: Call) -> dict[str, Any]:
    """GET the complaints of an audience's members, oldest first (order inferred)."""
    rows, path = list(_complaints(call)), f"/lists/{call.audience.id}"
    return {
        "abuse_reports": [_show(call, row) for row in call.of(rows)],
        "list_id": call.audience.id,
        "total_items": len(rows),
        "_links": collection_links(call.root, f"{path}/abuse-reports", _NAME, (path, "Lists"), may_create=False),
    }


def get_report(call: Call) -> dict[str, Any]:
    """GET one complaint."""
    for row in _complaints(call):
        if str(row.id) == call.ids["report_id"]:
            return _show(call, row)
    raise not_found()


def _complaints(call: Call) -> Iterator[Complaint]:
    found = []
    for campaign in call.store.room(Campaigns).by_id.values():
        if campaign.audience_id != call.audience.id:
            continue
        for member, departure in campaign.departures.items():
            if departure.reason == "abuse":
                number = zlib.crc32(f"{campaign.id}:{member.web_id}".encode())
                found.append(Complaint(number, campaign, member, departure.at))
    yield from sorted(found, key=lambda row: row.at)


def _show(call: Call, row: Complaint) -> dict[str, Any]:
    path = f"/lists/{call.audience.id}/abuse-reports"
    return {
        "id": row.id,
        "campaign_id": row.campaign.id,
        "list_id": call.audience.id,
        "email_id": row.member.id,
        "email_address": row.member.email_address,
        "date": iso(row.at),
        "merge_fields": MemberView(call.audience, call.root).merge_fields(row.member),
        "vip": row.member.vip,
        "_links": instance_links(call.root, path, str(row.id), _NAME, updates=False),
    }


ROUTES: Final = (
    Route("GET", "/lists/{list_id}/abuse-reports", list_reports, describes=f"{_NAME}/Collection"),
    Route("GET", "/lists/{list_id}/abuse-reports/{report_id}", get_report, describes=f"{_NAME}/Instance"),
)
