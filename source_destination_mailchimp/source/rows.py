"""From what Mailchimp answers to a record."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json, Status, name_of

Pages = Iterator[list[Json]]
"""Records of one stream as they are written: a page of Mailchimp's stays a page."""

DELETED = "deleted"
"""Status of somebody who is gone from the audience for good; Mailchimp has no word for it."""

MARKS = ("opted_in", "_ab_cdc_deleted_at")
"""Columns of list_members that Mailchimp's member does not have."""

_ANSWERS: Mapping[str | None, bool | None] = {
    Status.SUBSCRIBED.value: True,
    Status.PENDING.value: None,
    Status.UNSUBSCRIBED.value: False,
    Status.CLEANED.value: False,
    Status.TRANSACTIONAL.value: False,
    Status.ARCHIVED.value: False,
    DELETED: False,
}


def opted_in(status: str | None) -> bool | None:
    """Return whether they may be mailed; None for somebody who was asked and has not answered.

    Archived people count as opted out. What a status means that nobody knows yet nobody knows either: None.
    """
    return _ANSWERS.get(status)


def unknown_statuses(members: Iterable[Json]) -> set[str]:
    """Return the statuses of some members that Mailchimp did not have when this was written."""
    statuses = {row.get("status") for row in members}
    return {str(status) for status in statuses if status not in _ANSWERS}


def in_pages(rows: Iterable[Json]) -> Pages:
    """Yield rows that come one by one as pages of at most 1,000."""
    page: list[Json] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE_SIZE:
            yield page
            page = []
    if page:
        yield page


def newest_of(members: Iterable[Json]) -> str:
    """Return the latest last_changed of some members; "" of nobody."""
    newest = ""
    for row in members:
        newest = max(newest, row_time(row, "last_changed"))
    return newest


def is_since(member: Json, first: str) -> bool:
    """Return whether a member was changed at `first` or later; where it has no time nobody can say that it was not."""
    changed = row_time(member, "last_changed")
    return not changed or changed >= first


def row_time(row: Json, key: str) -> str:
    """Return a time of a row as Mailchimp prints it; "" for none."""
    return row.get(key) or ""


def without_empty(row: Json) -> Json:
    """Return the row itself with every "" in it replaced by None: Mailchimp says "" where there is nothing. [recorded]

    It runs for every value that is read: hence exact types, which are asked for at less cost than `isinstance`.
    """
    for name, value in row.items():
        if value == "":
            row[name] = None
            continue
        kind = type(value)
        if kind is dict:
            without_empty(value)
        elif kind is list:
            for item in value:
                if type(item) is dict:
                    without_empty(item)
    return row


def member(row: Json, list_id: str, columns: Mapping[str, str] | None) -> Json:
    """Return a member as a record of list_members; `columns` (merge tag → column) makes it flat.

    A contact without an address has no `id` of its own: its `contact_id` stands there, as the key of the record.
    """
    without_empty(row)
    row["id"] = name_of(row) or None
    row.setdefault("list_id", list_id)
    row["opted_in"] = opted_in(row.get("status"))
    if columns is not None:
        values = row.pop("merge_fields", None) or {}
        for tag, column in columns.items():
            row[column] = values.get(tag)
    return row


def deleted_member(member_id: str, list_id: str, found_at: str) -> Json:
    """Return what is left to say of a member who was deleted for good."""
    return {
        "id": member_id,
        "list_id": list_id,
        "status": DELETED,
        "opted_in": False,
        "last_changed": found_at,
        "_ab_cdc_deleted_at": found_at,
    }


def activities(row: Json) -> Iterator[Json]:
    """Yield one row per thing that a recipient did, from a recipient with a list of them."""
    done = row.pop("activity", None) or []
    for activity in done:
        yield {**row, **without_empty(activity)}


def at(row: Mapping[str, Any], path: str) -> Any:
    """Return the value under a dotted path, or None."""
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def flat_columns(tags: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return merge tag → column; one that is a column of the member too gets `_`, which the destination reads past."""
    lower = {name.lower() for name in taken}
    columns = {}
    for tag in tags:
        columns[tag] = tag
        if tag.lower() in lower:
            columns[tag] = f"{tag}_"
    return columns
