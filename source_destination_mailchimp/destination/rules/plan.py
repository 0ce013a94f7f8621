"""A contact, the policies and what is there become one operation, or an outcome at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from source_destination_mailchimp.destination.form.settings import Removal
from source_destination_mailchimp.destination.mapping.digests import contact_digests
from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Route,
    Settled,
    StreamId,
)
from source_destination_mailchimp.destination.rules import consent, removal, tags
from source_destination_mailchimp.destination.rules.consent import Consent
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
    """What is to be done for one record, given what is known of its person (None: Mailchimp has not seen them)."""
    if contact.deleted:
        return _deletion(contact, known, rules)
    if known is None and rules.mode == "update":
        return Settled(Outcome.SKIPPED, Note(Reason.NOT_A_MEMBER), contact.notes)
    verdict = consent.decide(
        known.status if known else None,
        contact.opt_in,
        rules.consent,
        consent_is_newer=_is_newer(contact, known, rules.now),
    )
    if verdict.skipped:
        return Settled(Outcome.SKIPPED, Note(verdict.skipped), contact.notes)
    if known is None:
        return _newcomer(contact, verdict, rules)
    if not verdict.data and verdict.held:
        return Settled(Outcome.HELD, Note(verdict.held), contact.notes)
    return _member(contact, known, verdict, rules)


def route_for(known: Status, write: Status | None, *, has_permissions: bool) -> Route:
    """The one function that decides how somebody who is there is written.

    `status_if_new` in a batch is not in the published description [observed only], so nobody knows for certain
    that it leaves a status alone. It is used for subscribed people only, and with their own status: whatever
    Mailchimp makes of it, nobody becomes more mailable, and who leaves by a click between our read and our
    write is refused by Mailchimp or left alone. Everybody else's data goes without any status, by PATCH.
    """
    if write is not None and write is not Status.UNSUBSCRIBED:
        return Route.RESUBSCRIBE
    if has_permissions:
        return Route.PATCH
    if write is Status.UNSUBSCRIBED:
        return Route.CHANGE_STATUS
    return Route.UPDATE if known is Status.SUBSCRIBED else Route.PATCH


CLOCKS_DIFFER_SECONDS = 300.0
"""How far ahead of ours the clock of a source may be."""


def _is_newer(contact: Contact, known: Known | None, now: Callable[[], float]) -> bool:
    """Whether the answer was certainly given after the person's last change; Mailchimp tells full seconds only.

    A date that is yet to come is no consent: it would outweigh every opt-out until then.
    """
    given = contact.consent_seconds
    if known is None or given is None or not known.changed_seconds:
        return False
    return known.changed_seconds + 1 <= given <= now() + CLOCKS_DIFFER_SECONDS


def _newcomer(contact: Contact, verdict: Consent, rules: StreamRules) -> Operation:
    filled = contact.merge
    if "" in filled.values():
        filled = {tag: value for tag, value in filled.items() if value != ""}
    changes: Json = {**contact.profile, "merge_fields": filled} if filled else dict(contact.profile)
    if contact.interests:
        changes["interests"] = contact.interests
    beside = contact.notes
    if verdict.write is Status.PENDING:
        beside = (*beside, Note(Reason.CONFIRMATION_ASKED))
    wanted = tags.changes(rules.tags, contact.tags, frozenset())
    settled = Settled(Outcome.CREATED, None, beside)
    return Operation(contact, Route.ADD, settled, verdict.write, changes, None, wanted.on)


def _member(contact: Contact, known: Known, verdict: Consent, rules: StreamRules) -> Operation | Settled:
    changed = changed_keys(contact_digests(contact), known.digests, rules.fills_only_empty)
    tag_rules = rules.tags._replace(mode="add") if contact.is_silent_on_tags else rules.tags
    wanted = tags.changes(tag_rules, contact.tags, known.tags or frozenset())
    if verdict.held:
        settled = Settled(Outcome.HELD, Note(verdict.held), contact.notes)
    else:
        settled = Settled(Outcome.UPDATED, None, _beside(contact, known, verdict, rules))
    if not changed and verdict.write is None:
        if wanted.on or wanted.off:
            return Operation(contact, Route.NOTHING, settled, None, {}, known, wanted.on, wanted.off)
        return settled if verdict.held else settled._replace(outcome=Outcome.UNCHANGED)
    changes = _body(contact, changed, rules.always_sent, known.permission_ids)
    route = route_for(known.status, verdict.write, has_permissions="marketing_permissions" in changes)
    if_gone = consent.decide(None, contact.opt_in, rules.consent).write if rules.mode == "upsert" else None
    return Operation(contact, route, settled, verdict.write, changes, known, wanted.on, wanted.off, if_gone)


def _beside(contact: Contact, known: Known, verdict: Consent, rules: StreamRules) -> tuple[Note, ...]:
    """What a marketer wants to hear although the record is fine."""
    if verdict.write is Status.PENDING:
        return (*contact.notes, Note(Reason.CONFIRMATION_ASKED))
    wanted_mailing = rules.consent.new_member_status in ("subscribed", "pending") and contact.opt_in is OptIn.NOT_ASKED
    if wanted_mailing and known.status in (Status.UNSUBSCRIBED, Status.CLEANED):
        return (*contact.notes, Note(Reason.STATUS_KEPT, detail=known.status.value))
    return contact.notes


def changed_keys(new: Mapping[str, int], old: Mapping[str, int], fills_only_empty: bool) -> set[str]:
    """Keys whose value is to be written; 0 is the digest of an empty value."""
    if fills_only_empty:
        return {key for key, digest in new.items() if digest and not old.get(key, 0)}
    return {key for key, digest in new.items() if digest != old.get(key, 0)}


def _body(
    contact: Contact, changed: set[str], always_sent: frozenset[str], permission_ids: Mapping[str, str]
) -> dict[str, Any]:
    """The part of a contact that differs, in the shape of a member."""
    merge = {tag: value for tag, value in contact.merge.items() if tag in changed or tag in always_sent}
    body: dict[str, Any] = {key: value for key, value in contact.profile.items() if key in changed}
    interests = {key: wanted for key, wanted in contact.interests.items() if f"interest:{key}" in changed}
    permissions = [
        {"marketing_permission_id": permission_ids[text], "enabled": given}
        for text, given in contact.permissions.items()
        if f"permission:{text}" in changed and text in permission_ids
    ]
    if merge:
        body["merge_fields"] = merge
    if interests:
        body["interests"] = interests
    if permissions:
        body["marketing_permissions"] = permissions
    return body


def _deletion(contact: Contact, known: Known | None, rules: StreamRules) -> Operation | Settled:
    if known is None:
        return Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE), contact.notes)
    if contact.external_id and known.external_id != contact.external_id:
        return Settled(Outcome.SKIPPED, Note(Reason.BELONGS_TO_ANOTHER_RECORD), contact.notes)
    removing = removal.decide(rules.removal, known.status)
    if removing.skipped:
        return Settled(Outcome.SKIPPED, Note(removing.skipped), contact.notes)
    removed = Settled(Outcome.REMOVED, None, contact.notes)
    if not removing.takes_tags:
        return Operation(contact, removing.route, removed, removing.status, {}, known)
    off = _own_tags(contact, known, rules.tags)
    if not off:
        return Settled(Outcome.SKIPPED, Note(Reason.ALREADY_GONE), contact.notes)
    return Operation(contact, Route.NOTHING, removed, None, {}, known, (), off)


def _own_tags(contact: Contact, known: Known, rules: TagRules) -> tuple[str, ...]:
    """Tags that came from this stream: a removal takes off these and no other."""
    ours = {name.lower() for name in (*rules.always, *contact.tags)}
    present = (known.tags or frozenset()) - rules.of_others
    return tuple(sorted(name for name in present if name in ours or tags.is_owned(name, rules.owned)))
