"""Tags end to end: what people carry after a sync, by which calls, in which order, and what is said of a refusal."""

import fnmatch
from collections import Counter
from typing import Any

import pytest
import requests

from integration_tests.destination.between import Between
from integration_tests.destination.lists import carriers, numbered
from integration_tests.destination.syncing import (
    Account,
    Result,
    Stream,
    config,
    connector,
    feed,
    succeeded,
    sync,
)

ANN, BOB, CLEO = "ann@sandbox-people.org", "bob@sandbox-people.org", "cleo@sandbox-people.org"
TAGGED = Stream(columns=("email", "FNAME", "tags"))
SEGMENT, OWN, MAKES = "/3.0/lists/*/segments/*", "/3.0/lists/*/members/*/tags", "/3.0/lists/*/segments"
FROM_COLUMN = {"stream": "people", "tags_field": "tags"}


def entry(**keys: Any) -> list[dict[str, Any]]:
    """The form's entry for the stream."""
    return [{**FROM_COLUMN, **keys}]


def calls(account: Account) -> Counter[str]:
    """How many calls of which kind wrote something: members, a tag's bulk call, a new tag, a person's own tags."""
    kinds = {OWN: "own", SEGMENT: "bulk", MAKES: "new", "/3.0/batches": "job", "/3.0/lists/*": "members"}
    found: Counter[str] = Counter()
    for method, path in account.writes():
        found[next((kind for glob, kind in kinds.items() if fnmatch.fnmatchcase(path, glob)), f"{method} {path}")] += 1
    return found


def tags_of(account: Account, email: str) -> set[str]:
    """What somebody carries."""
    return set(account.people()[email].tags)


@pytest.mark.parametrize(
    ("keys", "column", "before", "after"),
    [
        ({"tags": ["CRM"]}, None, {"VIP"}, {"VIP", "CRM"}),
        ({}, ["a", "b"], {"VIP"}, {"VIP", "a", "b"}),
        ({}, "a, b; c | d", set(), {"a", "b", "c", "d"}),
        ({"tags": ["CRM"]}, ["vip", "crm"], {"VIP"}, {"VIP", "CRM"}),
        ({"tags_mode": "replace_owned", "owned_tags": ["crm-*"]}, ["crm-1"], {"crm-2", "VIP"}, {"crm-1", "VIP"}),
        ({"tags_mode": "replace_owned", "owned_tags": ["Gold"]}, [], {"GOLD", "VIP"}, {"VIP"}),
        ({"tags_mode": "replace_owned", "owned_tags": ["Gold"]}, None, {"GOLD", "VIP"}, {"GOLD", "VIP"}),
        ({"tags_mode": "replace_owned", "owned_tags": ["*"], "tags": ["CRM"]}, ["a"], {"VIP", "crm"}, {"crm", "a"}),
        ({"tags_mode": "replace_owned", "owned_tags": ["*"]}, [], {"VIP"}, set()),
    ],
)
@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "pending", "transactional", "cleaned"])
def test_each_mode_for_everybody(
    account: Account, keys: dict[str, Any], column: Any, before: set[str], after: set[str], status: str
) -> None:
    """The tags of the list and of the column, compared without case; what comes off is what the mode says."""
    account.put(ANN, status, tags=sorted(before))
    result = succeeded(sync(account, [{"email": ANN, "tags": column}], stream=TAGGED, streams=entry(**keys)))
    assert {tag.lower() for tag in tags_of(account, ANN)} == {tag.lower() for tag in after}
    assert tags_of(account, ANN) & before == after & before
    assert result.outcomes == ({"updated": 1} if before != after else {"unchanged": 1})
    assert (
        account.writes_of(
            lambda: succeeded(sync(account, [{"email": ANN, "tags": column}], stream=TAGGED, streams=entry(**keys)))
        )
        == []
    )


@pytest.mark.parametrize("names", ["case_insensitive", "case_sensitive"])
@pytest.mark.parametrize("status", ["subscribed", "unsubscribed"])
def test_a_tag_of_another_spelling_comes_off(account: Account, status: str, names: str) -> None:
    """What Mailchimp calls `Gold` is taken off under that name, whoever compares names how."""
    account.control.switch(tag_names=names)
    account.put(ANN, status, tags=["Gold", "VIP"])
    keys = {"tags_mode": "replace_owned", "owned_tags": ["gold"]}
    succeeded(sync(account, [{"email": ANN, "tags": []}], stream=TAGGED, streams=entry(**keys)))
    assert tags_of(account, ANN) == {"VIP"}


