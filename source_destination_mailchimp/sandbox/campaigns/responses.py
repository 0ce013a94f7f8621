"""What people do with a campaign: open it, click in it, leave or complain because of it, or turn out not to exist.

The control calls come here. Nothing happens by itself: nobody opens a mail unless they are told to.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.audiences.growth import Days, day_of
from source_destination_mailchimp.sandbox.audiences.lists import BLANK
from source_destination_mailchimp.sandbox.audiences.segment_lookup import everybody_in
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns, Departure, Event
from source_destination_mailchimp.sandbox.control import people
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.control.people import PERSONS_IP, Deed
from source_destination_mailchimp.sandbox.members.member import Member

TYPES: Final = ("regular", "plaintext", "absplit", "rss", "variate")
DRAFTS: Final = ("save", "paused", "schedule")
SETTINGS: Final = ("title", "subject_line", "preview_text", "from_name", "reply_to")
ORDER: Final = (
    *("audience", *SETTINGS, "type", "status", "links", "recipients", "segment_id", "send_time", "create_time"),
    *("open_percent", "click_percent"),
)
CLIENT: Final = "Gmail"  # what opens were seen to fill email_client with


def send(store: Store, order: Mapping[str, Any]) -> Campaign:
    """Carry out POST /_sandbox/campaigns: make a campaign and, unless `status` is a draft's, send it at once.

    Keys: audience; title, subject_line, preview_text, from_name, reply_to; type; links; recipients (addresses) or
    segment_id, else everybody subscribed; send_time, create_time (ISO 8601); open_percent, click_percent (of the
    recipients, evenly spread, within an hour after sending and never later than now). Raises ValueError.
    """
    check_names("A campaign", order, ORDER)
    audience = store.audiences.get(str(order.get("audience", "")))
    if audience is None:
        raise ValueError(f"audience must be the ID of one of: {', '.join(store.audiences) or 'none yet'}")
    kind, status = str(order.get("type", "regular")), str(order.get("status", "sent"))
    if kind not in TYPES or status not in (*DRAFTS, "sent"):
        raise ValueError(f"type must be one of {', '.join(TYPES)}; status one of sent, {', '.join(DRAFTS)}")
    sent_at = _moment(order, "send_time", store.clock.now())
    made = store.room(Campaigns).add(
        audience.id, _settings(order), kind, status, _moment(order, "create_time", sent_at)
    )
    made.links = [str(link) for link in order.get("links", ["https://www.sandbox-people.org/"])]
    if status == "sent":
        _deliver(audience, made, order, sent_at)
        respond(store, made, int(order.get("open_percent", 0)), int(order.get("click_percent", 0)))
    return made


def _moment(order: Mapping[str, Any], name: str, default: int) -> int:
    return int(parse_time(str(order[name]))) if order.get(name) else default


def _settings(order: Mapping[str, Any]) -> dict[str, Any]:
    defaults = BLANK["campaign_defaults"]
    given = {name: str(order.get(name, "")) for name in SETTINGS}
    given["subject_line"] = given["subject_line"] or given["title"] or "A campaign of the sandbox"
    given["title"] = given["title"] or given["subject_line"]
    given["from_name"] = given["from_name"] or defaults["from_name"]
    given["reply_to"] = given["reply_to"] or defaults["from_email"]
    return given


def _deliver(audience: Audience, campaign: Campaign, order: Mapping[str, Any], sent_at: int) -> None:
    if "recipients" in order:
        found = [audience.find(str(address)) for address in order["recipients"]]
        chosen = [member for member in found if member is not None]
    elif "segment_id" in order:
        segment = audience.segments.get(int(order["segment_id"]))
        if segment is None:
            raise ValueError(f"audience {audience.id} has no segment {order['segment_id']}")
        chosen = everybody_in(audience, segment)
        campaign.segment_text = segment.name
    else:
        chosen = list(audience.by_web_id.values())
    campaign.recipients = [member for member in chosen if member.status == "subscribed"]
    campaign.send_time = sent_at
    audience.room(Rates).sent(campaign.recipients)
    audience.campaign_count += 1
    audience.last_campaign_sent = max(audience.last_campaign_sent, sent_at)
    audience.room(Days).count(day_of(sent_at), "emails_sent", len(campaign.recipients))


class Rates:
    """How many campaigns each member of an audience received, opened and clicked in; it keeps the members' rates."""

    def __init__(self) -> None:
        self._received: Counter[Member] = Counter()
        self._opened: Counter[Member] = Counter()
        self._clicked: Counter[Member] = Counter()

    def sent(self, members: list[Member]) -> None:
        """One more campaign for these."""
        self._received.update(members)
        for member in members:
            if member in self._opened or member in self._clicked:
                self._work_out(member)

    def responded(self, member: Member, kind: str) -> None:
        """One more campaign that was opened, or clicked in."""
        counts = self._opened if kind == "open" else self._clicked
        counts[member] += 1
        self._work_out(member)

    def _work_out(self, member: Member) -> None:
        received = self._received[member]
        member.open_rate, member.click_rate = self._opened[member] / received, self._clicked[member] / received


