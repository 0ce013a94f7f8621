"""What a run changed, by contact, in the order of their first changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from source_destination_mailchimp.destination.changes.changed_contacts import ChangedContacts
from source_destination_mailchimp.destination.changes.history import Where
from source_destination_mailchimp.mailchimp.members import member_hash

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


@pytest.mark.parametrize("is_there", [False, True])
def test_a_contact_goes_on_under_a_new_address(contacts: ChangedContacts, is_there: bool) -> None:
    """What the run changes there is theirs, so nothing of it is taken back; whoever gets the old address is another."""
    new = Where("aud", member_hash("cid@shop.com"))
    rename = change(4, ANN, "3", "rename") | {"sent": {"email_address": "cid@shop.com"}}
    earlier = [change(2, new, "1", "delete"), answer(2)] if is_there else []
    after = [change(5, new, "4", "update"), answer(5), change(6, ANN, "5"), answer(6)]
    for line in [*earlier, change(3, ANN, "2"), answer(3), rename, answer(4), *after]:
        contacts.take(line)
    renamed, added = (changed.history for changed in contacts.all())
    assert (renamed.where, renamed.email, renamed.new_email) == (new, renamed.email, "cid@shop.com")
    assert renamed.calls == [*(["delete"] if is_there else []), "add", "rename", "update"]
    assert (added.where, added.calls, added.new_email) == (ANN, ["add"], "")


@pytest.mark.parametrize("result", ["refused", "unknown", None])
def test_a_change_of_address_that_is_not_known_to_be_written_moves_nobody(
    contacts: ChangedContacts, result: str | None
) -> None:
    """Where no answer says so, both addresses are named; a refused one is nothing."""
    rename = change(2, ANN, "1", "rename") | {"sent": {"email_address": "cid@shop.com"}}
    for line in [change(1, ANN, "1"), answer(1), rename, *([answer(2, result=result)] if result else [])]:
        contacts.take(line)
    (one,) = (changed.history for changed in contacts.all())
    assert one.where == ANN
    assert one.new_email == ("" if result == "refused" else "cid@shop.com")


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
