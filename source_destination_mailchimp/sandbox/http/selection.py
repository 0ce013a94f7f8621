"""The parameters `fields` and `exclude_fields`: which parts of an answer are sent."""

from collections.abc import Mapping
from typing import Any

import orjson

from source_destination_mailchimp.sandbox.http.errors import bad_request

Tree = dict[str, "Tree"]


class Selection:
    """Dot paths from the root of an answer, to keep or to leave out; empty keeps everything."""

    __slots__ = ("_keeps", "_tree")

    def __init__(self, query: Mapping[str, str]) -> None:
        """Read the query. Both parameters at once are refused (documented as mutually exclusive)."""
        kept, dropped = query.get("fields", ""), query.get("exclude_fields", "")
        if kept and dropped:
            raise bad_request("The fields and exclude_fields parameters cannot be used together.")
        self._keeps = bool(kept)
        self._tree = _tree(kept or dropped)

    def __bool__(self) -> bool:
        return bool(self._tree)

    def keys(self, collection: str) -> frozenset[str] | None:
        """Which top-level keys of a collection's elements are sent at all; None when that is not limited."""
        if not self._keeps:
            return None
        branch = self._tree.get(collection)
        if branch is None:
            return frozenset()
        return frozenset(branch) if branch else None

    def keys_at_root(self) -> frozenset[str] | None:
        """Which keys of a single object are sent; None when that is not limited."""
        return frozenset(self._tree) if self._keeps else None

    def asks_for_nothing(self, answer: dict[str, Any]) -> bool:
        """Whether one of `fields` begins with no key of the answer; to exclude what is not there is fine (observed)."""
        return self._keeps and not self._tree.keys() <= answer.keys()

    def apply(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer without the parts not asked for. Paths that lead nowhere are ignored (observed)."""
        if not self._tree:
            return answer
        kept: dict[str, Any] = _keep(answer, self._tree) if self._keeps else _drop(answer, self._tree)
        return kept


def _tree(paths: str) -> Tree:
    tree: Tree = {}
    for path in filter(None, (part.strip() for part in paths.split(","))):
        branch = tree
        for step in path.split("."):
            branch = branch.setdefault(step, {})
    return tree


def _keep(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, orjson.Fragment):
        value = orjson.loads(orjson.dumps(value))
    if isinstance(value, list):
        return [_keep(element, tree) for element in value]
    if isinstance(value, dict):
        return {key: _keep(element, tree[key]) for key, element in value.items() if key in tree}
    return value


def _drop(value: Any, tree: Tree) -> Any:
    if isinstance(value, orjson.Fragment):
        value = orjson.loads(orjson.dumps(value))
    if isinstance(value, list):
        return [_drop(element, tree) for element in value]
    if isinstance(value, dict):
        return {
            key: _drop(element, tree[key]) if key in tree else element
            for key, element in value.items()
            if tree.get(key) != {}
        }
    return value
