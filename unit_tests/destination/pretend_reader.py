"""Members without a socket: what a `MemberReader` would read, from a dict."""

from collections.abc import Iterator, Mapping, Sequence

from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp.members import Audience, Status


class PretendReader:
    """Reads members from a dict: subscriber hash → what is known of them."""

    def __init__(self, people: Mapping[str, Known]) -> None:
        self.people = people

    @property
    def contacts(self) -> int:
        """Everybody in the dict."""
        return len(self.people)

    def count_present(self) -> int:
        """Everybody who is not archived."""
        return sum(known.status is not Status.ARCHIVED for known in self.people.values())

    def members(self, subscribers: Sequence[str]) -> dict[str, Known | None]:
        """What the dict has now."""
        return {key: self.people.get(key) for key in subscribers}

    def everybody(self, on_difference: list[str]) -> Iterator[list[tuple[str, Known]]]:
        """One page."""
        yield list(self.people.items())

    def tags(self, subscribers: Sequence[str]) -> dict[str, frozenset[str]]:
        """Every tag."""
        return {key: self.people[key].tags or frozenset() for key in subscribers}

    def permission_ids(self, subscriber: str) -> Mapping[str, str]:
        """No audience here has marketing permissions."""
        return {}


def members_of(
    reader: PretendReader,
    *,
    tracked: Sequence[str] = (),
    external_id_tag: str | None = None,
    mirror_tags: Sequence[str] = (),
) -> Members:
    """What is known of the reader's audience, everybody read where lists or external ids need it."""
    live = LiveAudience(Audience("aud1", "News"), ())
    tracking = Tracking(live, tracked, tags=True, external_id_tag=external_id_tag, mirror_tags=mirror_tags)
    members = Members(reader, tracking, on_difference=lambda sentence: None)
    if external_id_tag or mirror_tags:
        members.read_all()
    return members
