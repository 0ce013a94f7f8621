"""Which tags a member should get and lose: wanted against present."""

from collections.abc import Iterable
from typing import NamedTuple

from source_destination_mailchimp.destination.form.settings import TagsMode


class TagRules(NamedTuple):
    """What a stream may do to tags. Names are compared without case [observed]."""

    always: tuple[str, ...] = ()
    """Put on everybody in the stream: its `tags` and its `mirror_tag`."""

    mode: TagsMode = "add"
    owned: tuple[str, ...] = ()
    """For replace_owned: names, or a beginning with `*`."""

    of_others: frozenset[str] = frozenset()
    """Lower-cased mirror tags of other streams: each is kept for its list alone, whatever `owned` covers."""


class TagChanges(NamedTuple):
    """Names to put on, as the user spells them, and to take off, lower-cased."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


NONE = TagChanges()


def is_owned(name: str, owned: Iterable[str]) -> bool:
    """Whether a lower-cased tag is one that `replace_owned` may take off."""
    return any(
        name.startswith(pattern[:-1].lower()) if pattern.endswith("*") else name == pattern.lower() for pattern in owned
    )


def changes(rules: TagRules, from_record: tuple[str, ...], present: frozenset[str]) -> TagChanges:
    """What differs for one person; `present` holds lower-cased names and must be complete for a replacing mode."""
    if not rules.always and not from_record and rules.mode == "add":
        return NONE
    wanted = {name.lower(): name for name in (*rules.always, *from_record)}
    on = tuple(name for lower, name in wanted.items() if lower not in present)
    if rules.mode == "add":
        return TagChanges(on)
    extra = sorted(present - wanted.keys() - rules.of_others)
    off = extra if rules.mode == "replace_all" else [name for name in extra if is_owned(name, rules.owned)]
    return TagChanges(on, tuple(off))
