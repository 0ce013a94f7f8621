"""Nouns of a sync: what a record becomes on its way to Mailchimp and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, assert_never

from source_destination_mailchimp.mailchimp.members import Json, Status


class StreamId(NamedTuple):
    """What tells two streams of one catalog apart."""

    namespace: str | None
    name: str

    @classmethod
    def of_wire(cls, namespace: object, name: object) -> "StreamId | None":
        """Return the stream that a message names, None where it names none; a namespace "" is no namespace."""
        if not isinstance(name, str) or not name:
            return None
        if namespace is None or namespace == "":
            return cls(None, name)
        if isinstance(namespace, str):
            return cls(namespace, name)
        return None

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


NO_STREAM = StreamId(None, "unreadable_lines")
"""Where a line of input is counted and kept that cannot be read and that no stream is known of."""


class Outcome(StrEnum):
    """What happened to a record: exactly one of these.

    A change of the mailing status is the outcome; the data written with it is detail. Words: `reporting/outcomes.py`.
    """

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    RESUBSCRIBED = "resubscribed"
    ASKED = "asked"  # by a confirmation email to come back, after they had left
    UNSUBSCRIBED = "unsubscribed"
    ARCHIVED = "archived"
    DELETED = "deleted"
    UNTAGGED = "untagged"  # left without the tags of its stream, and otherwise as it was: the mildest removal
    HELD = "held"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    REJECTED = "rejected"

    @property
    def is_refused(self) -> bool:
        """Return whether a STATE counts the record as rejected: it asked for something that was not done."""
        return _GROUPS[self].is_refused

    @property
    def is_kept(self) -> bool:
        """Return whether the record goes to the store: it did not get through as it was."""
        return _GROUPS[self].is_kept

    @property
    def takes_away(self) -> bool:
        """Return whether somebody is mailed or listed less than before, which is what the fuse counts."""
        return _GROUPS[self].takes_away

    @property
    def was_there(self) -> bool:
        """Return whether the record's person was in the audience, and is there as the record wants them."""
        return _GROUPS[self].was_there


class _Groups(NamedTuple):
    is_refused: bool = False
    is_kept: bool = False
    takes_away: bool = False
    was_there: bool = False


def _groups(outcome: Outcome) -> _Groups:
    """Return what an outcome belongs to. The one place where that is said."""
    match outcome:
        case Outcome.CREATED | Outcome.SKIPPED:
            return _Groups()
        case Outcome.UPDATED | Outcome.UNCHANGED | Outcome.RESUBSCRIBED | Outcome.ASKED:
            return _Groups(was_there=True)
        case Outcome.UNSUBSCRIBED:
            return _Groups(was_there=True, takes_away=True)
        case Outcome.ARCHIVED | Outcome.DELETED | Outcome.UNTAGGED:
            return _Groups(takes_away=True)
        case Outcome.DUPLICATE:
            return _Groups(is_kept=True)
        case Outcome.HELD | Outcome.REJECTED:
            return _Groups(is_kept=True, is_refused=True)
        case _:
            assert_never(outcome)


_GROUPS = {outcome: _groups(outcome) for outcome in Outcome}
"""Asked for several times per record, where a look into a table costs a tenth of the decision."""


