"""What became of each member's consent: one row per change of a mailing status that can be known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.mailchimp.answers import RefusalKind
from source_destination_mailchimp.mailchimp.calls import look_for
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured, Refused
from source_destination_mailchimp.mailchimp.members import Json, Status, name_of
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import NotShown, ParentRecord
from source_destination_mailchimp.source.audience_reader import Demand
from source_destination_mailchimp.source.campaign_marks import COUNTS, Known, pack_known, unpack_known
from source_destination_mailchimp.source.deletions import ROSTER_KEY, DeletionWatch
from source_destination_mailchimp.source.members import changed_members, changed_since, say_unknown_statuses
from source_destination_mailchimp.source.packing import Roster, digest, object_of
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages, row_time
from source_destination_mailchimp.source.states import moment, printed
from source_destination_mailchimp.source.streams import Parent

CAMPAIGNS_KEY = "campaigns"
_FIELDS = ("email_address", "contact_id", "status", "timestamp_opt", "unsubscribe_reason", "source")
ADDED_BY_API: Final = "api"
"""What `changed_at_source` says where the time is that of a call, which is not when anybody gave an answer."""

_NOTES: Mapping[str | None, bytes] = {status.value: status.value[:2].encode() for status in Status}
"""What is remembered of a member's status; the first two letters tell all of them apart."""


@dataclass(slots=True)
class _OptOuts:
    """What the reports of an audience's campaigns say."""

    newest: dict[str, Json] = field(default_factory=dict)
    """Name of a member → their newest opt-out from a campaign whose report counts more than before."""

    error: MailchimpError | None = None
    """Why a report could not be read that should have been; it is read by the next sync."""

    marks: dict[int, Known] = field(default_factory=dict)
    """Digest of a campaign → what was read of it, to be saved when its rows are out."""

    is_cut: bool = False
    """Whether no more reports are asked for, because none would be answered."""


def demand_of_consent(partition: OpenPartition) -> Demand:
    """Return what consent wants: whoever changed, archived people too, with the external id where one is named."""
    tag = partition.account.settings.external_id
    fields = (*_FIELDS, f"merge_fields.{tag}") if tag else _FIELDS
    return changed_since(partition, fields, archived=True)


def read_consent(partition: OpenPartition) -> Pages:
    """Yield changes as members show them, opt-outs as campaign reports have them, then the deleted.

    Where a report cannot be read, everything else is yielded and saved all the same, before the error is raised.
    """
    watch = DeletionWatch(partition, 2)
    told = _campaign_opt_outs(partition)
    newest = max((row["timestamp"] for row in told.newest.values()), default="")
    for page in changed_members(partition, demand_of_consent(partition)):
        say_unknown_statuses(partition, page)
        found = []
        for member in page:
            name, note = name_of(member), _note(member)
            if name in told.newest:
                told.newest[name]["contact_id"] = member.get("contact_id")
            before = watch.roster.notes.get(name)
            watch.note(member, note)
            if before == note or _is_told(member, told.newest.get(name)):
                continue
            changed_at, source = _when(partition, member, is_known=before is not None)
            newest = max(newest, changed_at or "")
            found.append(_row(partition, member, member.get("status"), changed_at, source))
        yield found
    # Behind the members, who have the contact_id that a report lacks.
    for name, row in told.newest.items():
        if "contact_id" not in row:
            row["contact_id"] = _contact_id(partition, name)
    yield [_row(partition, row, "unsubscribed", row["timestamp"], "campaign") for row in told.newest.values()]
    found_at = printed(partition.account.closed_at())
    deleted = (_row(partition, {"id": name}, rows.DELETED, found_at, "detected") for name in watch.departed())
    yield from in_pages(deleted)
    partition.bookmark[CAMPAIGNS_KEY] = pack_known(told.marks)
    partition.bookmark["changed_at"] = max(newest, partition.saved.get("changed_at") or "")
    if told.error is not None:
        partition.save(dict(partition.bookmark))
        yield []  # what is saved goes out behind the pages before it
        raise told.error


