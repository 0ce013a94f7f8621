"""What an audience really has, read before the first record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from source_destination_mailchimp.mailchimp.members import Audience, Interest, MergeField

_TYPES_WITH_ONE_GROUP = frozenset({"radio", "dropdown"})
"""Types of group categories in which a member is in one group at most."""

USUAL_FIELD_LIMIT = 30
PREMIUM_FIELD_LIMIT = 80
"""Merge fields of an audience on most plans, and on Premium. [inferred]"""


@dataclass(frozen=True, slots=True)
class LiveAudience:
    """One audience with everything a record can be mapped to."""

    audience: Audience
    merge_fields: tuple[MergeField, ...]
    interests: tuple[Interest, ...] = ()
    permissions: Mapping[str, str] = field(default_factory=dict)
    """Text of a marketing permission → its id, learned from an existing member; empty while there is none."""

    merge_field_limit: int | None = None
    """How many merge fields the plan allows; None where Mailchimp does not say."""

    @property
    def room_for_merge_fields(self) -> int:
        """How many merge fields may still be made; where Mailchimp names no limit, by the limits of its plans."""
        there = len(self.merge_fields)
        limit = self.merge_field_limit
        if limit is None:
            limit = USUAL_FIELD_LIMIT if there <= USUAL_FIELD_LIMIT else PREMIUM_FIELD_LIMIT
        return max(0, limit - there)

    @property
    def categories(self) -> dict[str, list[Interest]]:
        """The groups by the title of their category, both in Mailchimp's order."""
        found: dict[str, list[Interest]] = {}
        for interest in self.interests:
            found.setdefault(interest.category, []).append(interest)
        return found

    def merge_field(self, tag: str) -> MergeField | None:
        """Return the merge field with a tag, in any case; None if there is none."""
        wanted = tag.strip().upper()
        for merge_field in self.merge_fields:
            if merge_field.tag.upper() == wanted:
                return merge_field
        return None


def holds_one_group(category: Sequence[Interest]) -> bool:
    """Return whether a member is in one group of a category at most; takes the groups of the category."""
    return category[0].category_type in _TYPES_WITH_ONE_GROUP
