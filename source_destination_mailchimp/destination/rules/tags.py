"""Which tags a member should get and lose: wanted against present."""

from collections.abc import Iterable, Set
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.form.settings import TagsMode
from source_destination_mailchimp.destination.mapping.names import same_name


class TagRules(NamedTuple):
    """What a stream may do to tags. Names are compared without case [observed]."""

    always: tuple[str, ...] = ()
    """Put on everybody in the stream: its `tags` and its `mirror_tag`."""

    mode: TagsMode = "add"
    owned: tuple[str, ...] = ()
    """For replace_owned: names, or a beginning with `*`."""

    of_others: frozenset[str] = frozenset()
    """Lower-cased mirror tags of other streams: each is kept for its list alone, whatever `owned` covers."""

    def for_record(self, *, is_silent: bool) -> "TagRules":
        """Return the rules for one record: no tag comes off for one whose tags column says nothing."""
        if is_silent:
            return self._replace(mode="add")
        return self


class TagChanges(NamedTuple):
    """Names to put on, as the user spells them, and to take off, lower-cased."""

    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


NONE = TagChanges()


def takes_off(mode: TagsMode) -> bool:
    """Return whether a tag may come off although nobody is removed: then all present tags have to be known."""
    match mode:
        case "add":
            return False
        case "replace_owned":
            return True
        case _:
            assert_never(mode)


def is_owned(name: str, owned: Iterable[str]) -> bool:
    """Return whether a lower-cased tag is one that `owned_tags` covers."""
    return any(_covers(pattern, name) for pattern in owned)


def _covers(pattern: str, name: str) -> bool:
    """Return whether an entry of `owned_tags` covers a lower-cased name; only a `*` at the end is a wildcard."""
    if not pattern.endswith("*"):
        return name == same_name(pattern)
    beginning = pattern.removesuffix("*")
    return name.startswith(same_name(beginning))


def changes(rules: TagRules, from_record: tuple[str, ...], present: frozenset[str]) -> TagChanges:
    """Return what differs for one person.

    `present` holds lower-cased names. It must be complete where the mode takes tags off.
    """
    is_without_tags = not rules.always and not from_record
    if is_without_tags and not takes_off(rules.mode):
        return NONE  # most records of most streams
    wanted = {}
    for spelled in (*rules.always, *from_record):
        wanted[same_name(spelled)] = spelled
    missing = []
    for name, spelled in wanted.items():
        if name not in present:
            missing.append(spelled)
    unwanted = present - wanted.keys() - rules.of_others
    return TagChanges(tuple(missing), _coming_off(rules, unwanted))


def that_stay(rules: TagRules, earlier: tuple[str, ...], later: tuple[str, ...]) -> tuple[str, ...]:
    """Return which tags of an earlier record a person still carries once a later record of them is written."""
    wanted = _same_names((*rules.always, *later))
    unwanted = _same_names(earlier) - wanted - rules.of_others
    coming_off = _coming_off(rules, unwanted)
    staying = []
    for spelled in earlier:
        if same_name(spelled) not in coming_off:
            staying.append(spelled)
    return tuple(staying)


def _same_names(tags: Iterable[str]) -> Set[str]:
    return frozenset(map(same_name, tags))


def _coming_off(rules: TagRules, unwanted: Set[str]) -> tuple[str, ...]:
    """Return which of the tags that a person carries and the record does not name are taken off."""
    match rules.mode:
        case "add":
            return ()
        case "replace_owned":
            coming_off = []
            for name in sorted(unwanted):
                if is_owned(name, rules.owned):
                    coming_off.append(name)
            return tuple(coming_off)
        case _:
            assert_never(rules.mode)