def consent_of_gone_audience(partition: OpenPartition) -> Pages:
    """Yield a row for everybody who is remembered of an audience that is not there any more: nobody may be mailed."""
    found_at = printed(partition.account.closed_at())
    names = sorted(Roster.unpack(partition.saved.get(ROSTER_KEY), 2).notes)
    yield from in_pages(_row(partition, {"id": name}, rows.DELETED, found_at, "detected") for name in names)


def _contact_id(partition: OpenPartition, name: str) -> str | None:
    """Ask for the contact_id of somebody whom this sync did not meet; None for somebody who is not there any more."""
    path = f"{partition.parent.path}/members/{name}"
    try:
        found = partition.account.client.send(look_for(path)).body.get("contact_id")
    except Refused as refused:
        if refused.refusal.kind is not RefusalKind.NOT_FOUND:
            raise
        return None
    return str(found) if found else None


def _note(member: Json) -> bytes:
    """Return two bytes for a member's status; also for one that nobody knows, as its next change is one too."""
    status = member.get("status")
    return _NOTES.get(status) or bytes([63, digest(status) % 256])


def _row(
    partition: OpenPartition, person: Mapping[str, Any], status: str | None, changed_at: str | None, source: str
) -> Json:
    return {
        "list_id": partition.parent.key,
        "email_id": person.get("email_id") or name_of(person) or None,
        "email_address": person.get("email_address") or None,
        "contact_id": person.get("contact_id"),
        "external_id": _external_id(partition, person),
        "status": status,
        "opted_in": rows.opted_in(status),
        "reason": person.get("reason") or person.get("unsubscribe_reason") or None,
        "campaign_id": person.get("campaign_id"),
        "changed_at": changed_at,
        "changed_at_source": source,
    }


def _external_id(partition: OpenPartition, person: Mapping[str, Any]) -> str | None:
    tag = partition.account.settings.external_id
    if not tag:
        return None
    values = person.get("merge_fields") or {}
    value = values.get(tag)
    if value in (None, ""):
        return None
    return str(value)


def _when(partition: OpenPartition, member: Json, *, is_known: bool) -> tuple[str | None, str]:
    """Return when somebody got their status, and how that is known.

    An opt-in has a time of its own, which an opt-in by API does not always move [observed]: where the status is new and
    the time is not, the last change is the latest it can have been. Mailchimp shows no time for any other status.
    """
    last_changed = row_time(member, "last_changed") or None
    opted_in_at = row_time(member, "timestamp_opt")
    if member.get("status") != Status.SUBSCRIBED or not opted_in_at:
        return last_changed, "last_changed"
    has_moved = opted_in_at > (partition.saved.get("last_changed") or "")
    if is_known and not has_moved:
        return last_changed, "last_changed"
    if _was_added_by_api(member):
        return opted_in_at, ADDED_BY_API
    return opted_in_at, "opt_in"


def _was_added_by_api(member: Json) -> bool:
    """Return whether a program added the contact: the time of its opt-in is that of the call, not of an answer.

    Mailchimp says so in `source`, "API - Generic" or the name of an app behind "API - ". [observed]
    """
    return str(member.get("source") or "").startswith("API")


def _is_told(member: Json, opt_out: Json | None) -> bool:
    """Return whether a row of a campaign's report has told this opt-out already."""
    if opt_out is None or member.get("status") != Status.UNSUBSCRIBED:
        return False
    # Whoever opted in again after it, and is out once more, left another way.
    return bool(opt_out["timestamp"] >= row_time(member, "timestamp_opt"))


