"""Which record of an address takes the place of an earlier one that has not been sent yet."""

from dataclasses import replace

from source_destination_mailchimp.destination.model import Contact, OptIn
from source_destination_mailchimp.destination.rules.plan import StreamRules


def successor(newer: Contact, older: Contact, rules: StreamRules) -> Contact | None:
    """What is written instead of the older record, which is then a duplicate; None where both are to be written.

    The audience ends as if both had been written one after the other, whether the older one had left already or not.
    So nothing is overtaken where the first value stays (`conflict: mailchimp_wins`).
    """
    if rules.fills_only_empty or not may_overtake(newer, older):
        return None
    return overlaid(newer, older, adds_tags=rules.tags.mode == "add")


def may_overtake(newer: Contact, older: Contact) -> bool:
    """Whether nothing but values of the older record could be lost.

    Only within a stream, never a deletion, and no answer is lost: a no stands for any, a yes only for an earlier yes.
    """
    if newer.stream != older.stream or newer.external_id != older.external_id or newer.deleted or older.deleted:
        return False
    if newer.opt_in is OptIn.NO or older.opt_in is OptIn.MISSING:
        return True
    if newer.opt_in is not older.opt_in:
        return False
    return older.consent_seconds is None or (newer.consent_seconds or 0.0) >= older.consent_seconds


def overlaid(newer: Contact, older: Contact, *, adds_tags: bool) -> Contact:
    """The newer record with what only the older one says."""
    return replace(
        newer,
        merge={**older.merge, **newer.merge},
        profile={**older.profile, **newer.profile},
        interests={**older.interests, **newer.interests},
        permissions={**older.permissions, **newer.permissions},
        tags=tuple(dict.fromkeys((*older.tags, *newer.tags))) if adds_tags else newer.tags,
    )
