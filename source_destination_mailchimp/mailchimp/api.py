"""One function per endpoint that the destination writes to or reads, and what both connectors ask of an account."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from source_destination_mailchimp.mailchimp.client import Answer, Client
from source_destination_mailchimp.mailchimp.errors import Refused
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Audience, Interest, Json, MergeField, Tag


def account(client: Client) -> Json:
    """`GET /`: who the key belongs to, with `role` and `pricing_plan_type`."""
    return dict(client.get("/"))


def items(
    client: Client,
    path: str,
    key: str,
    params: Mapping[str, Any] | None = None,
    on_page: Callable[[Json], None] = lambda page: None,
) -> Iterator[Json]:
    """All items of a collection, page after page; the default page of 10 loses data for everybody who forgets it."""
    offset = 0
    while True:
        page = client.get(path, {**(params or {}), "count": PAGE_SIZE, "offset": offset})
        on_page(page)
        found = page.get(key) or []
        yield from found
        offset += len(found)
        if not found or offset >= page.get("total_items", 0):
            return


def audiences(client: Client) -> list[Audience]:
    """Every audience of the account."""
    params = {"include_total_contacts": "true", "exclude_fields": "lists._links"}
    return [Audience.parse(wire) for wire in items(client, "/lists", "lists", params)]


def merge_fields(client: Client, audience_id: str) -> list[MergeField]:
    """Every merge field of an audience, also the eleventh and the eighty-first."""
    return merge_fields_and_limit(client, audience_id)[0]


def merge_fields_and_limit(client: Client, audience_id: str) -> tuple[list[MergeField], int | None]:
    """The same with how many the plan allows, where the collection says it. [documented since 3.0.91]"""
    params = {"exclude_fields": "merge_fields._links"}
    limits: list[int] = []
    found = items(client, f"/lists/{audience_id}/merge-fields", "merge_fields", params, on_page=_limit_into(limits))
    fields = [MergeField.parse(wire) for wire in found]
    return fields, limits[0] if limits else None


def _limit_into(limits: list[int]) -> Callable[[Json], None]:
    def note(page: Json) -> None:
        limit = page.get("merge_field_limit")
        if isinstance(limit, int) and limit > 0:
            limits.append(limit)

    return note


def create_merge_field(client: Client, audience_id: str, wire: Json) -> MergeField:
    """`POST /lists/{id}/merge-fields`; raises `Refused` for a taken tag or a spent plan limit."""
    return MergeField.parse(client.call("POST", f"/lists/{audience_id}/merge-fields", body=wire).body)


def interests(client: Client, audience_id: str) -> list[Interest]:
    """Every group name of every group category."""
    found = []
    for category in items(client, f"/lists/{audience_id}/interest-categories", "categories"):
        path = f"/lists/{audience_id}/interest-categories/{category['id']}/interests"
        for wire in items(client, path, "interests"):
            found.append(Interest(wire["id"], wire["name"], category["title"], category.get("type", "checkboxes")))
    return found


def automations(client: Client) -> list[Json]:
    """Classic automations of all audiences that are sending."""
    params = {"status": "sending", "exclude_fields": "automations._links"}
    return list(items(client, "/automations", "automations", params))


def members_page(client: Client, audience_id: str, params: Mapping[str, Any]) -> tuple[list[Json], int]:
    """One page of members and the number of all that the filters match."""
    page = client.get(f"/lists/{audience_id}/members", params)
    return page.get("members") or [], int(page.get("total_items") or 0)


def member(client: Client, audience_id: str, subscriber_hash: str, fields: str | None = None) -> Json | None:
    """One member, archived ones too; None for somebody unknown or permanently deleted."""
    try:
        found: Json = client.get(
            f"/lists/{audience_id}/members/{subscriber_hash}", {"fields": fields} if fields else None
        )
    except Refused as error:
        if error.status == 404:
            return None
        raise
    return found


def subscribe_members(client: Client, audience_id: str, body: bytes, *, skip_merge_validation: bool) -> Answer:
    """`POST /lists/{id}` with an encoded body of at most 500 members; the answer is 200 even if all of them failed."""
    params = {"skip_merge_validation": "true"} if skip_merge_validation else None
    return client.call("POST", f"/lists/{audience_id}", params=params, body=body)


def patch_member(
    client: Client, audience_id: str, subscriber_hash: str, changes: Json, *, skip_merge_validation: bool
) -> Answer:
    """`PATCH` one member: what is not named stays."""
    params = {"skip_merge_validation": "true"} if skip_merge_validation else None
    return client.call("PATCH", f"/lists/{audience_id}/members/{subscriber_hash}", params=params, body=changes)


def archive_member(client: Client, audience_id: str, subscriber_hash: str) -> Answer:
    """`DELETE` one member, which archives. 405 for pending, cleaned and archived people. [observed]"""
    return client.call("DELETE", f"/lists/{audience_id}/members/{subscriber_hash}")


def delete_member_permanently(client: Client, audience_id: str, subscriber_hash: str) -> Answer:
    """Forget somebody for ever: only they themselves can come back, by a form of Mailchimp's. [observed]"""
    path = f"/lists/{audience_id}/members/{subscriber_hash}/actions/delete-permanent"
    return client.call("POST", path)


