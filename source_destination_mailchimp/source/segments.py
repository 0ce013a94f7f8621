"""Members of one segment: who changed, and everybody again when somebody joined or left."""

from collections.abc import Iterator

from source_destination_mailchimp.mailchimp.members import Json
from source_destination_mailchimp.mailchimp.paging import pages
from source_destination_mailchimp.source.account import collection
from source_destination_mailchimp.source.part import Part
from source_destination_mailchimp.source.rows import without_empty
from source_destination_mailchimp.source.states import printed

MEMBERSHIP_KEY = "membership"


def read_segment_members(part: Part) -> Iterator[Json]:
    """Members with `segment_id` and `list_id`.

    Joining a segment does not have to change `last_changed`: a sum over the members' names, kept beside the cursor,
    tells whether somebody joined or left. A first, short read decides whether anything has to be read at all.
    """
    floor = part.floor("last_changed")
    first = printed(floor) if floor else ""
    if part.old:
        sum_now, newest = _look(part)
        is_same = sum_now == part.old.get(MEMBERSHIP_KEY, sum_now)
        if is_same and newest < first:
            part.new = {**part.old, MEMBERSHIP_KEY: sum_now}
            return
        if not is_same:
            start = part.account.settings.start_date
            first = printed(start) if start else ""
    total, newest = 0, ""
    for page in pages(part.account.client, collection(part.stream, part.place.ids), part.account.pool):
        for row in page:
            total += _number(row)
            newest = max(newest, row["last_changed"])
            if row["last_changed"] >= first:
                yield {**without_empty(row), "segment_id": part.place.row["id"], "list_id": part.place.ids["list_id"]}
    part.new[MEMBERSHIP_KEY] = _short(total)
    part.stand_at("last_changed", newest)


def _look(part: Part) -> tuple[str, str]:
    total, newest = 0, ""
    where = collection(part.stream, part.place.ids)
    params = {name: value for name, value in where.params.items() if name != "exclude_fields"}
    params["fields"] = "members.id,members.last_changed,total_items"
    brief = type(where)(where.path, where.key, params, where.is_paged, where.total_lies)
    for page in pages(part.account.client, brief, part.account.pool):
        total += sum(map(_number, page))
        newest = max([newest, *(row["last_changed"] for row in page)])
    return _short(total), newest


def _number(row: Json) -> int:
    return int(row["id"][:15], 16)


def _short(total: int) -> str:
    return f"{total % 2**64:x}"
