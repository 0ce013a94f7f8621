"""One member of an audience, kept small: a million of them fit into memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from source_destination_mailchimp.sandbox.audiences.merge_values import MergeValue


class Nothing(dict[Any, Any]):
    """A mapping that stays empty and may therefore be shared."""

    __hash__ = object.__hash__  # type: ignore[assignment]


NOTHING: Final[Mapping[Any, Any]] = Nothing()
NO_INTERESTS: Final[frozenset[str]] = frozenset()

STATUSES: Final = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")


@dataclass(slots=True, eq=False)
class Member:
    """What is remembered of a member. Times are unix seconds, 0 for none.

    Mappings and sets are never changed in place, only replaced: seeded members share them, and a change is seen by
    comparing. `merge_values` is keyed by merge ID and holds no empty values; `tags` maps a tag's ID to when it was
    added, the newest first, those of one call as it names them; `tag_order` says how they are listed.
    `email_address` is "" for a contact who has only a telephone number. `left_by` says who took the person off: api,
    admin, person, complaint, bounce, compliance, or "".
    """

    digest: bytes
    email_address: str
    web_id: int
    status: str
    last_changed: int
    merge_values: Mapping[int, MergeValue] = NOTHING
    tags: Mapping[int, int] = NOTHING
    interests: frozenset[str] = NO_INTERESTS
    permissions: frozenset[str] = NO_INTERESTS
    timestamp_opt: int = 0
    ip_opt: str = ""
    timestamp_signup: int = 0
    ip_signup: str = ""
    source: str = "API - Generic"
    left_by: str = ""
    unsubscribe_reason: str = ""
    left_at: int = 0
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    latitude: float = 0
    longitude: float = 0
    rating: int = 2
    open_rate: float = 0
    click_rate: float = 0
    email_client: str = ""
    sms_phone_number: str = ""
    sms_subscription_status: str = ""
    last_note: Mapping[str, Any] | None = None
    signups: tuple[int, ...] = ()
    added_at: int = 0
    gone: bool = False
    filed_key: int = 0
    filed_status: str = ""

    @property
    def id(self) -> str:
        """The subscriber hash."""
        return self.digest.hex()

    @property
    def may_not_return(self) -> bool:
        """Whether the API may not subscribe them again: they left by themselves, bounced, or are under review."""
        return self.left_by in {"person", "complaint", "bounce", "compliance"}
