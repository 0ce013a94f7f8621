"""Merge fields of an audience.

Not done: values of an address that other parts of Mailchimp wrote incomplete; images behind imageurl are not fetched.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.audience import Audience, MergeField
from source_destination_mailchimp.sandbox.audiences.merge_values import READERS, Options
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import FieldError, Problem, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.http.schema import BOOLEAN, INTEGER, STRING, array, choice, record

LIMIT: Final = 30  # 80 on Premium; both inferred
TAG_LENGTH: Final = 10
NAME: Final = "Lists/MergeFields"
UNITED_STATES: Final = 164  # Mailchimp's number of the default country (as recorded)

_OPTIONS = record(default_country=INTEGER, phone_format=STRING, date_format=STRING, choices=array(STRING), size=INTEGER)
_COMMON = {
    "tag": STRING,
    "name": STRING,
    "required": BOOLEAN,
    "default_value": STRING,
    "public": BOOLEAN,
    "display_order": INTEGER,
    "options": _OPTIONS,
    "help_text": STRING,
}
POST_BODY = record(("name", "type"), **_COMMON, type=choice(*READERS))
PATCH_BODY = record(("name",), **_COMMON)

# What a new audience has (observed in 2026; in 2021 it had the first four).
DEFAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"tag": "FNAME", "name": "First Name", "type": "text", "public": True},
    {"tag": "LNAME", "name": "Last Name", "type": "text", "public": True},
    {"tag": "ADDRESS", "name": "Address", "type": "address"},
    {"tag": "PHONE", "name": "Phone Number", "type": "phone"},
    {"tag": "BIRTHDAY", "name": "Birthday", "type": "birthday"},
    {"tag": "COMPANY", "name": "Company", "type": "text"},
)


_DEFAULT_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "text": {"size": 25},
    "address": {"default_country": UNITED_STATES},
    "phone": {"phone_format": "none"},
    "date": {"date_format": "MM/DD/YYYY"},
    "birthday": {"date_format": "MM/DD"},
    "url": {"size": 25},
    "imageurl": {"size": 25},
    "zip": {"size": 25},
}


def add_field(audience: Audience, body: Mapping[str, Any], merge_id: int = 0) -> MergeField:
    """Give an audience one more merge field."""
    audience.last_merge_id = max(audience.last_merge_id + 1, merge_id)
    number = merge_id or audience.last_merge_id
    tag = _tag(audience, body.get("tag", ""), number)
    known = MergeField(number, tag, body["name"], body["type"])
    known.display_order = number + 1
    known.options = _default_options(known.type)
    _apply(known, body)
    audience.merge_fields[number] = known
    return known


def read_all(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/merge-fields: in order of the tags (as recorded), ten unless count says more."""
    audience, kind = call.audience, call.choice("type", *READERS)
    rows = [known for known in audience.merge_fields.values() if not kind or known.type == kind]
    if "required" in call.query:
        rows = [known for known in rows if known.required == call.flag("required")]
    rows.sort(key=lambda known: known.tag)
    path = f"/lists/{audience.id}"
    answer: dict[str, Any] = {
        "merge_fields": [_shown(call, known) for known in call.of(rows)],
        "list_id": audience.id,
        "total_items": len(rows),
    }
    if call.store.is_on("merge_field_limit", "present"):
        answer["merge_field_limit"] = LIMIT
    answer["_links"] = links(
        call.root,
        [
            ("self", "GET", f"{path}/merge-fields", f"{NAME}/CollectionResponse", f"Paths/{NAME}/Collection"),
            ("create", "POST", f"{path}/merge-fields", f"{NAME}/Response", f"Definitions/{NAME}/POST"),
            ("parent", "GET", path, "Lists/Response", ""),
        ],
    )
    return answer


