"""Deletions where a stream has an external id: by the address, by the id, and never of somebody else."""

import pytest

from integration_tests.destination.identities import address, number, outcome, put, record, run, states
from integration_tests.destination.syncing import Account, Json


def deleted(id: object, name: str | None) -> Json:
    """A deletion."""
    return {"id": id, "email": address(name) if name else None, "deleted": True}


REMOVING: Json = {"entry": {"deleted_field": "deleted"}, "removal": "archive"}


@pytest.mark.parametrize("name", ["ann", None], ids=["with address", "without address"])
def test_deletion_by_external_id(account: Account, name: str | None) -> None:
    """A deletion without an address finds its member by the id."""
    put(account, "ann", id="1")
    assert outcome(account, deleted(1, name), **REMOVING).outcomes == {"archived": 1}
    assert states(account) == {"ann": ("archived", "1")}


def test_deletion_under_an_address_that_nobody_has(account: Account) -> None:
    """A deletion whose address is nobody's is about the member with its id."""
    put(account, "ann", id="1")
    assert outcome(account, deleted(1, "other"), **REMOVING).outcomes == {"archived": 1}
    assert states(account) == {"ann": ("archived", "1")}


def test_deletion_of_nobody(account: Account) -> None:
    """An unknown id, with or without an address, removes nobody."""
    put(account, "ann", id="1")
    result = outcome(account, deleted(2, None), deleted(3, "bob"), **REMOVING)
    assert result.outcomes == {"skipped": 2}
    assert result.reasons == {"skipped-already-gone": 2}
    assert states(account) == {"ann": ("subscribed", "1")}


def test_deletion_of_an_address_that_another_record_has_now(account: Account) -> None:
    """A deletion whose id is not the member's removes nobody; a member without an id is not another record's."""
    put(account, "ann", id="1")
    put(account, "bob")
    result = outcome(account, deleted(2, "ann"), deleted(3, "bob"), **REMOVING)
    assert result.reasons == {"skipped-belongs-to-another-record": 1}
    assert states(account) == {"ann": ("subscribed", "1"), "bob": ("archived", "")}


def test_deletion_frees_the_address_for_its_next_owner(account: Account) -> None:
    """Who is kept gives the id up, so that the next record of the address is not refused for ever."""
    put(account, "ann", id="1")
    keeping: Json = {"entry": {"deleted_field": "deleted"}, "removal": "keep"}
    assert outcome(account, deleted(1, "ann"), **keeping).outcomes == {"updated": 1}
    assert states(account) == {"ann": ("subscribed", "")}
    assert outcome(account, deleted(1, "ann"), **keeping).outcomes == {"skipped": 1}
    assert outcome(account, record(2, "ann"), **keeping).outcomes == {"updated": 1}
    assert states(account) == {"ann": ("subscribed", "2")}


def test_merged_records_leave_the_contact_to_the_winner(account: Account) -> None:
    """Record 1 is deleted and record 2 has its address in one sync: the contact lives on as 2."""
    put(account, "ann", id="1")
    result = outcome(account, record(2, "ann"), deleted(1, "ann"), **REMOVING)
    assert result.reasons == {"skipped-replaced": 1}
    assert states(account) == {"ann": ("subscribed", "2")}


def test_an_opt_out_keeps_its_id(account: Account) -> None:
    """Deleted under the old address, inserted under the new one in a later sync: nobody is added."""
    put(account, "a", "unsubscribed", id="1", left_by="person")
    outcome(account, deleted(1, "a"), **REMOVING)
    assert outcome(account, record(1, "b"), **REMOVING).outcomes == {"held": 1}
    assert states(account) == {"a": ("unsubscribed", "1")}


def test_deletion_without_an_address_and_without_an_id_is_rejected(account: Account) -> None:
    """Nobody can say who it is about."""
    result = run(account, deleted(None, None), **REMOVING)
    assert result.reasons == {"rejected-deletion-without-address": 1}


@pytest.mark.parametrize("name", ["a", "b", None], ids=["old address", "new address", "no address"])
def test_deletion_right_after_a_changed_address(account: Account, name: str | None) -> None:
    """A person is renamed and deleted in one stream: they are gone, whichever address the deletion has."""
    contact = put(account, "a", id="1")
    result = outcome(account, record(1, "b", FNAME="Ann"), deleted(1, name), **REMOVING)
    assert result.outcomes == {"updated": 1, "archived": 1}
    assert states(account) == {"b": ("archived", "1")}
    assert number(account, "b") == contact


def test_deletion_without_an_address_right_after_the_first_record(account: Account) -> None:
    """A person is added and deleted in one stream, and the deletion has no address."""
    result = outcome(account, record(1, "a"), deleted(1, None), **REMOVING)
    assert result.outcomes == {"created": 1, "archived": 1}
    assert states(account) == {"a": ("archived", "1")}


def test_deletion_without_an_address_of_somebody_who_waits(account: Account) -> None:
    """A deletion finds its record also where that one waits for another person's."""
    rows = (record(1, "a"), record(1, "b"), record(2, "b"), deleted(1, None), deleted(2, None))
    outcome(account, *rows, **REMOVING)
    assert states(account) == {"b": ("archived", "1")}


def test_active_member_is_deleted_where_an_archived_one_has_the_same_id(account: Account) -> None:
    """Of two members with one id a deletion takes the one who is there."""
    for name in ("a", "b", "c", "d"):
        put(account, name, "archived" if name in "abc" else "subscribed", id="1")
    outcome(account, deleted(1, None), **REMOVING)
    assert set(states(account).values()) == {("archived", "1")}
