"""Campaign reports, person by person: activity, recipients, opens, clicks and departures.

A draft has an empty activity (observed) and nothing else. How soft bounces show is inferred from hard ones.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.campaigns.campaigns import campaign_of
from source_destination_mailchimp.sandbox.campaigns.reports import sent_campaign
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Event, Known, Totals
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import DEEP_ERROR, Problem, not_found
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.view import MemberView

Row = Mapping[str, Any]
BOUNCES: Final[Mapping[str, str]] = {"bounce": "hard", "soft_bounce": "soft"}
Show = Callable[[Member], Row]


class Report:
    """One call's look at one campaign: which events count, and how rows and collections are put together."""

    def __init__(self, call: Call, name: str, find: Callable[[Call], Campaign] = sent_campaign) -> None:
        self.call = call
        self.campaign = find(call)
        self.path = f"/reports/{self.campaign.id}/{name}"
        self.ignores_bots = call.flag("filter_bots")
        audience = call.store.audiences.get(self.campaign.audience_id)
        self.is_active = audience is not None
        self._people_version = audience.order.version if audience is not None else 0
        self._view = MemberView(audience, call.root) if audience is not None else None
        self.since = _since(call)

    @property
    def totals(self) -> Totals:
        """The campaign's sums, without machines if they are not wanted."""
        return self.campaign.totals(people_only=self.ignores_bots)

    def person(self, member: Member) -> dict[str, Any]:
        """What every row says of its member."""
        return {
            "campaign_id": self.campaign.id,
            "list_id": self.campaign.audience_id,
            "list_is_active": self.is_active,
            "email_id": member.id,
            "email_address": member.email_address,
        }

    def details(self, member: Member) -> dict[str, Any]:
        """What most rows say in addition."""
        return {"merge_fields": self._view.merge_fields(member) if self._view else {}, "vip": member.vip}

    def present(self, members: Iterable[Member]) -> list[Member]:
        """Those of the members who are shown: not those deleted for good since, unless they are kept."""
        keeps = self.call.store.is_on("forgotten_in_reports", "kept")
        return [member for member in members if keeps or not member.gone]

    def recipients(self) -> list[Member]:
        """Everybody shown who received the campaign."""
        key = ("recipients", self.call.store.switches["forgotten_in_reports"])
        return self.campaign.remembered(key, self._people_version, lambda: self.present(self.campaign.recipients))

    def remembered(self, what: Hashable, work_out: Callable[[], Known]) -> Known:
        """What `work_out` gives: from page to page the same, as long as nothing happens."""
        switches = self.call.store.switches
        key = (what, self.since, self.ignores_bots, switches["forgotten_in_reports"])
        return self.campaign.remembered(key, self._people_version, work_out)

    def links(self, member: Member | None = None) -> list[dict[str, Any]]:
        """Links of a row, or of the whole."""
        path = f"{self.path}/{member.id}" if member else self.path
        parent = self.path if member else f"/reports/{self.campaign.id}"
        return links(self.call.root, [("self", "GET", path, "", ""), ("parent", "GET", parent, "", "")])

    def events(self, member: Member) -> list[Event]:
        """What the member did after the second of `since` (observed), without machines if they are not wanted."""
        return [
            event
            for event in self.campaign.events.get(member, ())
            if event.at > self.since and not (self.ignores_bots and event.is_bot)
        ]

    def collection(self, key: str, members: Iterable[Member], show: Show, **more: Any) -> dict[str, Any]:
        """A page of rows."""
        rows = members if isinstance(members, list) else list(members)
        return {
            key: [show(member) for member in self.call.of(rows)],
            "campaign_id": self.campaign.id,
            **more,
            "total_items": len(rows),
            "_links": self.links(),
        }

    def one(self, members: Iterable[Member], show: Show) -> dict[str, Any]:
        """The row of the member that the path names; 404 if the report has none."""
        audience = self.call.store.audiences.get(self.campaign.audience_id)
        member = audience.find(self.call.ids["subscriber_hash"]) if audience else None
        if member is None or member not in set(members):
            raise not_found()
        return dict(show(member))


def _since(call: Call) -> float:
    """`since` as unix seconds. A fraction of six digits was seen answered with a 500."""
    fraction = call.query.get("since", "").partition(".")[2].partition("+")[0].rstrip("Z")
    if len(fraction) > 3 and call.store.is_on("since_microseconds", "fails"):
        raise Problem(*DEEP_ERROR)
    return call.time("since") or 0.0


def list_activity(call: Call) -> dict[str, Any]:
    """GET email-activity: every recipient, also those who did nothing (after `since`): documented and observed.

    That of a draft is empty, not missing (observed).
    """
    report = Report(call, "email-activity", campaign_of)
    return report.collection("emails", report.recipients(), _activity(report))


def get_activity(call: Call) -> dict[str, Any]:
    """GET the activity of one recipient."""
    report = Report(call, "email-activity")
    return report.one(report.recipients(), _activity(report))


