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
