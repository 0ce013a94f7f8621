"""What happened to one member: the last fifty actions, the whole feed, and goals.

The feed is put together from campaigns, notes, events, how the member came and how they left. Earlier departures of
somebody who came back are not in it. Goals are always empty: there is no way to reach one here.
"""

from collections.abc import Iterator
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.ids import contact_id
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.members.events import EventLog
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.members import member_of
from source_destination_mailchimp.sandbox.members.notes import AUTHOR, Notebook

LAST: Final = 50  # documented
ACTIONS: Final = ("abuse", "bounce", "click", "open", "sent", "unsub", "ecomm")
FILTERS: Final = (
    *("bounce", "click", "conversation", "ecommerce_signup", "event", "web_engagement", "generic_signup"),
    *("landing_page_signup", "marketing_permission", "note", "open", "order", "postcard_sent", "sent", "signup"),
    *("squatter_signup", "unsub", "website_signup", "survey_response", "sms_bulk_sent", "inbox_thread"),
    *("qbo_payment_link", "video_call_transcripts"),
)
Item = tuple[int, dict[str, Any]]  # when, in unix seconds, and what


def list_actions(call: Call) -> dict[str, Any]:
    """GET activity: the last 50, the newest first (documented), of the kinds in `action`."""
    member, wanted = member_of(call), _kinds(call, "action", ACTIONS)
    found = [item for item in _actions(call, member) if not wanted or item[1]["action"] in wanted]
    rows = [row for _, row in sorted(found, key=_when, reverse=True)[:LAST]]
    return {
        "activity": rows,
        "email_id": member.id,
        "contact_id": contact_id(call.audience.id, member.web_id),
        "list_id": call.audience.id,
        "total_items": len(rows),
        "_links": links(call.root, _link_rows(call, member, "activity", "Activity")),
    }


def list_feed(call: Call) -> dict[str, Any]:
    """GET activity-feed: everything, the newest first, in pages, of the kinds in `activity_filters`."""
    member, wanted = member_of(call), _kinds(call, "activity_filters", FILTERS)
    items = [*_campaign_items(call, member), *_own_items(call, member)]
    found = [item for item in items if not wanted or item[1]["activity_type"] in wanted]
    found.sort(key=_when, reverse=True)
    return {
        "activity": [row | {"created_at_timestamp": iso(at)} for at, row in call.of(found)],
        "email_id": member.id,
        "list_id": call.audience.id,
        "_links": links(call.root, _link_rows(call, member, "activity-feed", "ActivityFeed")),
    }


def list_goals(call: Call) -> dict[str, Any]:
    """GET goals: none."""
    member = member_of(call)
    return {
        "goals": [],
        "list_id": call.audience.id,
        "email_id": member.id,
        "total_items": 0,
        "_links": links(call.root, _link_rows(call, member, "goals", "Goals")),
    }


def _when(item: Item) -> int:
    return item[0]


def _kinds(call: Call, name: str, known: tuple[str, ...]) -> frozenset[str]:
    """A comma-separated parameter; 400 for a kind that is not described (inferred)."""
    wanted = frozenset(filter(None, call.query.get(name, "").split(",")))
    if wanted - set(known):
        message = f"Data presented is not one of the accepted values: {', '.join(known)}."
        raise invalid_fields(FieldError(name, message))
    return wanted


def _actions(call: Call, member: Member) -> Iterator[Item]:
    for at, kind, campaign, more in _campaign_events(call, member):
        action = "abuse" if kind == "unsub" and more["reason"] == "abuse" else kind
        row = {"action": action, "timestamp": iso(at), "campaign_id": campaign.id, "title": campaign.settings["title"]}
        if kind == "sent":
            row["type"] = campaign.type
        if kind == "click":
            row["url"] = more["url"]
        yield at, row
    if _left_on_their_own(call, member):
        yield member.left_at, {"action": "unsub", "timestamp": iso(member.left_at), "campaign_id": "", "title": ""}


def _campaign_events(call: Call, member: Member) -> Iterator[tuple[int, str, Campaign, dict[str, str]]]:
    """When, kind, campaign and details of everything between a member and campaigns."""
    for campaign in call.store.room(Campaigns).sent_to(member):
        yield campaign.sent_at(member), "sent", campaign, {}
        for event in campaign.events.get(member, ()):
            if event.kind == "soft_bounce":
                yield event.at, "bounce", campaign, {"type": "soft"}
            else:
                yield event.at, event.kind, campaign, {"url": event.url, "type": "hard"}
        departure = campaign.departures.get(member)
        if departure is not None:
            yield departure.at, "unsub", campaign, {"reason": departure.reason}


def _left_on_their_own(call: Call, member: Member) -> bool:
    """Whether the member is off the list for a reason that no campaign accounts for."""
    if member.status != "unsubscribed" or not member.left_at:
        return False
    return not any(member in campaign.departures for campaign in call.store.room(Campaigns).sent_to(member))


def _campaign_items(call: Call, member: Member) -> Iterator[Item]:
    for at, kind, campaign, more in _campaign_events(call, member):
        row: dict[str, Any] = {"activity_type": kind}
        if kind == "click":
            row["link_clicked"] = more["url"]
        if kind == "bounce":
            opened = any(event.kind == "open" for event in campaign.events[member])
            row |= {"bounce_type": more["type"], "bounce_has_open_activity": opened}
        if kind == "unsub":
            row |= {"is_admin_unsubscribed": False, "unsubscribe_reason": more["reason"]}
        yield at, row | {"campaign_id": campaign.id, "campaign_title": campaign.settings["title"]}


def _own_items(call: Call, member: Member) -> Iterator[Item]:
    for note in call.audience.room(Notebook).of.get(member.web_id, ()):
        yield (
            note.created_at,
            {
                "activity_type": "note",
                "note_id": str(note.id),
                "note_text": note.text,
                "created_by": AUTHOR,
                "updated_at_timestamp": iso(note.updated_at),
                "avatar_url": "",
            },
        )
    for event in call.audience.room(EventLog).of.get(member.web_id, ()):
        properties = [{"name": name, "value": value} for name, value in event.properties.items()]
        row = {"activity_type": "event", "event_name": event.name, "event_properties": properties}
        yield event.occurred_at, row
    if _left_on_their_own(call, member):
        by_admin = member.left_by in ("api", "admin")
        row = {"activity_type": "unsub", "campaign_id": "", "campaign_title": ""}
        yield (
            member.left_at,
            row
            | {
                "is_admin_unsubscribed": by_admin,
                "unsubscribe_reason": member.unsubscribe_reason,
            },
        )
    came = member.timestamp_signup or member.timestamp_opt
    if came:
        yield came, {"activity_type": "generic_signup", "signup_category": member.source}


def _link_rows(call: Call, member: Member, rel: str, name: str) -> list[Row]:
    path = f"/lists/{call.audience.id}/members/{member.id}"
    return [
        ("self", "GET", f"{path}/{rel}", f"Lists/Members/{name}/Response", ""),
        ("parent", "GET", path, "Lists/Members/Response", ""),
    ]


_AT: Final = "/lists/{list_id}/members/{subscriber_hash}"
ROUTES: Final = (
    Route("GET", f"{_AT}/activity", list_actions, describes="Lists/Members/Activity/Collection"),
    Route("GET", f"{_AT}/activity-feed", list_feed, describes="Lists/Members/ActivityFeed/Collection"),
    Route("GET", f"{_AT}/goals", list_goals, describes="Lists/Members/Goals/Collection"),
)
