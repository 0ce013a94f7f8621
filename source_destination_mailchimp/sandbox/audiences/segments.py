"""Segments: static ones, which are tags, and saved ones with conditions; their members and the batch change.

Not done: fuzzy segments, and the conditions listed in segment_conditions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.audiences.audience import Segment
from source_destination_mailchimp.sandbox.audiences.segment_conditions import matches
from source_destination_mailchimp.sandbox.audiences.tags import check_name, set_tags, tag_named
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import FieldError, bad_request, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import STRING, array, choice, record
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.view import MemberView

MAX_EMAILS: Final = 500
NAME: Final = "Lists/Segments"
ALREADY_IN: Final = "Email addresses already exist in the static segment"
TOO_MANY: Final = (  # observed: hitobito_sac_cas#1487
    f"Maximum allowed member items exceeded, please provide at most {MAX_EMAILS} items in members_to_add field "
    "or members_to_remove field"
)
NOT_IN: Final = "Email addresses do not exist in the static segment"
NONE_SUBSCRIBED: Final = "None of the emails provided were subscribed to the list"
NOT_TAGGED: Final = "Some of the emails provided were not tagged. Check the Mailchimp marketing subscription statuses"

_OPTIONS = record(match=choice("any", "all"), conditions=array(record()))
POST_BODY = record(("name",), name=STRING, static_segment=array(STRING), options=_OPTIONS)
PATCH_BODY = record(("name",), name=STRING, static_segment=array(STRING), options=_OPTIONS)
BATCH_BODY = record(members_to_add=array(STRING), members_to_remove=array(STRING))
MEMBER_BODY = record(("email_address",), email_address=STRING)


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
    """POST /lists/{list_id}/segments: static_segment makes a tag, options a saved segment."""
    body, now = call.body, call.store.clock.now()
    check_name(body["name"], "name")
    if "options" in body and "static_segment" in body:
        raise invalid_fields(FieldError("options", "This field cannot be provided with the static_segment field."))
    refuses = call.store.is_on("duplicate_tag_name", "refused")
    if refuses and "options" not in body and tag_named(call.store, call.audience, body["name"]):
        raise invalid_fields(FieldError("name", "Sorry, that tag already exists."))
    segment = Segment(call.store.next_segment_id(), body["name"], now, now, body.get("options"))
    call.audience.add_segment(segment)
    for member in _subscribed(call, body.get("static_segment", ())):
        set_tags(call.store, call.audience, member, {**member.tags, segment.id: now})
    return _shown(call, segment)


def read_one(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/segments/{segment_id}."""
    return _shown(call, _segment(call))


def change(call: Call) -> dict[str, Any]:
    """PATCH /lists/{list_id}/segments/{segment_id}: static_segment replaces who is in it (observed)."""
    segment, body, now = _segment(call), call.body, call.store.clock.now()
    if "name" in body:
        call.audience.rename_segment(segment, body["name"])
    if "options" in body and not segment.is_tag:
        segment.conditions = body["options"]
    if "static_segment" in body:
        wanted = {member.web_id for member in _subscribed(call, body["static_segment"])}
        for web_id in segment.holders - wanted:
            _take_off(call, call.audience.by_web_id[web_id], segment)
        for web_id in wanted - segment.holders:
            member = call.audience.by_web_id[web_id]
            set_tags(call.store, call.audience, member, {**member.tags, segment.id: now})
    segment.updated_at = now
    return _shown(call, segment)


def delete(call: Call) -> None:
    """DELETE /lists/{list_id}/segments/{segment_id}: a tag goes off everybody."""
    call.audience.drop_segment(_segment(call))