def create(call: Call) -> dict[str, Any]:
    """POST /lists/{list_id}/merge-fields: tags are at most ten of A-Z, 0-9 and _, made up where missing."""
    if len(call.audience.merge_fields) >= LIMIT:
        raise Problem(400, "Merge Max Limit Exceeded", f"You can not have more than {LIMIT} merge fields.")
    body = call.body
    _check_name(body)
    wanted = _clean(body.get("tag", ""))
    if wanted == "EMAIL" or (wanted and call.audience.merge_field(wanted)):
        raise invalid_fields(FieldError("tag", f'A Merge Field with the tag "{wanted}" already exists for this list.'))
    if body["type"] in {"radio", "dropdown"} and not body.get("options", {}).get("choices"):
        raise invalid_fields(FieldError("options.choices", "Choices are required for this type of merge field."))
    return _shown(call, add_field(call.audience, body))


def read_one(call: Call) -> dict[str, Any]:
    """GET /lists/{list_id}/merge-fields/{merge_id}."""
    return _shown(call, _field(call))


def change(call: Call) -> dict[str, Any]:
    """PATCH /lists/{list_id}/merge-fields/{merge_id}: everything but the type."""
    known, body = _field(call), call.body
    _check_name(body)
    if wanted := _clean(body.get("tag", "")):
        other = call.audience.merge_field(wanted)
        if wanted == "EMAIL" or (other is not None and other is not known):
            message = f'A Merge Field with the tag "{wanted}" already exists for this list.'
            raise invalid_fields(FieldError("tag", message))
        known.tag = wanted
    _apply(known, body)
    return _shown(call, known)


def delete(call: Call) -> None:
    """DELETE /lists/{list_id}/merge-fields/{merge_id}: its values go with it."""
    known = _field(call)
    del call.audience.merge_fields[known.merge_id]
    for member in call.audience.by_web_id.values():
        if known.merge_id in member.merge_values:
            kept = {id: value for id, value in member.merge_values.items() if id != known.merge_id}
            member.merge_values = kept


def _field(call: Call) -> MergeField:
    text = call.ids["merge_id"]
    known = call.audience.merge_fields.get(int(text)) if text.isascii() and text.isdecimal() else None
    if known is None:
        raise not_found()
    return known


def _check_name(body: Mapping[str, Any]) -> None:
    if "name" in body and not body["name"].strip():
        raise invalid_fields(FieldError("name", "This value should not be blank."))


def _clean(tag: str) -> str:
    return re.sub(r"[^A-Z0-9_]", "", tag.upper())[:TAG_LENGTH]


def _tag(audience: Audience, wanted: str, number: int) -> str:
    return _clean(wanted) or f"MMERGE{number}"


def _default_options(kind: str) -> dict[str, Any]:
    """The options that a field has without being told (as recorded, where the type was recorded)."""
    return _DEFAULT_OPTIONS.get(kind, {})


def _apply(known: MergeField, body: Mapping[str, Any]) -> None:
    for name in ("name", "required", "default_value", "public", "display_order", "help_text"):
        if name in body:
            setattr(known, name, body[name])
    known.options = {**known.options, **body.get("options", {})}
    choices = tuple(known.options.get("choices", ()))
    known.limits = Options(choices, str(known.options.get("phone_format", "none")))


def _shown(call: Call, known: MergeField) -> dict[str, Any]:
    audience_id = call.audience.id
    collection = f"/lists/{audience_id}/merge-fields"
    path = f"{collection}/{known.merge_id}"
    rows: list[Row] = [
        ("self", "GET", path, f"{NAME}/Response", ""),
        ("parent", "GET", collection, f"{NAME}/CollectionResponse", f"Paths/{NAME}/Collection"),
        ("update", "PATCH", path, f"{NAME}/Response", f"Definitions/{NAME}/PATCH"),
        ("delete", "DELETE", path, "", ""),
    ]
    return {
        "merge_id": known.merge_id,
        "tag": known.tag,
        "name": known.name,
        "type": known.type,
        "required": known.required,
        "default_value": known.default_value,
        "public": known.public,
        "display_order": known.display_order,
        "options": known.options,
        "help_text": known.help_text,
        "list_id": audience_id,
        "_links": links(call.root, rows),
    }
