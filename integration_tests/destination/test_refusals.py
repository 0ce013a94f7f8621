"""Whom Mailchimp refuses: not asked for again and again, told by name, and nobody else suffers for them."""

import math
from collections import Counter

import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import CONSENT, Account, Json, Stream, feed, succeeded, sync

EMAIL = "ann@sandbox-people.org"
LATER = "2025-06-01T00:00:00Z"
DATA = Stream(columns=("email", "FNAME"))
CRM = Stream("crm", ("email", "FNAME"))
NEWS = Stream("news", ("email", "LNAME", "opt_in", "agreed_at"))
BOTH: list[Json] = [
    {"stream": "crm"},
    {"stream": "news", "opt_in_field": "opt_in", "consent_time_field": "agreed_at"},
]


def members_sent(between: Between) -> Counter[str]:
    """How often each address was written in a batch."""
    bodies = (call.body for call in between.calls if call.method == "POST" and "members" in (call.body or {}))
    return Counter(row["email_address"] for body in bodies for row in body["members"])


def test_a_forgotten_address_is_tried_once_a_sync(raced: Account, between: Between) -> None:
    """However many records of however many streams name a forgotten address, Mailchimp is asked once."""
    raced.put(EMAIL, "subscribed")
    raced.forget(EMAIL)
    streams = [Stream(name, ("email", "FNAME")) for name in ("one", "two", "three")]
    messages = [stream.record(email=EMAIL, FNAME=stream.name) for stream in streams]
    result = succeeded(feed(raced, messages, streams))
    assert members_sent(between) == {EMAIL: 1}
    assert result.reasons == {"held-forgotten": 3}


@pytest.mark.parametrize("left_by", ["person", "complaint", "compliance"])
@pytest.mark.parametrize("news_first", [True, False])
def test_who_cannot_be_brought_back_is_asked_for_once_and_keeps_current_data(
    raced: Account, between: Between, left_by: str, news_first: bool
) -> None:
    """A refused return is not tried again in the sync, and records that ask for none still bring their data."""
    raced.put(EMAIL, "unsubscribed", left_by=left_by, merge_fields={"FNAME": "Old"})
    returns = [NEWS.record(email=EMAIL, opt_in=True, agreed_at=LATER)] * 2
    data = [CRM.record(email=EMAIL, FNAME="New")]
    messages = [*returns, *data, *returns] if news_first else [*data, *returns]
    result = succeeded(feed(raced, messages, [CRM, NEWS], resubscribe="with_newer_consent", streams=BOTH))
    assert len([call for call in between.calls if call.method == "PUT"]) <= 1
    person = raced.people()[EMAIL]
    assert (person.status, person.values) == ("unsubscribed", {"FNAME": "New"})
    assert result.outcomes["updated"] == 1
    assert result.outcomes["held"] + result.outcomes.get("duplicate", 0) == len(messages) - 1


@pytest.mark.parametrize("people", [1, 500, 501, 1200])
def test_refused_addresses_are_offered_again_in_as_few_calls_as_can_be(account: Account, people: int) -> None:
    """A second sync offers refused addresses once more, ⌈refused/500⌉ calls, and writes nothing else."""
    records = [{"email": f"p{n}@example.com"} for n in range(people)]
    records += [{"email": f"p{n}@sandbox-people.org"} for n in range(20)]
    first = succeeded(sync(account, records, stream=DATA))
    assert first.outcomes == {"created": 20, "rejected": people}
    again = account.writes_of(lambda: succeeded(sync(account, records, stream=DATA)))
    assert again == [("POST", f"/3.0/lists/{account.audience}")] * math.ceil(people / 500)


def test_a_refused_return_is_not_repeated_by_the_next_sync(account: Account) -> None:
    """Somebody who cannot be brought back is held in every sync, and nothing about them is written."""
    account.put(EMAIL, "unsubscribed", left_by="person", merge_fields={"FNAME": "New"})
    record: Json = {"email": EMAIL, "FNAME": "New", "opt_in": True, "agreed_at": LATER}
    for _ in range(2):
        before = account.people()
        result = succeeded(sync(account, [record], resubscribe="with_newer_consent", streams=[CONSENT]))
        assert result.outcomes == {"held": 1}
        assert account.people() == before


@pytest.mark.parametrize("schema_errors", ["per_row", "whole_call"])
def test_where_batches_take_no_status_if_new_only_the_first_is_tried(
    raced: Account, between: Between, schema_errors: str
) -> None:
    """An account that refuses `status_if_new` costs one call to find out; everybody's data goes by PATCH."""
    raced.control.switch(batch_status_if_new="refused", batch_schema_errors=schema_errors)
    emails = [f"p{n}@sandbox-people.org" for n in range(1600)]
    raced.seed(*[{"email_address": email, "status": "subscribed"} for email in emails])
    records = [{"email": email, "FNAME": "New"} for email in emails]
    result = succeeded(sync(raced, records, stream=DATA, max_connections=1))
    assert result.outcomes == {"updated": 1600}
    assert {person.values["FNAME"] for person in raced.people().values()} == {"New"}
    offered = [call for call in between.calls if call.method == "POST" and "members" in (call.body or {})]
    assert len(offered) <= 2


def test_one_bad_row_costs_nobody_else(account: Account) -> None:
    """Where one row spoils a whole call, everybody else in it is written all the same."""
    account.control.switch(batch_schema_errors="whole_call")
    records = [{"email": f"p{n}@sandbox-people.org", "FNAME": "New"} for n in range(40)]
    records.insert(17, {"email": "bad@example.com", "FNAME": "New"})
    result = succeeded(sync(account, records, stream=DATA))
    assert result.outcomes == {"created": 40, "rejected": 1}
    assert len(account.people()) == 40


def test_a_throttled_address_is_told_apart(account: Account) -> None:
    """An address that signed up too often lately is rejected with a reason of its own."""
    now = account.sandbox.store.clock.now()
    for n in range(13):
        other = str(account.control.seed(name=f"Other {n}", members=0)["audience"])
        account.control.seed(other, members=[{"email_address": EMAIL}])
        member = account.sandbox.store.audience(other).find(EMAIL)
        assert member is not None
        member.signups = (now,)
    result = sync(account, [{"email": EMAIL}, {"email": "bob@sandbox-people.org"}], stream=DATA)
    assert succeeded(result).reasons == {"rejected-signup-throttled": 1}
