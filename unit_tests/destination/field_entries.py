"""Entries of `fields`, as a configuration holds them."""

Entry = dict[str, str]


def to(column: str, target: str, write: str = "") -> Entry:
    """Return the entry that sends a column, or several joined by ` + `, to a target."""
    entry = {"column": column, "target": target}
    if write:
        entry["write"] = write
    return entry
