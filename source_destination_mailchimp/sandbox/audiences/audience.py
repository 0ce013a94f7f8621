"""One audience and everybody in it: what is remembered, and how members are found and filed. No rules of the API."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from source_destination_mailchimp.sandbox.account.ids import web_id_in
from source_destination_mailchimp.sandbox.audiences.merge_values import Options
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.index import MemberOrder
from source_destination_mailchimp.sandbox.members.member import Member

Room = TypeVar("Room")


@dataclass(slots=True)
class MergeField:
    """A merge field as its collection shows it."""

    merge_id: int
    tag: str
    name: str
    type: str
    required: bool = False
    default_value: str = ""
    public: bool = False
    display_order: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    help_text: str = ""
    limits: Options = field(default_factory=Options)


@dataclass(slots=True)
class Segment:
    """A segment: `conditions` is None for a static one, which is the same thing as a tag (documented)."""

    id: int
    name: str
    created_at: int
    updated_at: int
    conditions: dict[str, Any] | None = None
    holders: set[int] = field(default_factory=set)

    @property
    def is_tag(self) -> bool:
        """Whether it is a static segment."""
        return self.conditions is None


class Audience:
    """An audience. Other families keep their own memory of it in rooms: `audience.room(Notes)`."""

    def __init__(
        self,
        id: str,
        web_id: int,
        settings: Mapping[str, Any],
        created: int,
        switches: Mapping[str, str],
    ) -> None:
        self.id = id
        self.web_id = web_id
        self.switches = switches  # the account's own, which may be turned later
        self.settings = dict(settings)
        self.date_created = created
        self.merge_fields: dict[int, MergeField] = {}
        self.segments: dict[int, Segment] = {}
        self.interests: dict[str, str] = {}  # interest ID -> interest category ID, kept by the interests' module
        self.permissions: dict[str, str] = {}  # marketing permission ID -> text
        self.by_digest: dict[bytes, Member] = {}
        self.by_web_id: dict[int, Member] = {}
        self.forgotten: set[bytes] = set()
        self.counts: Counter[str] = Counter()
        self.last_sub = 0
        self.last_unsub = 0
        self.campaign_count = 0
        self.last_campaign_sent = 0
        self.last_merge_id = 0
        self.order = MemberOrder()
        self._rooms: dict[Callable[[], Any], Any] = {}
        self._tags_by_name: dict[str, Segment] = {}

    def room(self, kind: Callable[[], Room]) -> Room:
        """The one object of this class that belongs to the audience, made on first use."""
        if kind not in self._rooms:
            self._rooms[kind] = kind()
        room: Room = self._rooms[kind]
        return room

    def find(self, name: str) -> Member | None:
        """The member of this subscriber hash, e-mail address or contact ID (all three documented)."""
        if "@" in name:
            return self.by_digest.get(digest_of(name))
        if len(name) != 32:
            return None
        try:
            found = self.by_digest.get(bytes.fromhex(name))
            if found is None:
                web_id = web_id_in(self.id, name.lower())
                found = self.by_web_id.get(web_id) if web_id is not None else None
        except ValueError:
            return None
        return found

    def find_by_hash(self, name: str) -> Member | None:
        """The member of this subscriber hash, where nothing else is documented."""
        try:
            return self.by_digest.get(bytes.fromhex(name))
        except ValueError:
            return None

    def add(self, member: Member) -> None:
        """Take in somebody new."""
        self.by_digest[member.digest] = member
        self.by_web_id[member.web_id] = member
        self.counts[member.status] += 1
        self.order.moved(member)

    def remove(self, member: Member) -> None:
        """Forget a member and every tag it carried."""
        member.gone = True
        del self.by_digest[member.digest], self.by_web_id[member.web_id]
        self.counts[member.status] -= 1
        for tag in member.tags:
            self.segments[tag].holders.discard(member.web_id)
        self.order.moved(member)

    def rename(self, member: Member, address: str) -> None:
        """Give a member another address."""
        del self.by_digest[member.digest]
        member.email_address, member.digest = address, digest_of(address)
        self.by_digest[member.digest] = member

    def set_status(self, member: Member, status: str) -> None:
        """Change a status and the counts with it."""
        self.counts[member.status] -= 1
        self.counts[status] += 1
        member.status = status

    def touch(self, member: Member, now: int) -> None:
        """Note that something about the member changed."""
        member.last_changed = now
        self.order.moved(member)

    def set_tags(self, member: Member, tags: Mapping[int, int]) -> None:
        """Replace the member's tags."""
        for gone in member.tags.keys() - tags.keys():
            self.segments[gone].holders.discard(member.web_id)
        for new in tags.keys() - member.tags.keys():
            self.segments[new].holders.add(member.web_id)
        member.tags = tags

    def tag_named(self, name: str, *, exactly: bool = False) -> Segment | None:
        """The tag of this name; names are compared without case unless `exactly`."""
        if exactly:
            return next((tag for tag in self.segments.values() if tag.is_tag and tag.name == name), None)
        return self._tags_by_name.get(name.lower())

    def add_segment(self, segment: Segment) -> Segment:
        """Take in a segment or tag."""
        self.segments[segment.id] = segment
        if segment.is_tag:
            self._tags_by_name.setdefault(segment.name.lower(), segment)
        return segment

    def rename_segment(self, segment: Segment, name: str) -> None:
        """Give a segment another name."""
        segment.name = name
        self._index_tags()

    def drop_segment(self, segment: Segment) -> None:
        """Delete a segment; a tag goes off everybody who carries it."""
        for web_id in segment.holders:
            member = self.by_web_id[web_id]
            member.tags = {tag: added for tag, added in member.tags.items() if tag != segment.id}
        del self.segments[segment.id]
        self._index_tags()

    def _index_tags(self) -> None:
        self._tags_by_name = {}
        for segment in self.segments.values():
            if segment.is_tag:
                self._tags_by_name.setdefault(segment.name.lower(), segment)

    def merge_field(self, tag: str) -> MergeField | None:
        """The merge field of this tag; tags are compared without case (inferred)."""
        wanted = tag.upper()
        return next((field for field in self.merge_fields.values() if field.tag == wanted), None)
