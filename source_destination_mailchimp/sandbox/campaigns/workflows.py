"""Classic automations at work: who is queued for which email, and what has been sent. Memory, and time passing.

An email of an automation is a campaign of type `automation`: its ID opens the reports (documented as a type of report).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.ids import unique_email_id
from source_destination_mailchimp.sandbox.account.store import Happening, Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.audiences.growth import Days, day_of
from source_destination_mailchimp.sandbox.campaigns.responses import Rates
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.members.member import Member

STATUSES: Final = ("save", "paused", "sending")
WORKFLOWS: Final = (
    *("abandonedBrowse", "abandonedCart", "api", "bestCustomers", "categoryFollowup", "dateAdded", "emailFollowup"),
    *("emailSeries", "groupAdd", "groupRemove", "mandrill", "productFollowup", "purchaseFollowup", "recurringEvent"),
    *("specialEvent", "visitUrl", "welcomeSeries"),
)
DELAY_SECONDS: Final = {"now": 0, "hour": 3_600, "day": 86_400, "week": 604_800}
_ORDER: Final = ("audience", "title", "workflow_type", "status", "emails")
_EMAIL: Final = ("subject_line", "delay_type", "delay_amount", "links")
_DEFAULT_LINKS: Final = ("https://www.sandbox-people.org/",)


@dataclass(slots=True)
class WorkflowEmail:
    """One email of an automation; `queue` holds who gets it next, and when (unix seconds)."""

    campaign: Campaign
    position: int
    delay_type: str
    delay_amount: int
    queue: dict[Member, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The ID of the email, which is that of its campaign."""
        return self.campaign.id

    @property
    def wait_seconds(self) -> int:
        """How long after the email before it, or after the start, it is sent."""
        return DELAY_SECONDS[self.delay_type] * self.delay_amount


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
    emails: list[WorkflowEmail] = field(default_factory=list)
    removed: list[Member] = field(default_factory=list)
    entered: set[Member] = field(default_factory=set)

    @property
    def starts_for_who_joins(self) -> bool:
        """Whether everybody who becomes subscribed is queued for its first email."""
        return self.workflow_type == "welcomeSeries" and self.status == "sending"

    def enqueue(self, member: Member, email: WorkflowEmail, now: int) -> None:
        """Queue somebody for an email, unless they were taken out of the automation or have had it."""
        if member in self.removed or email.campaign.went_to(member):
            return
        self.entered.add(member)
        email.queue.setdefault(member, now + email.wait_seconds)

    def remove(self, member: Member) -> None:
        """Take somebody out for good: they cannot come back (documented)."""
        if member not in self.removed:
            self.removed.append(member)
        for email in self.emails:
            email.queue.pop(member, None)


class Automations:
    """The automations of the account, in the order in which they were made."""

    def __init__(self) -> None:
        self.by_id: dict[str, Automation] = {}


def make(store: Store, audience: Audience, kind: str, title: str, **more: str) -> Automation:
    """Make an automation without emails that is not started."""
    defaults, rows = audience.settings["campaign_defaults"], store.room(Automations).by_id
    made = Automation(
        id=unique_email_id(f"automation {len(rows)}"),
        audience_id=audience.id,
        store_id=more.get("store_id", ""),
        title=title,
        from_name=more.get("from_name", defaults["from_name"]),
        reply_to=more.get("reply_to", defaults["from_email"]),
        workflow_type=kind,
        create_time=store.clock.now(),
    )
    rows[made.id] = made
    return made


def add_email(store: Store, automation: Automation, order: Mapping[str, Any]) -> WorkflowEmail:
    """Add an email behind those there are; raises ValueError for a kind of delay that there is not."""
    check_names("A seed's automation email", order, _EMAIL)
    delay = str(order.get("delay_type", "day"))
    if delay not in DELAY_SECONDS:
        raise ValueError(f"delay_type must be one of {', '.join(DELAY_SECONDS)}")
    subject = str(order.get("subject_line", automation.title))
    settings = {"title": subject, "subject_line": subject, "preview_text": ""}
    settings |= {"from_name": automation.from_name, "reply_to": automation.reply_to}
    campaign = store.room(Campaigns).add(
        automation.audience_id, settings, "automation", automation.status, store.clock.now()
    )
    campaign.links = [str(link) for link in order.get("links", _DEFAULT_LINKS)]
    campaign.workflow_id = automation.id
    made = WorkflowEmail(campaign, len(automation.emails) + 1, delay, int(order.get("delay_amount", 1)))
    automation.emails.append(made)
    return made


def add(store: Store, order: Mapping[str, Any]) -> Automation:
    """Make the automation of a seed, sending unless told otherwise; raises ValueError with what there is."""
    check_names("A seed's automation", order, _ORDER)
    audience = store.audiences.get(str(order.get("audience", "")))
    if audience is None:
        raise ValueError(f"An automation's audience must be one of: {', '.join(store.audiences) or 'none yet'}")
    kind, status = str(order.get("workflow_type", "welcomeSeries")), str(order.get("status", "sending"))
    if kind not in WORKFLOWS or status not in STATUSES:
        raise ValueError(f"workflow_type must be one of {', '.join(WORKFLOWS)}; status one of {', '.join(STATUSES)}")
    made = make(store, audience, kind, str(order.get("title", "Welcome")))
    for email in order.get("emails", ({},)):
        add_email(store, made, email)
    set_status(store, made, status)
    return made


def set_status(store: Store, automation: Automation, status: str) -> None:
    """Start, pause or leave an automation and all its emails."""
    automation.status = status
    if status == "sending":
        automation.start_time = automation.start_time or store.clock.now()
    for email in automation.emails:
        email.campaign.status = status


def watch(store: Store, happening: Happening) -> None:
    """Queue whoever becomes subscribed for the welcome emails of the audience, once."""
    joined = happening.kind in {"created", "status"} and happening.before != "subscribed"
    if not joined or happening.member.status != "subscribed":
        return
    for automation in store.room(Automations).by_id.values():
        is_theirs = automation.audience_id == happening.audience.id and happening.member not in automation.entered
        if is_theirs and automation.starts_for_who_joins and automation.emails:
            automation.enqueue(happening.member, automation.emails[0], happening.at)


def send_what_is_due(store: Store) -> None:
    """Send every email whose time has come, and queue each recipient for the next one of the automation."""
    now = store.clock.now()
    for automation in store.room(Automations).by_id.values():
        audience = store.audiences.get(automation.audience_id)
        if automation.status != "sending" or audience is None:
            continue
        for position, email in enumerate(automation.emails):
            following = automation.emails[position + 1 : position + 2]
            for member, at in list(_due(email, now)):
                del email.queue[member]
                if member.status != "subscribed" or member.gone:
                    continue
                _send(audience, email.campaign, member, at)
                for after in following:
                    automation.enqueue(member, after, at)


def _due(email: WorkflowEmail, now: int) -> Iterator[tuple[Member, int]]:
    for member, at in email.queue.items():
        if at <= now:
            yield member, at


def _send(audience: Audience, campaign: Campaign, member: Member, at: int) -> None:
    campaign.deliver(member, at)
    audience.room(Rates).sent([member])
    audience.room(Days).count(day_of(at), "emails_sent", 1)