class Reason(StrEnum):
    """Why an outcome is what it is; `docs/reasons.md` explains each to a person."""

    # rejected: the record itself
    NO_EMAIL = "no_email"
    INVALID_EMAIL = "invalid_email"
    INVALID_VALUE = "invalid_value"
    INVALID_EXTERNAL_ID = "invalid_external_id"
    NOT_A_RECORD = "not_a_record"
    UNREADABLE_LINE = "unreadable_line"
    # rejected: by Mailchimp
    ADDRESS_REFUSED = "address_refused"
    VALUE_REFUSED = "value_refused"
    REQUIRED_FIELD_EMPTY = "required_field_empty"
    REFUSED_BY_MAILCHIMP = "refused_by_mailchimp"
    SIGNUP_THROTTLED = "signup_throttled"
    MAILCHIMP_FAILED = "mailchimp_failed"
    # rejected: deletions and changed addresses
    DELETION_WITHOUT_ADDRESS = "deletion_without_address"
    DELETION_IN_DOUBT = "deletion_in_doubt"
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
    REPLACED = "replaced"
    # duplicate
    OVERTAKEN = "overtaken"
    NOT_THE_FIRST = "not_the_first"
    # beside an outcome
    OPTED_OUT_ONLY = "opted_out_only"
    VALUE_REJECTED = "value_rejected"
    TEXT_DAMAGED = "text_damaged"
    TEXT_CUT = "text_cut"
    ADDRESS_INCOMPLETE = "address_incomplete"
    TAG_REFUSED = "tag_refused"
    FIELD_GONE = "field_gone"
    OPT_IN_UNREADABLE = "opt_in_unreadable"
    TIME_TO_COME = "time_to_come"
    STATUS_KEPT = "status_kept"
    CONFIRMATION_ASKED = "confirmation_asked"
    PERMISSION_UNKNOWN = "permission_unknown"
    JOINED = "joined"
    OLD_CONTACT_ARCHIVED = "old_contact_archived"
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

    is_removal: bool = False
    """Whether `removal` or `mirror_removal` did it; an opt-out in the record itself is none."""

    @property
    def reason(self) -> Reason | None:
        """Return why the outcome is what it is; None where it speaks for itself."""
        return self.note.reason if self.note is not None else None

    @property
    def is_accepted(self) -> bool:
        """Return whether `duplicates: first` takes the record for the first of its address; a removal never is."""
        if self.is_removal:
            return False
        return self.outcome is Outcome.CREATED or self.outcome is Outcome.HELD or self.outcome.was_there


class OptIn(Enum):
    """What a record says to "may we mail them"."""

    NOT_ASKED = "not asked"
    YES = "yes"
    UNCHECKED = "no, which only means: not added"
    NO = "no"
    MISSING = "missing"


NOTHING_SAID: Mapping[str, Any] = MappingProxyType({})
"""What a contact has of a kind of values that its record says nothing of."""


class Contact(NamedTuple):
    """A record in Mailchimp's words, ready to be planned. Made once, then only read.

    A tuple, because a frozen dataclass of so many fields would cost every record a third of its mapping [measured].
    """

    stream: StreamId
    record: Mapping[str, Any]
    """The record as it came, for the store of rejected records; never logged."""

    email: str
    """Trimmed, spelled as it came. Empty only for a deletion that has an external id instead."""
    hash: str
    merge: Mapping[str, Any] = NOTHING_SAID
    """Merge tag → value as Mailchimp takes it; "" clears, an absent tag is left alone."""

    profile: Mapping[str, Any] = NOTHING_SAID
    """language, vip, email_type, location, ip_signup, ip_opt, timestamp_signup, timestamp_opt."""

    interests: Mapping[str, bool] = NOTHING_SAID
    """Interest id → wanted; a group that is not named is left alone."""

    permissions: Mapping[str, bool] = NOTHING_SAID
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
    in_doubt: bool = False
    """A deletion that another record may have replaced, in a line that could not be read."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be sent, as a value: never an exception."""

    stream: StreamId
    record: Mapping[str, Any]
    note: Note
    hash: str = ""
    """Whose record it is, where its address is usable: the person is in the list all the same."""

    deleted: bool = False
    """Whether the record is marked as deleted: then it is in no list."""

    external_id: str = ""
    opt_in: OptIn = OptIn.NOT_ASKED
    """Its answer to "may we mail them"; this and its external id as far as they can be read."""


