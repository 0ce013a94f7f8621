"""What Mailchimp answers that nobody foresaw: it costs what it is about, is said, and is never taken for success."""

import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import CONSENT, Account, Json, Result, Stream, succeeded, sync
from unit_tests.destination.field_entries import to

DATA = Stream(columns=("email", "FNAME"))
LIST = "/3.0/lists/*"
MEMBER = "/3.0/lists/*/members/*"
EMAIL = "ann@sandbox-people.org"
LATER = "2025-06-01T00:00:00Z"


def email(n: int) -> str:
    """The address of somebody."""
    return f"p{n}@sandbox-people.org"


def warnings(result: Result) -> list[str]:
    """What was said as a warning."""
    logs = [one["log"] for one in result.messages if one["type"] == "LOG"]
    return [log["message"] for log in logs if log["level"] == "WARN"]


# A status that nobody knows


def of_unknown_status(account: Account, *emails: str) -> None:
    """Members whose status is a word that the connector does not know."""
    account.control.switch(unknown_statuses="present")
    for address in emails:
        account.put(address, "paused")


@pytest.mark.parametrize("people", [1, 60])
@pytest.mark.parametrize("resubscribe", ["never", "ask", "with_newer_consent"])
def test_a_status_nobody_knows_counts_as_opted_out(account: Account, people: int, resubscribe: str) -> None:
    """Their data is written, nothing makes them mailable, and the word is said once."""
    addresses = [email(n) for n in range(people)]
    of_unknown_status(account, *addresses)
    records: list[Json] = [{"email": one, "FNAME": "New", "opt_in": True, "agreed_at": LATER} for one in addresses]
    result = succeeded(sync(account, records, resubscribe=resubscribe, streams=[CONSENT]))
    assert result.outcomes == {"held": people}
    assert result.reasons == {"held-opted-out": people}
    assert {person.status for person in account.people().values()} == {"paused"}
    assert {person.values["FNAME"] for person in account.people().values()} == {"New"}
    assert account.mailed() == []
    assert len([one for one in warnings(result) if "'paused'" in one]) == 1


def test_data_of_somebody_with_an_unknown_status_is_kept_current(account: Account) -> None:
    """A record that asks nothing brings its data, and no status goes with it."""
    of_unknown_status(account, EMAIL)
    result = succeeded(sync(account, [{"email": EMAIL, "FNAME": "New"}], stream=DATA))
    assert result.outcomes == {"updated": 1}
    assert account.people()[EMAIL].status == "paused"


@pytest.mark.parametrize("removal", ["unsubscribe", "archive"])
def test_nobody_with_an_unknown_status_is_put_away(account: Account, removal: str) -> None:
    """They count as opted out already; an archive would hide what they are."""
    of_unknown_status(account, EMAIL)
    stream = Stream(columns=("email", "deleted"))
    entry = {"stream": "people", "deleted_field": "deleted"}
    result = succeeded(
        sync(account, [{"email": EMAIL, "deleted": True}], stream=stream, removal=removal, streams=[entry])
    )
    assert result.outcomes == {"skipped": 1}
    assert account.status(EMAIL) == "paused"


def test_a_status_that_becomes_unknown_meanwhile_is_no_error(raced: Account, between: Between) -> None:
    """Also where the word comes in the answer to a write."""
    raced.put(EMAIL, "unsubscribed")

    def pauses() -> None:
        member = raced.sandbox.store.audience(raced.audience).find(EMAIL)
        assert member is not None
        member.status = "paused"

    between.before("PATCH", MEMBER, pauses)
    result = succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=DATA))
    assert result.outcomes == {"updated": 1}
    assert len([one for one in warnings(result) if "'paused'" in one]) == 1


# Contacts without an address


@pytest.mark.parametrize("shown", ["empty", "null"])
@pytest.mark.parametrize("tagged", [False, True])
def test_a_contact_without_an_address_is_passed_over(account: Account, shown: str, tagged: bool) -> None:
    """Whoever has only a telephone number ends neither the look at the audience nor a mirror."""
    account.control.switch(contacts_without_address=shown)
    account.act("", "subscribe_sms", phone="+14045550111")
    for n in range(30):
        account.put(email(n), "subscribed", **({"tags": ["list"]} if tagged else {}))
    records: list[Json] = [{"email": email(n), "FNAME": "New"} for n in range(30)]
    keys: Json = {"streams": [{"stream": "people", "mirror_tag": "list"}]} if tagged else {}
    stream = Stream(columns=("email", "FNAME"), source_mode="full_refresh")
    result = succeeded(sync(account, records, stream=stream, **keys))
    assert result.outcomes == {"updated": 30}


