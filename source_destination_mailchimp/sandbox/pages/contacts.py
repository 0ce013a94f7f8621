"""The contacts of an audience: searched, by status, in pages, the latest change first."""

from collections.abc import Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.audiences.merge_values import full_name
from source_destination_mailchimp.sandbox.http.visits import Page, Visit
from source_destination_mailchimp.sandbox.members.index import PRESENT, groups_of, ids_of
from source_destination_mailchimp.sandbox.members.member import STATUSES, Member
from source_destination_mailchimp.sandbox.members.search import matching
from source_destination_mailchimp.sandbox.members.tag_order import listed
from source_destination_mailchimp.sandbox.pages.paging import Pager, pager
from source_destination_mailchimp.sandbox.pages.rendering import html, not_found

KEPT: Final = ("q", "status")


def show(visit: Visit) -> Page:
    """Return the page of an audience."""
    audience = visit.store.audiences.get(visit.path_id)
    if audience is None:
        return not_found(f"There is no audience {visit.path_id}.")
    pages, members = _chosen(audience, visit)
    values = {
        "audience": audience,
        "statuses": STATUSES,
        "status": _status(visit.query),
        "search": _search(visit.query),
        "pager": pages,
        "contacts": [_row(audience, member) for member in members],
        "present": len(audience.by_digest) - audience.counts["archived"],
    }
    return html("contacts.html", values)


def name_of(member: Member) -> str:
    """Return what a contact is called on the pages: the address, or the telephone number of one without."""
    return member.email_address or member.sms_phone_number


def person_of(audience: Audience, member: Member) -> str:
    """Return the first and last name of a contact, "" for none."""
    first, last = audience.merge_field("FNAME"), audience.merge_field("LNAME")
    names = [member.merge_values.get(field.merge_id, "") if field else "" for field in (first, last)]
    return full_name(*names)


def tags_of(audience: Audience, member: Member) -> list[str]:
    """Return the names of a contact's tags, as Mailchimp lists them."""
    return [audience.segments[tag].name for tag in listed(member.tags)]


def _status(query: Mapping[str, str]) -> str:
    """Return the status that is asked for, "" for all but the archived."""
    status = query.get("status", "")
    return status if status in STATUSES else PRESENT


def _search(query: Mapping[str, str]) -> str:
    return query.get("q", "").strip()


def _chosen(audience: Audience, visit: Visit) -> tuple[Pager, list[Member]]:
    status, text = _status(visit.query), _search(visit.query)
    if text:
        found = [member for member in matching(audience, text) if status in groups_of(member.status)]
        found.sort(key=lambda member: (member.last_changed, member.web_id), reverse=True)
        pages = pager(visit.path, visit.query, KEPT, len(found))
        return pages, found[pages.start : pages.stop]
    keys = audience.order.by_change(status)
    pages = pager(visit.path, visit.query, KEPT, len(keys))
    newest_first = list(keys[len(keys) - pages.stop : len(keys) - pages.start])[::-1]
    return pages, [audience.by_web_id[web_id] for web_id in ids_of(newest_first)]


def _row(audience: Audience, member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "name": name_of(member),
        "person": person_of(audience, member),
        "status": member.status,
        "tags": tags_of(audience, member),
        "changed": member.last_changed,
    }
