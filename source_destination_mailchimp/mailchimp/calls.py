"""One builder per endpoint: method, path, parameters, body, and what a success looks like.

A call is a value. The client sends it by itself, or a job of `/batches` takes it along with many others.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from source_destination_mailchimp.mailchimp.answers import Expect
from source_destination_mailchimp.mailchimp.members import PAGE_SIZE, Json

JSON = Expect()
NOTHING = Expect(may_be_empty=True)
MEMBER = Expect(keys=("id", "email_address", "status"))
JOB = Expect(keys=("id", "status"))

ALWAYS_IN_A_MEMBER = frozenset(
    (
        "email_address",
        "email_type",
        "id",
        "language",
        "last_changed",
        "list_id",
        "location",
        "merge_fields",
        "status",
        "tags",
        "tags_count",
        "timestamp_opt",
        "timestamp_signup",
        "vip",
        "web_id",
    )
)
"""Keys that every member has. [observed in all recorded ones] Others may be missing: `interests` is, while the audience
has none, and `marketing_permissions` where they are off."""

ALWAYS_IN_AN_ACCOUNT = frozenset(("account_id", "account_name"))
"""Keys that every account has. [documented]"""

MEMBERS = "members"

TAG_STATUS = {True: "active", False: "inactive"}
"""Whether a member is to carry a tag → Mailchimp's word for it. [documented]"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, singly or in a job; `path` is below the API's root."""

    method: str
    path: str
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    body: bytes | Any = field(default=None, repr=False)
    """JSON bytes, or a value to be encoded."""

    expect: Expect = JSON

    def encoded_body(self) -> bytes | None:
        """Return the body as JSON bytes; None where there is none."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        return orjson.dumps(self.body)


# The account


def read_account(fields: str = "") -> Call:
    """Ask whose the key is: `GET /`. [documented]

    One of `ALWAYS_IN_AN_ACCOUNT` comes with every selection, so that an answer can be told from an empty object.
    """
    selection = _with_a_sure_key(fields, ALWAYS_IN_AN_ACCOUNT, "account_id")
    sure = _sure_keys(selection, ALWAYS_IN_AN_ACCOUNT) or ("account_id",)
    return Call("GET", "/", _only(selection), expect=Expect(sure))


def read_page(path: str, key: str, params: Mapping[str, Any]) -> Call:
    """Ask for one page of any collection, whose rows stand under `key` also where there are none. [observed]"""
    return Call("GET", path, params, expect=Expect(lists=(key,)))


def look_for(path: str) -> Call:
    """Ask whether something is there, such as an audience, a campaign or a contact: 404 where it is not. [documented]

    Two keys, because a contact without an address has no `id`: whatever a gateway says with a 200 shows neither.
    """
    return Call("GET", path, _only("id,contact_id"), expect=Expect(one_of=("id", "contact_id")))


def read_report(campaign_id: str) -> Call:
    """Ask for the report of one campaign, or of one email of a classic automation. [documented]"""
    return Call("GET", f"/reports/{campaign_id}", {"exclude_fields": "_links"}, expect=Expect(keys=("id",)))


# An audience


def create_merge_field(audience_id: str, wire: Json) -> Call:
    """Make a merge field; refused for a taken tag or a spent plan limit. [documented]"""
    path = f"/lists/{audience_id}/merge-fields"
    return Call("POST", path, body=wire, expect=Expect(keys=("tag",)))


def read_audience(audience_id: str) -> Call:
    """Ask whether an audience is there: 404 where it is not. [documented]"""
    return Call("GET", f"/lists/{audience_id}", _only("id"), expect=Expect(keys=("id",)))


def list_members(audience_id: str, params: Mapping[str, Any]) -> Call:
    """Ask for one page of members; without a filter it hides archived contacts. [observed]"""
    path = f"/lists/{audience_id}/members"
    keys = _keys(str(params.get("fields") or "members,total_items"))
    counts = tuple(key for key in keys if key != MEMBERS)
    rows = tuple(key for key in keys if key == MEMBERS)
    return Call("GET", path, params, expect=Expect(counts, rows))


def subscribe_members(
    audience_id: str, members: Sequence[Json], *, update_existing: bool, skip_merge_validation: bool
) -> Call:
    """Write at most 500 members [documented]; answered by 200 even if every one failed. [observed]"""
    path = f"/lists/{audience_id}"
    params = _validation(skip=skip_merge_validation)
    body = orjson.dumps({"members": members, "update_existing": update_existing})
    return Call("POST", path, params, body, Expect(lists=("new_members", "updated_members", "errors")))


# One member


def read_member(audience_id: str, subscriber_hash: str, fields: str = "") -> Call:
    """Ask for one member, archived ones too; 404 for somebody unknown or permanently deleted. [observed]

    One of `ALWAYS_IN_A_MEMBER` comes with every selection, so that an answer can be told from an empty object.
    """
    path = _member(audience_id, subscriber_hash)
    selection = _with_a_sure_key(fields, ALWAYS_IN_A_MEMBER, "id")
    sure = _sure_keys(selection, ALWAYS_IN_A_MEMBER) or MEMBER.keys
    return Call("GET", path, _only(selection), expect=Expect(sure))


