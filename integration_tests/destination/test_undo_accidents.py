"""Undo while the network or others interfere: nothing is silent, nobody is more mailable, nobody is mailed."""

from itertools import product
from pathlib import Path

import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import Account, Json, Stream
from integration_tests.destination.undoing import ANN, BOB, CID, PEOPLE, kept, listed, undo, whole
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.mailchimp.members import Status

MEMBERS = "/3.0/lists/*/members/*"
WEATHER = (
    "429",
    "403_bare",
    "403_html",
    "404_html",
    "404_foreign",
    "500",
    "502_html",
    "503",
    "504",
    "204_empty",
    "302",
    "400_html",
    "200_empty_object",
    "cut_body",
    "garbage",
    "reset_before",
    "reset_after",
)
STAYING = ("403_bare", "404_html", "204_empty", "500", "reset_after")
METHODS = ("GET", "DELETE", "PATCH", "POST")
NUMBER = "5"


def told_apart(fault: str, method: str) -> bool:
    """Return whether the fault is not exactly what the call promises: a 204 says that the contact was archived."""
    return fault != "204_empty" or method in ("GET", "PATCH")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def run_of_five(account: Account, store: Path) -> str:
    """A sync that adds two contacts and changes a value and a tag of three."""
    for email in PEOPLE[2:]:
        account.put(email, "subscribed", merge_fields={"FNAME": "Old"})
    rows = [{"email": email, "FNAME": "New"} for email in PEOPLE]
    run, result = kept(account, store, rows, streams=[{"stream": "people", "tags": ["new"]}])
    assert result.error is None, result.complaint
    return run


def mailable(account: Account) -> dict[str, int]:
    return {email: MAILABLE[Status(person.status)] for email, person in account.people().items()}


def check_undone(account: Account) -> None:
    """Two archived, three as they were."""
    people = account.people()
    assert {people[email].status for email in PEOPLE[:2]} == {"archived"}
    for email in PEOPLE[2:]:
        assert people[email].values["FNAME"] == "Old"
        assert (people[email].status, people[email].tags) == ("subscribed", frozenset())


@pytest.mark.parametrize(("fault", "method"), [pair for pair in product(WEATHER, METHODS) if told_apart(*pair)])
def test_weather_that_passes(account: Account, store: Path, fault: str, method: str) -> None:
    """Each call of a kind fails twice: undo waits and ends the same, or says what it does not know."""
    run = run_of_five(account, store)
    before = mailable(account)
    account.control.fault(fault, method=method, path=MEMBERS, times=2)
    said = undo(account, store, run, "--expect", NUMBER)
    account.control.lift_faults()
    assert said.code == 0, said.text
    uncertain = [one for one in listed(store).values() if one["action"] == "none"]
    assert {one["reason"] for one in uncertain} <= {"unanswered"}
    if not uncertain:
        check_undone(account)
    assert account.mailed() == []
    after = mailable(account)
    assert all(after[email] <= before[email] for email in before)


@pytest.mark.parametrize(("fault", "method"), [pair for pair in product(STAYING, METHODS) if told_apart(*pair)])
def test_weather_that_stays(account: Account, store: Path, fault: str, method: str) -> None:
    """Undo ends with a sentence or lists whom it could not change; what is done is not done again after that."""
    run = run_of_five(account, store)
    before = mailable(account)
    account.control.fault(fault, method=method, path=MEMBERS, after=1)
    first = undo(account, store, run, "--expect", NUMBER)
    account.control.lift_faults()
    assert "Traceback" not in first.text
    if first.code != 0:
        assert len(first.text.splitlines()) == 1
        second = undo(account, store, run, "--expect", NUMBER)
        assert second.code == 0, second.text
    report = listed(store)
    people = account.people()
    for email in PEOPLE[:2]:
        assert people[email].status == "archived" or report[email].get("reason") == "unanswered"
    for email in PEOPLE[2:]:
        assert people[email].values["FNAME"] == "Old" or report[email].get("reason") == "unanswered"
    assert account.mailed() == []
    after = mailable(account)
    assert all(after[email] <= before[email] for email in before)


def test_a_contact_over_whom_mailchimp_fails_stays(account: Account, store: Path) -> None:
    """The others are undone, and this one is listed; also in the dry run."""
    run = run_of_five(account, store)
    account.control.fault("500_for", email=PEOPLE[1])
    said = whole(account, store, run)
    assert "1 stays (Mailchimp answers with a server error for them, but not for others" in said.text
    assert listed(store)[PEOPLE[1]]["reason"] == "failing"
    assert account.status(PEOPLE[0]) == "archived"
    assert account.status(PEOPLE[1]) == "subscribed"


