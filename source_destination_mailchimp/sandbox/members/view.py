"""A member as Mailchimp shows it: which keys, in which order, and how empty values print (as recorded).

Telephone numbers are read only, as the API has them; without one their keys are there and "" (observed).
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

import orjson

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.ids import contact_id, unique_email_id
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.audiences.merge_values import full_name
from source_destination_mailchimp.sandbox.http.links import Row, links
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.tag_order import listed

TAGS_SHOWN: Final = 50
FIRST_NAME_ID: Final = 1
LAST_NAME_ID: Final = 2
_PLACE: Final = "{subscriber_hash}"
_NAME: Final = "Lists/Members"

Reader = Callable[[Member], Any]
Readers = dict[str, Reader]
_ABSENT: Final = object()
_NO_ADDRESS: Final[dict[str, Any]] = {"empty": "", "null": None, "absent": _ABSENT}


def link_rows(audience_id: str, subscriber_hash: str) -> list[Row]:
    """The ten links of a member."""
    members = f"/lists/{audience_id}/members"
    path = f"{members}/{subscriber_hash}"
    return [
        ("self", "GET", path, f"{_NAME}/Response", ""),
        ("parent", "GET", members, f"{_NAME}/CollectionResponse", f"Paths/{_NAME}/Collection"),
        ("update", "PATCH", path, f"{_NAME}/Response", f"Definitions/{_NAME}/PATCH"),
        ("upsert", "PUT", path, f"{_NAME}/Response", f"Definitions/{_NAME}/PUT"),
        ("delete", "DELETE", path, "", ""),
        ("activity", "GET", f"{path}/activity", f"{_NAME}/Activity/Response", ""),
        ("goals", "GET", f"{path}/goals", f"{_NAME}/Goals/Response", ""),
        ("notes", "GET", f"{path}/notes", f"{_NAME}/Notes/CollectionResponse", ""),
        ("events", "POST", f"{path}/events", f"{_NAME}/Events/POST", ""),
        ("delete_permanent", "POST", f"{path}/actions/delete-permanent", "", ""),
    ]


class MemberView:
    """Prints members of one audience for one call; what they share is prepared once."""

    def __init__(self, audience: Audience, root: str) -> None:
        self._audience = audience
        self._fields = [(field.merge_id, field.tag) for field in audience.merge_fields.values()]
        tags = {field.tag: field.merge_id for field in audience.merge_fields.values()}
        # A renamed first-name field is still the first name: full_name followed one that was called NAME (recorded).
        self._first, self._last = tags.get("FNAME", FIRST_NAME_ID), tags.get("LNAME", LAST_NAME_ID)
        self._links = orjson.dumps(links(root, link_rows(audience.id, _PLACE)))
        self._readers = self._all_readers()
        self._echoed = {**_without(self._readers, _NOT_ECHOED), **_BRIEF}

    def full(self, member: Member) -> dict[str, Any]:
        """The member object of GET, POST, PUT and PATCH."""
        return _shown(member, self._readers)

    def some(self, member: Member, keys: frozenset[str] | None) -> dict[str, Any]:
        """The member object with these keys only; None is all of them."""
        if keys is None:
            return self.full(member)
        return _shown(member, {key: reader for key, reader in self._readers.items() if key in keys})

    def echo(self, member: Member) -> dict[str, Any]:
        """The shorter object that batch calls answer with (documented)."""
        return _shown(member, self._echoed)

    def of_segment(self, member: Member, keys: frozenset[str] | None) -> dict[str, Any]:
        """The object that segments list (documented), with these keys only; None is all of them."""
        readers = {**_without(self._readers, _NOT_IN_SEGMENTS), **_BRIEF}
        return _shown(member, {key: reader for key, reader in readers.items() if keys is None or key in keys})

    def _all_readers(self) -> Readers:
        """How each key is read, in the order of the recordings. Keys that cannot apply to the audience are left out:
        interests where it has none (documented), permissions where it has none (as recorded)."""
        readers: Readers = {
            "id": self._named(lambda member: member.digest.hex()),
            "email_address": self._named(attrgetter("email_address")),
            "unique_email_id": self._named(lambda member: unique_email_id(member.email_address)),
            "contact_id": lambda member: contact_id(self._audience.id, member.web_id),
            "full_name": self._name,
            "web_id": attrgetter("web_id"),
            "email_type": attrgetter("email_type"),
            "status": attrgetter("status"),
            "unsubscribe_reason": _reason,
            "consents_to_one_to_one_messaging": lambda member: True,
            **_SMS,
            "merge_fields": self.merge_fields,
            "interests": self._interests,
            **_LATER,
            "marketing_permissions": self._permissions,
            "last_note": attrgetter("last_note"),
            "source": attrgetter("source"),
            "tags_count": lambda member: len(member.tags),
            "tags": self._tags,
            "list_id": lambda member: self._audience.id,
            "_links": self._links_of,
        }
        absent = {"interests"} if not self._audience.interests else set()
        absent |= {"marketing_permissions"} if not self._audience.permissions else set()
        return _without(readers, frozenset(absent))

    def merge_fields(self, member: Member) -> dict[str, Any]:
        """Every merge field of the audience, "" where there is no value (as recorded)."""
        stored = member.merge_values
        return {tag: stored.get(merge_id, "") for merge_id, tag in self._fields}

    def _named(self, reader: Reader) -> Reader:
        """A key that says who somebody is by their address: of a contact without one it says nothing."""
        nothing = _NO_ADDRESS[self._audience.switches["contacts_without_address"]]
        return lambda member: reader(member) if member.email_address else nothing

    def _name(self, member: Member) -> str:
        stored = member.merge_values
        return full_name(stored.get(self._first, ""), stored.get(self._last, ""))

    def _interests(self, member: Member) -> dict[str, bool]:
        return {interest: interest in member.interests for interest in self._audience.interests}

    def _permissions(self, member: Member) -> list[dict[str, Any]]:
        return [
            {"marketing_permission_id": id, "text": text, "enabled": id in member.permissions}
            for id, text in self._audience.permissions.items()
        ]

    def _tags(self, member: Member) -> list[dict[str, Any]]:
        """The first 50 tags (documented)."""
        segments = self._audience.segments
        return [{"id": tag, "name": segments[tag].name} for tag in listed(member.tags)[:TAGS_SHOWN]]

    def _links_of(self, member: Member) -> orjson.Fragment:
        """The links, already printed."""
        return orjson.Fragment(self._links.replace(_PLACE.encode(), member.digest.hex().encode()))


def _shown(member: Member, readers: Readers) -> dict[str, Any]:
    """The keys of a member; those that apply to few and not to this one are absent (as recorded)."""
    shown = {key: reader(member) for key, reader in readers.items()}
    if not member.email_address:
        shown = {key: value for key, value in shown.items() if value is not _ABSENT}
    for key in _SELDOM:
        if shown.get(key, "") is None:
            del shown[key]
    return shown


def _without(readers: Readers, keys: frozenset[str]) -> Readers:
    return {key: reader for key, reader in readers.items() if key not in keys}


def _reason(member: Member) -> str | None:
    return member.unsubscribe_reason if member.status == "unsubscribed" else None


def _location(member: Member) -> dict[str, Any]:
    return {
        "latitude": member.latitude,
        "longitude": member.longitude,
        "gmtoff": 0,
        "dstoff": 0,
        "country_code": "",
        "timezone": "",
        "region": "",
    }


def _location_without_region(member: Member) -> dict[str, Any]:
    return {name: value for name, value in _location(member).items() if name != "region"}


_BRIEF: Final[Readers] = {"location": _location_without_region}  # documented: batch and segment calls know no region
_SELDOM: Final = ("unsubscribe_reason", "last_note")
_LATER: Final[Readers] = {
    "stats": lambda member: {"avg_open_rate": member.open_rate, "avg_click_rate": member.click_rate},
    "ip_signup": attrgetter("ip_signup"),
    "timestamp_signup": lambda member: iso(member.timestamp_signup),
    "ip_opt": attrgetter("ip_opt"),
    "timestamp_opt": lambda member: iso(member.timestamp_opt),
    "member_rating": attrgetter("rating"),
    "last_changed": lambda member: iso(member.last_changed),
    "language": attrgetter("language"),
    "vip": attrgetter("vip"),
    "email_client": attrgetter("email_client"),
    "location": _location,
}
_SMS: Final[Readers] = {
    "sms_phone_number": attrgetter("sms_phone_number"),
    "sms_subscription_status": attrgetter("sms_subscription_status"),
    "sms_subscription_last_updated": lambda member: iso(member.timestamp_opt if member.sms_phone_number else 0),
}
_NOT_ECHOED: Final = frozenset(
    {"full_name", "web_id", "unsubscribe_reason", "consents_to_one_to_one_messaging"}
    | {"marketing_permissions", "source", *_SMS}
)
_NOT_IN_SEGMENTS: Final = frozenset(
    {"web_id", "contact_id", "unsubscribe_reason", "consents_to_one_to_one_messaging"}
    | {"marketing_permissions", "source", "tags_count", "tags", *_SMS}
)
