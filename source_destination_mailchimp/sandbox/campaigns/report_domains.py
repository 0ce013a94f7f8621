"""Campaign reports, domain by domain: the five domains with most delivered emails.

Percentages are of the campaign's own figures, from 0 to 100 (inferred).
"""

from collections import Counter
from typing import Any, Final

from source_destination_mailchimp.sandbox.campaigns.report_people import BOUNCES
from source_destination_mailchimp.sandbox.campaigns.reports import sent_campaign
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.members.member import Member

TOP: Final = 5  # documented


def list_domains(call: Call) -> dict[str, Any]:
    """GET the performance of the top domains. `count` and `offset` are not described, and not heeded."""
    campaign = sent_campaign(call)
    counts: dict[str, Counter[str]] = {}
    for member in campaign.recipients:
        domain = member.email_address.rpartition("@")[2].lower()
        counts.setdefault(domain, Counter()).update(_figures(campaign, member))
    top = sorted(counts.items(), key=lambda entry: -entry[1]["delivered"])[:TOP]
    whole: Counter[str] = sum(counts.values(), Counter())
    return {
        "domains": [_show(domain, figures, whole) for domain, figures in top],
        "total_sent": len(campaign.recipients),
        "campaign_id": campaign.id,
        "total_items": len(top),
        "_links": links(call.root, [("parent", "GET", f"/reports/{campaign.id}", "Reports/Response", "")]),
    }


def _figures(campaign: Campaign, member: Member) -> Counter[str]:
    kinds = Counter(event.kind for event in campaign.events.get(member, ()))
    bounced = any(kinds[kind] for kind in BOUNCES)
    return Counter(
        emails_sent=1,
        bounces=int(bounced),
        opens=kinds["open"],
        clicks=kinds["click"],
        unsubs=int(member in campaign.departures),
        delivered=int(not bounced),
    )


def _show(domain: str, figures: Counter[str], whole: Counter[str]) -> dict[str, Any]:
    def percent(name: str) -> float:
        return round(100 * figures[name] / max(whole[name], 1), 2)

    names = ("emails_sent", "bounces", "opens", "clicks", "unsubs", "delivered")
    return {
        "domain": domain,
        **{name: figures[name] for name in names},
        "emails_pct": percent("emails_sent"),
        "bounces_pct": percent("bounces"),
        "opens_pct": percent("opens"),
        "clicks_pct": percent("clicks"),
        "unsubs_pct": percent("unsubs"),
    }


ROUTES: Final = (
    Route(
        "GET",
        "/reports/{campaign_id}/domain-performance",
        list_domains,
        describes="Reports/DomainPerformance/Collection",
    ),
)
