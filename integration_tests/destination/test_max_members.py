"""How large the audience may grow through us: never past `max_members`, and the room of the refused is used."""

import pytest

from integration_tests.destination.lists import numbered
from integration_tests.destination.syncing import CONSENT, Account, Json, Stream, feed, succeeded, sync

PEOPLE = Stream(columns=("email", "FNAME", "opt_in", "agreed_at"))
LATER = "2025-06-01T00:00:00Z"


def present(account: Account) -> int:
    """How many are in the audience, archived people aside."""
    return sum(one.status != "archived" for one in account.people().values())


@pytest.mark.parametrize("status", ["subscribed", "pending", "unsubscribed", "transactional"])
@pytest.mark.parametrize("limit", [0, 20, 23, 30, 40])
def test_the_audience_never_grows_past_the_limit(account: Account, limit: int, status: str) -> None:
    """Twenty are there and ten come: as many as fit are added, the rest is held; changes of members go on."""
    account.seed(members=20)
    records = [{"email": email, "FNAME": "New"} for email in numbered(range(11, 31))]
    result = succeeded(sync(account, records, stream=PEOPLE, max_members=limit, new_member_status=status))
    added = min(10, max(0, limit - 20))
    assert present(account) == 20 + added
    assert result.outcomes.get("created", 0) == added
    assert result.reasons.get("held-audience-limit", 0) == 10 - added
    assert result.outcomes["updated"] == 10
    assert result.cursors == [20]


def test_whom_mailchimp_refuses_takes_no_room(account: Account) -> None:
    """Three who look fake come first, and three who do not fit in their place."""
    fakes = [{"email": email} for email in ("a@example.com", "b@example.com", "c@example.com")]
    records = [*fakes, *({"email": email} for email in numbered(range(1, 6)))]
    result = succeeded(sync(account, records, stream=PEOPLE, max_members=3))
    assert present(account) == 3
    assert result.outcomes == {"rejected": 3, "created": 3, "held": 2}


def test_with_many_calls_at_once(account: Account) -> None:
    """Three thousand come to an audience with room for 1,234, with fakes all over and every connection busy."""
    account.control.latency(ms=3)
    records: list[Json] = []
    for number, email in enumerate(numbered(range(1, 3001))):
        records.append({"email": email if number % 7 else f"fake{number}@example.com"})
    result = succeeded(sync(account, records, stream=PEOPLE, max_members=1234))
    assert present(account) == 1234
    assert result.outcomes["created"] == 1234
    assert sum(result.outcomes.values()) == 3000


@pytest.mark.parametrize("fault", ["reset_after", "reset_before", "503", "cut_body"])
def test_a_lost_answer_makes_no_room(account: Account, fault: str) -> None:
    """Whoever was added by the try whose answer was lost is counted."""
    account.control.fault(fault, method="POST", path="/3.0/lists/*", times=2)
    records = [{"email": email} for email in numbered(range(1, 1501))]
    succeeded(sync(account, records, stream=PEOPLE, max_members=700))
    assert present(account) == 700


def test_archived_people_take_no_room_and_need_some_to_return(account: Account) -> None:
    """They are not billed; who comes back by a newer consent is."""
    account.seed(members=10, status="archived", last_changed="2024-01-01T00:00:00Z")
    records = [{"email": email, "opt_in": True, "agreed_at": LATER} for email in numbered(range(1, 11))]
    keys: Json = {"streams": [CONSENT], "resubscribe": "with_newer_consent", "max_members": 4}
    result = succeeded(sync(account, records, stream=PEOPLE, **keys))
    assert present(account) == 4
    assert result.reasons["held-audience-limit"] == 6


def test_later_records_of_somebody_who_waits_keep_their_order(account: Account) -> None:
    """Who waits for room is not overtaken by their own deletion, and everybody has one outcome."""
    messages = [PEOPLE.record(email="a@example.com"), PEOPLE.record(email="ann@sandbox-people.org", FNAME="A")]
    messages += [
        PEOPLE.record(email="ann@sandbox-people.org", _ab_cdc_deleted_at=LATER),
        PEOPLE.record(email="bob@sandbox-people.org"),
        PEOPLE.record(email="cleo@sandbox-people.org"),
        PEOPLE.state(5),
    ]
    result = succeeded(feed(account, messages, [PEOPLE], max_members=1, removal="archive"))
    assert sum(result.outcomes.values()) == 5
    assert result.cursors == [5]
    assert present(account) <= 1


def test_without_a_limit_everybody_is_added(account: Account) -> None:
    """Nothing is held, and nothing is counted for it."""
    records = [{"email": email} for email in numbered(range(1, 31))]
    assert succeeded(sync(account, records, stream=PEOPLE)).outcomes == {"created": 30}
