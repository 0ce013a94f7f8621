"""Members, one at a time: add, upsert, change, archive, forget.

Not done: consent to SMS (it is given elsewhere; its fields are read only here), the cap of 5,000 VIPs, notes and events
(their own families).
"""

from typing import Any

from source_destination_mailchimp.sandbox.audiences.tags import apply_tag_names
from source_destination_mailchimp.sandbox.http.calls import Answer, Call
from source_destination_mailchimp.sandbox.http.errors import (
    FieldError,
    Problem,
    bad_request,
    invalid_fields,
    member_exists,
    not_found,
)
from source_destination_mailchimp.sandbox.http.schema import (
    BOOLEAN,
    MERGE,
    NUMBER,
    STRING,
    Shape,
    array,
    choice,
    dictionary,
    nullable,
    record,
)
from source_destination_mailchimp.sandbox.members import addresses, writes
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.statuses import WRITABLE
from source_destination_mailchimp.sandbox.members.values import Writer
from source_destination_mailchimp.sandbox.members.view import MemberView

COMMON: dict[str, Shape] = {
    "email_address": STRING,
    "email_type": STRING,
    "merge_fields": dictionary(MERGE),
    "interests": dictionary(BOOLEAN),
    "language": STRING,
    "vip": BOOLEAN,
    "location": record(latitude=NUMBER, longitude=NUMBER),
    "marketing_permissions": array(record(marketing_permission_id=STRING, enabled=BOOLEAN)),
    "ip_signup": STRING,
    "timestamp_signup": STRING,
    "ip_opt": STRING,
    "timestamp_opt": STRING,
}
POST_BODY = record(("email_address", "status"), **COMMON, status=choice(*WRITABLE), tags=array(STRING))
PUT_BODY = record(**COMMON, status=choice(*WRITABLE), status_if_new=nullable(choice(*WRITABLE)))
PATCH_BODY = record(**COMMON, status=choice("subscribed", "unsubscribed", "cleaned", "pending"))

ARCHIVED_STAYS = "This contact is archived and cannot be updated."  # wording inferred
CANNOT_ARCHIVE = "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived"


def writer_of(call: Call) -> Writer:
    """The writer for a call."""
    return Writer(call.store, call.audience, call.ip, call.flag("skip_merge_validation"))


def member_of(call: Call) -> Member:
    """The member that the path names; 404 if there is none."""
    member = call.audience.find(call.ids["subscriber_hash"])
    if member is None:
        raise not_found()
    return member


def member_by_hash(call: Call) -> Member:
    """The member that the path names by hash alone, where nothing else is documented; 404 if there is none."""
    member = call.audience.find_by_hash(call.ids["subscriber_hash"])
    if member is None:
        raise not_found()
    return member


def answer_with(call: Call, member: Member) -> Answer:
    """The member object with a link to where Mailchimp's own pages show the member (as recorded)."""
    page = f"https://{call.data_center}.admin.mailchimp.com/lists/members/view?id={member.web_id}"
    keys = call.selection.keys_at_root() if call.method == "GET" else None
    body = MemberView(call.audience, call.root).some(member, keys)
    return Answer(body, headers={"dashboard": page})


def read_one(call: Call) -> Answer:
    """GET /lists/{list_id}/members/{subscriber_hash}: archived members too (observed)."""
    return answer_with(call, member_of(call))


def create(call: Call) -> Answer:
    """POST /lists/{list_id}/members: adds, or brings back somebody archived with all they had (observed)."""
    writer, body = writer_of(call), call.body
    address, status = body["email_address"], body["status"]
    writes.check_address(writer, address)
    member = writer.audience.by_digest.get(addresses.digest_of(address))
    if member is None:
        member = writes.add(writer, address, body, status)
    elif member.status == "archived":
        writes.update(writer, member, body, status, on_add=True)
    else:
        raise writes.exists(writer, member, status)
    apply_tag_names(writer, member, body.get("tags", ()))
    return answer_with(call, member)


def upsert(call: Call) -> Answer:
    """PUT /lists/{list_id}/members/{subscriber_hash}: `status` always counts, `status_if_new` for strangers only.

    To somebody archived or unsubscribed `status_if_new` does nothing (recorded, one each).
    A hash that nobody has, with the address of somebody archived, brings that person back as POST does (11 recordings).
    """
    writer, body = writer_of(call), call.body
    member = writer.audience.find(call.ids["subscriber_hash"])
    if member is None:
        archived = _archived_of(writer, body)
        if archived is None:
            return answer_with(call, _add_by_put(writer, body))
        writes.update(writer, archived, body, body.get("status") or body.get("status_if_new"), on_add=True)
        return answer_with(call, archived)
    writes.update(writer, member, body, body.get("status"))
    return answer_with(call, member)


def _archived_of(writer: Writer, body: dict[str, Any]) -> Member | None:
    """The archived member who has the address in a body."""
    named = writer.audience.by_digest.get(addresses.digest_of(body.get("email_address", "")))
    return named if named is not None and named.status == "archived" else None


def _add_by_put(writer: Writer, body: dict[str, Any]) -> Member:
    address, status = body.get("email_address"), body.get("status_if_new") or body.get("status")
    missing = [name for name, value in (("email_address", address), ("status_if_new", status)) if value is None]
    if address is None or status is None:
        raise invalid_fields(FieldError("", f"Required fields were not provided: {', '.join(missing)}"))
    writes.check_address(writer, address)
    if addresses.digest_of(address) in writer.audience.by_digest:
        raise member_exists(address)
    return writes.add(writer, address, body, status)


def change(call: Call) -> Answer:
    """PATCH /lists/{list_id}/members/{subscriber_hash}: what is named changes, nothing else."""
    member = member_of(call)
    if member.status == "archived" and call.store.is_on("patch_of_archived", "refused"):
        raise bad_request(ARCHIVED_STAYS)
    writes.update(writer_of(call), member, call.body, call.body.get("status"))
    return answer_with(call, member)


def archive(call: Call) -> None:
    """DELETE /lists/{list_id}/members/{subscriber_hash}: archives, unless cleaned, pending or archived (observed)."""
    member = member_of(call)
    if member.status in {"cleaned", "pending", "archived"}:
        raise Problem(405, "Method Not Allowed", CANNOT_ARCHIVE, allow="GET, PUT")
    before = member.status
    call.audience.set_status(member, "archived")
    call.audience.touch(member, call.store.clock.now())
    call.store.tell("status", call.audience, member, before, "api")


def delete_permanently(call: Call) -> None:
    """POST …/actions/delete-permanent: gone, and never taken again from the API (observed)."""
    member = member_by_hash(call)
    call.audience.remove(member)
    call.audience.forgotten.add(member.digest)
    call.store.tell("forgotten", call.audience, member, member.status, "api")