def _activity(report: Report) -> Show:
    def show(member: Member) -> Row:
        events = sorted(report.events(member), key=lambda event: event.at)
        return report.person(member) | {
            "activity": [_event(event) for event in events],
            "_links": report.links(member),
        }

    return show


def _event(event: Event) -> dict[str, Any]:
    """Bounces carry type and time, but neither address nor link (observed)."""
    if event.kind in BOUNCES:
        return {"action": "bounce", "type": BOUNCES[event.kind], "timestamp": iso(event.at)}
    shown = {"action": event.kind, "timestamp": iso(event.at)}
    if event.kind == "click":
        shown["url"] = event.url
    return shown | {"ip": event.ip}


def list_recipients(call: Call) -> dict[str, Any]:
    """GET sent-to: every recipient, and whether the mail arrived."""
    report = Report(call, "sent-to")
    return report.collection("sent_to", report.recipients(), _recipient(report))


def get_recipient(call: Call) -> dict[str, Any]:
    """GET one recipient."""
    report = Report(call, "sent-to")
    return report.one(report.recipients(), _recipient(report))


def _recipient(report: Report) -> Show:
    def show(member: Member) -> Row:
        events = report.campaign.events.get(member, ())
        opens = [event.at for event in events if event.kind == "open"]
        shown = report.person(member) | report.details(member)
        del shown["list_is_active"]
        return shown | {
            "status": next((BOUNCES[event.kind] for event in events if event.kind in BOUNCES), "sent"),
            "open_count": len(opens),
            "last_open": iso(max(opens, default=0)),
            "gmt_offset": 0,
            "list_is_active": report.is_active,
            "_links": report.links(member),
        }

    return show


def list_opens(call: Call) -> dict[str, Any]:
    """GET open-details: those who opened after `since`; machines alone do not count where they are not wanted."""
    report = Report(call, "open-details")
    opens = report.remembered("opens", lambda: _all_opens(report))
    members = list(opens.counts)
    if call.choice("sort_field", "opens_count"):
        members.sort(key=lambda row: opens.counts[row], reverse=call.choice("sort_dir", "ASC", "DESC") == "DESC")
    more = {"total_opens": sum(opens.counts.values()), "total_proxy_excluded_opens": opens.human}
    return report.collection("members", members, _opener(report), **more)


class _Opens(NamedTuple):
    """How often each member opened, and how many of all opens were no machine's."""

    counts: dict[Member, int]
    human: int


def _all_opens(report: Report) -> _Opens:
    opens = {member: _opens(report, member) for member in report.present(report.campaign.events)}
    human = sum(not event.is_bot for events in opens.values() for event in events)
    return _Opens({member: len(events) for member, events in opens.items() if events}, human)


def get_opens(call: Call) -> dict[str, Any]:
    """GET the opens of one member."""
    report = Report(call, "open-details")
    return report.one([member for member in report.campaign.events if _opens(report, member)], _opener(report))


def _opens(report: Report, member: Member) -> list[Event]:
    return [event for event in report.events(member) if event.kind == "open"]


def _opener(report: Report) -> Show:
    def show(member: Member) -> Row:
        opens = _opens(report, member)
        return (
            report.person(member)
            | report.details(member)
            | {
                "contact_status": member.status,
                "opens_count": len(opens),
                "proxy_excluded_opens_count": sum(not event.is_bot for event in opens),
                "opens": [{"timestamp": iso(event.at)} for event in opens],
                "_links": report.links(member),
            }
        )

    return show


def list_departures(call: Call) -> dict[str, Any]:
    """GET unsubscribed: who left because of the campaign, and when."""
    report = Report(call, "unsubscribed")
    return report.collection("unsubscribes", report.present(report.campaign.departures), _departed(report))


def get_departure(call: Call) -> dict[str, Any]:
    """GET one member who left."""
    report = Report(call, "unsubscribed")
    return report.one(report.campaign.departures, _departed(report))


def _departed(report: Report) -> Show:
    def show(member: Member) -> Row:
        departure = report.campaign.departures[member]
        return (
            report.person(member)
            | report.details(member)
            | {
                "timestamp": iso(departure.at),
                "reason": departure.reason,
                "_links": report.links(member),
            }
        )

    return show


_AT: Final = "/reports/{campaign_id}"
_READS: Final = (
    ("email-activity", "EmailActivity", list_activity, get_activity),
    ("sent-to", "SentTo", list_recipients, get_recipient),
    ("open-details", "OpenDetails", list_opens, get_opens),
    ("unsubscribed", "Unsubs", list_departures, get_departure),
)
ROUTES: Final = (
    *(Route("GET", f"{_AT}/{path}", all_, describes=f"Reports/{name}/Collection") for path, name, all_, _ in _READS),
    *(
        Route("GET", f"{_AT}/{path}/{{subscriber_hash}}", one, describes=f"Reports/{name}/Instance")
        for path, name, _, one in _READS
    ),
)
