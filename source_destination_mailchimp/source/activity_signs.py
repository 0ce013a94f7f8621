"""Who did something that no member shows: opens, clicks and soft bounces that only campaign reports tell of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.engagement import LATE_BOUNCES, last_event
from source_destination_mailchimp.source.packing import digest, pack_digests, unpack_digests
from source_destination_mailchimp.source.partition import LATE_EVENTS, OpenPartition
from source_destination_mailchimp.source.rows import at, row_time
from source_destination_mailchimp.source.states import moment, printed
from source_destination_mailchimp.source.streams import Parent

SWEPT_KEY = "swept"
"""In a bookmark: when the last sync began that was through with the audience."""

REPORTS_KEY = "reports"
"""In a bookmark: digests of the figures of each campaign's report, as they were at that sync."""

_REACTIONS = ("opens.opens_total", "opens.last_open", "clicks.clicks_total", "clicks.last_click")
_BOUNCES = ("bounces.hard_bounces", "bounces.soft_bounces", "bounces.syntax_errors")


@dataclass(slots=True)
class ActivitySigns:
    """What the reports of an audience's campaigns tell of its contacts since the last sync."""

    names: set[str] = field(default_factory=set)
    """Contacts who opened, clicked or bounced."""

    marks: set[int] = field(default_factory=set)
    """Digests to be saved, when the activity of these contacts is out."""

    error: MailchimpError | None = None
    """Why a report could not be read that should have been; it is read by the next sync."""

    def pack(self) -> str:
        """Return the digests as a bookmark holds them."""
        return pack_digests(self.marks)


def read_signs(partition: OpenPartition) -> ActivitySigns:
    """Return who reacted to campaigns since the last sync, or since the start date.

    `last_changed` moves for no open and no click, and a second open of one campaign moves no rate: but the report
    counts it. A campaign whose report is as it was costs no call, another one a call per 1,000 recipients. On a first
    sync without a start date, which reads every contact, nobody is asked for.
    """
    signs = ActivitySigns()
    known = unpack_digests(partition.saved.get(REPORTS_KEY))
    swept = partition.saved.get(SWEPT_KEY)
    since = moment(swept) - LATE_EVENTS if swept else partition.account.settings.start_date
    for campaign in _campaigns(partition, signs):
        bounces = _mark(campaign, _BOUNCES)
        now = {_mark(campaign, _REACTIONS), bounces}
        if since is not None and not now <= known and last_event(campaign.row) >= since - LATE_BOUNCES:
            bounced_since = since if bounces in known else since - LATE_BOUNCES
            if not _read_report(partition, campaign, signs, (since, bounced_since)):
                now &= known
        signs.marks |= now
    return signs


def _mark(campaign: ParentRecord, figures: tuple[str, ...]) -> int:
    """Return a number that differs when one of some figures of a report does."""
    return digest([campaign.key, figures[0], [at(campaign.row, path) for path in figures]])


def _campaigns(partition: OpenPartition, signs: ActivitySigns) -> Iterator[ParentRecord]:
    """Yield the campaigns of the audience that have a report."""
    try:
        campaigns = partition.account.parents(Parent.REPORT).found
    except MailchimpError as error:
        _note(partition, error, signs)
        return
    for campaign in campaigns:
        if campaign.row.get("list_id") == partition.parent.key:
            yield campaign


def _read_report(
    partition: OpenPartition, campaign: ParentRecord, signs: ActivitySigns, floors: tuple[datetime, datetime]
) -> bool:
    """Note who is in a campaign's report since two times, of opens and clicks, and of bounces; False if it fails.

    A contact's own rows are left to their feed: an event has another key there.
    """
    opens, bounces = map(printed, floors)
    # A second earlier, as the bound is exclusive. [observed]
    since = min(floors) - timedelta(seconds=1)
    params = {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "exclude_fields": "emails._links,_links"}
    wanted = Collection(f"/reports/{campaign.key}/email-activity", "emails", params)
    client, pool = partition.account.client, partition.account.pool
    differences: list[str] = []
    try:
        for page in pages(client, wanted, pool, on_difference=differences.append):
            for row in page:
                if _has_acted(row, opens, bounces):
                    signs.names.add(str(row.get("email_id")))
    except Refused as refused:
        loss = partition.account.loss(refused, campaign)
        if loss is not None:
            _note(partition, loss, signs)
            return False
    except MailchimpError as error:
        _note(partition, error, signs)
        return False
    for difference in differences:
        partition.warn(difference)
    return not differences


def _has_acted(row: Json, opens: str, bounces: str) -> bool:
    for event in row.get("activity") or []:
        floor = bounces if event.get("action") == "bounce" else opens
        time = row_time(event, "timestamp")
        if not time or time >= floor:
            return True
    return False


def _note(partition: OpenPartition, error: MailchimpError, signs: ActivitySigns) -> None:
    """Note that reports cannot be read: contacts are read all the same. Raises what stops the whole run."""
    if isinstance(error, Misconfigured):
        raise error
    if isinstance(error, Refused) and error.refusal.kind is RefusalKind.PERMISSION:
        partition.warn(
            f"Stream {partition.stream.name}: Mailchimp does not allow this user to read campaign reports ({error}). "
            "Repeated opens and clicks are returned only when the contact changes otherwise. Give the user a higher "
            "role to get all of them."
        )
        return
    signs.error = signs.error or error
