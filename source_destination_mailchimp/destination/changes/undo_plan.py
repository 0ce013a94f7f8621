"""What undo does about one contact: little, and nothing where anybody else may have had a hand in it. Pure.

It never writes a status and sends no mail; the one thing it does to a status is to archive whom the run added.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from source_destination_mailchimp.destination.changes.history import MISSING, History
from source_destination_mailchimp.destination.changes.lines import BY_KEY
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.mailchimp.members import Json, Status, status_of

PUT_BACK_ALONE = ("language", "vip", "email_type")
"""Parts of a member beside merge fields and groups that have a value to go back to."""


class Stays(StrEnum):
    """Why a contact stays as it is, in words that follow its number."""

    OPEN = "a call was sent for them but never answered; check them in Mailchimp"
    LATER_SYNC = "a later sync with this store changed them"
    CHANGED_SINCE = "they changed since the sync"
    CANNOT_TELL = "their tags were changed by a call that does not show whether they changed since"
    GONE = "they are no longer in the audience"
    PENDING = "they were asked to confirm and stay pending"
    ADDED_OPTED_OUT = "they were added with a status that gets no email"
    STATUS_CHANGED = "the sync changed their status, which is never reverted"
    REMOVED = "the sync archived or deleted them, which is never reverted"
    RENAMED = "the sync changed their email address or joined them with another contact, which is never reverted"
    NOT_WRITABLE = "they are pending, cleaned or archived"
    NOTHING_LEFT = "no value that the sync wrote can be restored"
    FAILING = "Mailchimp answers with a server error for them, but not for others; check them later"
    REFUSED = "Mailchimp refused the change"
    UNANSWERED = "Mailchimp did not say whether the change was made; check them in Mailchimp"


@dataclass(frozen=True, slots=True)
class Archive:
    """The run added the contact: it is archived."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Values and tags go back to what they were."""

    changes: Json = field(default_factory=dict)
    """Body of a PATCH, without a status."""

    tags: Mapping[str, bool] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    """Values that stay as the run left them."""


Step = Archive | PutBack | Stays


def decide(history: History, present: Mapping[str, Any] | None, id_fields: frozenset[str]) -> Step:
    """Return what is to be done about a contact that `stays_anyway` lets pass, as Mailchimp shows it now.

    `id_fields`: merge tags of external ids.
    """
    if present is None:
        return Stays.GONE
    if present.get("last_changed") != history.last_changed or present.get("status") != history.status:
        return Stays.CHANGED_SINCE
    status = status_of(history.status)
    if history.is_added:
        return _added(status)
    return _there_before(history, present, status, id_fields)


def is_back(history: History, present: Mapping[str, Any] | None, id_fields: frozenset[str]) -> bool:
    """Return whether a contact is as undo would make it: so a call whose answer was lost has been taken."""
    if present is None:
        return False
    status = present.get("status")
    if history.is_added:
        return status == Status.ARCHIVED.value
    if status != history.status:
        return False
    return _values_are_back(history, present, id_fields) and not _tags_back(history, present)


def _values_are_back(history: History, present: Mapping[str, Any], id_fields: frozenset[str]) -> bool:
    """Return whether every value that may go back is what it was before the run."""
    for (part, key), change in history.values.items():
        is_before = _shown(present, part, key) == change.before
        if not is_before and _can_go_back(part, key, change.before, id_fields):
            return False
    return True


def stays_anyway(history: History, *, is_later: bool) -> Stays | None:
    """Return why a contact stays whatever Mailchimp shows; None where it depends on that.

    `is_later`: another sync of the store changed the contact after this one.
    """
    if history.is_open:
        return Stays.OPEN
    never_taken_back = _never_taken_back(history)
    if never_taken_back is not None:
        return never_taken_back
    if is_later:
        return Stays.LATER_SYNC
    if history.moved_unseen:
        return Stays.CANNOT_TELL
    tells_how_it_was_left = bool(history.last_changed and history.status)
    if not tells_how_it_was_left:
        return Stays.CANNOT_TELL
    return None


def _never_taken_back(history: History) -> Stays | None:
    """Return what a run did that is never taken back; None where it did nothing of the kind."""
    calls = set(history.calls)
    if not calls.isdisjoint(("archive", "delete")):
        return Stays.REMOVED
    if history.is_joined:
        return Stays.RENAMED
    if "rename" in calls:
        return Stays.RENAMED
    if ("email_address", "") in history.values:
        return Stays.RENAMED
    if "resubscribe" in calls:
        return Stays.STATUS_CHANGED
    if history.has_new_status:
        return Stays.STATUS_CHANGED
    return None


def _added(status: Status) -> Step:
    match status:
        case Status.SUBSCRIBED | Status.TRANSACTIONAL:
            return Archive()
        case Status.PENDING:
            return Stays.PENDING
        case Status.UNSUBSCRIBED | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return Stays.ADDED_OPTED_OUT
        case _:
            assert_never(status)


def _there_before(history: History, present: Mapping[str, Any], status: Status, id_fields: frozenset[str]) -> Step:
    """Return what goes back of a contact who was there before the run."""
    match status:
        case Status.SUBSCRIBED | Status.UNSUBSCRIBED | Status.TRANSACTIONAL:
            changes, left = _values_back(history, present, id_fields)
            tags = _tags_back(history, present)
        case Status.PENDING | Status.CLEANED | Status.ARCHIVED | Status.OTHER:
            return Stays.NOT_WRITABLE
        case _:
            assert_never(status)
    if changes or tags:
        return PutBack(changes, tags, left)
    return Stays.NOTHING_LEFT


def _values_back(
    history: History, present: Mapping[str, Any], id_fields: frozenset[str]
) -> tuple[Json, tuple[str, ...]]:
    """Return the values that go back, as the body of a PATCH, and the names of those that stay."""
    changes: Json = {}
    left = []
    for (part, key), change in history.values.items():
        is_as_left = _shown(present, part, key) == change.after
        if not is_as_left or not _can_go_back(part, key, change.before, id_fields):
            left.append(key or part)
        elif part in BY_KEY:
            changes.setdefault(part, {})[key] = change.before
        else:
            changes[part] = change.before
    return changes, tuple(left)


def _can_go_back(part: str, key: str, before: Any, id_fields: frozenset[str]) -> bool:
    """Return whether a value may be put back: no ids, no permission, and no group that may start an automation."""
    if before is MISSING:
        return False
    if part == "merge_fields":
        return key not in id_fields
    if part == "interests":
        return before is False
    return part in PUT_BACK_ALONE


def _shown(present: Mapping[str, Any], part: str, key: str) -> Any:
    value = present.get(part)
    if not key:
        return value
    if not isinstance(value, Mapping):
        return MISSING
    return value.get(key, MISSING)


def _tags_back(history: History, present: Mapping[str, Any]) -> dict[str, bool]:
    """Return the tags that are as the run left them, each with what it was before."""
    carried = set()
    for tag in present.get("tags", ()):
        carried.add(same_name(tag["name"]))
    back = {}
    for name, is_on in history.net_tags.items():
        is_carried = same_name(name) in carried
        if is_carried is is_on:
            back[name] = not is_on
    return back
