"""One contact: what is known, what happened, and the buttons for what only the person can do."""

from collections.abc import Iterator
from typing import Any

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.audiences.interests import Groups
from source_destination_mailchimp.sandbox.campaigns.sending import Campaign, Campaigns
from source_destination_mailchimp.sandbox.http.visits import Page, Visit
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.pages.contacts import name_of, person_of, tags_of
from source_destination_mailchimp.sandbox.pages.deeds import DEEDS
from source_destination_mailchimp.sandbox.pages.rendering import html, moment, not_found
from source_destination_mailchimp.sandbox.pages.timeline import timeline


def show(visit: Visit) -> Page:
    """Return the page of a contact; `audience` in the query says in which audience."""
    visit.store.let_time_pass()
    audience = visit.store.audiences.get(visit.query.get("audience", ""))
    member = audience.find_by_hash(visit.path_id) if audience is not None else None
    if audience is None or member is None:
        return not_found("This contact does not exist, or was permanently deleted.")
    campaigns = _received(visit.store, member)
    done = DEEDS.get(visit.query.get("done", ""))
    values = {
        "audience": audience,
        "member": member,
        "name": name_of(member),
        "person": person_of(audience, member),
        "tags": tags_of(audience, member),
        "facts": list(_facts(audience, member)),
        "moments": timeline(visit.store, audience, member),
        "campaigns": campaigns,
        "deeds": [(name, deed.label, deed.why_not(member, has_mail=bool(campaigns))) for name, deed in DEEDS.items()],
        "done": done.done if done is not None else "",
    }
    return html("contact.html", values)


def _received(store: Store, member: Member) -> list[Campaign]:
    """Return the campaigns that the contact received, newest first."""
    return list(store.room(Campaigns).sent_to(member))[::-1]


def _facts(audience: Audience, member: Member) -> Iterator[tuple[str, str]]:
    """Yield label and value of what is known of the contact."""
    for field in audience.merge_fields.values():
        value = member.merge_values.get(field.merge_id)
        if value not in (None, ""):
            yield f"{field.name} ({field.tag})", _printed(value)
    yield from _groups(audience, member)
    known = {
        "Phone number": member.sms_phone_number,
        "Language": member.language,
        "VIP": "yes" if member.vip else "",
        "Source": member.source,
        "Signed up": moment(member.timestamp_signup) if member.timestamp_signup else "",
        "Opted in": moment(member.timestamp_opt) if member.timestamp_opt else "",
        "Last changed": moment(member.last_changed),
        "Reason for leaving": member.unsubscribe_reason,
    }
    yield from ((label, value) for label, value in known.items() if value)


def _printed(value: Any) -> str:
    """Return a merge value as one line: the parts of an address are joined."""
    return ", ".join(str(part) for part in value.values() if part) if isinstance(value, dict) else str(value)


def _groups(audience: Audience, member: Member) -> Iterator[tuple[str, str]]:
    for category in audience.room(Groups).categories.values():
        chosen = [choice.name for choice in category.interests.values() if choice.id in member.interests]
        if chosen:
            yield category.title, ", ".join(chosen)
