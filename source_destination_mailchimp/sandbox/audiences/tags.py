"""Tags of members, and the search for tags. A tag is a static segment (documented).

Not done: classic automations that a tag would start; journeys start, unless `is_syncing` is set.
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
from source_destination_mailchimp.sandbox.members.tag_order import listed
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


def set_tags(
    store: Store,
    audience: Audience,
    member: Member,
    tags: Mapping[int, int],
    *,
    moves_last_changed: bool = True,
    is_syncing: bool = False,
) -> None:
    """Replace a member's tags; last_changed moves if they differ (observed) unless the call is one that leaves it.

    With `is_syncing` no journey starts for the tags that are new (documented).
    """
    if tags == member.tags:
        return
    gained = frozenset(tags.keys() - member.tags.keys())
    audience.set_tags(member, tags)
    if moves_last_changed:
        audience.touch(member, store.clock.now())
    else:
        audience.order.moved(member)
    store.tell("tags", audience, member, member.status, "api", gained=frozenset() if is_syncing else gained)


def put_on(call: Call, member: Member, tag: Segment) -> None:
    """Give a member a tag by a call for segments."""
    _set_by_segment(call, member, {tag.id: call.store.clock.now(), **member.tags})


def take_off(call: Call, member: Member, tag: Segment) -> None:
    """Take a tag off a member by a call for segments."""
    _set_by_segment(call, member, {kept: added for kept, added in member.tags.items() if kept != tag.id})


def _set_by_segment(call: Call, member: Member, tags: Mapping[int, int]) -> None:
    moves = call.store.is_on("segment_calls_move_last_changed", "yes")
    set_tags(call.store, call.audience, member, tags, moves_last_changed=moves)


def apply_tag_names(writer: Writer, member: Member, names: Iterable[str], *, replaces: bool = False) -> None:
    """Give a member the tags of these names; with `replaces` it keeps no other."""
    ids = [tag_for(writer.store, writer.audience, name).id for name in names if name.strip()]
    kept = {} if replaces else member.tags
    new = {tag: writer.now for tag in ids if tag not in kept}
    if replaces:
        stay = {tag: added for tag, added in member.tags.items() if tag in ids}
        new = {tag: writer.now for tag in ids if tag not in stay}
        kept = stay
    if new or replaces:
        set_tags(writer.store, writer.audience, member, {**new, **kept})


def change_tags(call: Call) -> None:
    """POST …/members/{subscriber_hash}/tags: only the tags named change; archived people have tags too (observed).

    Naming a tag active that is on already leaves it where it is and moves last_changed (recorded, once).
    """
    member = call.audience.find_by_hash(call.ids["subscriber_hash"])
    if member is None:
        raise not_found()
    for position, wish in enumerate(call.body["tags"]):
        check_name(wish["name"], f"tags.item:{position}.name")
    kept, new, is_named_again = dict(member.tags), {}, False
    for wish in call.body["tags"]:
        if wish["status"] == "active":
            tag = tag_for(call.store, call.audience, wish["name"])
            if tag.id in kept:
                is_named_again = True
            else:
                new[tag.id] = call.store.clock.now()
        elif found := tag_named(call.store, call.audience, wish["name"]):
            kept.pop(found.id, None)
            new.pop(found.id, None)
    tags = {**new, **kept}
    set_tags(call.store, call.audience, member, tags, is_syncing=call.body.get("is_syncing") is True)
    if is_named_again:
        call.audience.touch(member, call.store.clock.now())


def read_tags(call: Call) -> dict[str, Any]:
    """GET …/members/{subscriber_hash}/tags, in pages."""
    member, segments = _member(call), call.audience.segments
    rows = [
        {"id": tag, "name": segments[tag].name, "date_added": _added(call.store, member.tags[tag])}
        for tag in listed(member.tags)
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
    """GET /lists/{list_id}/tag-search: tags whose name starts with `name`, all without it, by name without case.

    In pages of ten unless `count` says more, though neither count nor offset is described (observed).
    """
    start = call.query.get("name", "").lower()
    found = [tag for tag in call.audience.segments.values() if tag.is_tag and tag.name.lower().startswith(start)]
    found.sort(key=lambda tag: tag.name.lower())
    return {"tags": [{"id": tag.id, "name": tag.name} for tag in call.of(found)], "total_items": len(found)}


def _member(call: Call) -> Member:
    member = call.audience.find(call.ids["subscriber_hash"])
    if member is None:
        raise not_found()
    return member


def _added(store: Store, added: int) -> str:
    if store.is_on("tag_date_added", "plain"):
        return datetime.fromtimestamp(added, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return iso(added)
