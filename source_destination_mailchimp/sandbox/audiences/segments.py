"""Segments: static ones, which are tags, and saved ones with conditions.

Not done: fuzzy segments, and the conditions listed in segment_conditions.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.audiences.audience import Segment
from source_destination_mailchimp.sandbox.audiences.segment_lookup import (
    member_count,
    segment_of,
    subscribed_among,
    wanted_statuses,
)
from source_destination_mailchimp.sandbox.audiences.tags import check_name, put_on, set_tags, tag_named, take_off
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import STRING, array, choice, record

NAME: Final = "Lists/Segments"

_OPTIONS = record(match=choice("any", "all"), conditions=array(record()))
POST_BODY = record(("name",), name=STRING, static_segment=array(STRING), options=_OPTIONS)
PATCH_BODY = record(("name",), name=STRING, static_segment=array(STRING), options=_OPTIONS)


def read_all(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/segments; exclude_type=static leaves the tags out (documented)."""
    kind, without = call.query.get("type", ""), call.query.get("exclude_type", "")
    rows = [
        segment
        for segment in call.audience.segments.values()
        if (not kind or _type(segment) == kind)
        and _type(segment) != without
        and call.since("created_at", segment.created_at)
        and call.since("updated_at", segment.updated_at)
    ]
    path = f"/lists/{call.audience.id}"
    return {
        "segments": [_shown(call, segment) for segment in call.of(rows)],
        "list_id": call.audience.id,
        "total_items": len(rows),
        "_links": links(
            call.root,
            [
                ("self", "GET", f"{path}/segments", f"{NAME}/CollectionResponse", f"Paths/{NAME}/Collection"),
                ("parent", "GET", path, "Lists/Response", ""),
                ("create", "POST", f"{path}/segments", f"{NAME}/Response", f"Definitions/{NAME}/POST"),
            ],
        ),
    }


def create(call: Call) -> dict[str, Any]:
    """POST /lists/{list_id}/segments: static_segment makes a tag, options a saved segment.

    The people in static_segment keep their last_changed (observed).
    """
    body, now = call.body, call.store.clock.now()
    check_name(body["name"], "name")
    if "options" in body and "static_segment" in body:
        raise invalid_fields(FieldError("options", "This field cannot be provided with the static_segment field."))
    refuses = call.store.is_on("duplicate_tag_name", "refused")
    if refuses and "options" not in body and tag_named(call.store, call.audience, body["name"]):
        raise invalid_fields(FieldError("name", "Sorry, that tag already exists."))
    segment = Segment(call.store.next_segment_id(), body["name"], now, now, body.get("options"))
    call.audience.add_segment(segment)
    for member in subscribed_among(call, body.get("static_segment", ())):
        set_tags(call.store, call.audience, member, {segment.id: now, **member.tags}, moves_last_changed=False)
    return _shown(call, segment)


def read_one(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/segments/{segment_id}."""
    return _shown(call, segment_of(call))


def change(call: Call) -> dict[str, Any]:
    """PATCH /lists/{list_id}/segments/{segment_id}: static_segment replaces who is in it (observed)."""
    segment, body, now = segment_of(call), call.body, call.store.clock.now()
    if "name" in body:
        call.audience.rename_segment(segment, body["name"])
    if "options" in body and not segment.is_tag:
        segment.conditions = body["options"]
    if "static_segment" in body:
        wanted = {member.web_id for member in subscribed_among(call, body["static_segment"])}
        for web_id in segment.holders - wanted:
            take_off(call, call.audience.by_web_id[web_id], segment)
        for web_id in wanted - segment.holders:
            put_on(call, call.audience.by_web_id[web_id], segment)
    segment.updated_at = now
    return _shown(call, segment)


def delete(call: Call) -> None:
    """DELETE /lists/{list_id}/segments/{segment_id}: a tag goes off everybody."""
    segment = segment_of(call)
    if call.store.is_on("segment_calls_move_last_changed", "yes"):
        for web_id in segment.holders:
            call.audience.touch(call.audience.by_web_id[web_id], call.store.clock.now())
    call.audience.drop_segment(segment)


def _type(segment: Segment) -> str:
    return "static" if segment.is_tag else "saved"


def _shown(call: Call, segment: Segment) -> dict[str, Any]:
    audience = call.audience
    shown: dict[str, Any] = {
        "id": segment.id,
        "name": segment.name,
        "member_count": member_count(call, segment, wanted_statuses(call)),
        "type": _type(segment),
        "created_at": iso(segment.created_at),
        "updated_at": iso(segment.updated_at),
    }
    if not segment.is_tag:
        shown["options"] = segment.conditions
    shown["list_id"] = audience.id
    shown["_links"] = links(call.root, link_rows(audience.id, segment.id))
    return shown


def link_rows(audience_id: str, segment_id: int) -> list[Row]:
    """The links of a segment."""
    collection = f"/lists/{audience_id}/segments"
    path = f"{collection}/{segment_id}"
    return [
        ("self", "GET", path, f"{NAME}/Response", ""),
        ("parent", "GET", collection, f"{NAME}/CollectionResponse", f"Paths/{NAME}/Collection"),
        ("members", "GET", f"{path}/members", f"{NAME}/Members/CollectionResponse", ""),
        ("delete", "DELETE", path, "", ""),
        ("update", "PATCH", path, f"{NAME}/Response", f"Definitions/{NAME}/PATCH"),
    ]
