"""Which segment a call means, who is in it, and how many of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from source_destination_mailchimp.sandbox.audiences.audience import Audience, Segment
from source_destination_mailchimp.sandbox.audiences.segment_conditions import matches
from source_destination_mailchimp.sandbox.http.calls import Call
from source_destination_mailchimp.sandbox.http.errors import bad_request, not_found
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import Member

INCLUDABLE: Final = ("cleaned", "transactional", "unsubscribed")
LAG_SECONDS: Final = 60  # how long the count of a saved segment lags behind, where the switch lets it


def segment_of(call: Call) -> Segment:
    """The segment that the path names; 404 if there is none."""
    text = call.ids["segment_id"]
    segment = call.audience.segments.get(int(text)) if text.isascii() and text.isdecimal() else None
    if segment is None:
        raise not_found()
    return segment


def static_segment_of(call: Call) -> Segment:
    """The static segment that the path names; 400 for a saved one."""
    segment = segment_of(call)
    if not segment.is_tag:
        raise bad_request("Members can only be added to or removed from static segments.")
    return segment


def subscribed_among(call: Call, emails: Iterable[str]) -> list[Member]:
    """The subscribed members among addresses, each once, in the order given."""
    found = {digest: call.audience.by_digest.get(digest) for digest in map(digest_of, emails)}
    return [member for member in found.values() if member is not None and member.status == "subscribed"]


def everybody_in(audience: Audience, segment: Segment) -> list[Member]:
    """Who is in a segment, whatever their status, in the order in which they joined the audience."""
    if segment.is_tag:
        return [audience.by_web_id[web_id] for web_id in sorted(segment.holders)]
    conditions = segment.conditions or {}
    return [member for member in audience.by_web_id.values() if matches(audience, member, conditions)]


def wanted_statuses(call: Call) -> frozenset[str]:
    """Subscribed people, and those whom a flag asks for: include_cleaned and the like (documented)."""
    included = {status for status in INCLUDABLE if call.flag(f"include_{status}")}
    if included == set(INCLUDABLE) and call.store.is_on("archived_in_segments", "with_all_flags"):
        included.add("archived")
    return frozenset({"subscribed", *included})


@dataclass(slots=True)
class Counts:
    """How many people of which statuses each tag has, for one version of the audience."""

    version: int = -1
    known: dict[tuple[int, frozenset[str]], int] = field(default_factory=dict)


def member_count(call: Call, segment: Segment, statuses: frozenset[str]) -> int:
    """How many in a segment have one of the statuses; of a tag counted anew only after something changed."""
    counts, version = call.audience.room(Counts), call.audience.order.version
    if counts.version != version:
        counts.version, counts.known = version, {}
    key = (segment.id, statuses)
    if key in counts.known:
        return counts.known[key]
    people = [member for member in everybody_in(call.audience, segment) if member.status in statuses]
    if not segment.is_tag:
        return len(_counted_by_now(call, people))
    counts.known[key] = len(people)
    return counts.known[key]


def _counted_by_now(call: Call, people: list[Member]) -> list[Member]:
    """Those whom the count of a saved segment has noticed: it was seen to lag, once, by an unknown time."""
    if call.store.is_on("saved_segment_counts", "at_once"):
        return people
    noticed = call.store.clock.now() - LAG_SECONDS
    return [member for member in people if member.last_changed <= noticed]