def respond(store: Store, campaign: Campaign, open_percent: int, click_percent: int) -> None:
    """Let a part of the recipients open, and a part click the first link, evenly spread over the list."""
    audience, now = store.audiences[campaign.audience_id], max(store.clock.now(), campaign.send_time)
    for position, member in enumerate(campaign.recipients):
        opened = campaign.send_time + 60 + position % 3600
        if _is_chosen(position, open_percent):
            _note(audience, campaign, member, Event(min(opened, now), "open", ip=PERSONS_IP))
        if campaign.links and _is_chosen(position, click_percent):
            clicked = Event(min(opened + 30, now), "click", campaign.links[0], PERSONS_IP)
            _note(audience, campaign, member, clicked)


def _is_chosen(position: int, percent: int) -> bool:
    return (position + 1) * percent // 100 > position * percent // 100


def open_mail(deed: Deed) -> Member:
    """Open a campaign; `bot` true for a machine that fetches the pictures."""
    return _respond(deed, "open", "")


def click(deed: Deed) -> Member:
    """Click in a campaign: `url`, else its first link."""
    return _respond(deed, "click", str(deed.details.get("url", "")))


def unsubscribe(deed: Deed) -> Member:
    """Leave the audience, by the link of `campaign` if one is named."""
    return _leave(deed, people.unsubscribe, "")


def complain(deed: Deed) -> Member:
    """Report as spam, `campaign` if one is named."""
    return _leave(deed, people.complain, "abuse")


def bounce_hard(deed: Deed) -> Member:
    """The mailbox does not exist; `campaign` is the one that found out."""
    campaign = _campaign(deed) if "campaign" in deed.details else None
    member = people.bounce_hard(deed)
    if campaign is not None:
        _note(deed.audience, campaign, member, Event(_at(deed), "bounce"))
    return member


def bounce_soft(deed: Deed) -> Member:
    """The mailbox is full, or away: `campaign` did not arrive, and nothing else changes."""
    campaign = _campaign(deed)
    member = _recipient(deed, campaign)
    _note(deed.audience, campaign, member, Event(_at(deed), "soft_bounce"))
    return member


def _at(deed: Deed) -> int:
    """When it happened: `at`, for what Mailchimp learns of only later, else now."""
    return _moment(deed.details, "at", deed.store.clock.now())


def _respond(deed: Deed, kind: str, url: str) -> Member:
    campaign = _campaign(deed)
    member = _recipient(deed, campaign)
    if kind == "click":
        url = url or (campaign.links[0] if campaign.links else "")
        if url not in campaign.links:
            raise ValueError(f"campaign {campaign.id} has these links: {', '.join(campaign.links)}")
    ip, is_bot = str(deed.details.get("ip", PERSONS_IP)), deed.details.get("bot") is True
    _note(deed.audience, campaign, member, Event(_at(deed), kind, url, ip, is_bot))
    return member


def _leave(deed: Deed, leave: Callable[[Deed], Member], reason: str) -> Member:
    campaign = _campaign(deed) if "campaign" in deed.details else None
    member = leave(deed)
    if campaign is not None:
        campaign.depart(member, Departure(deed.store.clock.now(), reason or member.unsubscribe_reason))
    return member


def _campaign(deed: Deed) -> Campaign:
    campaign = deed.store.room(Campaigns).by_id.get(str(deed.details.get("campaign", "")))
    if campaign is None or campaign.audience_id != deed.audience.id:
        raise ValueError("campaign must be the ID of a campaign that was sent to this audience")
    _recipient(deed, campaign)
    return campaign


def _recipient(deed: Deed, campaign: Campaign) -> Member:
    member = deed.member
    if member is None or not campaign.went_to(member):
        raise ValueError(f"{deed.email} did not receive campaign {campaign.id}")
    return member


def _note(audience: Audience, campaign: Campaign, member: Member, event: Event) -> None:
    """Keep an event, in the member's own rates and in the audience's days too."""
    earlier = campaign.events.get(member, ())
    is_first = not any(known.kind == event.kind for known in earlier)
    campaign.record(member, event)
    if event.kind == "open":
        member.email_client = member.email_client or CLIENT  # without moving last_changed (observed)
    if is_first and event.kind in ("open", "click"):
        audience.room(Rates).responded(member, event.kind)
    column = {"open": "unique_opens" if is_first else "", "click": "recipient_clicks"}.get(event.kind, "")
    if column:
        audience.room(Days).count(day_of(event.at), column, 1)


ACTIONS: Final[dict[str, Callable[[Deed], Member]]] = {
    "open": open_mail,
    "click": click,
    "unsubscribe": unsubscribe,
    "complain": complain,
    "bounce_hard": bounce_hard,
    "bounce_soft": bounce_soft,
}
