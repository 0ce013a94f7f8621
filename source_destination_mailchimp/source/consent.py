"""What became of each member's consent: one row per change of a mailing status that can be known."""

from collections.abc import Iterator, Mapping
from typing import Any

from source_destination_mailchimp.mailchimp.members import Json, Status
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.account import ParentRecord
from source_destination_mailchimp.source.audience_reader import Demand
from source_destination_mailchimp.source.deletions import DeletionWatch
from source_destination_mailchimp.source.members import changed_members, changed_since
from source_destination_mailchimp.source.partition import OpenPartition
from source_destination_mailchimp.source.rows import Pages, in_pages
from source_destination_mailchimp.source.states import printed
from source_destination_mailchimp.source.streams import Parent

CAMPAIGNS_KEY = "campaigns"
_FIELDS = ("email_address", "contact_id", "status", "timestamp_opt", "unsubscribe_reason")
_NOTES = {status.value: status.value[:2].encode() for status in Status}
"""What is remembered of a member's status; the first two letters tell all of them apart."""


def demand_of_consent(partition: OpenPartition) -> Demand:
    """Return what consent wants: whoever changed, archived people too, with the external id where one is named."""
    tag = partition.account.settings.external_id
    fields = (*_FIELDS, f"merge_fields.{tag}") if tag else _FIELDS
    return changed_since(partition, fields, archived=True)


def read_consent(partition: OpenPartition) -> Pages:
    """Yield opt-outs as campaign reports have them, every other change as members show it, then the deleted."""
    watch = DeletionWatch(partition, 2)
    told = _campaign_opt_outs(partition)
    newest = max((row["timestamp"] for row in told.values()), default="")
    yield [_row(partition, row, "unsubscribed", row["timestamp"], "campaign") for row in told.values()]
    for page in changed_members(partition, demand_of_consent(partition)):
        found = []
        for member in page:
            status = member["status"]
            before = watch.roster.notes.get(member["id"])
            watch.roster.notes[member["id"]] = _NOTES.get(status, b"??")
            if before == _NOTES.get(status) or _is_told(member, told.get(member["id"])):
                continue
            changed_at, source = _when(partition, member, is_known=before is not None)
            newest = max(newest, changed_at)
            found.append(_row(partition, member, status, changed_at, source))
        yield found
    found_at = printed(partition.account.closed_at())
    deleted = (_row(partition, {"id": name}, rows.DELETED, found_at, "detected") for name in watch.departed())
    yield from in_pages(deleted)
    partition.bookmark["changed_at"] = max(newest, partition.saved.get("changed_at") or "")


def _row(partition: OpenPartition, person: Mapping[str, Any], status: str, changed_at: str, source: str) -> Json:
    return {
        "list_id": partition.parent.key,
        "email_id": person.get("email_id") or person.get("id"),
        "email_address": person.get("email_address"),
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


def _when(partition: OpenPartition, member: Json, *, is_known: bool) -> tuple[str, str]:
    """Return when somebody got their status, and how that is known.

    An opt-in has a time of its own, which an opt-in by API does not always move [observed]: where the status is new and
    the time is not, the last change is the latest it can have been. Mailchimp shows no time for any other status.
    """
    last_changed = member["last_changed"]
    opted_in_at = member.get("timestamp_opt") or ""
    if member["status"] != Status.SUBSCRIBED or not opted_in_at:
        return last_changed, "last_changed"
    has_moved = opted_in_at > (partition.saved.get("last_changed") or "")
    if is_known and not has_moved:
        return last_changed, "last_changed"
    return opted_in_at, "opt_in"


def _is_told(member: Json, opt_out: Json | None) -> bool:
    """Return whether a row of a campaign's report has told this opt-out already."""
    if opt_out is None or member["status"] != Status.UNSUBSCRIBED:
        return False
    # Whoever opted in again after it, and is out once more, left another way.
    opted_in_at = member.get("timestamp_opt") or ""
    return bool(opt_out["timestamp"] >= opted_in_at)


def _campaign_opt_outs(partition: OpenPartition) -> dict[str, Json]:
    """Return the newest opt-out of each person from campaigns of this audience whose report counts more than before."""
    known: Mapping[str, Any] = partition.saved.get(CAMPAIGNS_KEY) or {}
    now: dict[str, Any] = {}
    found: dict[str, Json] = {}
    closed = printed(partition.account.closed_at())
    first = partition.first_time()
    for campaign in _campaigns_with_opt_outs(partition):
        count = _opt_outs(campaign)
        count_before, latest_before = known.get(campaign.key, (0, ""))
        if count == count_before:
            now[campaign.key] = [count, latest_before]
            continue
        latest = latest_before
        for row in _unsubscribed(partition, campaign.key):
            time = row["timestamp"]
            latest = max(latest, min(time, closed))
            if time > latest_before:
                _keep_the_newest(found, row, first)
        now[campaign.key] = [count, latest]
    partition.bookmark[CAMPAIGNS_KEY] = now
    return found


def _keep_the_newest(found: dict[str, Json], row: Json, first: str) -> None:
    """Keep a row that is not before `first` in the place of an earlier one of the same person."""
    person = row["email_id"]
    earliest = first
    if person in found:
        earliest = max(first, found[person]["timestamp"])
    if row["timestamp"] >= earliest:
        found[person] = row


def _campaigns_with_opt_outs(partition: OpenPartition) -> Iterator[ParentRecord]:
    for campaign in partition.account.parents(Parent.REPORT):
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
    for page in pages(partition.account.client, wanted, partition.account.pool):
        yield from page
