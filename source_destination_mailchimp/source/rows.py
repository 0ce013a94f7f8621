"""From what Mailchimp answers to a record."""

from collections.abc import Iterator, Mapping
from typing import Any

from source_destination_mailchimp.mailchimp.members import Json, Status

DELETED = "deleted"
"""Status of somebody who is gone from the audience for good; Mailchimp has no word for it."""

MARKS = ("opted_in", "_ab_cdc_deleted_at")
"""Columns of list_members that Mailchimp's member does not have."""

_ANSWERS = {Status.SUBSCRIBED.value: True, Status.PENDING.value: None}


def opted_in(status: str) -> bool | None:
    """May they be mailed? None for somebody who was asked and has not answered; archived people count as opted out."""
    return _ANSWERS.get(status, False)


def without_empty(row: Json) -> Json:
    """The row itself with every "" in it replaced by None: Mailchimp says "" where there is nothing. [recorded]"""
    for name, value in row.items():
        if value == "":
            row[name] = None
        elif type(value) is dict:
            if value:
                without_empty(value)
        elif type(value) is list and value and type(value[0]) is dict:
            for item in value:
                without_empty(item)
    return row


def member(row: Json, list_id: str, columns: Mapping[str, str] | None) -> Json:
    """A member as a record of list_members; `columns` (merge tag → column) makes it flat."""
    without_empty(row)
    row.setdefault("list_id", list_id)
    row["opted_in"] = opted_in(row.get("status") or "")
    if columns is not None:
        values = row.pop("merge_fields", None) or {}
        for tag, column in columns.items():
            row[column] = values.get(tag)
    return row


def deleted_member(member_id: str, list_id: str, found_at: str) -> Json:
    """What is left to say of a member who was deleted for good."""
    return {
        "id": member_id,
        "list_id": list_id,
        "status": DELETED,
        "opted_in": False,
        "last_changed": found_at,
        "_ab_cdc_deleted_at": found_at,
    }


def activities(row: Json) -> Iterator[Json]:
    """One row per thing that a recipient did, from a recipient with a list of them."""
    done = row.pop("activity", None) or []
    for activity in done:
        yield {**row, **without_empty(activity)}


def at(row: Mapping[str, Any], path: str) -> Any:
    """The value under a dotted path, or None."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def flat_columns(tags: Mapping[str, str], taken: frozenset[str]) -> dict[str, str]:
    """Merge tag → column. A tag that is also a column of the member gets `_`, which the destination reads past."""
    lower = {name.lower() for name in taken}
    return {tag: f"{tag}_" if tag.lower() in lower else tag for tag in tags}