def test_in_bulk_five_hundred_at_a_time(account: Account) -> None:
    """1,200 subscribed people and one tag are three calls, the one that makes the tag among them."""
    account.seed(members=1200)
    people = [{"email": email} for email in numbered(range(1, 1201))]
    result = succeeded(sync(account, people, stream=TAGGED, streams=entry(tags=["CRM"])))
    assert calls(account) == {"new": 1, "bulk": 2}
    assert len(carriers(account, "CRM")) == 1200
    assert result.outcomes == {"updated": 1200}


def test_on_and_off_share_a_call(account: Account) -> None:
    """Who gets a tag and who loses it go together."""
    account.seed(members=300, tags=["own-a"])
    account.seed(members=300, start=301, tags=["own-b"])
    people = [{"email": email, "tags": ["own-b"]} for email in numbered(range(1, 301))]
    people += [{"email": email, "tags": ["own-a"]} for email in numbered(range(301, 601))]
    keys = {"tags_mode": "replace_owned", "owned_tags": ["own-*"]}
    succeeded(sync(account, people, stream=TAGGED, streams=entry(**keys)))
    assert calls(account) == {"bulk": 2}
    assert carriers(account, "own-b") == set(numbered(range(1, 301)))


def test_new_people_are_tagged_with_the_rest(account: Account) -> None:
    """People who are added get their tags in the same bulk calls."""
    people = [{"email": email, "tags": "a, b"} for email in numbered(range(1, 701))]
    succeeded(sync(account, people, stream=TAGGED, streams=entry()))
    assert calls(account) == {"members": 2, "new": 2, "bulk": 2}
    assert len(carriers(account, "a") & carriers(account, "b")) == 700


@pytest.mark.parametrize(("people", "expected"), [(3, {"own": 3}), (120, {"job": 1})])
def test_people_who_are_not_subscribed_have_their_own_call_once(
    account: Account, people: int, expected: dict[str, int]
) -> None:
    """A few one by one, many in one job; all tags of a person together, and never in a bulk call."""
    account.seed(members=people, status="unsubscribed")
    records = [{"email": email, "tags": ["a", "b"]} for email in numbered(range(1, people + 1))]
    succeeded(sync(account, records, stream=TAGGED, streams=entry(tags=["CRM"])))
    assert calls(account) == expected
    assert len(carriers(account, "a") & carriers(account, "b") & carriers(account, "CRM")) == people


def test_pending_people_are_tagged_too(account: Account) -> None:
    """Who is added as pending is not subscribed yet and gets the tags all the same."""
    succeeded(
        sync(account, [{"email": ANN, "tags": ["a"]}], stream=TAGGED, streams=entry(), new_member_status="pending")
    )
    assert account.people()[ANN].tags == {"a"}
    assert account.status(ANN) == "pending"


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed"])
def test_more_than_fifty_tags_are_read_in_full(account: Account, status: str) -> None:
    """A member object shows fifty tags; the sixtieth comes off all the same, and one that is there is not put on."""
    many = [f"t{number:02}" for number in range(60)]
    account.put(ANN, status, tags=many)
    wanted = [*many[:58], "new"]
    keys = {"tags_mode": "replace_owned", "owned_tags": ["t*"]}
    succeeded(sync(account, [{"email": ANN, "tags": wanted}], stream=TAGGED, streams=entry(**keys)))
    assert tags_of(account, ANN) == set(wanted)
    again = lambda: succeeded(sync(account, [{"email": ANN, "tags": wanted}], stream=TAGGED, streams=entry(**keys)))  # noqa: E731
    assert account.writes_of(again) == []


def test_somebody_with_many_tags_is_read_in_full_after_a_race(raced: Account, between: Between) -> None:
    """Somebody new turns out to be there with fifty-six tags: all of them are known when the record is planned anew."""
    tags = [*(f"t{number:02}" for number in range(55)), "CRM"]
    between.before("POST", "/3.0/lists/*", lambda: raced.put(ANN, "subscribed", tags=tags))
    keys = {"tags_mode": "replace_owned", "owned_tags": ["t*"]}
    succeeded(sync(raced, [{"email": ANN, "tags": ["t00"]}], stream=TAGGED, streams=entry(**keys)))
    assert between.is_done
    assert tags_of(raced, ANN) == {"t00", "CRM"}


@pytest.mark.parametrize("wording", ["observed", "not_tagged"])
def test_who_unsubscribes_meanwhile_gets_the_tag_by_their_own_call(
    raced: Account, between: Between, wording: str
) -> None:
    """The bulk call passes over them, in silence or in words; the tag is not lost."""
    raced.control.switch(segment_refusal_wording=wording)
    raced.seed(members=3, tags=["CRM"])
    raced.put(ANN, "subscribed")
    between.before("POST", SEGMENT, lambda: raced.act(ANN, "unsubscribe"))
    people = [{"email": email} for email in (ANN, *numbered(range(1, 4)))]
    result = succeeded(sync(raced, [*people, {"email": BOB}], stream=TAGGED, streams=entry(tags=["CRM"])))
    assert between.is_done
    assert "CRM" in tags_of(raced, ANN)
    assert raced.status(ANN) == "unsubscribed"
    assert not [reason for reason in result.reasons if "tag" in reason]