# Groups and merge fields that are deleted while the sync runs


def with_groups(account: Account) -> dict[str, str]:
    """A category with two groups: name → id."""
    ids = {"Red": "aaaaaaaaa1", "Blue": "bbbbbbbbb2"}
    interests = [{"id": key, "name": name} for name, key in ids.items()]
    account.seed(interest_categories=[{"title": "Colors", "interests": interests}])
    return ids


def forget_group(account: Account, key: str) -> None:
    """A marketer deletes a group."""
    account.sandbox.store.audience(account.audience).interests.pop(key, None)


GROUPS: Json = {
    "streams": [
        {
            "stream": "people",
            "fields": [to("red", "group:Colors/Red"), to("blue", "group:Colors/Blue"), to("FNAME", "FNAME")],
        }
    ]
}
WITH_GROUPS = Stream(columns=("email", "FNAME", "red", "blue"))


@pytest.mark.parametrize("schema_errors", ["per_row", "whole_call"])
@pytest.mark.parametrize("status", ["", "subscribed", "unsubscribed"])
@pytest.mark.parametrize("people", [1, 60])
def test_a_group_that_is_deleted_meanwhile_costs_its_values_only(
    raced: Account, between: Between, people: int, status: str, schema_errors: str
) -> None:
    """Everybody is written with everything else, by whatever call, and the group is named once."""
    raced.control.switch(batch_schema_errors=schema_errors)
    groups = with_groups(raced)
    for n in range(people if status else 0):
        raced.put(email(n), status)
    for method, path in (("POST", LIST), ("PATCH", MEMBER), ("POST", "/3.0/batches")):
        between.before(method, path, lambda: forget_group(raced, groups["Red"]))
    records: list[Json] = [{"email": email(n), "FNAME": "New", "red": True, "blue": True} for n in range(people)]
    result = succeeded(sync(raced, records, stream=WITH_GROUPS, max_connections=1, **GROUPS))
    assert result.outcomes == {"updated" if status else "created": people}
    assert result.reasons["beside-field-gone"] == people
    members = raced.sandbox.store.audience(raced.audience).by_digest.values()
    assert {tuple(member.interests) for member in members} == {(groups["Blue"],)}
    assert {person.values["FNAME"] for person in raced.people().values()} == {"New"}
    assert (
        len([one for one in warnings(result) if one.startswith("group:Colors/Red is no longer in the audience")]) == 1
    )


def test_after_the_first_refusal_nobody_else_is_refused(raced: Account, between: Between) -> None:
    """Contacts that come later are sent without the group at once."""
    groups = with_groups(raced)
    between.before("POST", LIST, lambda: forget_group(raced, groups["Red"]))
    records: list[Json] = [{"email": email(n), "red": True, "blue": True} for n in range(1600)]
    result = succeeded(sync(raced, records, stream=WITH_GROUPS, max_connections=1, **GROUPS))
    assert result.outcomes == {"created": 1600}
    sent = [row for call in between.calls if call.method == "POST" for row in (call.body or {}).get("members", ())]
    assert len(sent) < 1600 + 2 * 500 + 1


def test_a_record_with_nothing_but_the_group_is_unchanged(raced: Account, between: Between) -> None:
    """Where no other value is left there is nothing to write."""
    groups = with_groups(raced)
    raced.put(EMAIL, "unsubscribed")
    between.before("PATCH", MEMBER, lambda: forget_group(raced, groups["Red"]))
    keys: Json = {"streams": [{"stream": "people", "fields": [to("red", "group:Colors/Red")]}]}
    result = succeeded(sync(raced, [{"email": EMAIL, "red": True}], stream=Stream(columns=("email", "red")), **keys))
    assert result.outcomes == {"unchanged": 1}
    assert result.reasons["beside-field-gone"] == 1


