"""The calls that read members of one audience: one by one, everybody, or the tags of one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor

from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.destination.reporting.wording import unknown_status
from source_destination_mailchimp.destination.writing.failing_contacts import (
    CallKind,
    FailingContacts,
    Failure,
    PassedCalls,
)
from source_destination_mailchimp.mailchimp import api, calls
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Unavailable
from source_destination_mailchimp.mailchimp.members import Json, Status
from source_destination_mailchimp.mailchimp.sweep import sweep_members

NOT_ARCHIVED_THEN_ARCHIVED = (None, Status.ARCHIVED.value)
"""Filters of the two sweeps that show everybody: a list without a filter hides archived contacts. [observed]"""


MOST_FAILED_READS = 5
"""Of so many members of one look-up the own read may fail; with more it is Mailchimp that fails."""


class MemberReader:
    """Reads what Mailchimp knows of the members of one audience."""

    def __init__(
        self,
        client: Client,
        live: LiveAudience,
        tracking: Tracking,
        pool: Executor,
        warn: Callable[[str], None] = lambda sentence: None,
        failing: FailingContacts | None = None,
    ) -> None:
        """`warn` takes sentences for the log, the same one perhaps more than once.

        `failing` are the contacts that the run has given up, in any audience.
        """
        self._failing = failing or FailingContacts()
        self._passed = PassedCalls()
        self._warn = warn
        self._client = client
        self._audience = live.audience
        self._tracking = tracking
        self._pool = pool

    @property
    def contacts(self) -> int:
        """How many contacts Mailchimp counted in the audience at the start, archived ones among them."""
        if self._audience.total_contacts is None:
            return self._audience.members
        return self._audience.total_contacts

    def count_present(self) -> int:
        """Return how many contacts the audience has without the archived ones; a call where the figures do not say.

        `total_contacts` counts archived contacts too [documented: "deleted"], who are not billed and can lose nothing.
        """
        if self._audience.total_contacts == self._audience.members:
            return self._audience.members
        return api.members_page(self._client, self._audience.id, {"count": 1, "fields": "total_items"})[1]

    def members(self, subscribers: Sequence[str]) -> dict[str, Known | None]:
        """Read members by their hashes, in parallel; None for somebody Mailchimp does not know.

        Over whom Mailchimp fails is looked for among everybody, so that one broken contact stops nobody else.
        """
        found: dict[str, Known | None] = {}
        failed: dict[str, Unavailable] = {}
        for subscriber, known in self._pool.map(self._member_or_failure, subscribers):
            if not isinstance(known, Unavailable):
                found[subscriber] = known
                continue
            failed[subscriber] = known
            if len(failed) > MOST_FAILED_READS:
                raise known
        if failed:
            found.update(self._among_everybody(failed))
        return found

    def everybody(self, on_difference: list[str]) -> Iterator[list[tuple[str, Known]]]:
        """Read the whole audience page by page; sentences about members that were not shown go to `on_difference`."""
        for status in NOT_ARCHIVED_THEN_ARCHIVED:
            pages = sweep_members(
                self._client,
                self._audience.id,
                fields=self._tracking.fields(),
                pool=self._pool,
                status=status,
                on_difference=on_difference.append,
            )
            for page in pages:
                yield [(wire["id"], self._known(wire)) for wire in page if _is_ours(wire)]

    def tags(self, subscribers: Sequence[str]) -> dict[str, frozenset[str] | Unavailable]:
        """Read all tags (lower case) of some members: a member object shows the first fifty only. [documented]

        Where Mailchimp fails over one of them, and not over others before and after, the error stands in their place.
        """
        found: dict[str, frozenset[str] | Unavailable] = {}
        failures: dict[str, Failure] = {}
        for subscriber, tags in self._pool.map(self._tags_or_failure, subscribers):
            if isinstance(tags, Failure):
                failures[subscriber] = tags
            else:
                found[subscriber] = tags
        for subscriber, failure in failures.items():
            found[subscriber] = self._tags_after_others(subscriber, failure)
        return found

    def permission_ids(self, subscriber: str) -> dict[str, str]:
        """Return ids of the marketing permissions by their text; asks a member where none has told them yet."""
        known = self._tracking.permission_ids
        if known:
            return known
        wire = self._with_permissions(subscriber)
        if wire is not None:
            self._tracking.learn_permissions(wire)
        return known

    def _with_permissions(self, subscriber: str) -> Json | None:
        """Return this member, or any other where Mailchimp fails over this one: the ids are those of the audience."""
        wanted = "marketing_permissions"
        try:
            return api.member(self._client, self._audience.id, subscriber, wanted)
        except Unavailable as error:
            if not error.may_be_about_the_call:
                raise
        params = {"count": 1, "fields": f"members.{wanted},total_items"}
        members, _ = api.members_page(self._client, self._audience.id, params)
        return next(iter(members), None)

    def _member(self, subscriber: str) -> tuple[str, Known | None]:
        wanted = ",".join(self._tracking.fields())
        wire = api.member(self._client, self._audience.id, subscriber, wanted)
        if wire is None or not wire.get("email_address"):
            return subscriber, None
        return subscriber, self._known(wire)

    def _known(self, wire: Json) -> Known:
        known = self._tracking.known(wire)
        if known.status is Status.OTHER:
            self._warn(unknown_status(str(wire.get("status"))))
        return known

    def _member_or_failure(self, subscriber: str) -> tuple[str, Known | Unavailable | None]:
        try:
            return self._member(subscriber)
        except Unavailable as error:
            if not error.may_be_about_the_call:
                raise
            return subscriber, error

    def _among_everybody(self, failed: Mapping[str, Unavailable]) -> dict[str, Known | None]:
        """Look for members in the pages of the whole audience; raises where those do not settle who is there."""
        found: dict[str, Known | None] = {}
        differences: list[str] = []
        for page in self.everybody(differences):
            for subscriber, known in page:
                if subscriber in failed:
                    found[subscriber] = known
        for subscriber, error in failed.items():
            if subscriber in found:
                continue
            if differences:
                raise error
            found[subscriber] = None
        return found

    def _tags_or_failure(self, subscriber: str) -> tuple[str, frozenset[str] | Failure]:
        passed_before = self._passed.times(CallKind.READ_TAGS)
        try:
            names = api.member_tags(self._client, self._audience.id, subscriber)
        except Unavailable as error:
            return subscriber, self._passed.failure(CallKind.READ_TAGS, error, passed_before)
        self._passed.note(CallKind.READ_TAGS, calls.read_member_tags(self._audience.id, subscriber))
        return subscriber, frozenset(same_name(name) for name in names)

    def _tags_after_others(self, subscriber: str, failure: Failure) -> frozenset[str] | Unavailable:
        """Return tags that could not be read at first; once more where nobody had been read before them."""
        if failure.passed_before:
            return self._given_up(subscriber, failure)
        tags = self._tags_or_failure(subscriber)[1]
        if isinstance(tags, Failure):
            return self._given_up(subscriber, tags)
        return tags

    def _given_up(self, subscriber: str, failure: Failure) -> Unavailable:
        """Return why a member's tags are not known; raises it where it is not about this member alone."""
        self._passed.check_others_pass(self._client, failure)
        if not self._failing.give_up(self._audience.id, subscriber):
            raise failure.error
        return failure.error


def _is_ours(wire: Json) -> bool:
    """Return whether a contact has an address and an id: one who has only a telephone number is not ours to write."""
    return bool(wire.get("id")) and bool(wire.get("email_address"))
