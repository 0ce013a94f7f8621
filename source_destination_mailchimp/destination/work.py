"""The values that travel through a sync: who a change is for, work to be done, and Mailchimp's answers to it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.form.settings import MirrorRemoval
from source_destination_mailchimp.destination.model import Contact, Known, Operation, Rejected, Route, Settled
from source_destination_mailchimp.mailchimp.errors import MemberRefusal


class Departure(NamedTuple):
    """Why somebody is changed whom no record named: they carry a list's tag and are no longer in the list."""

    tag: str
    """The mirror tag, lower case."""

    treatment: MirrorRemoval


Origin = Ticket | Departure
"""What a change goes back to: the records between two STATEs, or a list that somebody left."""


class Settlement(NamedTuple):
    """The end of one record, or of one departure: what came of it, and the member before and after."""

    contact: Contact | Rejected
    origin: Origin
    settled: Settled
    before: Known | None = None
    """What was known of the member when the change was planned; None for a stranger."""

    after: Known | None = None
    """What is known now; None where nothing was written, or nobody is there any more."""


NO_OPERATIONS: Mapping[str, Operation] = MappingProxyType({})


class Batch(NamedTuple):
    """Members for one call, or for a few calls of one kind; no member is in it twice."""

    route: Route
    operations: tuple[Operation, ...]


class TagBatch(NamedTuple):
    """One call for one tag: whom to give it and whom to take it from, as subscriber hash → address."""

    tag: str
    on: dict[str, str]
    off: dict[str, str]
    operations: Mapping[str, Operation] = NO_OPERATIONS
    """Subscriber hash → what the change is part of."""


class RowAnswer(NamedTuple):
    """What became of one operation's member call."""

    operation: Operation
    member: Mapping[str, Any] | None = None
    """The member as Mailchimp answered; None where it was refused, or gone as asked."""

    refusal: MemberRefusal | None = None
    field: str = ""
    sentence: str = ""
    """Mailchimp's words; may hold an address."""

    tries: int = 1
    is_new: bool = False
    """Whether Mailchimp counts the member as new."""


class TagAnswer(NamedTuple):
    """What became of one tag call: who has the change now, and who was not taken and why."""

    batch: TagBatch
    refused: Mapping[str, str]
    """Subscriber hash → Mailchimp's words."""

    is_made: bool = False
    """The tag was not there before this call."""


class CheckTags(NamedTuple):
    """Tags that this run made, to be compared with what other syncs made at the same time."""

    names: tuple[str, ...]


class TagsChecked(NamedTuple):
    """The answer to `CheckTags`."""


class MemberTags(NamedTuple):
    """Tag changes of single members, for those the bulk call does not take: hash → tag → on."""

    changes: Mapping[str, Mapping[str, bool]]
    operations: Mapping[str, Operation] = NO_OPERATIONS
    """Subscriber hash → what the changes are part of."""


class MemberTagsAnswer(NamedTuple):
    """Who was refused their own tags call and why."""

    changes: Mapping[str, Mapping[str, bool]]
    refused: Mapping[str, str]


Work = Batch | TagBatch | MemberTags | CheckTags
Answered = list[RowAnswer] | TagAnswer | MemberTagsAnswer | TagsChecked
