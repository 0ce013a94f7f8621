"""A contact, the policies and what is there become one operation, or an outcome at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.mapping.digests import INTEREST, PERMISSION, contact_digests
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    Outcome,
    Reason,
    Route,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.rules import consent, tags
from source_destination_mailchimp.destination.rules.expected_outcome import settled_if_written
from source_destination_mailchimp.destination.rules.field_writes import ALWAYS, FieldWrites, changed_keys
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.mailchimp.members import Json, Status

Mode = Literal["upsert", "update"]


@dataclass(frozen=True, slots=True)
class StreamRules:
    """Every policy that one stream is planned by."""

    stream: StreamId
    consent: consent.Rules
    now: Callable[[], float]
    """Seconds since 1970: a consent that is dated later was not given."""

    mode: Mode = "upsert"
    removal: Removal = "keep"
    tags: TagRules = field(default_factory=TagRules)
    mirror_tag: str = ""
    """Lower-cased; "" where the stream is no list."""

    writes: FieldWrites = ALWAYS
    """When each value is written to somebody who is there."""

    always_sent: frozenset[str] = frozenset()
    """Merge tags that go with every write: the required ones where they are enforced."""


def plan(contact: Contact, known: Known | None, rules: StreamRules) -> Operation | Settled:
    """Return what is to be done for one living record, given what is known of its person (None: nobody is there)."""
    if known is None:
        return _newcomer(contact, rules)
    return _member(contact, known, rules)


def route_for(known: Status, write: Status | None, *, has_permissions: bool) -> Route:
    """Return by which call somebody who is there is written. The one function that decides it.

    `status_if_new` in a batch is not in the published description [observed only], so nobody knows for certain
    that it leaves a status alone. It is used for subscribed people only, and with their own status: whatever
    Mailchimp makes of it, nobody becomes more mailable, and who leaves by a click between our read and our
    write is refused by Mailchimp or left alone. Everybody else's data goes without any status, by PATCH.
    """
    match write:
        case None:
            route = Route.UPDATE if known is Status.SUBSCRIBED else Route.PATCH
        case Status.UNSUBSCRIBED:
            route = Route.CHANGE_STATUS
        case Status.SUBSCRIBED | Status.PENDING | Status.TRANSACTIONAL | Status.CLEANED | Status.ARCHIVED:
            return Route.RESUBSCRIBE
        case Status.OTHER:
            raise ValueError("a status that nobody knows is never written")
        case _:
            assert_never(write)
    # The call for many members does not list marketing permissions. [documented]
    return Route.PATCH if has_permissions else route


# Somebody new


def _newcomer(contact: Contact, rules: StreamRules) -> Operation | Settled:
    match rules.mode:
        case "update":
            return Settled(Outcome.SKIPPED, Note(Reason.NOT_A_MEMBER), contact.notes)
        case "upsert":
            verdict = consent.decide(None, contact.opt_in, rules.consent)
        case _:
            assert_never(rules.mode)
    if verdict.skipped is not None:
        return Settled(Outcome.SKIPPED, Note(verdict.skipped), contact.notes)
    beside = contact.notes
    if verdict.write is Status.PENDING:
        beside = (*beside, Note(Reason.CONFIRMATION_ASKED))
    return Operation(
        contact,
        Route.ADD,
        Settled(Outcome.CREATED, None, beside),
        verdict.write,
        _whole_body(contact),
        tags_on=tags.changes(rules.tags, contact.tags, frozenset()).on,
    )


def _whole_body(contact: Contact) -> Json:
    """Return everything of a contact in the shape of a member, but for empty values: there is nothing to clear."""
    filled = contact.merge
    if "" in filled.values():
        filled = {tag: value for tag, value in filled.items() if value != ""}
    body: Json = dict(contact.profile)
    if filled:
        body["merge_fields"] = filled
    if contact.interests:
        body["interests"] = contact.interests
    return body


# Somebody who is there


def _member(contact: Contact, known: Known, rules: StreamRules) -> Operation | Settled:
    verdict = consent.decide(
        known.status,
        contact.opt_in,
        rules.consent,
        consent_is_newer=_is_newer(contact, known, rules.now),
    )
    if verdict.held is not None and not verdict.data:
        return Settled(Outcome.HELD, Note(verdict.held), contact.notes)
    changed = changed_keys(contact_digests(contact), known.digests, rules.writes)
    settled = settled_if_written(contact, known, verdict, rules.consent.new_member_status)
    tag_rules = rules.tags.for_record(is_silent=contact.is_silent_on_tags)
    wanted = tags.changes(tag_rules, contact.tags, known.tags or frozenset())
    is_written = bool(changed) or verdict.write is not None
    if is_written:
        changes = _body(contact, changed, rules.always_sent, known.permission_ids)
        route = route_for(known.status, verdict.write, has_permissions="marketing_permissions" in changes)
        if_gone = _status_if_gone(contact, rules)
        return Operation(contact, route, settled, verdict.write, changes, known, wanted.on, wanted.off, if_gone)
    if wanted.on or wanted.off:
        return Operation(contact, Route.NOTHING, settled, None, {}, known, wanted.on, wanted.off)
    if verdict.held is not None:
        return settled
    return settled._replace(outcome=Outcome.UNCHANGED)


CLOCKS_DIFFER_SECONDS = 300.0
"""How far ahead of ours the clock of a source may be."""


def _is_newer(contact: Contact, known: Known, now: Callable[[], float]) -> bool:
    """Return whether the answer was certainly given after the person's last change.

    Mailchimp tells full seconds only, so the second of the change itself is not later. A date that is yet to come is no
    consent: it would outweigh every opt-out until then.
    """
    given = contact.consent_seconds
    if given is None:
        return False
    if not known.changed_seconds:
        return False
    return known.changed_seconds + 1 <= given <= now() + CLOCKS_DIFFER_SECONDS


def _status_if_gone(contact: Contact, rules: StreamRules) -> Status | None:
    """Return what a stranger would become by the record, should its member be gone; None if nobody were added."""
    match rules.mode:
        case "update":
            return None
        case "upsert":
            return consent.decide(None, contact.opt_in, rules.consent).write
        case _:
            assert_never(rules.mode)


def _body(
    contact: Contact, changed: set[str], always_sent: frozenset[str], permission_ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return the part of a contact that differs, in the shape of a member."""
    sent = changed | always_sent if always_sent else changed
    body: dict[str, Any] = {key: value for key, value in contact.profile.items() if key in changed}
    merge = {tag: value for tag, value in contact.merge.items() if tag in sent}
    if merge:
        body["merge_fields"] = merge
    interests = {key: wanted for key, wanted in contact.interests.items() if f"{INTEREST}{key}" in changed}
    if interests:
        body["interests"] = interests
    permissions = _permissions(contact, changed, permission_ids)
    if permissions:
        body["marketing_permissions"] = permissions
    return body


def _permissions(contact: Contact, changed: set[str], permission_ids: Mapping[str, str]) -> list[Json]:
    """Return the marketing permissions that differ; one whose id is not known is left alone."""
    given = []
    for text, enabled in contact.permissions.items():
        if f"{PERMISSION}{text}" not in changed:
            continue
        if text not in permission_ids:
            continue
        given.append({"marketing_permission_id": permission_ids[text], "enabled": enabled})
    return given
