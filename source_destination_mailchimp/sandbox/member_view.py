"""A member as Mailchimp shows it: which keys, in which order, and how empty values print (as recorded)."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson

from source_destination_mailchimp.sandbox.audience import Audience
from source_destination_mailchimp.sandbox.clock import iso
from source_destination_mailchimp.sandbox.ids import contact_id, unique_email_id
from source_destination_mailchimp.sandbox.links import Row, links
from source_destination_mailchimp.sandbox.member import Member
from source_destination_mailchimp.sandbox.merge_values import full_name

TAGS_SHOWN: Final = 50
_PLACE: Final = "{subscriber_hash}"
_NAME: Final = "Lists/Members"


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
        self._first, self._last = tags.get("FNAME", 0), tags.get("LNAME", 0)
        self._links = orjson.dumps(links(root, link_rows(audience.id, _PLACE)))

    def full(self, member: Member) -> dict[str, Any]:
        """The member object of GET, POST, PUT and PATCH."""
        return self._shown(member, _READERS.items())

    def some(self, member: Member, keys: frozenset[str] | None) -> dict[str, Any]:
        """The member object with these keys only; None is all of them."""
        if keys is None:
            return self.full(member)
        return self._shown(member, ((key, reader) for key, reader in _READERS.items() if key in keys))

    def echo(self, member: Member) -> dict[str, Any]:
        """The shorter object that batch calls answer with (documented)."""
        return self._shown(member, _ECHO)

    def of_segment(self, member: Member, keys: frozenset[str] | None) -> dict[str, Any]:
        """The object that segments list (documented), with these keys only; None is all of them."""
        return self._shown(member, ((key, reader) for key, reader in _IN_SEGMENT if keys is None or key in keys))

    def _shown(self, member: Member, readers: "Iterable[tuple[str, Reader]]") -> dict[str, Any]:
        """The keys whose value is not None: absent is how Mailchimp shows what does not apply."""
        shown = {key: reader(self, member) for key, reader in readers}
        return {key: value for key, value in shown.items() if value is not None}

    def merge_fields(self, member: Member) -> dict[str, Any]:
        """Every merge field of the audience, "" where there is no value."""
        stored = member.merge_values
        return {tag: stored.get(merge_id, "") for merge_id, tag in self._fields}

    def name(self, member: Member) -> str:
        """First and last name."""
        stored = member.merge_values
        return full_name(stored.get(self._first, ""), stored.get(self._last, ""))

    def interests(self, member: Member) -> dict[str, bool] | None:
        """Every interest of the audience; no key at all where it has none (documented)."""
        return {interest: interest in member.interests for interest in self._audience.interests} or None

    def permissions(self, member: Member) -> list[dict[str, Any]] | None:
        """Every marketing permission; no key at all where the audience has none (as recorded)."""
        return [
            {"marketing_permission_id": id, "text": text, "enabled": id in member.permissions}
            for id, text in self._audience.permissions.items()
        ] or None

    def tags(self, member: Member) -> list[dict[str, Any]]:
        """The first 50 tags (documented)."""
        segments = self._audience.segments
        return [{"id": tag, "name": segments[tag].name} for tag in list(member.tags)[:TAGS_SHOWN]]

    def links_of(self, member: Member) -> orjson.Fragment:
        """The links, already printed."""
        return orjson.Fragment(self._links.replace(_PLACE.encode(), member.id.encode()))

    @property
    def audience_id(self) -> str:
        """The audience whose members these are."""
        return self._audience.id


Reader = Callable[[MemberView, Member], Any]


def _reason(view: MemberView, member: Member) -> str | None:
    return member.unsubscribe_reason if member.status == "unsubscribed" else None


def _location(view: MemberView, member: Member) -> dict[str, Any]:
    return {
        "latitude": member.latitude,
        "longitude": member.longitude,
        "gmtoff": 0,
        "dstoff": 0,
        "country_code": "",
        "timezone": "",
        "region": "",
    }


_READERS: Final[dict[str, Reader]] = {
    "id": lambda view, member: member.digest.hex(),
    "email_address": lambda view, member: member.email_address,
    "unique_email_id": lambda view, member: unique_email_id(member.email_address),
    "contact_id": lambda view, member: contact_id(view.audience_id, member.web_id),
    "full_name": MemberView.name,
    "web_id": lambda view, member: member.web_id,
    "email_type": lambda view, member: member.email_type,
    "status": lambda view, member: member.status,
    "unsubscribe_reason": _reason,
    "consents_to_one_to_one_messaging": lambda view, member: True,
    "merge_fields": MemberView.merge_fields,
    "interests": MemberView.interests,
    "stats": lambda view, member: {"avg_open_rate": member.open_rate, "avg_click_rate": member.click_rate},
    "ip_signup": lambda view, member: member.ip_signup,
    "timestamp_signup": lambda view, member: iso(member.timestamp_signup),
    "ip_opt": lambda view, member: member.ip_opt,
    "timestamp_opt": lambda view, member: iso(member.timestamp_opt),
    "member_rating": lambda view, member: member.rating,
    "last_changed": lambda view, member: iso(member.last_changed),
    "language": lambda view, member: member.language,
    "vip": lambda view, member: member.vip,
    "email_client": lambda view, member: "",
    "location": _location,
    "marketing_permissions": MemberView.permissions,
    "last_note": lambda view, member: member.last_note,
    "source": lambda view, member: member.source,
    "tags_count": lambda view, member: len(member.tags),
    "tags": MemberView.tags,
    "list_id": lambda view, member: view.audience_id,
    "_links": MemberView.links_of,
}
_NOT_ECHOED: Final = frozenset(
    {
        "full_name",
        "web_id",
        "unsubscribe_reason",
        "consents_to_one_to_one_messaging",
        "marketing_permissions",
        "source",
    }
)
_NOT_IN_SEGMENTS: Final = frozenset(
    {"web_id", "contact_id", "unsubscribe_reason", "marketing_permissions", "source", "tags_count", "tags"}
    | {"consents_to_one_to_one_messaging"}
)
_ECHO: Final = [(key, reader) for key, reader in _READERS.items() if key not in _NOT_ECHOED]
_IN_SEGMENT: Final = [(key, reader) for key, reader in _READERS.items() if key not in _NOT_IN_SEGMENTS]
