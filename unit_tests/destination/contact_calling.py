"""The calls of one contact with everything they need, for tests of them."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.contact_calls import ContactCalls, Progress
from source_destination_mailchimp.destination.in_work import InWork
from source_destination_mailchimp.destination.model import Contact, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.rules.gone_fields import GoneFields
from source_destination_mailchimp.destination.rules.limits import Fuse, Limits
from source_destination_mailchimp.destination.work import (
    Batch,
    RowAnswer,
)
from source_destination_mailchimp.destination.work_item import WorkItem
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.planned import known
from unit_tests.destination.pretend_reader import PretendReader, members_of

CREATED, UPDATED = Settled(Outcome.CREATED), Settled(Outcome.UPDATED)


class WithPermissions(PretendReader):
    """An audience with one marketing permission."""

    def permission_ids(self, subscriber: str) -> Mapping[str, str]:
        """Its text and id."""
        return {"Email": "p-email"}


class Calls:
    """The calls of one contact, with everything they need; closed by the fixture `close`."""

    opened: ClassVar[list["Calls"]] = []

    def __init__(self, person: Contact) -> None:
        self.opened.append(self)
        self.in_work = InWork()
        self.barred: list[Settled] = []
        self.shown: list[Operation] = []
        self.warned: list[str] = []
        self.given_up: list[str] = []
        self.item = WorkItem(person, Ticket())
        self.members = members_of(WithPermissions({person.hash: known()}))
        self.limits = Limits(Fuse(10))
        self.renew()

    def renew(self) -> None:
        """Begin anew, under the limits there are now."""
        self.calls = ContactCalls(
            self.in_work,
            self.members,
            self.limits,
            rejects_whole_record=False,
            bar=lambda who, settled: self.barred.append(settled),
            give_up=lambda subscriber, settled: self.given_up.append(subscriber),
            show=self.shown.append,
            gone=GoneFields({"FNAME": "FNAME (First Name)"}, self.warned.append),
            warn=self.warned.append,
        )

    def write(self, operation: Operation) -> Progress:
        """Plan the contact and send what is gathered."""
        self.item.operation = operation
        self.in_work.start(self.item, operation.subscribers)
        self.calls.write(self.item)
        return self.sent()

    def sent(self) -> Progress:
        """Everything that is gathered, sent."""
        self.calls.flush()
        self.calls.flush_tags()
        return self.calls.take_progress()

    def answer(self, status: Status = Status.SUBSCRIBED, **parts: object) -> Progress:
        """Mailchimp takes the member call."""
        operation = self.item.operation
        assert operation is not None
        self.calls.answered([RowAnswer(operation, {"status": status.value}, **parts)])  # type: ignore[arg-type]
        return self.sent()


@pytest.fixture(autouse=True)
def close() -> Iterator[None]:
    """Give every temporary file back."""
    yield
    for calls in Calls.opened:
        calls.members.close()
    Calls.opened.clear()


def routes(progress: Progress) -> list[Route]:
    """By which routes members are to be written."""
    return [work.route for work in progress.work if isinstance(work, Batch)]
