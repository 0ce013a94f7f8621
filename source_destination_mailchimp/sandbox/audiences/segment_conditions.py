"""Who fits the conditions of a saved segment. Pure.

Understood: EmailAddress, TextMerge, SelectMerge, DateMerge, BirthdayMerge, ZipMerge's text operators, AddressMerge,
Interests, StaticSegment, Language, MemberRating, SignupSource, VIP. Any other condition fits nobody.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.members.member import Member


def matches(audience: Audience, member: Member, options: Mapping[str, Any]) -> bool:
    """Whether a member fits all, or with match=any at least one, of the conditions; no condition fits nobody."""
    results = [_fits(audience, member, condition) for condition in options.get("conditions", [])]
    return bool(results) and (any(results) if options.get("match") == "any" else all(results))


def _fits(audience: Audience, member: Member, condition: Mapping[str, Any]) -> bool:
    kind, op, value = condition.get("condition_type", ""), condition.get("op", ""), condition.get("value", "")
    field = str(condition.get("field", ""))
    if kind == "Interests":
        return _interests(member, op, value)
    if kind == "StaticSegment":
        return (str(value) in map(str, member.tags)) is (op == "static_is")
    if kind == "VIP":
        return bool(member.vip == (op == "member"))
    found = _subject(audience, member, kind, field)
    operator = OPERATORS.get(op)
    return found is not None and operator is not None and operator(found, str(value))


def _subject(audience: Audience, member: Member, kind: str, field: str) -> str | None:
    """The member's value that a condition looks at, as text."""
    if kind == "EmailAddress":
        return member.email_address
    if kind in {"TextMerge", "SelectMerge", "DateMerge", "BirthdayMerge", "ZipMerge", "AddressMerge"}:
        known = audience.merge_field(field)
        value = member.merge_values.get(known.merge_id, "") if known else ""
        return " ".join(value.values()) if isinstance(value, dict) else str(value)
    plain = {"Language": member.language, "MemberRating": str(member.rating), "SignupSource": member.source}
    return plain.get(kind)


def _interests(member: Member, op: str, value: Any) -> bool:
    wanted = frozenset(value if isinstance(value, list) else ())
    if op == "interestcontainsall":
        return wanted <= member.interests
    return wanted.isdisjoint(member.interests) == (op == "interestnotcontains")


OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "is": lambda found, value: found.lower() == value.lower(),
    "not": lambda found, value: found.lower() != value.lower(),
    "contains": lambda found, value: value.lower() in found.lower(),
    "notcontain": lambda found, value: value.lower() not in found.lower(),
    "starts": lambda found, value: found.lower().startswith(value.lower()),
    "ends": lambda found, value: found.lower().endswith(value.lower()),
    "greater": lambda found, value: found != "" and found > value,
    "less": lambda found, value: found != "" and found < value,
    "blank": lambda found, value: not found,
    "blank_not": lambda found, value: bool(found),
    "source_is": lambda found, value: found == value,
    "source_not": lambda found, value: found != value,
}
