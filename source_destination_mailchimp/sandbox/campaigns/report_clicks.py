"""Campaign reports, link by link: which were clicked, how often, and by whom.

Links are what the campaign was sent with; A/B variants have no figures of their own.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.campaigns import rate
from source_destination_mailchimp.sandbox.campaigns.report_people import Report, Row, Show
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, LinkTotals
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import not_found
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.members.member import Member


def list_links(call: Call) -> dict[str, Any]:
    """GET click-details: every link of the campaign, clicked or not (inferred)."""
    report = Report(call, "click-details")
    rows = list(report.totals.links.items())
    field = call.choice("sort_field", "total_clicks", "unique_clicks")
    if field:
        backwards = call.choice("sort_dir", "ASC", "DESC") == "DESC"
        rows.sort(key=lambda row: row[1].clicks if field == "total_clicks" else row[1].unique, reverse=backwards)
    return {
        "urls_clicked": [_link(report, url, totals) for url, totals in call.of(rows)],
        "campaign_id": report.campaign.id,
        "total_items": len(rows),
        "_links": report.links(),
    }


def get_link(call: Call) -> dict[str, Any]:
    """GET one link."""
    report = Report(call, "click-details")
    url = _url(call, report.campaign)
    return _link(report, url, report.totals.links[url])


def _url(call: Call, campaign: Campaign) -> str:
    for url in campaign.totals().links:
        if campaign.link_id(url) == call.ids["link_id"]:
            return url
    raise not_found()


def _link(report: Report, url: str, totals: LinkTotals) -> dict[str, Any]:
    """A link's figures; last_click is "" where there was none (observed)."""
    campaign, sums = report.campaign, report.totals
    path = f"{report.path}/{campaign.link_id(url)}"
    return {
        "id": campaign.link_id(url),
        "url": url,
        "total_clicks": totals.clicks,
        "click_percentage": rate(totals.clicks, sums.clicks),
        "unique_clicks": totals.unique,
        "unique_click_percentage": rate(totals.unique, sums.unique_clicks),
        "last_click": iso(totals.last),
        "campaign_id": campaign.id,
        "_links": links(
            report.call.root,
            [
                ("parent", "GET", report.path, "Reports/ClickDetails/CollectionResponse", ""),
                ("self", "GET", path, "Reports/ClickDetails/Response", ""),
                ("members", "GET", f"{path}/members", "Reports/ClickDetails/Members/CollectionResponse", ""),
            ],
        ),
    }


def list_clickers(call: Call) -> dict[str, Any]:
    """GET click-details/{link_id}/members: who clicked the link, and how often."""
    report, url = _clicks(call)
    members = report.remembered(("clicks", url), lambda: _clickers(report, url))
    return report.collection("members", members, _clicker(report, url))


def _clickers(report: Report, url: str) -> list[Member]:
    return [member for member in report.present(report.campaign.events) if _count(report, member, url)]


def get_clicker(call: Call) -> dict[str, Any]:
    """GET one member who clicked the link."""
    report, url = _clicks(call)
    return report.one(_clickers(report, url), _clicker(report, url))


def _clicks(call: Call) -> tuple[Report, str]:
    report = Report(call, f"click-details/{call.ids['link_id']}/members")
    return report, _url(call, report.campaign)


def _count(report: Report, member: Member, url: str) -> int:
    return sum(event.kind == "click" and event.url == url for event in report.events(member))


def _clicker(report: Report, url: str) -> Show:
    def show(member: Member) -> Row:
        return (
            report.person(member)
            | report.details(member)
            | {
                "clicks": _count(report, member, url),
                "url_id": report.campaign.link_id(url),
                "contact_status": member.status,
                "_links": report.links(member),
            }
        )

    return show


_LINKS: Final = "/reports/{campaign_id}/click-details"
_LINK: Final = f"{_LINKS}/{{link_id}}"
_NAME: Final = "Reports/ClickDetails"
ROUTES: Final = (
    Route("GET", _LINKS, list_links, describes=f"{_NAME}/Collection"),
    Route("GET", _LINK, get_link, describes=f"{_NAME}/Instance"),
    Route("GET", f"{_LINK}/members", list_clickers, describes=f"{_NAME}/Members/Collection"),
    Route("GET", f"{_LINK}/members/{{subscriber_hash}}", get_clicker, describes=f"{_NAME}/Members/Instance"),
)
