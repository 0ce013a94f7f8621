"""Members of a segment: who is in it, one more or one less, and the change of up to 500 in one call.

Not done: anything for saved segments but reading; their members follow from the conditions.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.audience import Segment
from source_destination_mailchimp.sandbox.audiences.segment_lookup import (
    everybody_in,
    segment_of,
    static_segment_of,
    subscribed_among,
    wanted_statuses,
)
from source_destination_mailchimp.sandbox.audiences.segments import NAME, link_rows
from source_destination_mailchimp.sandbox.audiences.tags import put_on, take_off
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import FieldError, bad_request, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.http.schema import STRING, array, record
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.view import MemberView

MAX_EMAILS: Final = 500
ALREADY_IN: Final = "Email addresses already exist in the static segment"
TOO_MANY: Final = (  # observed: hitobito_sac_cas#1487
    f"Maximum allowed member items exceeded, please provide at most {MAX_EMAILS} items in members_to_add field "
    "or members_to_remove field"
)
NOT_IN: Final = "Email addresses do not exist in the static segment"
NONE_SUBSCRIBED: Final = "None of the emails provided were subscribed to the list"
NOT_TAGGED: Final = "Some of the emails provided were not tagged. Check the Mailchimp marketing subscription statuses"

BATCH_BODY = record(members_to_add=array(STRING), members_to_remove=array(STRING))
MEMBER_BODY = record(("email_address",), email_address=STRING)


def change_members(call: Call) -> dict[str, Any]:
    """POST /lists/{list_id}/segments/{segment_id}: add and remove up to 500 each, subscribed people only (observed)."""
    segment = static_segment_of(call)
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
        "_links": links(call.root, link_rows(call.audience.id, segment.id)),
    }


def _candidates(call: Call, name: str) -> list[Member]:
    """The subscribed people among the addresses; 400 where there are addresses but none of them is (observed)."""
    emails = call.body.get(name, [])
    if len(emails) > MAX_EMAILS:
        raise bad_request(TOO_MANY)
    members = subscribed_among(call, emails)
    if emails and not members:
        not_tagged = call.store.is_on("segment_refusal_wording", "not_tagged")
        raise invalid_fields(FieldError(name, NOT_TAGGED if not_tagged else NONE_SUBSCRIBED))
    return members


def _add(call: Call, segment: Segment, members: list[Member], errors: list[dict[str, Any]]) -> list[Member]:
    there = [member.email_address for member in members if segment.id in member.tags]
    added = [member for member in members if segment.id not in member.tags]
    for member in added:
        put_on(call, member, segment)
    if there:
        errors.append({"email_addresses": there, "error": ALREADY_IN})
    return added


def _remove(call: Call, segment: Segment, members: list[Member], errors: list[dict[str, Any]]) -> list[Member]:
    absent = [member.email_address for member in members if segment.id not in member.tags]
    removed = [member for member in members if segment.id in member.tags]
    for member in removed:
        take_off(call, member, segment)
    if absent:
        errors.append({"email_addresses": absent, "error": NOT_IN})
    return removed


def read_members(call: Call) -> dict[str, Any]:
    """GET …/segments/{segment_id}/members: subscribed people, others only if a flag asks for them (documented).

    total_items counts the subscribed ones whatever the flags say, so that it may be less than there are (observed).
    """
    segment, shown = segment_of(call), wanted_statuses(call)
    rows = [member for member in everybody_in(call.audience, segment) if member.status in shown]
    total = sum(member.status == "subscribed" for member in rows)
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
    segment = static_segment_of(call)
    members = subscribed_among(call, [call.body["email_address"]])
    if not members:
        raise invalid_fields(FieldError("email_address", NONE_SUBSCRIBED))
    member = members[0]
    if segment.id in member.tags:
        raise invalid_fields(FieldError("email_address", ALREADY_IN))
    put_on(call, member, segment)
    return MemberView(call.audience, call.root).of_segment(member, None)


def remove_member(call: Call) -> None:
    """DELETE …/segments/{segment_id}/members/{subscriber_hash}."""
    segment, member = static_segment_of(call), call.audience.find(call.ids["subscriber_hash"])
    if member is None or segment.id not in member.tags:
        raise not_found()
    take_off(call, member, segment)
