"""One contact over whom Mailchimp fails with a server error stops nobody else, and is never taken for written."""

import pytest

from integration_tests.destination.syncing import CONSENT, Account, Json, Result, Stream, succeeded, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from unit_tests.destination.field_entries import to

DATA = Stream(columns=("email", "FNAME"))
TAGGED = Stream(columns=("email", "tags"))
DELETIONS = Stream(columns=("email", "FNAME", "deleted"))
WRITES = "/3.0/lists/*"
MEMBER = "/3.0/lists/*/members/*"
BROKEN = "broken@sandbox-people.org"
LATER = "2025-06-01T00:00:00Z"


def email(n: int) -> str:
    """The address of somebody."""
    return f"p{n}@sandbox-people.org"


def with_broken(people: int, place: int) -> list[Json]:
    """Records of so many people, and the broken contact's at its place among them."""
    records: list[Json] = [{"email": email(n), "FNAME": "New"} for n in range(people)]
    records.insert(place, {"email": BROKEN, "FNAME": "New"})
    return records


def is_transient(result: Result) -> bool:
    """Whether the sync ended as an error that the platform tries again."""
    return result.error is not None and str(result.error.failure_type).endswith("transient_error")


@pytest.mark.parametrize("people", [1, 2, 3, 40, 501])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_contact_that_fails_is_rejected_and_everybody_else_is_added(
    account: Account, people: int, place: str
) -> None:
    """Wherever the contact stands among the others, it costs its own record, and the STATE leaves."""
    account.control.fault("500_for", email=BROKEN)
    at = {"first": 0, "middle": people // 2, "last": people}[place]
    result = succeeded(sync(account, with_broken(people, at), stream=DATA))
    assert result.outcomes == {"created": people, "rejected": 1}
    assert result.reasons == {"rejected-mailchimp-failed": 1}
    assert result.cursors == [people + 1]
    assert set(account.people()) == {email(n) for n in range(people)}


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed"])
@pytest.mark.parametrize("people", [1, 7, 60])
def test_one_member_that_fails_is_rejected_and_everybody_else_is_updated(
    account: Account, status: str, people: int
) -> None:
    """The same for people who are there, written in bulk, by calls of their own, or by a job."""
    for address in (BROKEN, *(email(n) for n in range(people))):
        account.put(address, status)
    account.control.fault("500_for", email=BROKEN)
    result = succeeded(sync(account, with_broken(people, people // 2), stream=DATA))
    assert result.outcomes == {"updated": people, "rejected": 1}
    values = {address: dict(person.values) for address, person in account.people().items()}
    assert values.pop(BROKEN) == {}
    assert list(values.values()) == [{"FNAME": "New"}] * people


def test_a_member_whose_own_read_fails_is_looked_for_among_everybody(account: Account) -> None:
    """A single read that always fails costs nothing: the pages of the audience show the member."""
    account.put(BROKEN, "unsubscribed")
    account.control.fault("500_for", method="GET", email=BROKEN)
    result = succeeded(sync(account, [{"email": BROKEN, "FNAME": "New"}], stream=DATA))
    assert result.outcomes == {"updated": 1}
    assert account.people()[BROKEN].values == {"FNAME": "New"}


def test_a_stranger_whose_own_read_fails_is_added(account: Account) -> None:
    """Where neither the single read nor the pages show anybody, the person is new."""
    account.control.fault("500_for", method="GET", email=BROKEN)
    result = succeeded(sync(account, [{"email": BROKEN, "FNAME": "New"}], stream=DATA))
    assert result.outcomes == {"created": 1}


def test_a_contact_alone_proves_nothing(account: Account) -> None:
    """Where nobody else goes through the same call, it may be Mailchimp that fails: the run ends to be tried again."""
    account.control.fault("500_for", email=BROKEN)
    result = sync(account, [{"email": BROKEN, "FNAME": "New"}], stream=DATA)
    assert is_transient(result)
    assert result.cursors == []


@pytest.mark.parametrize("after", [0, 1, 2])
def test_when_mailchimp_fails_for_everybody_nobody_is_rejected(account: Account, after: int) -> None:
    """A write that fails for everybody from some point on ends the run: nobody is rejected for Mailchimp's sake."""
    account.control.fault("500_for", method="POST", path=WRITES, email=BROKEN)
    account.control.fault("500", method="POST", path=WRITES, after=after)
    result = sync(account, with_broken(3, 3), stream=DATA)
    assert is_transient(result)
    assert result.cursors == []


@pytest.mark.parametrize(("failing", "ends_well"), [(5, True), (6, False)])
def test_at_most_five_contacts_are_given_up(account: Account, failing: int, ends_well: bool) -> None:
    """Five may be broken; with a sixth it is Mailchimp that fails, and the run ends to be tried again."""
    for n in range(failing):
        account.control.fault("500_for", email=email(3 * n))
    result = sync(account, [{"email": email(n), "FNAME": "New"} for n in range(40)], stream=DATA)
    if ends_well:
        assert succeeded(result).outcomes == {"created": 35, "rejected": 5}
    else:
        assert is_transient(result)
        assert result.cursors == []


@pytest.mark.parametrize("removal", ["unsubscribe", "archive", "delete_permanently"])
def test_a_removal_is_never_settled_by_a_server_error(account: Account, removal: str) -> None:
    """Somebody who is to go and cannot be written ends the run: their removal may not be forgotten."""
    account.put(BROKEN, "subscribed")
    for n in range(3):
        account.put(email(n), "subscribed")
    records: list[Json] = [{"email": one, "deleted": True} for one in (email(0), BROKEN, email(1))]
    account.control.fault("500_for", email=BROKEN)
    keys: Json = {"removal": removal, "streams": [{"stream": "people", "deleted_field": "deleted"}]}
    if removal == "delete_permanently":
        keys["confirm_permanent_deletion"] = "delete permanently"
    result = sync(account, records, stream=DELETIONS, **keys)
    assert is_transient(result)
    assert result.cursors == []


def test_an_opt_out_is_never_settled_by_a_server_error(account: Account) -> None:
    """A record that says no ends the run where its contact cannot be written."""
    for address in (BROKEN, email(0), email(1)):
        account.put(address, "subscribed")
    account.control.fault("500_for", email=BROKEN)
    records: list[Json] = [{"email": one, "opt_in": False} for one in (email(0), BROKEN, email(1))]
    result = sync(account, records, streams=[CONSENT], max_removals_percent=100)
    assert is_transient(result)
    assert result.cursors == []


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed"])
@pytest.mark.parametrize("people", [1, 7, 60])
def test_a_tag_that_fails_for_one_contact_is_given_to_everybody_else(
    account: Account, status: str, people: int
) -> None:
    """The tag of a broken contact is said to be refused; the others carry theirs."""
    addresses = [email(n) for n in range(people)]
    for address in (BROKEN, *addresses):
        account.put(address, status)
    account.control.fault("500_for", method="POST", email=BROKEN)
    entry = {"stream": "people", "tags_field": "tags"}
    records: list[Json] = [{"email": one, "tags": ["vip"]} for one in (*addresses, BROKEN)]
    result = succeeded(sync(account, records, stream=TAGGED, streams=[entry]))
    assert result.outcomes == {"updated": people + 1}
    assert result.reasons["beside-tag-refused"] == 1
    carriers = {address for address, person in account.people().items() if person.tags == {"vip"}}
    assert carriers == set(addresses)


def test_a_return_that_fails_for_one_contact_is_rejected(account: Account) -> None:
    """Somebody whose return cannot be written costs their own record."""
    addresses = [email(0), BROKEN, email(1)]
    for address in addresses:
        account.put(address, "unsubscribed", left_by="api")
    account.control.fault("500_for", method="PUT", path=MEMBER, email=BROKEN)
    records: list[Json] = [{"email": one, "opt_in": True, "agreed_at": LATER} for one in addresses]
    result = succeeded(sync(account, records, resubscribe="with_newer_consent", streams=[CONSENT]))
    assert result.outcomes == {"resubscribed": 2, "rejected": 1}
    assert account.status(BROKEN) == "unsubscribed"


def test_permissions_of_somebody_new_are_read_from_any_member(account: Account) -> None:
    """A new contact whose own read fails still gets its marketing permissions: a page of members shows their ids."""
    account.seed(marketing_permissions=["Email"])
    account.control.fault("500_for", method="GET", email=BROKEN)
    keys: Json = {"streams": [{"stream": "people", "fields": [to("agrees", "permission:Email")]}]}
    stream = Stream(columns=("email", "agrees"))
    result = succeeded(sync(account, [{"email": BROKEN, "agrees": True}], stream=stream, **keys))
    assert result.outcomes == {"created": 1}
    member = account.sandbox.store.audience(account.audience).find(BROKEN)
    assert member is not None and member.permissions


@pytest.mark.parametrize(("failing", "ends_well"), [(5, True), (6, False)])
def test_when_the_reads_of_many_fail_it_is_mailchimp_that_fails(
    account: Account, failing: int, ends_well: bool
) -> None:
    """A few are looked for among everybody; for more nobody waits, and the run ends to be tried again."""
    account.seed(members=20_000)
    for n in range(failing):
        account.control.fault("500_for", method="GET", email=email(n))
    result = sync(account, [{"email": email(n), "FNAME": "New"} for n in range(8)], stream=DATA)
    if ends_well:
        assert succeeded(result).outcomes == {"created": 8}
    else:
        assert is_transient(result)
        assert result.cursors == []


# Tags beyond the fifty that a member object shows


MANY_TAGS = [f"tag {n}" for n in range(52)]
REPLACED: Json = {"stream": "people", "tags_field": "tags", "tags_mode": "replace_owned", "owned_tags": ["crm*"]}


def with_many_tags(account: Account, others: int) -> None:
    """Put people into the audience of whom a member object does not show all tags, the broken one among them."""
    for address in (BROKEN, *(email(n) for n in range(others))):
        account.put(address, "subscribed", tags=["crm old", *MANY_TAGS])


def hide_tags(account: Account) -> None:
    """Let Mailchimp fail over the tags of the broken contact."""
    path = f"/3.0/lists/*/members/{member_hash(BROKEN)}/tags"
    account.control.fault("500", method="GET", path=path)


@pytest.mark.parametrize("others", [1, 3])
def test_one_member_whose_tags_are_not_shown_is_rejected(account: Account, others: int) -> None:
    """The record is rejected and the member left as it is; everybody else's tags are replaced."""
    with_many_tags(account, others)
    hide_tags(account)
    before = account.people()[BROKEN]
    records: list[Json] = [{"email": BROKEN, "tags": ["crm new"]}]
    records += [{"email": email(n), "tags": ["crm new"]} for n in range(others)]
    result = succeeded(sync(account, records, stream=TAGGED, streams=[REPLACED]))
    assert result.outcomes == {"updated": others, "rejected": 1}
    assert result.reasons == {"rejected-mailchimp-failed": 1}
    assert account.people()[BROKEN] == before
    for n in range(others):
        assert account.people()[email(n)].tags == {"crm new", *MANY_TAGS}


def test_where_nobodys_tags_are_shown_the_run_ends(account: Account) -> None:
    """Without anybody who got through the same call it is Mailchimp that fails, not one contact."""
    with_many_tags(account, 0)
    hide_tags(account)
    result = sync(account, [{"email": BROKEN, "tags": ["crm new"]}], stream=TAGGED, streams=[REPLACED])
    assert is_transient(result)
    assert result.cursors == []


def test_no_deletion_ends_by_tags_that_are_not_shown(account: Account) -> None:
    """Which tags a deletion takes off is not known, so the run ends and the deletion comes again."""
    with_many_tags(account, 2)
    hide_tags(account)
    stream = Stream(columns=("email", "tags", "deleted"))
    records: list[Json] = [{"email": email(n), "tags": ["crm new"]} for n in range(2)]
    records.append({"email": BROKEN, "deleted": True})
    entry = {**REPLACED, "deleted_field": "deleted"}
    result = sync(account, records, stream=stream, removal="remove_tags", streams=[entry])
    assert is_transient(result)
    assert result.cursors == []
    account.control.lift_faults()
    succeeded(sync(account, records, stream=stream, removal="remove_tags", streams=[entry]))
    assert account.people()[BROKEN].tags == set(MANY_TAGS)
