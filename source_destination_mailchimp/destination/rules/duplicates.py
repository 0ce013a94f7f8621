"""Which record of an address takes the place of an earlier one that has not been sent yet."""

from dataclasses import replace
from typing import assert_never

from source_destination_mailchimp.destination.model import (
    Contact,
    Known,
    Note,
    Operation,
    OptIn,
    Outcome,
    Reason,
    Settled,
)
from source_destination_mailchimp.destination.rules import field_writes
from source_destination_mailchimp.destination.rules.plan import StreamRules, plan
from source_destination_mailchimp.destination.rules.tags import TagRules, that_stay


def successor(newer: Contact, older: Contact, rules: StreamRules) -> Contact | None:
    """Return what is written instead of the older record, which is then a duplicate; None if both are to be written.

    The audience ends as if both had been written one after the other, whether the older one had left already or not.
    """
    is_first_known = rules.writes.replaces_all or not _adds_nobody(older)
    if not is_first_known and not _adds_nobody(newer):
        return None  # which of the two is the first for a contact shows only when it is looked up
    if not may_overtake(newer, older):
        return None
    return overlaid(newer, older, rules)


def not_the_first(contact: Contact, known: Known | None, rules: StreamRules) -> Operation | Settled:
    """Return what becomes of a record of an address that has been used already, where the first one counts.

    Its no counts all the same, because a no always does; nothing else of it is written.
    """
    duplicate = Settled(Outcome.DUPLICATE, Note(Reason.NOT_THE_FIRST), contact.notes)
    if contact.opt_in is not OptIn.NO or known is None:
        return duplicate
    only_its_no = contact._replace(merge={}, profile={}, interests={}, permissions={}, tags=(), is_silent_on_tags=True)
    planned = plan(only_its_no, known, replace(rules, tags=TagRules()))
    if isinstance(planned, Operation) and planned.status is not None:
        return replace(planned, contact=contact)
    return duplicate


def may_overtake(newer: Contact, older: Contact) -> bool:
    """Return whether nothing but values of the older record could be lost.

    Only within a stream and for one person, and never a deletion.
    """
    if newer.deleted or older.deleted:
        return False
    if newer.stream != older.stream:
        return False
    if newer.external_id != older.external_id:
        return False
    return _loses_no_answer(newer, older)


def _loses_no_answer(newer: Contact, older: Contact) -> bool:
    """Return whether the newer record's answer to the opt-in stands for both."""
    match older.opt_in:
        case OptIn.MISSING | OptIn.UNCHECKED:
            return True  # it adds nobody, and changes nobody's status
        case OptIn.NOT_ASKED | OptIn.YES | OptIn.NO:
            # A no stands for any answer before it.
            return newer.opt_in is OptIn.NO or _repeats_answer(newer, older)
        case _:
            assert_never(older.opt_in)


def _repeats_answer(newer: Contact, older: Contact) -> bool:
    """Return whether the answer is the same and was given no earlier; one without a time is the earliest."""
    if newer.opt_in is not older.opt_in:
        return False
    if older.consent_seconds is None:
        return True
    return (newer.consent_seconds or 0.0) >= older.consent_seconds


def _adds_nobody(contact: Contact) -> bool:
    """Return whether a record adds nobody, whatever new contacts become."""
    match contact.opt_in:
        case OptIn.NO | OptIn.UNCHECKED | OptIn.MISSING:
            return True
        case OptIn.NOT_ASKED | OptIn.YES:
            return False
        case _:
            assert_never(contact.opt_in)


def overlaid(newer: Contact, older: Contact, rules: StreamRules) -> Contact:
    """Return the newer record with what only the older one says."""
    tag_rules = rules.tags.for_record(is_silent=newer.is_silent_on_tags)
    tags = (*that_stay(tag_rules, older.tags, newer.tags), *newer.tags)
    values = field_writes.overlaid(newer, older, rules.writes)
    return newer._replace(
        merge=values.merge,
        profile=values.profile,
        interests=values.interests,
        permissions=values.permissions,
        tags=tuple(dict.fromkeys(tags)),
        # What the older record says of tags is said, also where the newer one says nothing.
        is_silent_on_tags=newer.is_silent_on_tags and older.is_silent_on_tags,
    )