def test_a_refusal_is_reported_beside_the_outcome_in_mailchimps_words(raced: Account, between: Between) -> None:
    """Somebody is deleted between their data and their tags: their record keeps its outcome, the log says why."""
    raced.put(ANN, "unsubscribed")
    between.before("POST", OWN, lambda: raced.forget(ANN))
    result = succeeded(sync(raced, [{"email": ANN, "FNAME": "Ann"}], stream=TAGGED, streams=entry(tags=["CRM"])))
    assert result.outcomes == {"updated": 1}
    assert result.reasons["beside-tag-refused"] == 1
    assert "CRM" in result.log and "The requested resource could not be found." in result.log
    assert result.cursors == [1]


def test_a_tag_that_was_deleted_meanwhile_is_made_again(raced: Account, between: Between) -> None:
    """A marketer deletes the tag while the sync runs; everybody carries it at the end."""
    raced.seed(members=3, tags=["CRM"])
    raced.put(ANN, "subscribed")
    store = raced.sandbox.store.audience(raced.audience)

    def delete() -> None:
        tag = store.tag_named("CRM")
        assert tag is not None
        store.drop_segment(tag)

    between.before("POST", SEGMENT, delete)
    succeeded(sync(raced, [{"email": ANN}, {"email": BOB}], stream=TAGGED, streams=entry(tags=["CRM"])))
    assert between.is_done
    assert {ANN, BOB} <= carriers(raced, "CRM")


def names(account: Account) -> list[str]:
    """The names of all tags of the audience."""
    return sorted(tag.name for tag in account.sandbox.store.audience(account.audience).segments.values())


def other_sync_makes(account: Account, name: str, *emails: str) -> None:
    """Another sync makes a tag at this moment."""
    answer = requests.post(
        f"{account.sandbox.api_url}/lists/{account.audience}/segments",
        json={"name": name, "static_segment": list(emails)},
        auth=("any", account.sandbox.api_key),
        timeout=30,
    )
    assert answer.ok or "already exists" in answer.text


@pytest.mark.parametrize("duplicates", ["accepted", "refused"])
def test_of_two_syncs_that_make_one_tag_the_later_gives_way(raced: Account, between: Between, duplicates: str) -> None:
    """The other sync was first, whether Mailchimp takes a name twice or not: one tag, with the people of both."""
    raced.control.switch(duplicate_tag_name=duplicates)
    raced.put(ANN, "subscribed")
    raced.put(CLEO, "subscribed")
    between.before("POST", MAKES, lambda: other_sync_makes(raced, "New", CLEO))
    between.before("GET", "/3.0/lists/*/tag-search", lambda: raced.act(ANN, "unsubscribe"))
    succeeded(sync(raced, [{"email": ANN}, {"email": BOB}], stream=TAGGED, streams=entry(tags=["New"])))
    assert between.is_done
    assert names(raced) == ["New"]
    assert carriers(raced, "New") == {ANN, BOB, CLEO}


def test_of_two_syncs_that_make_one_tag_the_first_keeps_it(raced: Account, between: Between) -> None:
    """The other sync was later, and has its own look at it: ours stays as it is."""
    raced.put(ANN, "subscribed")
    between.after("POST", MAKES, lambda: other_sync_makes(raced, "New"))
    succeeded(sync(raced, [{"email": ANN}], stream=TAGGED, streams=entry(tags=["New"])))
    first = min(raced.sandbox.store.audience(raced.audience).segments.values(), key=lambda tag: tag.id)
    assert len(first.holders) == 1


def test_a_persons_own_call_and_a_bulk_call_share_a_new_tag(account: Account) -> None:
    """Whichever of the two is first makes it, and one tag is left."""
    account.seed(members=40)
    account.seed(members=40, start=41, status="unsubscribed")
    people = [{"email": email} for email in numbered(range(1, 81))]
    succeeded(sync(account, people, stream=TAGGED, streams=entry(tags=["New"])))
    assert names(account) == ["New"]
    assert len(carriers(account, "New")) == 80


@pytest.mark.parametrize(("kind", "times"), [("reset_after", 1), ("reset_after", 3), ("garbage", 3)])
def test_a_lost_answer_leaves_one_tag(account: Account, kind: str, times: int) -> None:
    """The tag was made and the answer lost: before another try is made, it is found."""
    account.seed(members=3)
    account.control.fault(kind, method="POST", path="/3.0/lists/*/segments", times=times)
    people = [{"email": email} for email in numbered(range(1, 4))]
    succeeded(sync(account, people, stream=TAGGED, streams=entry(tags=["New"])))
    assert names(account) == ["New"]
    assert carriers(account, "New") == set(numbered(range(1, 4)))