def read_member_tags(audience_id: str, subscriber_hash: str) -> Call:
    """Ask for the first tags of one member, of whom a member object shows fifty. [documented]"""
    return read_page(f"{_member(audience_id, subscriber_hash)}/tags", "tags", {"count": 1, "offset": 0})


def put_member(audience_id: str, subscriber_hash: str, member: Json, *, skip_merge_validation: bool) -> Call:
    """Write one member with address and status: the call that brings somebody back. [documented]"""
    path = _member(audience_id, subscriber_hash)
    params = _validation(skip=skip_merge_validation)
    return Call("PUT", path, params, member, MEMBER)


def patch_member(audience_id: str, subscriber_hash: str, changes: Json, *, skip_merge_validation: bool) -> Call:
    """Change one member: what is not named stays. [documented]"""
    path = _member(audience_id, subscriber_hash)
    params = _validation(skip=skip_merge_validation)
    return Call("PATCH", path, params, changes, MEMBER)


def archive_member(audience_id: str, subscriber_hash: str) -> Call:
    """Archive one member; 405 for pending, cleaned and archived people. [observed]"""
    path = _member(audience_id, subscriber_hash)
    return Call("DELETE", path, expect=NOTHING)


def delete_member_permanently(audience_id: str, subscriber_hash: str) -> Call:
    """Forget somebody for ever: only they themselves can come back, by a form of Mailchimp's. [observed]"""
    path = f"{_member(audience_id, subscriber_hash)}/actions/delete-permanent"
    return Call("POST", path, expect=NOTHING)


def set_member_tags(audience_id: str, subscriber_hash: str, changes: Mapping[str, bool]) -> Call:
    """Put tags on (True) or take them off (False) one member; others stay.

    `is_syncing` keeps journeys from starting. [documented]
    """
    path = f"{_member(audience_id, subscriber_hash)}/tags"
    tags = [{"name": name, "status": TAG_STATUS[on]} for name, on in changes.items()]
    body = {"tags": tags, "is_syncing": True}
    return Call("POST", path, body=body, expect=NOTHING)


# Tags of an audience


def find_tags(audience_id: str, beginning: str, offset: int = 0) -> Call:
    """Ask for a page of the tags whose name begins so, in any case, or of all.

    Without `count` ten come; `count` and `offset` are heeded although the published description lacks them. [observed]
    """
    path = f"/lists/{audience_id}/tag-search"
    params: dict[str, Any] = {"count": PAGE_SIZE, "offset": offset}
    if beginning:
        params["name"] = beginning
    return read_page(path, "tags", params)


def create_tag(audience_id: str, name: str, emails: Sequence[str]) -> Call:
    """Make a tag and give it to everybody subscribed among the addresses; the others are passed over. [observed]"""
    path = f"/lists/{audience_id}/segments"
    body = {"name": name, "static_segment": list(emails)}
    return Call("POST", path, body=body, expect=Expect(keys=("id", "name")))


def change_tag(audience_id: str, tag_id: int, add: Sequence[str], remove: Sequence[str]) -> Call:
    """Put a tag on, and take it off, at most 500 addresses each; only subscribed people are taken. [observed]"""
    path = f"/lists/{audience_id}/segments/{tag_id}"
    body = {}
    if add:
        body["members_to_add"] = list(add)
    if remove:
        body["members_to_remove"] = list(remove)
    return Call("POST", path, body=body, expect=Expect(lists=("members_added", "members_removed", "errors")))


def delete_tag(audience_id: str, tag_id: int) -> Call:
    """Take a tag off everybody, and away. [documented]"""
    path = f"/lists/{audience_id}/segments/{tag_id}"
    return Call("DELETE", path, expect=NOTHING)


# Jobs


def start_batch(operations: Sequence[Json]) -> Call:
    """Start a job, which runs beside the ten connections. [documented]"""
    body = {"operations": list(operations)}
    return Call("POST", "/batches", body=body, expect=JOB)


def read_batch(batch_id: str) -> Call:
    """Ask how far a job is; once finished it has a `response_body_url`, good for ten minutes. [documented]"""
    path = f"/batches/{batch_id}"
    return Call("GET", path, expect=JOB)


def _member(audience_id: str, subscriber_hash: str) -> str:
    return f"/lists/{audience_id}/members/{subscriber_hash}"


def _validation(*, skip: bool) -> dict[str, str] | None:
    if not skip:
        return None
    return {"skip_merge_validation": "true"}


def _only(fields: str) -> dict[str, str] | None:
    if not fields:
        return None
    return {"fields": fields}


def _with_a_sure_key(fields: str, always: Collection[str], key: str) -> str:
    """Return a selection of fields that has a key which every answer has, `key` where there is none yet."""
    if not fields or _sure_keys(fields, always):
        return fields
    return f"{key},{fields}"


def _sure_keys(fields: str, always: Collection[str]) -> tuple[str, ...]:
    """Return the keys of a selection that every answer has."""
    return tuple(key for key in _keys(fields) if key in always)


def _keys(fields: str) -> tuple[str, ...]:
    """Return the keys that a selection of fields shows at the top of a body."""
    if not fields:
        return ()
    outermost = (name.partition(".")[0] for name in fields.split(","))
    return tuple(dict.fromkeys(outermost))
