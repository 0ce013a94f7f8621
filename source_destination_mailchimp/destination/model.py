"""Nouns of a sync: what a record becomes on its way to Mailchimp and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from source_destination_mailchimp.mailchimp.members import Json, Status


class StreamId(NamedTuple):
    """What tells two streams of one catalog apart."""

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


class Outcome(StrEnum):
    """What happened to a record: exactly one of these."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    UNSUBSCRIBED = "unsubscribed"
    ARCHIVED = "archived"
    UNTAGGED = "untagged"
    HELD = "held"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why an outcome is what it is; `docs/reasons.md` explains each to a person."""

    # rejected: the record itself
    NO_EMAIL = "no_email"
    INVALID_EMAIL = "invalid_email"
    INVALID_VALUE = "invalid_value"
    NOT_A_RECORD = "not_a_record"
    # rejected: by Mailchimp
    ADDRESS_REFUSED = "address_refused"
    VALUE_REFUSED = "value_refused"
    REQUIRED_FIELD_EMPTY = "required_field_empty"
    REFUSED_BY_MAILCHIMP = "refused_by_mailchimp"
    SIGNUP_THROTTLED = "signup_throttled"
    # rejected: deletions and changed addresses
    DELETION_WITHOUT_ADDRESS = "deletion_without_address"
    ADDRESS_OF_ANOTHER = "address_of_another"
    # held
    OPTED_OUT = "opted_out"
    ARCHIVED = "archived"
    CLEANED = "cleaned"
    FORGOTTEN = "forgotten"
    COMPLIANCE = "compliance"
    CONSENT_NOT_NEWER = "consent_not_newer"
    AUDIENCE_LIMIT = "audience_limit"
    ADDRESS_MAY_NOT_CHANGE = "address_may_not_change"
    # skipped
    NOT_A_MEMBER = "not_a_member"
    NOT_OPTED_IN = "not_opted_in"
    OPT_IN_MISSING = "opt_in_missing"
    NOT_ADDED_BY_CHOICE = "not_added_by_choice"
    ALREADY_GONE = "already_gone"
    REMOVAL_KEPT = "removal_kept"
    BELONGS_TO_ANOTHER_RECORD = "belongs_to_another_record"
    # duplicate
    OVERTAKEN = "overtaken"
    NOT_THE_FIRST = "not_the_first"
    # beside an outcome
    VALUE_REJECTED = "value_rejected"
    TEXT_CUT = "text_cut"
    ADDRESS_INCOMPLETE = "address_incomplete"
    TAG_REFUSED = "tag_refused"
    OPT_IN_UNREADABLE = "opt_in_unreadable"
    STATUS_KEPT = "status_kept"
    CONFIRMATION_ASKED = "confirmation_asked"
    PERMISSION_UNKNOWN = "permission_unknown"
    JOINED = "joined"
    RENAMED = "renamed"


class Note(NamedTuple):
    """Something to report about a record, or about one of its values."""

    reason: Reason
    field: str = ""
    """Column, merge tag or tag that it is about; empty for the record as a whole."""

    detail: str = ""
    """A sentence for people; may hold an address, so it is masked before it is logged."""


class Settled(NamedTuple):
    """The one outcome of a record."""

    outcome: Outcome
    note: Note | None = None
    beside: tuple[Note, ...] = ()
    """What else is to be said: a value that was left out, a tag that was refused."""


class OptIn(Enum):
    """What a record says to "may we mail them"."""

    NOT_ASKED = "not asked"
    YES = "yes"
    NO = "no"
    MISSING = "missing"


@dataclass(slots=True)
class Contact:
    """A record in Mailchimp's words, ready to be planned. Made once, then only read."""

    stream: StreamId
    record: Mapping[str, Any]
    """The record as it came, for the store of rejected records; never logged."""

    email: str
    """Trimmed, spelled as it came. Empty only for a deletion that has an external id instead."""

    hash: str
    merge: dict[str, Any] = field(default_factory=dict)
    """Merge tag → value as Mailchimp takes it; "" clears, an absent tag is left alone."""

    profile: dict[str, Any] = field(default_factory=dict)
    """language, vip, email_type, location, ip_signup, ip_opt, timestamp_signup, timestamp_opt."""

    interests: dict[str, bool] = field(default_factory=dict)
    """Interest id → wanted; a group that is not named is left alone."""

    permissions: dict[str, bool] = field(default_factory=dict)
    """Text of a marketing permission → given."""

    tags: tuple[str, ...] = ()
    is_silent_on_tags: bool = False
    """Its tags column is empty, and `empty_values` is `ignore`: no tag comes off for it."""

    opt_in: OptIn = OptIn.NOT_ASKED
    consent_seconds: float | None = None
    """When the opt-in answer was given, seconds since 1970 UTC."""

    deleted: bool = False
    external_id: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be sent, as a value: never an exception."""

    stream: StreamId
    record: Mapping[str, Any]
    note: Note
    hash: str = ""
    """Whose record it is, where its address is usable: the person is in the list all the same."""


@dataclass(slots=True)
class Known:
    """What is known of a member before a record is planned."""

    status: Status
    email: str
    changed_seconds: float = 0.0
    """`last_changed` as seconds since 1970; never earlier than an opt-out."""

    last_changed: str = ""
    """The same as Mailchimp wrote it."""

    digests: Mapping[str, int] = field(default_factory=dict)
    """Tracked value → digest of its canonical form within this process, 0 where it is empty.

    Keys: a merge tag; "language", "vip", …; "interest:ID"; "permission:TEXT"."""

    tags: frozenset[str] | None = frozenset()
    """Lower-cased names of the tags the member carries; None where Mailchimp showed only the first fifty."""

    external_id: str = ""
    permission_ids: Mapping[str, str] = field(default_factory=dict)
    """Text of a marketing permission → its id in this audience."""


class Route(Enum):
    """By which call a member is written; `planning.route_for` alone decides."""

    ADD = "POST /lists/{id}, status, update_existing false"
    UPDATE = "POST /lists/{id}, status_if_new, update_existing true"
    CHANGE_STATUS = "POST /lists/{id}, status, update_existing true"
    PATCH = "PATCH the member, singly or through /batches"
    RENAME = "PATCH the member with a new address, no status"
    RESUBSCRIBE = "PUT the member with a status, after one more look"
    ARCHIVE = "DELETE the member"
    DELETE = "POST actions/delete-permanent"
    NOTHING = "no member call"


@dataclass(slots=True)
class Operation:
    """One planned write for one person: the member call, then the tags."""

    contact: Contact
    route: Route
    settled: Settled
    """The outcome if Mailchimp does as it is asked."""

    status: Status | None = None
    """The status to write; None leaves it alone."""

    changes: Json = field(default_factory=dict)
    """Body without address and status."""

    known: Known | None = None
    tags_on: tuple[str, ...] = ()
    tags_off: tuple[str, ...] = ()
    """Lower-cased."""

    if_gone: Status | None = None
    """What a stranger would become by this record; None where nobody would be added."""

    member: str = ""
    """Hash of the member to write where it is not the one at the record's address."""

    then: "Operation | None" = None
    """What follows for another member of the same person, once this one is done."""

    @property
    def subscriber(self) -> str:
        """Hash of the member that is written."""
        return self.member or self.contact.hash

    @property
    def subscribers(self) -> tuple[str, ...]:
        """Hashes of the members that are written, one after the other."""
        return (self.subscriber, *(self.then.subscribers if self.then else ()))

    @property
    def changes_tags(self) -> bool:
        """Whether tags are put on or taken off."""
        return bool(self.tags_on or self.tags_off)

    @property
    def takes_away(self) -> bool:
        """Whether the fuse counts it: somebody is removed, opted out, or archived for another address by it."""
        opts_out = self.status is Status.UNSUBSCRIBED and self.known is not None
        if self.route is Route.NOTHING and self.known is not None and self.known.status is Status.ARCHIVED:
            return False  # a tag of somebody whom nobody sees or mails
        leaves = opts_out or self.route is Route.ARCHIVE or self.settled.outcome is Outcome.REMOVED
        return leaves or (self.then is not None and self.then.takes_away)
