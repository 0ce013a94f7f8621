"""Names in orders to the control API: one that does not exist is answered with those there are."""

from collections.abc import Iterable, Mapping
from typing import Any


def check_names(what: str, given: Mapping[str, Any], known: Iterable[str], let_through: Iterable[str] = ()) -> None:
    """Refuse a name that `what` does not know; raises ValueError that lists what there is."""
    names = tuple(known)
    for name in given:
        if name not in names and name not in let_through:
            raise ValueError(f"{what} has no {name!r}. There are: {', '.join(names)}")
