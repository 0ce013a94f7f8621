"""A changed address renames the member: one contact, its number, tags, consent and history, and only where it may."""

import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.identities import (
    LATER,
    PEOPLE,
    Member,
    address,
    is_silent,
    number,
    outcome,
    people,
    put,
    record,
    run,
    states,
)
from integration_tests.destination.syncing import Account, feed
from source_destination_mailchimp.mailchimp.members import BATCH_SIZE

CONSENT = {"opt_in_field": "opt_in", "consent_time_field": "agreed_at"}


def test_rename_keeps_number_tags_consent_and_history(account: Account) -> None:
    """The contact with the id gets the new address, its new data and its tags; nobody is added, nobody is mailed."""
    contact = put(account, "old", id="1", tags=["VIP"], timestamp_opt="2020-01-02T03:04:05Z")
    member = account.sandbox.store.audience(account.audience).find(address("old"))
    assert member is not None
    opted_in = member.timestamp_opt
    result = outcome(account, record(1, "new", FNAME="Ann", tags=["crm"]), entry={"tags_field": "tags"})
    assert people(account) == {"new": Member(address("new"), "subscribed", "1", frozenset({"VIP", "crm"}), "Ann")}
    assert number(account, "new") == contact
    assert member.timestamp_opt == opted_in
    assert result.outcomes == {"updated": 1}
    assert result.reasons["beside-renamed"] == 1
    assert account.mailed() == []
    assert is_silent(account, record(1, "new", FNAME="Ann", tags=["crm"]), entry={"tags_field": "tags"})


def test_rename_of_many_goes_through_one_job(account: Account) -> None:
    """Many changed addresses at once: everybody keeps their number."""
    names = [f"p{n}" for n in range(120)]
    numbers = [put(account, name, id=f"i{n}") for n, name in enumerate(names)]
    outcome(account, *(record(f"i{n}", f"new{n}") for n in range(120)))
    assert [number(account, f"new{n}") for n in range(120)] == numbers
    assert not any(number(account, name) for name in names)
    assert is_silent(account, *(record(f"i{n}", f"new{n}") for n in range(120)))


@pytest.mark.parametrize("status", ["unsubscribed", "pending", "cleaned", "transactional"])
def test_who_may_not_be_renamed_keeps_the_address_and_gets_the_data(account: Account, status: str) -> None:
    """Mailchimp renames subscribed people only: the others get data and tags where they are, and nobody is added."""
    contact = put(account, "old", status, id="1", left_by="person" if status == "unsubscribed" else "")
    row = record(1, "new", FNAME="Ann", tags=["crm"])
    result = outcome(account, row, entry={"tags_field": "tags"})
    assert people(account) == {"old": Member(address("old"), status, "1", frozenset({"crm"}), "Ann")}
    assert number(account, "old") == contact
    assert result.outcomes == {"held": 1}
    assert result.reasons["held-address-may-not-change"] == 1
    assert account.mailed() == []
    assert is_silent(account, row, entry={"tags_field": "tags"})


def test_archived_person_keeps_the_address_and_is_left_alone(account: Account) -> None:
    """Archived counts as opted out: no data, no rename, and no second contact."""
    put(account, "old", "archived", id="1")
    assert outcome(account, record(1, "new", FNAME="Ann")).outcomes == {"held": 1}
    assert states(account) == {"old": ("archived", "1")}
    assert people(account)["old"].first_name == ""
    assert is_silent(account, record(1, "new", FNAME="Ann"))


def test_archived_person_without_an_id_gets_it_so_that_the_next_address_is_theirs(account: Account) -> None:
    """Somebody archived is recognised when their address changes later: they are not added under the new one."""
    put(account, "old", "archived")
    outcome(account, record(1, "old", FNAME="Ann"))
    assert people(account)["old"] == Member(address("old"), "archived", "1")
    assert outcome(account, record(1, "new")).outcomes == {"held": 1}
    assert states(account) == {"old": ("archived", "1")}