def change_members(call: Call) -> dict[str, Any]:
    """POST /lists/{list_id}/segments/{segment_id}: add and remove up to 500 each, subscribed people only (observed)."""
    segment = _static(call)
    adding, removing = call.body.get("members_to_add", []), call.body.get("members_to_remove", [])
    if not adding and not removing:
        raise bad_request("You must provide members_to_add or members_to_remove.")
    candidates = [_candidates(call, name) for name in ("members_to_add", "members_to_remove")]
    errors: list[dict[str, Any]] = []
    added = _add(call, segment, candidates[0], errors)
    removed = _remove(call, segment, candidates[1], errors)
    wanted = len({digest_of(email) for email in adding}) + len({digest_of(email) for email in removing})
    if wanted > sum(map(len, candidates)) and call.store.is_on("segment_refusal_wording", "not_tagged"):
        taken = {member.digest for group in candidates for member in group}
        lost = [email for email in [*adding, *removing] if digest_of(email) not in taken]
        errors.append({"email_addresses": lost, "error": NOT_TAGGED})
    if added or removed:
        segment.updated_at = call.store.clock.now()
    return _batch_answer(call, segment, added, removed, errors)


def _batch_answer(
    call: Call, segment: Segment, added: list[Member], removed: list[Member], errors: list[dict[str, Any]]
) -> dict[str, Any]:
    view = MemberView(call.audience, call.root)
    return {
        "members_added": [view.echo(member) for member in added],
        "members_removed": [view.echo(member) for member in removed],
        "errors": errors,
        "total_added": len(added),
        "total_removed": len(removed),
        "error_count": len(errors),
        "_links": links(call.root, _link_rows(call.audience.id, segment.id)),
    }


def _candidates(call: Call, name: str) -> list[Member]:
    """The subscribed people among the addresses; 400 where there are addresses but none of them is (observed)."""
    emails = call.body.get(name, [])
    if len(emails) > MAX_EMAILS:
        raise bad_request(TOO_MANY)
    members = _subscribed(call, emails)
    if emails and not members:
        not_tagged = call.store.is_on("segment_refusal_wording", "not_tagged")
        raise invalid_fields(FieldError(name, NOT_TAGGED if not_tagged else NONE_SUBSCRIBED))
    return members


def _add(call: Call, segment: Segment, members: list[Member], errors: list[dict[str, Any]]) -> list[Member]:
    there = [member.email_address for member in members if segment.id in member.tags]
    added = [member for member in members if segment.id not in member.tags]
    for member in added:
        set_tags(call.store, call.audience, member, {**member.tags, segment.id: call.store.clock.now()})
    if there:
        errors.append({"email_addresses": there, "error": ALREADY_IN})
    return added


def _remove(call: Call, segment: Segment, members: list[Member], errors: list[dict[str, Any]]) -> list[Member]:
    absent = [member.email_address for member in members if segment.id not in member.tags]
    removed = [member for member in members if segment.id in member.tags]
    for member in removed:
        _take_off(call, member, segment)
    if absent:
        errors.append({"email_addresses": absent, "error": NOT_IN})
    return removed


def read_members(call: Call) -> dict[str, Any]:
    """GET …/segments/{segment_id}/members: subscribed people, others only if a flag asks for them (documented)."""
    segment = _segment(call)
    shown = {"subscribed"} | {
        status for status in ("cleaned", "transactional", "unsubscribed") if call.flag(f"include_{status}")
    }
    everybody = [member for member in _everybody(call, segment) if member.status != "archived"]
    rows = [member for member in everybody if member.status in shown]
    total = len(everybody if call.store.is_on("segment_total_items", "counts_hidden") else rows)
    view, keys = MemberView(call.audience, call.root), call.selection.keys("members")
    path = f"/lists/{call.audience.id}/segments/{segment.id}"
    name = f"{NAME}/Members"
    return {
        "members": [view.of_segment(member, keys) for member in call.of(rows)],
        "total_items": total,
        "_links": links(
            call.root,
            [
                ("self", "GET", f"{path}/members", f"{name}/CollectionResponse", f"Paths/{name}/Collection"),
                ("parent", "GET", path, f"{NAME}/Response", ""),
                ("create", "POST", f"{path}/members", f"{name}/Response", f"Definitions/{name}/POST"),
            ],
        ),
    }


