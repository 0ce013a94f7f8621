"""POST /lists/{list_id}: up to 500 people in one call, each answered for itself.

Not done: what the real call does with keys it does not describe is unknown; see the switches that begin with batch_.
"""

from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.tags import apply_tag_names
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import (
    FieldError,
    Problem,
    bad_request,
    invalid_fields,
    member_exists,
)
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.http.schema import (
    ANY,
    BOOLEAN,
    STRING,
    array,
    check,
    choice,
    nullable,
    record,
)
from source_destination_mailchimp.sandbox.members import addresses, writes
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.members import COMMON, writer_of
from source_destination_mailchimp.sandbox.members.statuses import WRITABLE
from source_destination_mailchimp.sandbox.members.values import Writer
from source_destination_mailchimp.sandbox.members.view import MemberView

MAX_MEMBERS: Final = 500
BODY = record(("members",), members=array(ANY), sync_tags=BOOLEAN, update_existing=BOOLEAN)
ROW = record(
    ("email_address",),
    **COMMON,
    status=choice(*WRITABLE),
    status_if_new=nullable(choice(*WRITABLE)),
    tags=array(STRING),
)
CONTACT_EXISTS: Final = (
    "{address} is already a list member, do you want to update? please provide update_existing:true in the request body"
)


def subscribe(call: Call) -> dict[str, Any]:
    """Write every row that can be written; the answer is 200 even when all of them failed (observed)."""
    rows = _rows(call)
    writer, view = writer_of(call), MemberView(call.audience, call.root)
    created: list[dict[str, Any]] = []
    updated: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for row in rows:
        try:
            member, is_new = _write(call, writer, row)
        except Problem as problem:
            errors.append(_error(row, problem))
        else:
            (created if is_new else updated).append(view.echo(member))
    path = f"/lists/{call.audience.id}"
    return {
        "new_members": created,
        "updated_members": updated,
        "errors": errors,
        "total_created": len(created),
        "total_updated": len(updated),
        "error_count": len(errors),
        "_links": links(
            call.root,
            [
                ("self", "GET", path, "Lists/Response", ""),
                ("parent", "GET", "/lists", "Lists/CollectionResponse", "Paths/Lists/Collection"),
            ],
        ),
    }


class Exists(Problem):
    """The row's address is there and update_existing is not set."""


def _rows(call: Call) -> list[dict[str, Any]]:
    """The rows to write; refuses the whole call for too many rows or a doubled address (observed, wording inferred)."""
    call.audience  # noqa: B018  404 goes before anything else
    rows = call.body["members"]
    if len(rows) > MAX_MEMBERS:
        raise bad_request(f"You may only subscribe or unsubscribe up to {MAX_MEMBERS} members at a time.")
    if call.store.is_on("batch_schema_errors", "whole_call"):
        check(record(members=array(ROW)), call.body)
    seen: set[str] = set()
    kept = []
    for row in rows:
        address = row.get("email_address") if isinstance(row, dict) else None
        name = address.strip().lower() if isinstance(address, str) else ""
        if name and name in seen:
            if not call.flag("skip_duplicate_check"):
                raise invalid_fields(FieldError("members", f"Duplicate items found for email address: {address}"))
            continue
        seen.add(name)
        kept.append(row)
    return kept


def _write(call: Call, writer: Writer, row: Any) -> tuple[Member, bool]:
    check(ROW, row)
    address = row.get("email_address", "")
    status, if_new = _statuses(writer, row)
    if not address or not (status or if_new):
        missing = "email_address" if not address else "status"
        raise invalid_fields(FieldError("", f"Required fields were not provided: {missing}"))
    if "marketing_permissions" in row and writer.store.is_on("batch_marketing_permissions", "ignored"):
        row = {name: value for name, value in row.items() if name != "marketing_permissions"}
    writes.check_address(writer, address)
    member = writer.audience.by_digest.get(addresses.digest_of(address))
    is_new = member is None
    if member is None:
        member = writes.add(writer, address, row, if_new or status)
    else:
        is_new = _write_known(call, writer, member, row, status or _back_by(writer, member, if_new))
    _tag(call, writer, member, row, is_new)
    return member, is_new


def _statuses(writer: Writer, row: dict[str, Any]) -> tuple[str, str]:
    """The row's status for everybody and for new people only; the second is a switch, it is not documented."""
    status, if_new = row.get("status", ""), row.get("status_if_new") or ""
    if if_new and writer.store.is_on("batch_status_if_new", "refused"):
        if_new = ""
    if if_new and writer.store.is_on("batch_status_if_new", "treated_as_status"):
        status = status or if_new
    return status, if_new


def _back_by(writer: Writer, member: Member, if_new: str) -> str:
    """What `status_if_new` does to somebody archived: nothing, or what `status` would; or the row is refused."""
    if not if_new or member.status != "archived":
        return ""
    if writer.store.is_on("batch_status_if_new_of_archived", "refused"):
        raise member_exists(member.email_address)
    return if_new if writer.store.is_on("batch_status_if_new_of_archived", "revives") else ""


def _write_known(call: Call, writer: Writer, member: Member, row: dict[str, Any], status: str) -> bool:
    """Write a row of somebody who is there; True if they count as new: an archived one that was added again."""
    updates = call.body.get("update_existing", False)
    archived = member.status == "archived"
    restores = archived and bool(status) and writer.store.is_on("batch_restores_archived", "yes")
    if not updates and not restores:
        raise Exists(400, "Member Exists", CONTACT_EXISTS.format(address=member.email_address))
    keeps = archived and not restores
    data = {name: value for name, value in row.items() if name != "email_address"}
    writes.update(writer, member, data, None if keeps else status or None, on_add=not updates)
    return restores and not updates


def _tag(call: Call, writer: Writer, member: Member, row: dict[str, Any], is_new: bool) -> None:
    """Add the row's tags, or with sync_tags make them the only ones (documented for update_existing)."""
    if writer.store.is_on("batch_tags", "ignored"):
        return
    replaces = bool(call.body.get("sync_tags")) and bool(call.body.get("update_existing")) and not is_new
    if "tags" in row or (replaces and writer.store.is_on("sync_tags_without_tags", "removes_all")):
        apply_tag_names(writer, member, row.get("tags", ()), replaces=replaces)


def _error(row: Any, problem: Problem) -> dict[str, Any]:
    """One entry of errors[]; field and field_message only where a merge field is at fault (documented)."""
    address = row.get("email_address", "") if isinstance(row, dict) else ""
    error = {
        "email_address": address if isinstance(address, str) else "",
        "error": problem.detail,
        "error_code": "ERROR_CONTACT_EXISTS" if isinstance(problem, Exists) else "ERROR_GENERIC",
    }
    if problem.detail == "Your merge fields were invalid." and problem.errors:
        error.update(field=problem.errors[0].field, field_message=problem.errors[0].message)
    return error