def test_threads_share_a_new_tag(account: Account) -> None:
    """Five thousand people, five connections, twenty new tags: each is made once."""
    people = [{"email": email, "tags": [f"tag {number % 20}"]} for number, email in enumerate(numbered(range(1, 5001)))]
    account.control.latency(ms=2)
    succeeded(sync(account, people, stream=TAGGED, streams=entry(tags=["Everybody"])))
    assert names(account) == sorted([*(f"tag {number}" for number in range(20)), "Everybody"])
    assert calls(account)["new"] == 21
    assert len(carriers(account, "Everybody")) == 5000


def test_no_journey_starts_by_a_persons_own_call(raced: Account, between: Between) -> None:
    """`is_syncing` goes with every call of a person's own tags, singly and in a job."""
    raced.seed(members=60, status="unsubscribed")
    records = [{"email": email} for email in numbered(range(1, 61))]
    succeeded(sync(raced, records[:2], stream=TAGGED, streams=entry(tags=["CRM"])))
    succeeded(sync(raced, records, stream=TAGGED, streams=entry(tags=["CRM"])))
    own = [call.body for call in between.calls if fnmatch.fnmatchcase(call.path, OWN) and call.method == "POST"]
    jobs = [one["body"] for call in between.calls if call.path == "/3.0/batches" for one in call.body["operations"]]
    assert len(own) == 2 and len(jobs) == 58
    assert all(body["is_syncing"] is True for body in own)
    assert all('"is_syncing":true' in body for body in jobs)


def test_members_before_their_tags_and_both_before_the_state(account: Account) -> None:
    """At the moment the STATE comes out everybody before it is there with every tag."""
    account.put(BOB, "unsubscribed")
    messages = [TAGGED.record(email=ANN, tags=["a"]), TAGGED.record(email=BOB, tags=["a"]), TAGGED.state(2)]
    catalog = {"streams": [TAGGED.configured()]}
    seen = []
    form = config(account, streams=entry(tags=["CRM"]))
    for message in connector(account.api_url).write_raw(form, catalog, iter(messages)):
        if message["type"] == "STATE":
            seen.append({email: set(one.tags) for email, one in account.people().items()})
    assert seen == [{ANN: {"a", "CRM"}, BOB: {"a", "CRM"}}]
    kinds = [path for _, path in account.writes()]
    assert fnmatch.fnmatchcase(kinds[0], "/3.0/lists/*") and "/segments" not in kinds[0]


def test_two_streams_add_their_tags_to_one_person(account: Account) -> None:
    """Each stream puts its own tag on, whoever comes first; nobody's is lost."""
    customers, guests = Stream("customers", ("email",)), Stream("guests", ("email",))
    account.put(BOB, "unsubscribed")
    messages = [one.record(email=email) for email in (ANN, BOB) for one in (customers, guests, customers)]
    streams = [{"stream": "customers", "tags": ["Customer"]}, {"stream": "guests", "tags": ["Guest"]}]
    result: Result = succeeded(feed(account, messages, [customers, guests], streams=streams))
    assert tags_of(account, ANN) == tags_of(account, BOB) == {"Customer", "Guest"}
    assert sum(result.outcomes.values()) == 6


def test_archived_people_are_not_tagged(account: Account) -> None:
    """Who is held because they are archived is left as they are."""
    account.put(ANN, "archived", tags=["VIP"])
    result = succeeded(sync(account, [{"email": ANN}], stream=TAGGED, streams=entry(tags=["CRM"])))
    assert tags_of(account, ANN) == {"VIP"}
    assert result.outcomes == {"held": 1}


def test_a_tag_that_is_there_twice_comes_off_whole(account: Account) -> None:
    """Mailchimp can have two tags of one name; who carries both carries neither once the tag is taken off."""
    account.put(ANN, "subscribed", tags=["VIP"])
    url = f"{account.sandbox.api_url}/lists/{account.audience}/segments"
    for _ in range(2):
        body = {"name": "crm-1", "static_segment": [ANN]}
        made = requests.post(url, json=body, auth=("key", account.sandbox.api_key), timeout=10)
        assert made.json()["member_count"] == 1
    keys = {"tags_mode": "replace_owned", "owned_tags": ["crm-*"]}
    succeeded(sync(account, [{"email": ANN, "tags": []}], stream=TAGGED, streams=entry(**keys)))
    assert tags_of(account, ANN) == {"VIP"}
