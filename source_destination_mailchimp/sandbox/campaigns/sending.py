"""Campaigns that were sent: who received them and what they did with them. Memory only, no rules of the API.

Recipients are kept as references and what they did only where they did something, so that a campaign to a hundred
thousand people is cheap; every row of a report is made when its page is asked for.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from source_destination_mailchimp.sandbox.account.ids import short_ids
from source_destination_mailchimp.sandbox.members.member import Member

Known = TypeVar("Known")
MAX_REMEMBERED: Final = 8
MAX_EVENTS: Final = 1000  # opens, and clicks, that are kept of one member in one campaign (documented)


class Event(NamedTuple):
    """Something a recipient did; kind is open, click, bounce (for good) or soft_bounce (for now).

    `url` belongs to a click, `is_bot` to a machine.
    """

    at: int
    kind: str
    url: str = ""
    ip: str = ""
    is_bot: bool = False


class Departure(NamedTuple):
    """A recipient who unsubscribed because of the campaign; `reason` is abuse for a complaint."""

    at: int
    reason: str


@dataclass(slots=True, eq=False)
class Campaign:
    """One campaign of an audience; times are unix seconds, `send_time` 0 for one that was never sent."""

    id: str
    web_id: int
    audience_id: str
    settings: dict[str, Any]
    type: str
    status: str
    create_time: int
    send_time: int = 0
    links: list[str] = field(default_factory=list)
    segment_text: str = ""
    recipients: list[Member] = field(default_factory=list)
    events: dict[Member, list[Event]] = field(default_factory=dict)
    departures: dict[Member, Departure] = field(default_factory=dict)
    version: int = 0
    workflow_id: str = ""
    """The classic automation that it is an email of; "" for none."""

    deliveries: dict[Member, int] = field(default_factory=dict)
    """When each recipient got an email that does not go to everybody at once."""

    _received: frozenset[Member] = frozenset()
    _remembered: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def is_resendable(self) -> bool:
        """Seen true for one sent campaign and false for another, for no reason that shows: here every other one."""
        return self.is_sent and self.web_id % 8 == 0

    @property
    def is_sent(self) -> bool:
        """Whether it has left, and so has a report."""
        return self.send_time > 0

    def went_to(self, member: Member) -> bool:
        """Whether the member received it."""
        if not self._received and self.recipients:
            self._received = frozenset(self.recipients)
        return member in self._received

    def deliver(self, member: Member, at: int) -> None:
        """Send it to one more; `send_time` is that of the last one (inferred)."""
        self.recipients = [*self.recipients, member]
        self.deliveries[member] = at
        self.send_time = max(self.send_time, at)
        self._received = frozenset()
        self.version += 1

    def sent_at(self, member: Member) -> int:
        """When a recipient got it."""
        return self.deliveries.get(member, self.send_time)

    def record(self, member: Member, event: Event) -> None:
        """Keep what a recipient did, up to a thousand of each kind."""
        events = self.events.setdefault(member, [])
        if sum(known.kind == event.kind for known in events) < MAX_EVENTS:
            events.append(event)
        self.version += 1

    def depart(self, member: Member, departure: Departure) -> None:
        """Keep that a recipient left because of it."""
        self.departures.setdefault(member, departure)
        self.version += 1

    def totals(self, *, people_only: bool = False) -> "Totals":
        """The sums of everything that happened, or of what machines did not do; worked out once per change."""
        return self.remembered(("totals", people_only), 0, lambda: _totals_of(self, people_only=people_only))

    def remembered(self, key: Hashable, people_version: int, work_out: Callable[[], Known]) -> Known:
        """What `work_out` gives, until something happens with the campaign or its audience is of another version."""
        now = (self.version, people_version)
        kept: tuple[tuple[int, int], Known] | None = self._remembered.get(key)
        if kept is None or kept[0] != now:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            kept = (now, work_out())
            self._remembered[key] = kept
        return kept[1]

    def link_id(self, url: str) -> str:
        """The ID of a link in this campaign: 10 hex digits."""
        return hashlib.md5(f"{self.id}:{url}".encode(), usedforsecurity=False).hexdigest()[:10]


@dataclass(slots=True)
class LinkTotals:
    """How often a link was clicked, and when last."""

    clicks: int = 0
    unique: int = 0
    last: int = 0


@dataclass(slots=True)
class Totals:
    """Sums over a campaign; `last_*` are unix seconds."""

    opens: int = 0
    human_opens: int = 0
    unique_opens: int = 0
    unique_human_opens: int = 0
    last_open: int = 0
    clicks: int = 0
    unique_clicks: int = 0
    clickers: int = 0
    last_click: int = 0
    hard_bounces: int = 0
    soft_bounces: int = 0
    complaints: int = 0
    unsubscribes: int = 0
    links: dict[str, LinkTotals] = field(default_factory=dict)

    @property
    def bounces(self) -> int:
        """How many recipients it did not reach."""
        return self.hard_bounces + self.soft_bounces


def _totals_of(campaign: Campaign, *, people_only: bool) -> Totals:
    totals = Totals(links={url: LinkTotals() for url in campaign.links})
    for everything in campaign.events.values():
        events = [event for event in everything if not (people_only and event.is_bot)]
        _add_opens(totals, [event for event in events if event.kind == "open"])
        _add_clicks(totals, [event for event in events if event.kind == "click"])
        totals.hard_bounces += any(event.kind == "bounce" for event in events)
        totals.soft_bounces += any(event.kind == "soft_bounce" for event in events)
    totals.complaints = sum(departure.reason == "abuse" for departure in campaign.departures.values())
    totals.unsubscribes = len(campaign.departures) - totals.complaints
    return totals


def _add_opens(totals: Totals, opens: list[Event]) -> None:
    human = sum(not event.is_bot for event in opens)
    totals.opens += len(opens)
    totals.human_opens += human
    totals.unique_opens += bool(opens)
    totals.unique_human_opens += bool(human)
    totals.last_open = max([totals.last_open, *(event.at for event in opens)])


def _add_clicks(totals: Totals, clicks: list[Event]) -> None:
    totals.clicks += len(clicks)
    totals.clickers += bool(clicks)
    for event in clicks:
        link = totals.links.setdefault(event.url, LinkTotals())
        link.clicks += 1
        link.last = max(link.last, event.at)
        totals.last_click = max(totals.last_click, event.at)
    for url in {event.url for event in clicks}:
        totals.links[url].unique += 1
        totals.unique_clicks += 1


class Campaigns:
    """Every campaign of the account, in the order in which they were made."""

    def __init__(self) -> None:
        self.by_id: dict[str, Campaign] = {}
        self._ids = short_ids("campaign")
        self._last_web_id = 7_310_000

    def add(self, audience_id: str, settings: dict[str, Any], kind: str, status: str, now: int) -> Campaign:
        """Take in a new one."""
        self._last_web_id += 4
        made = Campaign(next(self._ids), self._last_web_id, audience_id, settings, kind, status, now)
        self.by_id[made.id] = made
        return made

    def rates(self, audience_id: str) -> tuple[float, float]:
        """The average open and click rate of an audience's campaigns, in percent (as recorded)."""
        sent = [row for row in self.by_id.values() if row.audience_id == audience_id and row.is_sent]
        parts = [(row.totals(), len(row.recipients)) for row in sent if row.recipients]
        opened = [totals.unique_opens / max(number - totals.bounces, 1) for totals, number in parts]
        clicked = [totals.clickers / max(number - totals.bounces, 1) for totals, number in parts]
        return 100 * sum(opened) / max(len(parts), 1), 100 * sum(clicked) / max(len(parts), 1)

    def sent_to(self, member: Member) -> Iterator[Campaign]:
        """The campaigns that a member received, oldest first."""
        return (campaign for campaign in self.by_id.values() if campaign.went_to(member))
