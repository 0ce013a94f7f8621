"""What became of each member's consent: one row per change of a mailing status that can be known."""

from collections.abc import Iterator, Mapping
from typing import Any

from source_destination_mailchimp.mailchimp.members import Json, Status
from source_destination_mailchimp.mailchimp.paging import Collection, pages
from source_destination_mailchimp.source import rows
from source_destination_mailchimp.source.members import Watch, swept
from source_destination_mailchimp.source.part import Part
from source_destination_mailchimp.source.states import printed
from source_destination_mailchimp.source.streams import Parent

CAMPAIGNS_KEY = "campaigns"
_LETTERS = {status.value: status.value[:2].encode() for status in Status}


def read_consent(part: Part) -> Iterator[Json]:
    """Opt-outs with campaign and reason from the reports, every other change from the members, then the deleted."""
    watch = Watch(part, 2)
    left = _departures(part)
    for departure in left.values():
        yield _row(part, departure, "unsubscribed", departure["timestamp"], "campaign")
    fields = ("email_address", "contact_id", "status", "timestamp_opt", "unsubscribe_reason", *_external(part))
    newest = max((departure["timestamp"] for departure in left.values()), default="")
    for page in swept(part, fields, archived=True):
        for member in page:
            before, status = watch.roster.notes.get(member["id"]), member["status"]
            watch.roster.notes[member["id"]] = _LETTERS.get(status, b"??")
            if before == _LETTERS.get(status) or _is_told(member, left.get(member["id"])):
                continue
            changed_at, source = _when(part, member, is_known=before is not None)
            newest = max(newest, changed_at)
            yield _row(part, member, status, changed_at, source)
    found_at = printed(part.account.closed_at())
    for member_id in watch.departed():
        yield _row(part, {"id": member_id}, rows.DELETED, found_at, "detected")
    part.new["changed_at"] = max(newest, part.old.get("changed_at") or "")


def _row(part: Part, person: Mapping[str, Any], status: str, changed_at: str, source: str) -> Json:
    tag = part.account.settings.external_id
    return {
        "list_id": part.place.key,
        "email_id": person.get("email_id") or person.get("id"),
        "email_address": person.get("email_address"),
        "contact_id": person.get("contact_id"),
        "external_id": _text((person.get("merge_fields") or {}).get(tag)) if tag else None,
        "status": status,
        "opted_in": rows.opted_in(status),
        "reason": person.get("reason") or person.get("unsubscribe_reason") or None,
        "campaign_id": person.get("campaign_id"),
        "changed_at": changed_at,
        "changed_at_source": source,
    }


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _external(part: Part) -> tuple[str, ...]:
    tag = part.account.settings.external_id
    return (f"merge_fields.{tag}",) if tag else ()


def _when(part: Part, member: Json, *, is_known: bool) -> tuple[str, str]:
    """When somebody got their status, and how that is known.

    An opt-in has a time of its own, which an opt-in by API does not always move [observed]: where the status is new and
    the time is not, the last change is the latest it can have been. Mailchimp shows no time for any other status.
    """
    opted = member.get("timestamp_opt") or ""
    if (
        member["status"] == Status.SUBSCRIBED
        and opted
        and (not is_known or opted > (part.old.get("last_changed") or ""))
    ):
        return opted, "opt_in"
    return member["last_changed"], "last_changed"


def _is_told(member: Json, departure: Json | None) -> bool:
    """Whether a row of a campaign's report has told this opt-out already."""
    if departure is None or member["status"] != Status.UNSUBSCRIBED:
        return False
    return bool(departure["timestamp"] >= (member.get("timestamp_opt") or ""))


def _departures(part: Part) -> dict[str, Json]:
    """The newest opt-out of each person from campaigns of this audience whose report counts more than before."""
    known: Mapping[str, Any] = part.old.get(CAMPAIGNS_KEY) or {}
    now: dict[str, Any] = {}
    found: dict[str, Json] = {}
    closed = printed(part.account.closed_at())
    for campaign in part.account.places(Parent.REPORT):
        count = (campaign.row.get("unsubscribed") or 0) + (campaign.row.get("abuse_reports") or 0)
        if campaign.row.get("list_id") != part.place.key or not count:
            continue
        before_count, before_time = known.get(campaign.key) or (0, "")
        latest = before_time
        for row in _unsubscribed(part, campaign.key) if count != before_count else ():
            latest = max(latest, min(row["timestamp"], closed))
            newest = (found.get(row["email_id"]) or row)["timestamp"]
            if row["timestamp"] > before_time and row["timestamp"] >= max(_floor(part), newest):
                found[row["email_id"]] = row
        now[campaign.key] = [count, latest]
    part.new[CAMPAIGNS_KEY] = now
    return found


def _floor(part: Part) -> str:
    start = part.account.settings.start_date
    return printed(start) if start else ""


def _unsubscribed(part: Part, campaign_id: str) -> Iterator[Json]:
    where = Collection(
        f"/reports/{campaign_id}/unsubscribed", "unsubscribes", {"exclude_fields": "unsubscribes._links,_links"}
    )
    for page in pages(part.account.client, where, part.account.pool):
        yield from page
