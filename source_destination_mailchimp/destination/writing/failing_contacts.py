"""Whether a server error that stays is about one contact: others get through the same call, before it and after it."""

import threading
from collections import Counter
from enum import StrEnum
from typing import NamedTuple, assert_never

from source_destination_mailchimp.destination.model import Operation, Route
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable

MOST_FAILING = 5
"""How many contacts a run may give up because Mailchimp fails over them: with more it is Mailchimp that fails."""


class CallKind(StrEnum):
    """Calls of one kind: where one of them gets through, the others could."""

    ADD = "add members"
    UPDATE = "update members"
    CHANGE_STATUS = "change the status of members"
    CHANGE_ONE = "change one member"
    RESUBSCRIBE = "bring one member back"
    REMOVE = "remove one member"
    TAG = "tag members"
    TAG_ONE = "tag one member"
    READ_TAGS = "read the tags of one member"


def kind_of(route: Route) -> CallKind:
    """Return the kind of call that writes a route; raises ValueError for the one that has none."""
    match route:
        case Route.ADD:
            return CallKind.ADD
        case Route.UPDATE:
            return CallKind.UPDATE
        case Route.CHANGE_STATUS:
            return CallKind.CHANGE_STATUS
        case Route.PATCH | Route.RENAME:
            return CallKind.CHANGE_ONE
        case Route.RESUBSCRIBE:
            return CallKind.RESUBSCRIBE
        case Route.ARCHIVE | Route.DELETE:
            return CallKind.REMOVE
        case Route.NOTHING:
            raise ValueError("an operation without a member call has no kind of call")
        case never:
            assert_never(never)


class Failure(NamedTuple):
    """A call for one contact over which Mailchimp failed, try after try."""

    kind: CallKind
    error: Unavailable
    passed_before: int
    """How many calls of the kind had got through before its first try."""

    passed_until: int
    """How many had got through when its last try had failed."""


class PassedCalls:
    """Counts which calls of one audience got through, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: Counter[CallKind] = Counter()
        self._repeatable: dict[CallKind, Call] = {}

    def note(self, kind: CallKind, repeatable: Call | None = None) -> None:
        """Take note that Mailchimp has answered a call of this kind.

        `repeatable` is a call of the kind for somebody who got through, which changes nothing any more.
        """
        with self._lock:
            self._times[kind] += 1
            if repeatable is not None:
                self._repeatable[kind] = repeatable

    def times(self, kind: CallKind) -> int:
        """Return how many calls of this kind have got through."""
        with self._lock:
            return self._times[kind]

    def failure(self, kind: CallKind, error: Unavailable, passed_before: int) -> Failure:
        """Return the failure of a call for one contact; raises the error where it cannot be about the contact."""
        if not error.may_be_about_the_call:
            raise error
        return Failure(kind, error, passed_before, self.times(kind))

    def check_others_pass(self, client: Client, failure: Failure) -> None:
        """Raise the failure's error unless others got through the same call before it and after it.

        Where nobody has come after it, somebody who got through before is tried once more.
        """
        kind = failure.kind
        if not failure.passed_before:
            raise failure.error
        if self.times(kind) > failure.passed_until:
            return
        with self._lock:
            call = self._repeatable.get(kind)
        if call is None:
            raise failure.error
        client.ask(call)
        self.note(kind)


class FailingContacts:
    """The contacts that a run has given up because Mailchimp fails over them; for all its audiences, from any thread.

    Everybody counts once, however many calls fail for them.
    """

    def __init__(self, most: int = MOST_FAILING) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._given_up: set[tuple[str, str]] = set()

    def give_up(self, audience_id: str, subscriber: str) -> bool:
        """Return whether this contact may be given up; False once there have been as many as a run may have."""
        contact = (audience_id, subscriber)
        with self._lock:
            if len(self._given_up | {contact}) > self.most:
                return False
            self._given_up.add(contact)
            return True

    def is_given_up(self, audience_id: str, subscriber: str) -> bool:
        """Return whether this contact was given up before."""
        with self._lock:
            return (audience_id, subscriber) in self._given_up


def is_settled_by_failing(operation: Operation) -> bool:
    """Return whether a record may end because Mailchimp fails over its contact.

    An opt-out or a deletion never does, nor does the call that takes back a status which the record was not to give.
    """
    if operation.takes_away or operation.contact.deleted:
        return False
    return operation.route is not Route.PATCH or operation.status is None