@pytest.mark.parametrize("resubscribe", ["ask", "with_newer_consent"])
@pytest.mark.parametrize("status", ["unsubscribed", "archived"])
def test_newer_consent_under_a_new_address_mails_nobody(account: Account, status: str, resubscribe: str) -> None:
    """Who opted out and agrees under another address is held: the old stays off, the new is not added."""
    put(account, "old", status, id="1", left_by="api")
    row = record(1, "new", opt_in="yes", agreed_at=LATER)
    result = outcome(account, row, entry=CONSENT, resubscribe=resubscribe)
    assert states(account) == {"old": (status, "1")}
    assert account.mailed() == []
    assert result.outcomes == {"held": 1}
    assert "beside-confirmation-asked" not in result.reasons


def test_opt_out_together_with_a_changed_address(account: Account) -> None:
    """A no with a new address unsubscribes the member that is there; nobody is added, and it stays so."""
    put(account, "old", id="1")
    row = record(1, "new", opt_in="no")
    assert outcome(account, row, entry=CONSENT).outcomes == {"held": 1}
    assert states(account) == {"old": ("unsubscribed", "1")}
    assert is_silent(account, row, entry=CONSENT)


def test_opt_in_together_with_a_changed_address(account: Account) -> None:
    """A yes of somebody subscribed renames them and changes nothing else."""
    contact = put(account, "old", id="1")
    outcome(account, record(1, "new", opt_in="yes", agreed_at=LATER), entry=CONSENT)
    assert states(account) == {"new": ("subscribed", "1")}
    assert number(account, "new") == contact


def test_address_of_another_is_rejected(account: Account) -> None:
    """An address that belongs to somebody with another id: the record is rejected, both stay as they are."""
    put(account, "ann", id="1")
    put(account, "bob", id="2")
    result = run(account, record(1, "bob", FNAME="Ann"), record(2, "bob", FNAME="Bob"))
    assert result.outcomes == {"rejected": 1, "updated": 1}
    assert result.reasons["rejected-address-of-another"] == 1
    assert states(account) == {"ann": ("subscribed", "1"), "bob": ("subscribed", "2")}
    assert people(account)["bob"].first_name == "Bob"


@pytest.mark.parametrize("names", [("b", "a"), ("b", "c", "a"), ("b", "c", "d", "a")], ids=len)
def test_addresses_passed_round_in_a_ring(account: Account, names: tuple[str, ...]) -> None:
    """Neither address is free first, so the contacts are written as each other, all of them in one call."""
    for number_, name in enumerate(sorted(names)):
        put(account, name, id=str(number_))
    rows = [record(number_, name, FNAME=f"number {number_}") for number_, name in enumerate(names)]
    writes = account.writes_of(lambda: outcome(account, *rows))
    assert len(writes) == 1
    assert states(account) == {name: ("subscribed", str(number_)) for number_, name in enumerate(names)}
    assert {name: one.first_name for name, one in people(account).items()} == {
        name: f"number {number_}" for number_, name in enumerate(names)
    }
    assert is_silent(account, *rows)


def test_swapped_addresses_of_which_one_opted_out(account: Account) -> None:
    """Nobody is written as somebody else: the id of an opt-out is never replaced."""
    put(account, "ann", "unsubscribed", id="1", left_by="person")
    put(account, "bob", id="2")
    result = run(account, record(1, "bob"), record(2, "ann"))
    assert result.outcomes == {"rejected": 1, "held": 1}
    assert states(account) == {"ann": ("unsubscribed", "1"), "bob": ("subscribed", "2")}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["taken first", "free first"])
def test_chain_of_addresses_in_one_stream(account: Account, order: tuple[int, int]) -> None:
    """A takes B's address while B takes a new one: both are renamed whichever record comes first."""
    ann, bob = put(account, "a", id="1"), put(account, "b", id="2")
    rows = (record(1, "b"), record(2, "c"))
    assert outcome(account, *(rows[n] for n in order)).outcomes == {"updated": 2}
    assert states(account) == {"b": ("subscribed", "1"), "c": ("subscribed", "2")}
    assert (number(account, "b"), number(account, "c")) == (ann, bob)
    assert is_silent(account, *rows)


