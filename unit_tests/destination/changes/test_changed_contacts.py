"""What a run changed, by contact, in the order of their first changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.history import Where

ANN, BOB = Where("aud", "ann"), Where("aud", "bob")


def change(n: int, where: Where, at: str, call: str = "add") -> dict[str, Any]:
    """Return a line of a list."""
    place = {"audience": where.audience, "member": where.member}
    return {"type": "change", "n": n, "at": at, **place, "email": f"{where.member}@shop.com", "call": call, "sent": {}}


def answer(*of: int, result: str = "written") -> dict[str, Any]:
    """Return the line that settles others."""
    return {"type": "answer", "n": 99, "of": list(of), "result": result, "status": "subscribed"}


@pytest.fixture
def contacts() -> Iterator[ChangedContacts]:
    """Nobody yet."""
    made = ChangedContacts()
    yield made
    made.close()


def test_every_contact_comes_once_with_all_changes(contacts: ChangedContacts) -> None:
    """However the changes of several contacts are mixed; one that Mailchimp refused is nobody's."""
    cid = Where("aud", "cid")
    lines = [
        {"type": "run", "n": 1},
        change(2, BOB, "1"),
        change(3, ANN, "2"),
        change(4, cid, "3"),
        answer(2, 3),
        answer(4, result="refused"),
        change(5, BOB, "4", "update"),
    ]
    for line in lines:
        contacts.take(line)
    bob, ann = contacts.all()
    assert (bob.history.where, bob.history.calls, bob.history.is_open) == (BOB, ["add", "update"], True)
    assert (ann.history.where, ann.history.calls, ann.history.is_open) == (ANN, ["add"], False)
    assert contacts.audiences() == ["aud"]


@pytest.mark.parametrize(("at", "is_later"), [("1", False), ("2", True), ("3", True)])
def test_a_change_of_another_sync_counts_from_the_first_change_on(
    contacts: ChangedContacts, at: str, is_later: bool
) -> None:
    """In the same moment too; and of somebody whom the run did not change it says nothing."""
    contacts.take(change(1, ANN, "2"))
    contacts.mark_later(ANN, at)
    contacts.mark_later(BOB, at)
    (ann,) = contacts.all()
    assert ann.is_later is is_later


def test_what_an_earlier_start_of_an_undo_did_is_known(contacts: ChangedContacts) -> None:
    """None where it did nothing, and empty where its answer was lost."""
    contacts.take(change(1, ANN, "2"))
    contacts.take(change(2, BOB, "2"))
    contacts.mark_undone(BOB, "")
    ann, bob = contacts.all()
    assert (ann.undone, bob.undone) == (None, "")
