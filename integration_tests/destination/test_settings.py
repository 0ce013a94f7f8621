"""What the settings do to people who are there, end to end: conflicts, empty values, duplicates, modes."""

import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import CONSENT, PEOPLE, Account, Json, Stream, feed, succeeded, sync

EMAIL = "ann@sandbox-people.org"
NAMES = Stream(columns=("email", "FNAME", "LNAME"))


def values(account: Account, email: str = EMAIL) -> Json:
    """A member's merge values."""
    return dict(account.people()[email].values)


@pytest.mark.parametrize(
    ("conflict", "empty", "record", "ends"),
    [
        ("source_wins", "ignore", {"FNAME": "New", "LNAME": None}, {"FNAME": "New", "LNAME": "There"}),
        ("source_wins", "ignore", {"FNAME": "", "LNAME": "New"}, {"FNAME": "Old", "LNAME": "New"}),
        ("source_wins", "clear", {"FNAME": None, "LNAME": ""}, {}),
        ("source_wins", "clear", {"FNAME": "New", "LNAME": None}, {"FNAME": "New"}),
        ("mailchimp_wins", "ignore", {"FNAME": "New", "LNAME": "New"}, {"FNAME": "Old", "LNAME": "There"}),
        ("mailchimp_wins", "clear", {"FNAME": None, "LNAME": ""}, {"FNAME": "Old", "LNAME": "There"}),
    ],
)
@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "cleaned", "pending", "transactional"])
def test_whose_value_stays(account: Account, conflict: str, empty: str, record: Json, ends: Json, status: str) -> None:
    """`conflict` and `empty_values` decide value by value, the same for everybody whatever their status."""
    account.put(EMAIL, status, merge_fields={"FNAME": "Old", "LNAME": "There"})
    keys: Json = {"stream": NAMES, "conflict": conflict, "empty_values": empty}
    succeeded(sync(account, [{"email": EMAIL, **record}], **keys))
    assert values(account) == ends
    assert account.status(EMAIL) == status
    assert account.writes_of(lambda: sync(account, [{"email": EMAIL, **record}], **keys)) == []


def test_mailchimp_wins_still_fills_what_is_empty(account: Account) -> None:
    """Empty fields are filled where Mailchimp wins, and nothing else is touched."""
    account.put(EMAIL, "subscribed", merge_fields={"FNAME": "Old"})
    succeeded(
        sync(account, [{"email": EMAIL, "FNAME": "New", "LNAME": "New"}], stream=NAMES, conflict="mailchimp_wins")
    )
    assert values(account) == {"FNAME": "Old", "LNAME": "New"}


THREE: list[Json] = [
    {"email": spelled, "FNAME": name}
    for spelled, name in ((EMAIL, "one"), (EMAIL.upper(), "two"), (f" {EMAIL} ", "three"))
]


@pytest.mark.parametrize(("duplicates", "ends"), [("last", "three"), ("first", "one")])
@pytest.mark.parametrize("status", ["", "subscribed", "unsubscribed"])
def test_records_of_one_address_make_one_member(account: Account, duplicates: str, ends: str, status: str) -> None:
    """Whatever the spelling, one address is one member: the last record counts, or the first."""
    if status:
        account.put(EMAIL, status)
    stream = Stream(columns=("email", "FNAME"))
    result = succeeded(sync(account, THREE, stream=stream, duplicates=duplicates))
    assert values(account) == {"FNAME": ends}
    assert len(account.people()) == 1
    assert result.outcomes == {"updated" if status else "created": 1, "duplicate": 2}


@pytest.mark.parametrize("duplicates", ["last", "first"])
def test_the_first_that_is_accepted_counts(account: Account, duplicates: str) -> None:
    """A record that Mailchimp does not take is no first one: with either setting the good one is written."""
    records: list[Json] = [{"email": EMAIL, "BORN": "99/99", "FNAME": "bad"}, {"email": EMAIL, "FNAME": "good"}]
    stream = Stream(columns=("email", "FNAME", "BORN"))
    result = succeeded(sync(account, records, stream=stream, duplicates=duplicates, invalid_values="reject_record"))
    assert values(account) == {"FNAME": "good"}
    assert result.outcomes == {"created": 1, "rejected": 1}


def test_a_no_that_came_first_stays_the_first(account: Account) -> None:
    """With `duplicates: first`, somebody whose first record says no is not added by a later yes."""
    records = [{"email": EMAIL, "opt_in": "no"}, {"email": EMAIL, "opt_in": "yes"}]
    result = succeeded(sync(account, records, streams=[CONSENT], duplicates="first"))
    assert account.people() == {}
    assert result.outcomes == {"skipped": 1, "duplicate": 1}


@pytest.mark.parametrize("later", ["yes", None, "perhaps"])
def test_a_no_is_not_lost_to_a_later_record(account: Account, later: str | None) -> None:
    """Records of one address are applied in their order: a no is carried out before what follows it."""
    account.put(EMAIL, "subscribed")
    records: list[Json] = [{"email": EMAIL, "opt_in": "no"}, {"email": EMAIL, "opt_in": later}]
    succeeded(sync(account, records, streams=[CONSENT]))
    assert account.status(EMAIL) == "unsubscribed"


