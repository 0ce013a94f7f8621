"""Tags of members, and the search for tags. A tag is a static segment (documented).

Not done: automations that a tag would start, so `is_syncing` changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience, Segment
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.http.schema import BOOLEAN, STRING, array, choice, record
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.values import Writer

POST_BODY = record(
    ("tags",),
    tags=array(record(("name", "status"), name=STRING, status=choice("inactive", "active"))),
    is_syncing=BOOLEAN,
)


def tag_named(store: Store, audience: Audience, name: str) -> Segment | None:
    """The tag of this name, if there is one."""
    return audience.tag_named(name, exactly=store.is_on("tag_names", "case_sensitive"))


def tag_for(store: Store, audience: Audience, name: str) -> Segment:
    """The tag of this name, made if there is none (observed)."""
    now = store.clock.now()
    found = tag_named(store, audience, name)
    return found or audience.add_segment(Segment(store.next_segment_id(), name, now, now))


def check_name(name: str, field: str) -> None:
    """Refuse a tag without a name (inferred)."""
    if not name.strip():
        raise invalid_fields(FieldError(field, "This value should not be blank."))


def set_tags(store: Store, audience: Audience, member: Member, tags: Mapping[int, int]) -> None:
    """Replace a member's tags; last_changed moves if they differ (observed)."""
    if tags != member.tags:
        audience.set_tags(member, tags)
        audience.touch(member, store.clock.now())
        store.tell("tags", audience, member, member.status, "api")


def apply_tag_names(writer: Writer, member: Member, names: Iterable[str], *, replaces: bool = False) -> None:
    """Give a member the tags of these names; with `replaces` it keeps no other."""
    ids = [tag_for(writer.store, writer.audience, name).id for name in names if name.strip()]
    kept = {} if replaces else member.tags
    new = {tag: member.tags.get(tag, writer.now) for tag in ids}
    if new or replaces:
        set_tags(writer.store, writer.audience, member, {**kept, **new})


def change_tags(call: Call) -> None:
    """POST …/members/{subscriber_hash}/tags: only the tags named change; archived people have tags too (observed)."""
    member = call.audience.find_by_hash(call.ids["subscriber_hash"])
    if member is None:
        raise not_found()
    for position, wish in enumerate(call.body["tags"]):
        check_name(wish["name"], f"tags.item:{position}.name")
    tags = dict(member.tags)
    for wish in call.body["tags"]:
        if wish["status"] == "active":
            tags.setdefault(tag_for(call.store, call.audience, wish["name"]).id, call.store.clock.now())
        else:
            found = tag_named(call.store, call.audience, wish["name"])
            tags.pop(found.id if found else 0, None)
    set_tags(call.store, call.audience, member, tags)


def read_tags(call: Call) -> dict[str, Any]:
    """GET …/members/{subscriber_hash}/tags, in pages."""
    member, segments = _member(call), call.audience.segments
    rows = [
        {"id": tag, "name": segments[tag].name, "date_added": _added(call.store, added)}
        for tag, added in member.tags.items()
    ]
    path = f"/lists/{call.audience.id}/members/{member.id}"
    name = "Lists/Members"
    return {
        "tags": call.of(rows),
        "total_items": len(rows),
        "_links": links(
            call.root,
            [
                ("self", "GET", f"{path}/tags", f"{name}/Tags/CollectionResponse", f"Paths/{name}/Tags/Collection"),
                ("parent", "GET", path, f"{name}/Response", ""),
            ],
        ),
    }


def search(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/tag-search: tags whose name starts with `name`, all without it; not in pages."""
    start = call.query.get("name", "").lower()
    found = [tag for tag in call.audience.segments.values() if tag.is_tag and tag.name.lower().startswith(start)]
    found.sort(key=lambda tag: tag.name.lower())
    return {"tags": [{"id": tag.id, "name": tag.name} for tag in found], "total_items": len(found)}


def _member(call: Call) -> Member:
    member = call.audience.find(call.ids["subscriber_hash"])
    if member is None:
        raise not_found()
    return member


def _added(store: Store, added: int) -> str:
    if store.is_on("tag_date_added", "plain"):
        return datetime.fromtimestamp(added, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return iso(added)
