"""When a value of a contact is written: with every record, into an empty field, or only for a contact that is added."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, assert_never

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.mapping.digests import INTEREST, PERMISSION
from source_destination_mailchimp.destination.model import Contact

_NO_ENTRIES: Mapping[str, Write] = MappingProxyType({})


class FieldWrites(NamedTuple):
    """The rule of every value that a stream may write."""

    otherwise: Write = "always"
    """Where no entry of `fields` says more: what `conflict` asks for."""

    by_key: Mapping[str, Write] = _NO_ENTRIES
    """Key of `Known.digests` → the rule of its entry."""

    @property
    def replaces_all(self) -> bool:
        """Return whether the source's value always replaces the one in Mailchimp."""
        rules = {self.otherwise, *self.by_key.values()}
        return rules == {"always"}

    def of(self, key: str) -> Write:
        """Return the rule of one value."""
        return self.by_key.get(key, self.otherwise)


ALWAYS: Final = FieldWrites()
"""The source's value is written with every record that differs."""


_EMPTY: Final = 0
"""The digest of an empty value."""


def changed_keys(new: Mapping[str, int], old: Mapping[str, int], writes: FieldWrites) -> set[str]:
    """Return the keys whose value is to be written to somebody who is there, by the digests of both sides."""
    if new == old:
        return set()
    changed = {key for key, digest in new.items() if digest != old.get(key, _EMPTY)}
    if writes.replaces_all:
        return changed
    written = set()
    for key in changed:
        has_value = old.get(key, _EMPTY) != _EMPTY
        if _replaces(writes.of(key), has_value=has_value):
            written.add(key)
    return written


def _replaces(write: Write, *, has_value: bool) -> bool:
    """Return whether a value that differs is written to somebody who is there; `has_value`: Mailchimp has one."""
    match write:
        case "always":
            return True
        case "if_empty":
            return not has_value
        case "only_new":
            return False
        case _:
            assert_never(write)


class Values(NamedTuple):
    """Everything of a contact that has a rule of when it is written; named as in `Contact`."""

    merge: dict[str, Any]
    profile: dict[str, Any]
    interests: dict[str, bool]
    permissions: dict[str, bool]


def overlaid(newer: Contact, older: Contact, writes: FieldWrites) -> Values:
    """Return the values of two records of one person, as if written one after the other."""
    return Values(
        _overlaid(newer.merge, older.merge, writes),
        _overlaid(newer.profile, older.profile, writes),
        _overlaid(newer.interests, older.interests, writes, INTEREST),
        _overlaid(newer.permissions, older.permissions, writes, PERMISSION),
    )


def _overlaid(
    newer: Mapping[str, Any], older: Mapping[str, Any], writes: FieldWrites, prefix: str = ""
) -> dict[str, Any]:
    """Return one kind of values; `prefix` makes a key of `Known.digests` of one of theirs."""
    values = {**older, **newer}
    if writes.replaces_all:
        return values
    for key in newer:
        _keep_earlier(values, older, key, writes.of(f"{prefix}{key}"))
    return values


def _keep_earlier(values: dict[str, Any], earlier: Mapping[str, Any], key: str, write: Write) -> None:
    """Put the earlier record's value back where the later one would have found it written already."""
    match write:
        case "always":
            return
        case "if_empty":
            if not _is_empty(earlier.get(key)):
                values[key] = earlier[key]
        case "only_new":
            if key in earlier:
                values[key] = earlier[key]
            else:
                del values[key]  # by the time of the later record the contact was not new any more
        case _:
            assert_never(write)


def _is_empty(value: Any) -> bool:
    """Return whether a value leaves a gap in Mailchimp: an empty text, or a no, of which Mailchimp shows nothing."""
    return value is None or value is False or value == ""
