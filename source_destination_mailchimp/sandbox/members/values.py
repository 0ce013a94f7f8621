"""The values of a member's body: checked by type and rule, and named as the member keeps them."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from source_destination_mailchimp.sandbox.account.clock import parse_time
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences import merge_values
from source_destination_mailchimp.sandbox.audiences.audience import Audience, MergeField
from source_destination_mailchimp.sandbox.audiences.merge_values import MergeValue
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid, invalid_fields
from source_destination_mailchimp.sandbox.members.member import NOTHING, Member


@dataclass(slots=True)
class Writer:
    """Everything that the writes of one call share."""

    store: Store
    audience: Audience
    ip: str
    skips_required: bool
    now: int = 0
    fields: dict[str, MergeField] = field(default_factory=dict)
    required: tuple[MergeField, ...] = ()

    def __post_init__(self) -> None:
        self.now = self.store.clock.now()
        merge_fields = self.audience.merge_fields.values()
        self.fields = {known.tag: known for known in merge_fields}
        self.required = () if self.skips_required else tuple(known for known in merge_fields if known.required)


def wishes_of(writer: Writer, body: Mapping[str, Any], member: Member | None) -> dict[str, Any]:
    """The values of a body, checked and by the member's attribute names."""
    wishes = {name: body[name] for name in ("language", "vip") if name in body}
    if body.get("email_type") in {"html", "text"}:
        wishes["email_type"] = body["email_type"]
    if "merge_fields" in body or _must_check_required(writer, body, member):
        stored = member.merge_values if member is not None else NOTHING
        wishes["merge_values"] = _merge_values(writer, body.get("merge_fields", {}), stored)
    if body.get("interests"):
        kept = member.interests if member is not None else frozenset()
        wishes["interests"] = _interests(writer, body["interests"], kept)
    if body.get("marketing_permissions"):
        allowed = member.permissions if member is not None else frozenset()
        wishes["permissions"] = _permissions(writer, body["marketing_permissions"], allowed)
    for name in ("latitude", "longitude"):
        if name in body.get("location", {}):
            wishes[name] = body["location"][name]
    wishes.update(_origins(body))
    return wishes


def _must_check_required(writer: Writer, body: Mapping[str, Any], member: Member | None) -> bool:
    return bool(writer.required) and (member is None or writer.store.is_on("required_on_update", "always"))


def _origins(body: Mapping[str, Any]) -> dict[str, Any]:
    """When and from where: addresses and times that must be valid (documented; wording inferred)."""
    origins: dict[str, Any] = {}
    for name in ("ip_signup", "ip_opt"):
        if body.get(name):
            try:
                origins[name] = str(ipaddress.ip_address(body[name]))
            except ValueError:
                raise invalid_fields(FieldError(name, "This value is not a valid IP address.")) from None
    for name in ("timestamp_signup", "timestamp_opt"):
        if body.get(name):
            try:
                origins[name] = int(parse_time(body[name]))
            except ValueError:
                raise invalid_fields(FieldError(name, "This value is not a valid datetime.")) from None
    return origins


def _merge_values(
    writer: Writer, given: Mapping[str, MergeValue], stored: Mapping[int, MergeValue]
) -> Mapping[int, MergeValue]:
    """The stored values with the given ones on top. Unknown tags are ignored (observed), "" clears."""
    values, errors = dict(stored), []
    for tag, value in given.items():
        known = writer.fields.get(tag.upper())
        if known is None:
            continue
        if value == "":
            values.pop(known.merge_id, None)
            continue
        if known.type == "address" and isinstance(value, str) and not known.required:
            continue  # swallowed with 200 (observed)
        try:
            _check_time(writer, known, value)
            values[known.merge_id] = merge_values.read(known.type, value, known.limits)
        except merge_values.Refused as refused:
            errors.append(FieldError(known.tag, str(refused)))
    failed = {error.field for error in errors}
    missing = [known for known in writer.required if known.merge_id not in values and known.tag not in failed]
    message = merge_values.REQUIRED_IN[writer.store.switches["account_language"]]
    errors.extend(FieldError(known.tag, message) for known in missing)
    if errors:
        raise invalid("Your merge fields were invalid.", *errors)
    return values


def _check_time(writer: Writer, known: MergeField, value: MergeValue) -> None:
    """Refuse a date that comes with a time, where the switch says so."""
    timed = known.type == "date" and isinstance(value, str) and merge_values.DATE_AND_TIME.fullmatch(value)
    if timed and writer.store.is_on("date_with_time", "refused"):
        raise merge_values.Refused("Please enter the date")


def _interests(writer: Writer, given: Mapping[str, bool], kept: frozenset[str]) -> frozenset[str]:
    """Interests named are set, others are left alone; an unknown ID refuses the member (observed)."""
    for interest in given:
        if interest not in writer.audience.interests:
            raise invalid(f"Invalid interest ID: '{interest}'.")
    return (kept | {name for name, on in given.items() if on}) - {name for name, on in given.items() if not on}


def _permissions(writer: Writer, given: list[dict[str, Any]], allowed: frozenset[str]) -> frozenset[str]:
    """Permissions named are set; unknown IDs are ignored (inferred)."""
    known = {
        row["marketing_permission_id"]: bool(row.get("enabled"))
        for row in given
        if row.get("marketing_permission_id") in writer.audience.permissions
    }
    return (allowed | {id for id, on in known.items() if on}) - {id for id, on in known.items() if not on}