@pytest.mark.parametrize("status", ["", "subscribed", "unsubscribed"])
@pytest.mark.parametrize("people", [1, 60])
def test_a_merge_field_that_is_deleted_meanwhile_is_said(
    raced: Account, between: Between, people: int, status: str
) -> None:
    """Mailchimp passes its values over in silence: every record says so, and the field is named once."""
    for n in range(people if status else 0):
        raced.put(email(n), status)

    def forget() -> None:
        fields = raced.sandbox.store.audience(raced.audience).merge_fields
        for key, field in list(fields.items()):
            if field.tag == "LNAME":
                del fields[key]

    for method, path in (("POST", LIST), ("PATCH", MEMBER), ("POST", "/3.0/batches")):
        between.before(method, path, forget)
    stream = Stream(columns=("email", "FNAME", "LNAME"))
    records: list[Json] = [{"email": email(n), "FNAME": "New", "LNAME": "Gone"} for n in range(people)]
    result = succeeded(sync(raced, records, stream=stream, max_connections=1))
    assert result.outcomes == {"updated" if status else "created": people}
    assert result.reasons["beside-field-gone"] == people
    assert len([one for one in warnings(result) if one.startswith("LNAME (Last Name)")]) == 1


def test_fields_that_are_there_are_not_said_to_be_gone(account: Account) -> None:
    """An answer shows every merge field, so nothing is missing where nothing was deleted."""
    account.put(email(0), "subscribed")
    account.put(email(1), "unsubscribed")
    stream = Stream(columns=("email", "FNAME", "LNAME", "BORN"))
    records: list[Json] = [{"email": email(n), "FNAME": "A", "LNAME": "", "BORN": "01/02"} for n in range(3)]
    result = succeeded(sync(account, records, stream=stream, empty_values="clear"))
    assert "beside-field-gone" not in result.reasons
    assert warnings(result) == []


# Refusals in other words


@pytest.mark.parametrize("wording", ["classic", "newer"])
def test_the_forgotten_are_told_apart_in_either_wording(account: Account, wording: str) -> None:
    """An address that was deleted for good is held as forgotten, whatever Mailchimp's words for it."""
    account.control.switch(refusal_wording=wording)
    account.put(EMAIL, "subscribed")
    account.forget(EMAIL)
    result = succeeded(sync(account, [{"email": EMAIL}, {"email": email(0)}], stream=DATA))
    assert result.reasons == {"held-forgotten": 1}


@pytest.mark.parametrize("wording", ["classic", "newer"])
def test_who_left_is_told_apart_in_either_wording(account: Account, wording: str) -> None:
    """A return that Mailchimp leaves to the person is held as compliance, whatever the words."""
    account.control.switch(refusal_wording=wording)
    account.put(EMAIL, "unsubscribed", left_by="person")
    record: Json = {"email": EMAIL, "FNAME": "New", "opt_in": True, "agreed_at": LATER}
    result = succeeded(sync(account, [record], resubscribe="with_newer_consent", streams=[CONSENT]))
    assert result.reasons == {"held-compliance": 1}
    assert account.people()[EMAIL].values == {"FNAME": "New"}


@pytest.mark.parametrize("wording", ["classic", "newer"])
def test_a_batch_full_of_people_who_were_forgotten_changes_nobody_elses_way(
    raced: Account, between: Between, wording: str
) -> None:
    """Refusals of what people did themselves say nothing about the call: the others are still written in bulk."""
    raced.control.switch(refusal_wording=wording)
    emails = [email(n) for n in range(1000)]
    raced.seed(*[{"email_address": one, "status": "subscribed"} for one in emails])

    def forget() -> None:
        for one in emails[:500]:
            raced.forget(one)

    between.before("POST", LIST, forget)
    records: list[Json] = [{"email": one, "FNAME": "New"} for one in emails]
    result = succeeded(sync(raced, records, stream=DATA, max_connections=1))
    assert result.outcomes == {"updated": 500, "held": 500}
    assert not [call for call in between.calls if call.method == "PATCH" or call.path == "/3.0/batches"]


# Answers that show nothing


@pytest.mark.parametrize("kind", ["204_empty", "200_empty_object"])
@pytest.mark.parametrize("people", [1, 3])
def test_a_write_that_shows_no_member_is_never_an_update(account: Account, kind: str, people: int) -> None:
    """PATCH that is answered by nothing, for ever, ends as an error or a rejection: never as updated."""
    for n in range(people):
        account.put(email(n), "unsubscribed")
    account.control.fault(kind, method="PATCH", path=MEMBER)
    result = sync(account, [{"email": email(n), "FNAME": "New"} for n in range(people)], stream=DATA)
    assert "updated" not in result.outcomes
    assert {tuple(person.values) for person in account.people().values()} == {()}
    if result.error is None:
        assert result.outcomes == {"rejected": people}