class Known(NamedTuple):
    """What is known of a member before a record is planned. A tuple as `Contact` is: two are made per member."""

    status: Status
    email: str
    changed_seconds: float = 0.0
    """`last_changed` as seconds since 1970; never earlier than an opt-out."""

    last_changed: str = ""
    """The same as Mailchimp wrote it."""
    digests: Mapping[str, int] = NOTHING_SAID
    """Tracked value → digest of its canonical form within this process, 0 where it is empty.

    Keys: a merge tag; "language", "vip", …; "interest:ID"; "permission:TEXT"."""
    tags: frozenset[str] | None = frozenset()
    """Lower-cased names of the tags the member carries; None where Mailchimp showed only the first fifty."""
    external_id: str = ""
    values: bytes = b""
    """The tracked values as they were read, as JSON; empty where no list of changes is kept, and for newcomers."""
    permission_ids: Mapping[str, str] = NOTHING_SAID
    """Text of a marketing permission → its id in this audience."""


class Route(Enum):
    """By which call a member is written; `rules.plan.route_for` decides for everybody who is there and stays."""

    ADD = "POST /lists/{id}, status, update_existing false"
    UPDATE = "POST /lists/{id}, status_if_new, update_existing true"
    CHANGE_STATUS = "POST /lists/{id}, status, update_existing true"
    PATCH = "PATCH the member, singly or through /batches"
    RENAME = "PATCH the member with a new address, no status"
    RESUBSCRIBE = "PUT the member with a status, after one more look"
    ARCHIVE = "DELETE the member"
    DELETE = "POST actions/delete-permanent"
    NOTHING = "no member call"

    @property
    def removes_member(self) -> bool:
        """Return whether nobody is at the address any more once the call is done."""
        match self:
            case Route.ADD | Route.UPDATE | Route.CHANGE_STATUS | Route.PATCH | Route.RENAME | Route.RESUBSCRIBE:
                return False
            case Route.NOTHING:
                return False
            case Route.ARCHIVE | Route.DELETE:
                return True
            case _:
                assert_never(self)


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
    """The member before the write; None for somebody new."""

    tags_on: tuple[str, ...] = ()
    tags_off: tuple[str, ...] = ()
    """Lower-cased."""

    if_gone: Status | None = None
    """What a stranger would become by this record; None where nobody would be added."""

    member: str = ""
    """Hash of the member to write where it is not the one at the record's address."""

    then: "Operation | None" = None
    """What follows for another member of the same person, once this one is done."""

    comes_first: bool = False
    """Whether it only prepares what follows, whose outcome is the record's."""

    gives_up_id: bool = False
    """Whether the write takes the external id off, because another member of the same person has it now."""

    tags_kept: tuple[str, ...] = ()
    """Of `tags_on`, those that the person has at another address: no journey starts. Lower-cased."""

    @property
    def subscriber(self) -> str:
        """Return the hash of the member that is written."""
        return self.member or self.contact.hash

    @property
    def subscribers(self) -> tuple[str, ...]:
        """Return the hashes of the members that are written, one after the other."""
        if self.then is None:
            return (self.subscriber,)
        return (self.subscriber, *self.then.subscribers)

    @property
    def has_tag_changes(self) -> bool:
        """Return whether a tag goes on or comes off."""
        return bool(self.tags_on or self.tags_off)

    @property
    def takes_away(self) -> bool:
        """Return whether the fuse counts it, once for the person, however many of their members it takes."""
        if self.then is not None and self.then.takes_away:
            return True
        return self.takes_its_member_away

    @property
    def takes_its_member_away(self) -> bool:
        """Return whether the member that is written is mailed or listed less than before, whatever follows."""
        if self.route is Route.NOTHING and self.known is not None and self.known.status is Status.ARCHIVED:
            return False  # nobody sees or mails an archived member, so a tag of theirs is no loss
        if self.settled.outcome.takes_away:
            return True
        if self.route.removes_member:
            return True  # the old member of somebody with a new address: for its record that is an update
        # Also where the record as a whole is held, because its address may not change.
        return self.status is Status.UNSUBSCRIBED and self.known is not None
