"""How changes and answers are laid out as lines, and read back: what many have in common stands once. Pure.

A list takes room on the disk of whoever keeps it, and of 500 contacts in one call most keys say the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from source_destination_mailchimp.destination.changes.chain import CALL, CHANGE
from source_destination_mailchimp.mailchimp.members import Json, member_hash

Content = Mapping[str, Any]

OF_THE_LINE = ("n", "prev", "type")
"""Keys of a `call` line that say nothing of the changes after it."""

NOWHERE = object()


def lines_of(changes: Sequence[Content]) -> Iterator[tuple[str, Content]]:
    """Yield type and content of the lines for changes that leave together.

    A `call` line comes first where there are several: its keys hold for as many `change` lines after it as it says.
    """
    shared = _shared(changes)
    if shared:
        yield CALL, {"changes": len(changes), **shared}
    for change in changes:
        own = dict(change)
        for key in shared:
            del own[key]
        yield CHANGE, own


def whole_changes(entries: Iterable[Json]) -> Iterator[Json]:
    """Yield the lines of a list with every change whole; `call` lines are spent on their changes."""
    shared: Json = {}
    remaining = 0
    for entry in entries:
        if entry["type"] == CALL:
            shared = dict(entry)
            remaining = shared.pop("changes")
            for key in OF_THE_LINE:
                del shared[key]
            continue
        if entry["type"] != CHANGE:
            yield entry
            continue
        if remaining:
            remaining -= 1
            entry = {**shared, **entry}
        entry.setdefault("member", member_hash(entry.get("email", "")))
        yield entry


def grouped(answers: Iterable[tuple[int, Content]]) -> Iterator[Content]:
    """Yield each answer once, with the numbers in `of` of all lines that it settles."""
    found: dict[bytes, Json] = {}
    for number, answer in answers:
        group = found.setdefault(orjson.dumps(answer), {"of": [], **answer})
        group["of"].append(number)
    yield from found.values()


def _shared(changes: Sequence[Content]) -> Json:
    """Return the keys that say the same of all changes; none of a single one, which stands whole."""
    if len(changes) < 2:
        return {}
    first, *others = changes
    shared = dict(first)
    for other in others:
        for key, value in list(shared.items()):
            if other.get(key, NOWHERE) != value:
                del shared[key]
    return shared