@pytest.mark.parametrize("conflict", ["source_wins", "mailchimp_wins"])
@pytest.mark.parametrize("tagged", [True, False])
def test_what_only_the_earlier_record_says_is_not_lost(account: Account, conflict: str, tagged: bool) -> None:
    """Whether records of one address come in one call or in two syncs, the member ends the same."""
    first: Json = {"email": EMAIL, "FNAME": "Ann", "LNAME": None, "tags": "one" if tagged else ""}
    second: Json = {"email": EMAIL, "FNAME": None, "LNAME": "Lee", "tags": "two" if tagged else ""}
    keys: Json = {"conflict": conflict, "streams": [{"stream": "people", "tags_field": "tags"}]}
    succeeded(sync(account, [first, second, {**first, "FNAME": "Anna"}], **keys))
    together = account.people()[EMAIL]
    account.control.seed(account.audience, members=[{"email_address": EMAIL, "status": "subscribed"}])
    for record in (first, second, {**first, "FNAME": "Anna"}):
        succeeded(sync(account, [record], **keys))
    assert account.people()[EMAIL] == together


def test_update_mode_adds_nobody(account: Account) -> None:
    """In mode update people who are there are written, and nobody is added."""
    account.put(EMAIL, "unsubscribed")
    stream = Stream(columns=("email", "FNAME"), mode="update")
    records = [{"email": EMAIL, "FNAME": "New"}, {"email": "bob@sandbox-people.org", "FNAME": "New"}]
    result = succeeded(sync(account, records, stream=stream))
    assert list(account.people()) == [EMAIL]
    assert result.reasons["skipped-not-a-member"] == 1
    assert result.outcomes == {"updated": 1, "skipped": 1}


@pytest.mark.parametrize("mode", ["append", "append_dedup", "overwrite"])
@pytest.mark.parametrize("generation", [None, 1])
def test_no_mode_removes_anybody(account: Account, mode: str, generation: int | None) -> None:
    """Neither overwrite, nor a generation, nor an empty stream is an order to delete."""
    account.put(EMAIL, "subscribed")
    extra: Json = {} if generation is None else {"generation_id": 1, "minimum_generation_id": 1, "sync_id": 1}
    stream = Stream(columns=("email",), mode=mode, source_mode="full_refresh", extra=extra)
    succeeded(sync(account, [], stream=stream))
    succeeded(sync(account, [{"email": "bob@sandbox-people.org"}], stream=stream))
    assert len(account.people()) == 2
    assert account.status(EMAIL) == "subscribed"


def test_a_sync_that_brings_nothing_new_is_silent(account: Account, running_proxy: Between) -> None:
    """A second identical sync of a mixed audience writes nothing at all."""
    for n, status in enumerate(("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")):
        account.put(f"p{n}@sandbox-people.org", status)
    records = [{"email": f"p{n}@sandbox-people.org", "FNAME": f"N{n}", "LNAME": "X" * 300} for n in range(12)]
    succeeded(sync(account, records, stream=NAMES))
    before = account.people()
    assert account.writes_of(lambda: succeeded(sync(account, records, stream=NAMES))) == []
    assert account.people() == before


def test_every_state_comes_out_with_its_counts(account: Account) -> None:
    """STATEs leave in order, with what became of the records before them."""
    messages = []
    for n in range(3):
        messages += [PEOPLE.record(email=f"p{n}@sandbox-people.org"), PEOPLE.record(email="no address")]
        messages.append(PEOPLE.state(n))
    result = succeeded(feed(account, messages))
    states = [one["state"] for one in result.messages if one["type"] == "STATE"]
    assert result.cursors == [0, 1, 2]
    assert [one["destinationStats"] for one in states] == [{"recordCount": 1.0, "rejectedRecordCount": 1.0}] * 3


@pytest.mark.parametrize("conflict", ["source_wins", "mailchimp_wins"])
@pytest.mark.parametrize("write", ["always", "if_empty", "only_new"])
def test_two_records_of_one_contact_rest_whatever_the_rules(account: Account, conflict: str, write: str) -> None:
    """A sync that names somebody twice, with two values, writes once and never again."""
    entry = {"stream": "people", "fields": [{"column": "FNAME", "target": "FNAME", "write": write}]}
    rows = [{"email": "ann@sandbox-people.org", "FNAME": name} for name in ("Ann", "Anna")]
    keys: Json = {"conflict": conflict, "streams": [entry]}
    succeeded(sync(account, rows, **keys))
    assert account.people()["ann@sandbox-people.org"].values == {"FNAME": "Anna" if write == "always" else "Ann"}
    assert account.writes_of(lambda: succeeded(sync(account, rows, **keys))) == []


@pytest.mark.parametrize("said", [{"opt_in": "no"}, {"opt_in": "yes", "left": True}])
def test_a_later_no_counts_where_the_first_record_does(account: Account, said: Json) -> None:
    """With `duplicates: first` nothing of a later record is written but its no, within the fuse."""
    stream = Stream(columns=("email", "FNAME", "opt_in", "left"))
    entry = {"stream": "people", "opt_in_field": "opt_in", "opt_out_field": "left"}
    first = {"email": "ann@sandbox-people.org", "FNAME": "Ann", "opt_in": "yes", "left": None}
    rows = [first, {**first, "FNAME": "Anna"}, {**first, "FNAME": "Anne", **said}]
    result = succeeded(sync(account, rows, stream=stream, streams=[entry], duplicates="first"))
    person = account.people()["ann@sandbox-people.org"]
    assert (person.status, person.values) == ("unsubscribed", {"FNAME": "Ann"})
    assert result.outcomes == {"created": 1, "duplicate": 1, "unsubscribed": 1}