def add_member(call: Call) -> dict[str, Any]:
    """POST …/segments/{segment_id}/members: one subscribed person."""
    segment = _static(call)
    members = _subscribed(call, [call.body["email_address"]])
    if not members:
        raise invalid_fields(FieldError("email_address", NONE_SUBSCRIBED))
    member = members[0]
    if segment.id in member.tags:
        raise invalid_fields(FieldError("email_address", ALREADY_IN))
    set_tags(call.store, call.audience, member, {**member.tags, segment.id: call.store.clock.now()})
    return MemberView(call.audience, call.root).of_segment(member, None)


def remove_member(call: Call) -> None:
    """DELETE …/segments/{segment_id}/members/{subscriber_hash}."""
    segment, member = _static(call), call.audience.find(call.ids["subscriber_hash"])
    if member is None or segment.id not in member.tags:
        raise not_found()
    _take_off(call, member, segment)


def _take_off(call: Call, member: Member, segment: Segment) -> None:
    kept = {tag: added for tag, added in member.tags.items() if tag != segment.id}
    set_tags(call.store, call.audience, member, kept)


def _subscribed(call: Call, emails: Iterable[str]) -> list[Member]:
    """The subscribed members among addresses, each once, in the order given."""
    found = {digest: call.audience.by_digest.get(digest) for digest in map(digest_of, emails)}
    return [member for member in found.values() if member is not None and member.status == "subscribed"]


def _everybody(call: Call, segment: Segment) -> list[Member]:
    """Who is in a segment, whatever their status, in the order in which they joined the audience."""
    audience = call.audience
    if segment.is_tag:
        return [audience.by_web_id[web_id] for web_id in sorted(segment.holders)]
    conditions = segment.conditions or {}
    return [member for member in audience.by_web_id.values() if matches(audience, member, conditions)]


def _segment(call: Call) -> Segment:
    text = call.ids["segment_id"]
    segment = call.audience.segments.get(int(text)) if text.isascii() and text.isdecimal() else None
    if segment is None:
        raise not_found()
    return segment


def _static(call: Call) -> Segment:
    segment = _segment(call)
    if not segment.is_tag:
        raise bad_request("Members can only be added to or removed from static segments.")
    return segment


def _type(segment: Segment) -> str:
    return "static" if segment.is_tag else "saved"


@dataclass(slots=True)
class Counts:
    """How many subscribed people each segment has, for one version of the audience."""

    version: int = -1
    known: dict[int, int] = field(default_factory=dict)


def _subscribed_count(call: Call, segment: Segment) -> int:
    """How many are in a segment and subscribed (documented); counted anew only after something changed."""
    counts, version = call.audience.room(Counts), call.audience.order.version
    if counts.version != version:
        counts.version, counts.known = version, {}
    if segment.id not in counts.known or not segment.is_tag:
        counts.known[segment.id] = sum(member.status == "subscribed" for member in _everybody(call, segment))
    return counts.known[segment.id]


def _shown(call: Call, segment: Segment) -> dict[str, Any]:
    audience = call.audience
    shown: dict[str, Any] = {
        "id": segment.id,
        "name": segment.name,
        "member_count": _subscribed_count(call, segment),
        "type": _type(segment),
        "created_at": iso(segment.created_at),
        "updated_at": iso(segment.updated_at),
    }
    if not segment.is_tag:
        shown["options"] = segment.conditions
    shown["list_id"] = audience.id
    shown["_links"] = links(call.root, _link_rows(audience.id, segment.id))
    return shown


def _link_rows(audience_id: str, segment_id: int) -> list[Row]:
    collection = f"/lists/{audience_id}/segments"
    path = f"{collection}/{segment_id}"
    return [
        ("self", "GET", path, f"{NAME}/Response", ""),
        ("parent", "GET", collection, f"{NAME}/CollectionResponse", f"Paths/{NAME}/Collection"),
        ("members", "GET", f"{path}/members", f"{NAME}/Members/CollectionResponse", ""),
        ("delete", "DELETE", path, "", ""),
        ("update", "PATCH", path, f"{NAME}/Response", f"Definitions/{NAME}/PATCH"),
    ]