def test_placeholder_address_is_one_persons(account: Account) -> None:
    """Many ids with one address: the first one has it, the others are rejected and stay what they were."""
    numbers = {name: put(account, name, id=name) for name in ("p1", "p2", "p3")}
    rows = [record(name, "none") for name in ("p1", "p2", "p3", "p4", "p5")]
    result = outcome(account, *rows)
    assert result.outcomes == {"updated": 1, "rejected": 4}
    assert states(account) == {
        "none": ("subscribed", "p1"),
        "p2": ("subscribed", "p2"),
        "p3": ("subscribed", "p3"),
    }
    assert number(account, "none") == numbers["p1"]
    assert is_silent(account, *rows)


def test_placeholder_address_of_thousands(account: Account) -> None:
    """A placeholder in every record costs no more than a read of each."""
    rows = [record(n, "none") for n in range(3000)]
    assert outcome(account, *rows).outcomes == {"created": 1, "rejected": 2999}
    assert states(account) == {"none": ("subscribed", "0")}


def test_one_id_with_several_addresses_is_one_contact(account: Account) -> None:
    """Several addresses of one id in a stream: they are followed one after the other, and the last one stays."""
    result = outcome(account, record(1, "a"), record(1, "b"), record(1, "c"))
    assert states(account) == {"c": ("subscribed", "1")}
    assert result.outcomes == {"created": 1, "updated": 2}


def test_waiting_records_are_never_forgotten(account: Account) -> None:
    """Of three addresses of one id the second is another person's: it is rejected, and the third is still reached."""
    put(account, "b", id="9")
    result = outcome(account, record(1, "a"), record(1, "b"), record(1, "c"))
    assert result.outcomes == {"created": 1, "rejected": 1, "updated": 1}
    assert states(account) == {"b": ("subscribed", "9"), "c": ("subscribed", "1")}


def test_a_record_is_not_dropped_for_one_of_another_address(account: Account) -> None:
    """A record that waits because its person is in work is not overtaken by one of that member's address."""
    put(account, "a", id="1")
    others = [record(f"x{n}", f"x{n}") for n in range(2 * BATCH_SIZE)]
    rows = (
        *(record(None, "a", FNAME="One"), *others[:BATCH_SIZE]),
        *(record(1, "b", FNAME="Two"), *others[BATCH_SIZE:]),
        record(None, "a", FNAME="Three"),
    )
    result = outcome(account, *rows)
    assert result.outcomes == {"updated": 2, "created": 2 * BATCH_SIZE + 1}
    assert {name: people(account)[name].first_name for name in "ab"} == {"b": "Two", "a": "Three"}


def test_two_ids_with_one_new_address_in_one_batch(account: Account) -> None:
    """Two new people with one address: the first is added, the second is rejected."""
    assert outcome(account, record(1, "a"), record(2, "a")).outcomes == {"created": 1, "rejected": 1}
    assert states(account) == {"a": ("subscribed", "1")}


def test_record_without_an_id_is_known_by_its_address_and_clears_none(account: Account) -> None:
    """An empty id says nothing: the member keeps the id, also where empty values clear."""
    put(account, "ann", id="1")
    outcome(account, record(None, "ann", FNAME="Ann"), record("", "ann", FNAME="Anna"), empty_values="clear")
    assert states(account) == {"ann": ("subscribed", "1")}


def test_spelling_of_an_address_is_no_change(account: Account) -> None:
    """Upper case in an address renames nobody."""
    put(account, "ann", id="1")
    assert account.writes_of(lambda: outcome(account, {"id": 1, "email": "ANN@Sandbox-People.org"})) == []


def test_numbers_are_ids_too(account: Account) -> None:
    """An id in a number field is the same whether the source writes 7 or "7"; 7.0 may once have been another number."""
    account.seed(merge_fields=[{"tag": "NUM", "name": "Number", "type": "number"}])
    entry = {"external_id": "id -> NUM"}
    for name, id in (("a", 7), ("c", "7"), ("z", 0), ("y", 0)):
        outcome(account, record(id, name), entry=entry)
    assert sorted(people(account)) == ["c", "y"]
    assert run(account, record(7.0, "b"), entry=entry).outcomes == {"rejected": 1}
    assert sorted(people(account)) == ["c", "y"]


# What Mailchimp says to it


