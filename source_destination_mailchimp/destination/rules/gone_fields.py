"""Merge fields and groups that are deleted while the sync runs: each costs its own values, and is said once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from source_destination_mailchimp.destination.mapping.digests import INTEREST
from source_destination_mailchimp.destination.model import Note, Operation, Outcome, Reason, Route, Settled
from source_destination_mailchimp.destination.reporting.wording import gone_field
from source_destination_mailchimp.mailchimp.members import Json

NO_NAMES: Mapping[str, str] = MappingProxyType({})


class GoneFields:
    """What of one audience was found to be gone. Keys are those of `Known.digests`."""

    def __init__(self, names: Mapping[str, str], warn: Callable[[str], None]) -> None:
        """`names` are what a person calls the fields and groups; `warn` takes a sentence for each that is gone."""
        self._names = names
        self._warn = warn
        self._groups: set[str] = set()

    def note(self, keys: Sequence[str]) -> list[Note]:
        """Take note that fields are gone, and return what is to be said of the record whose values they cost."""
        notes = []
        for key in keys:
            name = self._names.get(key, key)
            self._warn(gone_field(name))
            notes.append(Note(Reason.FIELD_GONE, name))
            if key.startswith(INTEREST):
                self._groups.add(key)
        return notes

    def without_groups(self, operation: Operation) -> tuple[Operation, list[str]]:
        """Return an operation without the groups that are gone, and their keys.

        Mailchimp refuses a whole member for one of them. A merge field that is gone it passes over. [both observed]
        """
        gone: list[str] = []
        if not self._groups:
            return operation, gone
        interests = operation.changes.get("interests") or {}
        for key in sorted(self._groups):
            interest = key.removeprefix(INTEREST)
            if interest in interests:
                gone.append(key)
                operation = without_group(operation, key)
        return operation, gone


def without_group(operation: Operation, key: str) -> Operation:
    """Return an operation without one group; where nothing else is to be written, without a call for the member."""
    changes = dict(operation.changes)
    interests = dict(changes.pop("interests", {}))
    interests.pop(key.removeprefix(INTEREST), None)
    if interests:
        changes["interests"] = interests
    rest = replace(operation, changes=changes)
    if _has_more_to_write(rest):
        return rest
    return replace(rest, route=Route.NOTHING, settled=_settled_without_write(rest))


def _has_more_to_write(operation: Operation) -> bool:
    """Return whether a call for the member is still needed: for values, a status or a new address."""
    if operation.changes or operation.route is Route.RENAME:
        return True
    return operation.status is not None


def _settled_without_write(operation: Operation) -> Settled:
    """Return the outcome of an operation whose only write was for a group that is gone."""
    settled = operation.settled
    if settled.outcome is not Outcome.UPDATED or operation.has_tag_changes:
        return settled
    return settled._replace(outcome=Outcome.UNCHANGED)


def missing_fields(changes: Json, member: Mapping[str, Any]) -> list[str]:
    """Return the merge tags whose values were sent, and which the member in Mailchimp's answer does not have at all.

    An answer shows every merge field of the audience, the empty ones too. [observed]
    """
    shown = member.get("merge_fields")
    if not isinstance(shown, Mapping):
        return []
    sent = changes.get("merge_fields") or {}
    if sent.keys() <= shown.keys():
        return []
    missing = []
    for tag, value in sent.items():
        if value == "" or tag in shown:
            continue
        missing.append(tag)
    return missing