def test_an_outage_is_not_taken_for_the_fault_of_contacts(account: Account, store: Path) -> None:
    """With more than a few, it is Mailchimp that fails: undo ends and can be started again."""
    people = [f"p{number}@postbox.org" for number in range(8)]
    run, _ = kept(account, store, [{"email": email} for email in people])
    account.control.fault("500", method="DELETE", path=MEMBERS)
    first = undo(account, store, run, "--expect", "8")
    assert first.code == 1
    account.control.lift_faults()
    second = undo(account, store, run, "--expect", "8")
    assert second.code == 0, second.text
    assert {account.status(email) for email in people} == {"archived"}


@pytest.mark.parametrize(
    "mode", [{"tags": ["t59", "new"]}, {"tags": ["new"], "tags_mode": "replace_owned", "owned_tags": ["t0*", "t59"]}]
)
@pytest.mark.parametrize("name", ["Old", "New"])
def test_tags_of_a_contact_with_more_than_fifty_go_back(account: Account, store: Path, mode: Json, name: str) -> None:
    """All of them are read before one is changed, so undo takes off none that was there; with or without a value."""
    tags = [f"t{number:02}" for number in range(60)]
    account.seed({"email_address": ANN, "status": "subscribed", "tags": tags, "merge_fields": {"FNAME": "Old"}})
    account.control.clock(advance_seconds=5)
    before = account.people()[ANN]
    run, _ = kept(account, store, [{"email": ANN, "FNAME": name}], streams=[{"stream": "people", **mode}])
    assert "new" in account.people()[ANN].tags
    whole(account, store, run)
    assert account.people()[ANN] == before


def test_a_joined_contact_stays(account: Account, store: Path) -> None:
    """Neither of the two is taken apart again, values included; both are listed."""
    account.seed(merge_fields=[{"tag": "CRMID", "name": "Customer", "type": "text"}])
    account.put(ANN, "subscribed", merge_fields={"CRMID": "1", "FNAME": "Ann"})
    account.put(BOB, "subscribed", merge_fields={"FNAME": "Bob"})
    stream = Stream(columns=("id", "email", "FNAME"))
    streams = [{"stream": "people", "external_id": "id -> CRMID"}]
    rows = [{"id": "1", "email": BOB, "FNAME": "Anna"}]
    run, result = kept(account, store, rows, stream=stream, streams=streams)
    assert result.error is None, result.complaint
    assert account.status(ANN) == "archived"
    before = account.people()
    whole(account, store, run)
    assert account.people() == before
    assert listed(store)[ANN]["reason"] == "removed"
    assert listed(store)[BOB]["reason"] == "renamed"


def test_a_field_that_was_deleted_since_is_left(account: Account, store: Path) -> None:
    """The other values go back."""
    account.put(ANN, "subscribed", merge_fields={"FNAME": "Old", "LNAME": "Old"})
    run, _ = kept(account, store, [{"email": ANN, "FNAME": "New", "LNAME": "New"}])
    audience = account.sandbox.store.audience(account.audience)
    (merge_id,) = [one.merge_id for one in audience.merge_fields.values() if one.tag == "LNAME"]
    account.sandbox.store.audience(account.audience).merge_fields.pop(merge_id)
    said = whole(account, store, run)
    assert "some values stay as the sync left them: LNAME" in said.text
    member = audience.find(ANN)
    assert member is not None
    assert "Old" in member.merge_values.values()


def test_a_contact_that_was_deleted_and_added_again_stays(account: Account, store: Path) -> None:
    """It is another one by now, whoever added it."""
    run, _ = kept(account, store, [{"email": ANN, "FNAME": "Ann"}])
    audience = account.sandbox.store.audience(account.audience)
    member = audience.find(ANN)
    assert member is not None
    audience.remove(member)
    account.control.clock(advance_seconds=5)
    account.act(ANN, "subscribe")
    before = account.people()
    whole(account, store, run)
    assert account.people() == before
    assert listed(store)[ANN]["reason"] == "changed_since"


@pytest.mark.parametrize("call", ["DELETE", "PATCH"])
def test_somebody_who_leaves_right_before_the_call_of_undo(
    raced: Account, between: Between, store: Path, call: str
) -> None:
    """Nobody who opted out becomes mailable; an archived contact is no more mailable than that."""
    run = run_of_five(raced, store)
    email = ANN if call == "DELETE" else CID
    happened: Json = {}

    def leaves() -> None:
        raced.act(email, "unsubscribe")
        happened["done"] = True

    between.before(call, MEMBERS, leaves)
    said = undo(raced, store, run, "--expect", NUMBER)
    assert said.code == 0, said.text
    assert happened
    assert raced.status(email) in ("unsubscribed", "archived")
    assert raced.mailed() == []
