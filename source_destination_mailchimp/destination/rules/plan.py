"""A contact, the policies and what is there become one operation, or an outcome at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.mapping.digests import contact_digests
from source_destination_mailchimp.destination.mapping.names import same_name
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
from source_destination_mailchimp.destination.rules import consent, removal, tags
from source_destination_mailchimp.destination.rules.expected_outcome import settled_if_written
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
    fills_only_empty: bool = False
    """`conflict: mailchimp_wins`."""

    always_sent: frozenset[str] = frozenset()
    """Merge tags that go with every write: the required ones where they are enforced."""


def plan(contact: Contact, known: Known | None, rules: StreamRules) -> Operation | Settled:
    """Return what is to be done for one record, given what is known of its person (None: nobody is there)."""
    if contact.deleted:
        return _deletion(contact, known, rules)
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
    changed = changed_keys(contact_digests(contact), known.digests, rules.fills_only_empty)
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


def changed_keys(new: Mapping[str, int], old: Mapping[str, int], fills_only_empty: bool) -> set[str]:
    """Return the keys whose value is to be written; 0 is the digest of an empty value."""
    if fills_only_empty:
        return {key for key, digest in new.items() if digest and not old.get(key, 0)}
    return {key for key, digest in new.items() if digest != old.get(key, 0)}


def _body(
    contact: Contact, changed: set[str], always_sent: frozenset[str], permission_ids: Mapping[str, str]
) -> dict[str, Any]:
    """Return the part of a contact that differs, in the shape of a member."""
    sent = changed | always_sent if always_sent else changed
    merge = {tag: value for tag, value in contact.merge.items() if tag in sent}
    interests = {key: wanted for key, wanted in contact.interests.items() if f"interest:{key}" in changed}
    permissions = [
        {"marketing_permission_id": permission_ids[text], "enabled": given}
        for text, given in contact.permissions.items()
        if f"permission:{text}" in changed and text in permission_ids
    ]
    body: dict[str, Any] = {key: value for key, value in contact.profile.items() if key in changed}
    if merge:
        body["merge_fields"] = merge
    if interests:
        body["interests"] = interests
    if permissions:
        body["marketing_permissions"] = permissions
    return body


# Somebody who is deleted


def _deletion(contact: Contact, known: Known | None, rules: StreamRules) -> Operation | Settled:
    if known is None:
        return _not_removed(contact, Reason.ALREADY_GONE)
    if contact.external_id and known.external_id != contact.external_id:
        return _not_removed(contact, Reason.BELONGS_TO_ANOTHER_RECORD)
    removing = removal.decide(rules.removal, known.status)
    if removing.skipped is not None:
        return _not_removed(contact, removing.skipped)
    settled = Settled(removing.outcome, None, contact.notes, is_removal=True)
    if not removing.takes_tags:
        return Operation(contact, removing.route, settled, removing.status, {}, known)
    own_tags = _own_tags(contact, known, rules.tags)
    if not own_tags:
        return _not_removed(contact, Reason.ALREADY_GONE)
    return Operation(contact, removing.route, settled, None, {}, known, tags_off=own_tags)


def _not_removed(contact: Contact, reason: Reason) -> Settled:
    return Settled(Outcome.SKIPPED, Note(reason), contact.notes)


def _own_tags(contact: Contact, known: Known, rules: TagRules) -> tuple[str, ...]:
    """Return the member's tags that came from this stream: a removal takes off these and no other."""
    named = {same_name(name) for name in (*rules.always, *contact.tags)}
    present = (known.tags or frozenset()) - rules.of_others
    owned = {name for name in present if tags.is_owned(name, rules.owned)}
    return tuple(sorted((present & named) | owned))