def _campaign_opt_outs(partition: OpenPartition) -> _OptOuts:
    """Return the opt-outs from campaigns of this audience, and what is to be saved of each campaign."""
    known = unpack_known(object_of(CAMPAIGNS_KEY, partition.saved.get(CAMPAIGNS_KEY)))
    marks: dict[int, Known] = {}
    told = _OptOuts()
    for campaign in _campaigns_with_opt_outs(partition, told):
        number = digest(campaign.key)
        mark = known.get(number)
        has_more = mark is None or _opt_outs(campaign) % COUNTS != mark.events
        if has_more and not told.is_cut:
            mark = _read_report(partition, campaign, mark, told)
        if mark is not None:
            marks[number] = mark
    # Where campaigns could not even be listed, what is known of them stays.
    told.marks = {**known, **marks} if told.is_cut else marks
    return told


def _read_report(partition: OpenPartition, campaign: ParentRecord, mark: Known | None, told: _OptOuts) -> Known | None:
    """Take in what the report of one campaign says; returns its new mark, or the old one where it cannot be read."""
    closed = printed(partition.account.closed_at())
    first = partition.first_time()
    latest_before = mark.time() if mark else ""
    latest = latest_before
    try:
        unsubscribed = list(_unsubscribed(partition, campaign.key))
    except MailchimpError as error:
        _weigh(partition, error, told, campaign)
        return mark
    for row in unsubscribed:
        time = row_time(row, "timestamp")
        if not time or not row.get("email_id"):
            continue  # whoever it is shows as unsubscribed among the members
        latest = max(latest, min(time, closed))
        if time > latest_before:
            _keep_the_newest(told.newest, row, first)
    newest = int(moment(latest).timestamp()) if latest else 0
    return Known(newest, _opt_outs(campaign) % COUNTS)


def _weigh(partition: OpenPartition, error: MailchimpError, told: _OptOuts, campaign: ParentRecord | None) -> None:
    """Note what it means that a report, or the list of all (`campaign` None), cannot be read; members are all the same.

    Raises what stops the whole run.
    """
    if isinstance(error, Misconfigured):
        raise error
    if isinstance(error, Refused) and error.refusal.kind is RefusalKind.PERMISSION:
        told.is_cut = True
        partition.warn(
            f"Stream {partition.stream.name}: Mailchimp does not allow this user to read "
            f"campaign reports ({error}). Opt-outs are taken from members: without the campaign, and with the "
            "time of the last change. Give the user a higher role to get both."
        )
        return
    if isinstance(error, Refused) and campaign is not None:
        loss = partition.account.loss(error, campaign)
        if loss is None:
            partition.warn(
                f"Stream {partition.stream.name}: {campaign.path} no longer exists (404). "
                "Opt-outs from it are taken from members."
            )
            return
        error = loss
    told.is_cut = campaign is None or not isinstance(error, Refused | NotShown)
    told.error = told.error or error


def _keep_the_newest(found: dict[str, Json], row: Json, first: str) -> None:
    """Keep a row that is not before `first` in the place of an earlier one of the same person."""
    person = row["email_id"]
    earliest = first
    if person in found:
        earliest = max(first, found[person]["timestamp"])
    if row["timestamp"] >= earliest:
        found[person] = row


def _campaigns_with_opt_outs(partition: OpenPartition, told: _OptOuts) -> Iterator[ParentRecord]:
    try:
        campaigns = partition.account.parents(Parent.REPORT).found
    except MailchimpError as error:
        _weigh(partition, error, told, None)
        return
    for campaign in campaigns:
        if campaign.row.get("list_id") == partition.parent.key and _opt_outs(campaign):
            yield campaign


def _opt_outs(campaign: ParentRecord) -> int:
    """Return how many left because of a campaign; a report counts those who complained apart."""
    unsubscribed: int = campaign.row.get("unsubscribed") or 0
    complained: int = campaign.row.get("abuse_reports") or 0
    return unsubscribed + complained


def _unsubscribed(partition: OpenPartition, campaign_id: str) -> Iterator[Json]:
    path = f"/reports/{campaign_id}/unsubscribed"
    wanted = Collection(path, "unsubscribes", {"exclude_fields": "unsubscribes._links,_links"})
    for page in pages(partition.account.client, wanted, partition.account.pool, on_difference=partition.warn):
        yield from page