@pytest.mark.parametrize("new", ["fake@example.com", address("gone")])
def test_address_that_mailchimp_refuses(account: Account, new: str) -> None:
    """A fake or forgotten new address: the contact keeps the old one and gets the data and tags; nobody is added."""
    put(account, "gone")
    account.forget(address("gone"))
    contact = put(account, "old", id="1")
    row = {"id": 1, "email": new, "FNAME": "Ann", "tags": ["crm"]}
    result = outcome(account, row, entry={"tags_field": "tags"})
    assert people(account) == {"old": Member(address("old"), "subscribed", "1", frozenset({"crm"}), "Ann")}
    assert number(account, "old") == contact
    assert result.outcomes == {"held": 1}
    assert len(account.writes_of(lambda: outcome(account, row, entry={"tags_field": "tags"}))) == 1


def test_value_that_mailchimp_refuses_does_not_stop_a_rename(account: Account) -> None:
    """A refused value is left out, and the address changes all the same."""
    account.seed(merge_fields=[{"tag": "SITE", "name": "Site", "type": "imageurl"}])
    contact = put(account, "old", id="1")
    stream = type(PEOPLE)(columns=("email", "id", "FNAME", "SITE"))
    row = record(1, "new", FNAME="Ann", SITE="https://not-a-picture")
    result = outcome(account, row, stream=stream)
    assert states(account) == {"new": ("subscribed", "1")}
    assert number(account, "new") == contact
    assert result.outcomes == {"updated": 1}


def test_who_leaves_before_the_rename_is_not_renamed(raced: Account, between: Between) -> None:
    """An opt-out between our read and our write wins: the old address stays, opted out, and nobody is added."""
    put(raced, "old", id="1")
    between.before("PATCH", "/3.0/lists/*/members/*", lambda: raced.act(address("old"), "unsubscribe"))
    result = outcome(raced, record(1, "new", FNAME="Ann"))
    assert between.is_done
    assert states(raced) == {"old": ("unsubscribed", "1")}
    assert people(raced)["old"].first_name == "Ann"
    assert result.outcomes == {"held": 1}


def test_somebody_takes_the_address_before_the_rename(raced: Account, between: Between) -> None:
    """Who signs up with the new address meanwhile is joined with the old contact in the same sync."""
    put(raced, "old", id="1")
    between.before("PATCH", "/3.0/lists/*/members/*", lambda: raced.act(address("new"), "subscribe"))
    result = outcome(raced, record(1, "new", FNAME="Ann"))
    assert between.is_done
    assert states(raced) == {"old": ("archived", "1"), "new": ("subscribed", "1")}
    assert result.reasons["beside-joined"] == 1


def test_lost_answer_of_a_rename(account: Account) -> None:
    """A rename whose answer was lost is found done."""
    contact = put(account, "old", id="1")
    account.control.fault("reset_after", method="PATCH", times=1)
    result = outcome(account, record(1, "new", FNAME="Ann"))
    assert states(account) == {"new": ("subscribed", "1")}
    assert number(account, "new") == contact
    assert result.outcomes == {"updated": 1}
    assert result.reasons["beside-renamed"] == 1


# Settings


def test_two_id_fields_in_one_audience_stop_before_the_first_write(account: Account) -> None:
    """Two streams that keep their ids in two fields would each take the other's people for strangers."""
    account.seed(merge_fields=[{"tag": "ONE"}, {"tag": "TWO"}])
    streams = [type(PEOPLE)(name=name, columns=("email", "id")) for name in ("first", "second")]
    entries = [
        {"stream": "first", "external_id": "id -> ONE"},
        {"stream": "second", "external_id": "id -> two"},
    ]
    result = feed(account, [], streams, streams=entries)
    assert "external_id" in result.complaint
    assert account.writes() == []


def test_update_mode_renames_and_adds_nobody(account: Account) -> None:
    """`update` follows a changed address, and takes in nobody new."""
    contact = put(account, "old", id="1")
    stream = type(PEOPLE)(columns=PEOPLE.columns, mode="update")
    result = outcome(account, record(1, "new"), record(2, "other"), stream=stream)
    assert result.outcomes == {"updated": 1, "skipped": 1}
    assert number(account, "new") == contact
