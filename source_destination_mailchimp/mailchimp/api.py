"""What both connectors read and change in an account, endpoint by endpoint, with answers as nouns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, assert_never
from urllib.parse import quote

from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal, RefusalKind
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Audience, Interest, Json, MergeField, Tag


def account(client: Client) -> Json:
    """Return who the key belongs to, with `role` and `pricing_plan_type`."""
    return dict(client.send(calls.read_account()).body)


def items(
    client: Client,
    path: str,
    key: str,
    params: Mapping[str, Any] | None = None,
    on_page: Callable[[Json], None] = lambda page: None,
) -> Iterator[Json]:
    """Yield all items of a collection, page after page; the default page of 10 loses data for whoever forgets it."""
    chosen = params or {}
    offset = 0
    before: list[Json] = []
    while True:
        call = calls.read_page(path, key, {**chosen, "count": PAGE_SIZE, "offset": offset})
        page = client.send(call).body
        on_page(page)
        found = page.get(key) or []
        if not found or found == before:
            return  # nothing more, or the offset is not heeded and the same page came again
        before = found
        yield from found
        offset += len(found)
        if _is_last(page, found, offset):
            return


def _is_last(page: Json, found: Sequence[Json], end: int) -> bool:
    """Return whether a page that reaches to `end` is the last one: it is not full, and all that are counted came."""
    if len(found) >= PAGE_SIZE:
        return False
    return bool(end >= (page.get("total_items") or 0))


def audiences(client: Client) -> list[Audience]:
    """Return every audience of the account."""
    params = {"include_total_contacts": "true", "exclude_fields": "lists._links"}
    return [Audience.parse(wire) for wire in items(client, "/lists", "lists", params)]


def merge_fields(client: Client, audience_id: str) -> list[MergeField]:
    """Return every merge field of an audience, also the eleventh and the eighty-first."""
    return merge_fields_and_limit(client, audience_id)[0]


def merge_fields_and_limit(client: Client, audience_id: str) -> tuple[list[MergeField], int | None]:
    """Return the same with how many the plan allows, where the collection says it. [documented since 3.0.91]"""
    params = {"exclude_fields": "merge_fields._links"}
    limits: list[int] = []
    path = f"/lists/{audience_id}/merge-fields"
    found = items(client, path, "merge_fields", params, on_page=_limit_into(limits))
    fields = [MergeField.parse(wire) for wire in found]
    if not limits:
        return fields, None
    return fields, limits[0]


def _limit_into(limits: list[int]) -> Callable[[Json], None]:
    def note(page: Json) -> None:
        limit = page.get("merge_field_limit")
        if isinstance(limit, int) and limit > 0:
            limits.append(limit)

    return note


def create_merge_field(client: Client, audience_id: str, wire: Json) -> MergeField:
    """Make a merge field; raises `Refused` for a taken tag or a spent plan limit."""
    call = calls.create_merge_field(audience_id, wire)
    return MergeField.parse(client.send(call).body)


def interests(client: Client, audience_id: str) -> list[Interest]:
    """Return every group name of every group category."""
    found = []
    categories = f"/lists/{audience_id}/interest-categories"
    for category in items(client, categories, "categories"):
        title = category["title"]
        kind = category.get("type", "checkboxes")
        for wire in items(client, f"{categories}/{category['id']}/interests", "interests"):
            found.append(Interest(wire["id"], wire["name"], title, kind))
    return found


def automations(client: Client) -> list[Json]:
    """Return classic automations of all audiences that are sending."""
    params = {"status": "sending", "exclude_fields": "automations._links"}
    return list(items(client, "/automations", "automations", params))


def journeys(client: Client) -> list[Json] | None:
    """Return the customer journeys of all audiences; None where Mailchimp does not say.

    `GET /customer-journeys/journeys` is in no description; it was seen to answer [observed]. Nothing but an answer in
    the form that was seen is knowledge, and nobody waits long for another.
    """
    return _undocumented(client, "/customer-journeys/journeys", "journeys")


def journey_steps(client: Client, journey_id: str) -> list[Json] | None:
    """Return the steps of a journey in their order, the one that starts it first [observed]; None as above."""
    return _undocumented(client, f"/customer-journeys/journeys/{quote(journey_id, safe='')}/steps", "steps")


def _undocumented(client: Client, path: str, key: str) -> list[Json] | None:
    """Return all rows of a collection that no description promises; None unless every one of them came."""
    call = calls.read_page(path, key, {"count": PAGE_SIZE})
    try:
        answer = client.ask(call, tries=2)
    except Unavailable:
        return None
    if not isinstance(answer, Knowledge):
        return None
    rows: list[Any] = answer.body[key]
    for row in rows:
        if not isinstance(row, dict):
            return None
    if len(rows) != answer.body.get("total_items", len(rows)):
        return None
    if len(rows) >= PAGE_SIZE and "total_items" not in answer.body:
        return None
    return rows


def members_page(client: Client, audience_id: str, params: Mapping[str, Any]) -> tuple[list[Json], int]:
    """Return one page of members and the number of all that the filters match."""
    page = client.send(calls.list_members(audience_id, params)).body
    rows = page.get("members") or []
    total = int(page.get("total_items") or 0)
    return rows, total


def member(client: Client, audience_id: str, subscriber_hash: str, fields: str = "") -> Json | None:
    """Return one member, archived ones too; None for somebody whom Mailchimp itself says it does not have."""
    match client.ask(calls.read_member(audience_id, subscriber_hash, fields)):
        case Knowledge() as known:
            found: Json | None = known.body
            return found
        case Refusal(kind=RefusalKind.NOT_FOUND):
            return None
        case Refusal() as refusal:
            raise Refused(refusal)
        case never:
            assert_never(never)


def member_tags(client: Client, audience_id: str, subscriber_hash: str) -> list[str]:
    """Return the names of all tags of one member, also beyond the first fifty."""
    path = f"/lists/{audience_id}/members/{subscriber_hash}/tags"
    return [wire["name"] for wire in items(client, path, "tags")]


def tags(client: Client, audience_id: str) -> list[Tag]:
    """Return every tag of an audience with the id of the static segment that it is."""
    path = f"/lists/{audience_id}/segments"
    params = {"type": "static", "exclude_fields": "segments._links"}
    return [_tag(wire) for wire in items(client, path, "segments", params)]


def find_tags(client: Client, audience_id: str, beginning: str) -> list[Tag]:
    """Return the tags whose name begins so, in any case, or all of them: page by page until one is short."""
    found: dict[int, Tag] = {}
    while True:
        rows = client.send(calls.find_tags(audience_id, beginning, len(found))).body["tags"]
        known = len(found)
        found |= {wire["id"]: _tag(wire) for wire in rows}
        has_nothing_new = len(found) == known  # where the offset is not heeded, the same page comes again
        if has_nothing_new or len(rows) < PAGE_SIZE:
            return list(found.values())


def create_tag(
    client: Client, audience_id: str, name: str, emails: Sequence[str], before_retry: Callable[[], None]
) -> Tag:
    """Make a tag and give it to everybody subscribed among the addresses; raises `Refused`.

    A further try would make a second tag of that name [observed]: what `before_retry` raises ends the trying.
    """
    call = calls.create_tag(audience_id, name, emails)
    return _tag(client.send(call, before_retry).body)


def tag_members(client: Client, audience_id: str, tag_id: int, fields: str) -> Iterator[Json]:
    """Yield everybody who carries a tag, whatever their status. [include flags documented]

    `total_items` counts subscribed people only, whatever is listed [observed]: pages are read until one is empty.
    """
    params = {
        "count": PAGE_SIZE,
        "fields": f"{fields},total_items",
        "include_cleaned": "true",
        "include_transactional": "true",
        "include_unsubscribed": "true",
    }
    path = f"/lists/{audience_id}/segments/{tag_id}/members"
    offset = 0
    before: list[Json] = []
    while True:
        call = calls.read_page(path, "members", {**params, "offset": offset})
        rows = client.send(call).body["members"]
        if not rows or rows == before:
            return  # nobody more, or the offset is not heeded and the same page came again
        before = rows
        yield from rows
        offset += len(rows)


def _tag(wire: Json) -> Tag:
    carriers = int(wire.get("member_count") or 0)
    return Tag(wire["id"], wire["name"], carriers)
