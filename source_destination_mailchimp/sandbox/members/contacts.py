"""Contacts of every channel (beta): read, one of them, and added.

Not done: changing, archiving and forgetting a contact by these calls; the audiences themselves. How the words of
consent follow from a status is inferred, and so is that a contact with an address is shown whatever its status is.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.ids import contact_id
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.audiences.tags import apply_tag_names
from source_destination_mailchimp.sandbox.control import people
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import (
    FieldError,
    Problem,
    invalid_fields,
    invalid_path,
    not_found,
)
from source_destination_mailchimp.sandbox.http.schema import BOOLEAN, MERGE, STRING, array, dictionary, record
from source_destination_mailchimp.sandbox.members import addresses, writes
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.values import Writer
from source_destination_mailchimp.sandbox.members.view import MemberView

CONSENTS: Final = {
    "subscribed": ("confirmed", "subscribed"),
    "pending": ("consented", "pending"),
    "unsubscribed": ("denied", "unsubscribed"),
    "transactional": ("unknown", "nonsubscribed"),
    "cleaned": ("confirmed", "cleaned"),
    "archived": ("unknown", "unsubscribed"),
}
"""Status of a member → consent and effective status of its email channel."""

SMS_CONSENTS: Final = {"subscribed": ("confirmed", "subscribed"), "pending": ("consented", "pending")}
STATUSES: Final = {"confirmed": "subscribed", "consented": "pending", "denied": "unsubscribed"}
"""Consent in a body → the status that a contact is added with; any other is `transactional`."""

_CONSENT: Final = record(status=STRING, source=STRING, captured_at=STRING)
BODY: Final = record(
    email_channel=record(email=STRING, marketing_consent=_CONSENT),
    sms_channel=record(sms_phone=STRING, marketing_consent=_CONSENT),
    language=STRING,
    merge_fields=dictionary(MERGE),
    tags=array(STRING),
    update_existing=BOOLEAN,
)
_TIMES: Final = ("created_at", "last_updated_at")


def list_contacts(call: Call) -> dict[str, Any]:
    """GET contacts, archived ones too, page by page by a cursor (documented); by ID unless sorted (inferred)."""
    audience = _audience(call)
    field = call.choice("sort_field", *_TIMES)
    call.choice("sort_dir", "ASC", "DESC")
    rows = []
    for member in audience.by_web_id.values():
        if _is_wanted(call, member):
            key = {"": 0, "created_at": _created(member), "last_updated_at": member.last_changed}[field]
            rows.append((key, member.web_id, member))
    rows.sort(key=lambda row: row[:2], reverse=call.query.get("sort_dir") == "DESC")
    start = _position(call, [row[1] for row in rows])
    _, count = call.page()
    shown = rows[start : start + count]
    is_more = start + count < len(rows)
    return {
        "contacts": [_show(audience, call, member) for _, _, member in shown],
        "next_cursor": _cursor(shown[-1][1]) if is_more and shown else "",
    }


def get_contact(call: Call) -> dict[str, Any]:
    """GET one contact: by its ID, or by `email:` and the MD5 of its address (documented)."""
    audience = _audience(call)
    member = audience.find(call.ids["contact_id"].removeprefix("email:"))
    if member is None:
        raise not_found()
    return _show(audience, call, member)


def add_contact(call: Call) -> dict[str, Any]:
    """POST a contact with an address, with a telephone number, or with both."""
    audience = _audience(call)
    email, sms = call.body.get("email_channel") or {}, call.body.get("sms_channel") or {}
    if email.get("email"):
        member = _with_address(call, audience, email)
    elif sms.get("sms_phone"):
        deed = people.Deed(call.store, audience, "", {"phone": sms["sms_phone"]})
        member = people.subscribe_sms(deed)
    else:
        raise invalid_fields(FieldError("", "Required fields were not provided: email_channel, sms_channel"))
    if sms.get("sms_phone"):
        consent = (sms.get("marketing_consent") or {}).get("status", "")
        member.sms_phone_number = sms["sms_phone"]
        member.sms_subscription_status = STATUSES.get(consent, "nonsubscribed")
    return _show(audience, call, member)


def _with_address(call: Call, audience: Audience, email: Mapping[str, Any]) -> Member:
    skips = call.query.get("merge_field_validation_mode") == "ignore_required_checks"
    writer = Writer(call.store, audience, call.ip, skips)
    address, body = (
        email["email"],
        {name: call.body[name] for name in ("language", "merge_fields") if name in call.body},
    )
    status = STATUSES.get((email.get("marketing_consent") or {}).get("status", ""), "transactional")
    writes.check_address(writer, address)
    member = audience.by_digest.get(addresses.digest_of(address))
    if member is None:
        member = writes.add(writer, address, body, status)
    elif call.body.get("update_existing") is True:
        writes.update(writer, member, body, status)
    else:
        raise writes.exists(writer, member, status)
    apply_tag_names(writer, member, call.body.get("tags", ()))
    return member


def _audience(call: Call) -> Audience:
    """The audience of the path; the beta may be absent or forbidden."""
    if call.store.is_on("contacts_beta", "absent"):
        raise invalid_path()
    if call.store.is_on("contacts_beta", "refused"):
        raise Problem(403, "Forbidden", "You are not permitted to access this resource.")
    return call.store.audience(call.ids["audience_id"])


def _is_wanted(call: Call, member: Member) -> bool:
    spans = (("created", _created(member)), ("updated", member.last_changed))
    for name, at in spans:
        since, before = call.time(f"{name}_since"), call.time(f"{name}_before")
        if since is not None and at <= since:
            return False
        if before is not None and at > before:
            return False
    return True


def _created(member: Member) -> int:
    return member.added_at or member.timestamp_signup or member.timestamp_opt or member.last_changed


def _cursor(web_id: int) -> str:
    return urlsafe_b64encode(str(web_id).encode()).decode()


def _position(call: Call, web_ids: list[int]) -> int:
    """Where the page begins; 400 for a cursor that was not handed out."""
    cursor = call.query.get("cursor", "")
    if not cursor:
        return 0
    try:
        return web_ids.index(int(urlsafe_b64decode(cursor))) + 1
    except ValueError:
        raise invalid_fields(FieldError("cursor", "This value is not a valid cursor.")) from None


def _show(audience: Audience, call: Call, member: Member) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": contact_id(audience.id, member.web_id),
        "audience_id": audience.id,
        "status": "archived" if member.status == "archived" else "active",
        "language": member.language,
        "source": {"name": member.source},
        "created_at": iso(_created(member)),
        "last_updated_at": iso(member.last_changed),
        "merge_fields": MemberView(audience, call.root).merge_fields(member),
        "tags": [audience.segments[tag].name for tag in member.tags],
    }
    if member.email_address:
        consent, effective = CONSENTS[member.status]
        shown["email_channel"] = {
            "email": member.email_address,
            "hashed_email": member.id,
            **_channel(member, consent, effective),
        }
    if member.sms_phone_number:
        consent, effective = SMS_CONSENTS.get(member.sms_subscription_status, ("unknown", "nonsubscribed"))
        shown["sms_channel"] = {"sms_phone": member.sms_phone_number, **_channel(member, consent, effective)}
    return shown


def _channel(member: Member, consent: str, effective: str) -> dict[str, Any]:
    return {
        "effective_subscription_status": effective,
        "marketing_consent": {
            "status": consent,
            "source": member.source,
            "captured_at": iso(member.timestamp_opt or member.timestamp_signup),
        },
        "source": {"name": member.source},
    }


_ALL: Final = "/audiences/{audience_id}/contacts"
ROUTES: Final = (
    Route("GET", _ALL, list_contacts),
    Route("POST", _ALL, add_contact, BODY),
    Route("GET", f"{_ALL}/{{contact_id}}", get_contact),
)