def member_tags(client: Client, audience_id: str, subscriber_hash: str) -> list[str]:
    """Names of all tags of one member, also beyond the first fifty."""
    return [wire["name"] for wire in items(client, f"/lists/{audience_id}/members/{subscriber_hash}/tags", "tags")]


def set_member_tags(client: Client, audience_id: str, subscriber_hash: str, changes: Mapping[str, bool]) -> Answer:
    """Put tags on (True) or take them off (False) one member; others stay."""
    return client.call("POST", f"/lists/{audience_id}/members/{subscriber_hash}/tags", body=tags_body(changes))


def tags_body(changes: Mapping[str, bool]) -> Json:
    """The body of a member's tags call; `is_syncing` keeps journeys from starting. [documented]"""
    tags = [{"name": name, "status": "active" if on else "inactive"} for name, on in changes.items()]
    return {"tags": tags, "is_syncing": True}


def tags(client: Client, audience_id: str) -> list[Tag]:
    """Every tag of an audience with the id of the static segment that it is."""
    params = {"type": "static", "exclude_fields": "segments._links"}
    return [
        Tag(wire["id"], wire["name"], int(wire.get("member_count") or 0))
        for wire in items(client, f"/lists/{audience_id}/segments", "segments", params)
    ]


def find_tags(client: Client, audience_id: str, beginning: str) -> list[Tag]:
    """Tags whose name begins so, in any case, or all of them; the answer is not paged. [documented]"""
    found = client.get(f"/lists/{audience_id}/tag-search", {"name": beginning} if beginning else None).get("tags") or ()
    return [Tag(wire["id"], wire["name"]) for wire in found]


def create_tag(client: Client, audience_id: str, name: str, emails: Sequence[str]) -> Tag:
    """Make a tag and give it to everybody subscribed among the addresses; the others are passed over. [observed]"""
    body = {"name": name, "static_segment": list(emails)}
    wire = client.call("POST", f"/lists/{audience_id}/segments", body=body).body
    return Tag(wire["id"], wire["name"], int(wire.get("member_count") or 0))


def delete_tag(client: Client, audience_id: str, tag_id: int) -> Answer:
    """Take a tag off everybody, and away."""
    return client.call("DELETE", f"/lists/{audience_id}/segments/{tag_id}")


def change_tag(client: Client, audience_id: str, tag_id: int, add: Sequence[str], remove: Sequence[str]) -> Answer:
    """Put a tag on, and take it off, at most 500 addresses each; only subscribed people are taken. [observed]"""
    body = {"members_to_add": list(add), "members_to_remove": list(remove)}
    return client.call("POST", f"/lists/{audience_id}/segments/{tag_id}", body={k: v for k, v in body.items() if v})


def tag_members(client: Client, audience_id: str, tag_id: int, fields: str) -> Iterator[Json]:
    """Everybody who carries a tag, whatever their status. [include flags documented]"""
    params = {
        "fields": f"{fields},total_items",
        "include_cleaned": "true",
        "include_transactional": "true",
        "include_unsubscribed": "true",
    }
    return items(client, f"/lists/{audience_id}/segments/{tag_id}/members", "members", params)


def start_batch(client: Client, operations: Sequence[Json]) -> Json:
    """`POST /batches`: each operation's body is a JSON string; runs beside the ten connections. [documented]"""
    return dict(client.call("POST", "/batches", body={"operations": list(operations)}).body)


def batch(client: Client, batch_id: str) -> Json:
    """State of a batch, and once it is finished a fresh `response_body_url`, good for ten minutes. [documented]"""
    return dict(client.get(f"/batches/{batch_id}"))
