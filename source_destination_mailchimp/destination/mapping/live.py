"""What an audience really has, read before the first record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from source_destination_mailchimp.mailchimp.members import Audience, Interest, MergeField


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
    def room_for_merge_fields(self) -> int | None:
        """How many merge fields may still be made, if that is known."""
        return None if self.merge_field_limit is None else max(0, self.merge_field_limit - len(self.merge_fields))
