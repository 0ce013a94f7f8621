"""People whose record is deleted, end to end: what each removal does to whom, and where the fuse stops it."""

from typing import Any, assert_never, get_args

import pytest
from airbyte_cdk.models import FailureType

from integration_tests.destination.lists import carriers, list_stream, numbered
from integration_tests.destination.syncing import Account, Json, Stream, feed, succeeded, sync
from source_destination_mailchimp.destination.form.settings import Removal

ANN, BOB = "ann@sandbox-people.org", "bob@sandbox-people.org"
PEOPLE = list_stream(mode="append_dedup", source_mode="incremental")
TIME = "2025-06-01T00:00:00Z"
WORDS = {"confirm_permanent_deletion": "delete permanently"}
ASKING = {"stream": "people", "opt_in_field": "opt_in"}
REMOVALS = get_args(Removal)
STATUSES = ("subscribed", "pending", "unsubscribed", "cleaned", "transactional", "archived")


def end_of(status: str, removal: Removal) -> str | None:
    """Return the status after a removal; None for somebody who is erased."""
    match removal:
        case "keep" | "remove_tags":
            return status
        case "delete_permanently":
            return None
        case "unsubscribe":
            return "unsubscribed" if status in ("subscribed", "pending") else status
        case "archive":
            ends = {"subscribed": "archived", "transactional": "archived", "pending": "unsubscribed"}
            return ends.get(status, status)
        case _:
            assert_never(removal)


def outcome_of(status: str, removal: Removal) -> str:
    """What is said of a record that removes somebody of this status."""
    match removal:
        case "remove_tags":
            return "untagged"
        case "unsubscribe":
            return "unsubscribed"
        case "archive":
            return "unsubscribed" if status == "pending" else "archived"
        case "delete_permanently":
            return "deleted"
        case "keep":
            return "skipped"
        case _:
            assert_never(removal)


def form(removal: str, **entry: Any) -> Json:
    """Settings with a removal and a stream of two tags."""
    words = WORDS if removal == "delete_permanently" else {}
    return {"removal": removal, "streams": [{"stream": "people", "tags": ["CRM"], **entry}], **words}


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_removal_for_every_status(account: Account, removal: Removal, status: str) -> None:
    """Who is removed how; nobody opted out or cleaned is archived, and the marketer's tags stay."""
    account.put(ANN, status, tags=["CRM", "VIP"])
    record = {"email": ANN, "_ab_cdc_deleted_at": TIME}
    result = succeeded(sync(account, [record], stream=PEOPLE, **form(removal)))
    end = end_of(status, removal)
    is_removed = removal != "keep" and (end != status or removal == "remove_tags")
    assert account.status(ANN) == end
    assert result.outcomes == {outcome_of(status, removal) if is_removed else "skipped": 1}
    if end:
        assert account.people()[ANN].tags == ({"VIP"} if removal == "remove_tags" else {"CRM", "VIP"})
    assert account.mailed() == []
    assert result.cursors == [1]
    again = lambda: succeeded(sync(account, [record], stream=PEOPLE, **form(removal)))  # noqa: E731
    assert account.writes_of(again) == []


@pytest.mark.parametrize("removal", REMOVALS)
def test_many_of_every_status_at_once(account: Account, removal: Removal) -> None:
    """Two hundred deletions, whatever route they take, end as one does; each has its outcome."""
    for start, status in enumerate(STATUSES):
        account.seed(members=40, start=1 + 40 * start, status=status, tags=["CRM", "VIP"])
    records = [{"email": email, "deleted": "yes"} for email in numbered(range(1, 241))]
    keys = form(removal, deleted_field="deleted")
    result = sync(account, records, stream=PEOPLE, max_removals_percent=100, **keys)
    if removal == "delete_permanently":
        assert result.complaint.startswith("max_removals_percent: the sync stopped with 10 contacts removed")
        assert result.outcomes == {"deleted": 10}
        return
    people = account.people()
    for start, status in enumerate(STATUSES):
        there = {people[email].status for email in numbered(range(1 + 40 * start, 41 + 40 * start))}
        assert there == {end_of(status, removal)}
    assert sum(succeeded(result).outcomes.values()) == 240
    assert len(carriers(account, "CRM")) == (0 if removal == "remove_tags" else 240)


@pytest.mark.parametrize(
    ("column", "value", "goes"),
    [
        ("_ab_cdc_deleted_at", TIME, True),
        ("_ab_cdc_deleted_at", None, False),
        ("_ab_cdc_deleted_at", "", False),
        ("deleted", True, True),
        ("deleted", "t", True),
        ("deleted", TIME, True),
        ("deleted", 1, True),
        ("deleted", False, False),
        ("deleted", None, False),
        ("deleted", "0", False),
        ("deleted", "no", False),
    ],
)
@pytest.mark.parametrize("stream", [PEOPLE, list_stream(mode="append")], ids=["dedup", "append"])
def test_what_marks_a_deletion(account: Account, stream: Stream, column: str, value: Any, goes: bool) -> None:
    """Airbyte's own column always, another where the form names it; in every sync mode that writes."""
    account.put(ANN, "subscribed")
    keys = form("archive", deleted_field="deleted")
    result = succeeded(sync(account, [{"email": ANN, column: value}], stream=stream, **keys))
    assert account.status(ANN) == ("archived" if goes else "subscribed")
    assert result.outcomes == {"archived" if goes else "updated": 1}


def test_a_mark_that_cannot_be_read_removes_nobody(account: Account) -> None:
    """The record is rejected and the person is left as they are."""
    account.put(ANN, "subscribed")
    keys = form("archive", deleted_field="deleted")
    records = [{"email": ANN, "deleted": "perhaps"}, {"email": BOB}]
    result = succeeded(sync(account, records, stream=PEOPLE, **keys))
    assert account.status(ANN) == "subscribed"
    assert result.outcomes == {"rejected": 1, "created": 1}


@pytest.mark.parametrize("removal", ["keep", "archive"])
def test_soft_delete_stops_before_the_first_write(account: Account, removal: Removal) -> None:
    """Elsewhere the mode means that every record is a deletion; the sentence says how deletions are marked here."""
    account.put(ANN, "subscribed")
    stream = list_stream(mode="soft_delete")
    result = sync(account, [{"email": ANN, "_ab_cdc_deleted_at": TIME}], stream=stream, **form(removal))
    assert "sync mode soft_delete is not supported" in result.complaint
    assert "deleted_field" in result.complaint
    assert account.writes() == []


def test_update_removes_people_and_adds_none(account: Account) -> None:
    """In `update` mode a deletion removes who is there; who is not is skipped."""
    account.put(ANN, "subscribed")
    stream = list_stream(mode="update")
    records = [{"email": ANN, "_ab_cdc_deleted_at": TIME}, {"email": BOB, "_ab_cdc_deleted_at": TIME}]
    result = succeeded(sync(account, records, stream=stream, **form("archive")))
    assert (account.status(ANN), account.status(BOB)) == ("archived", None)
    assert result.outcomes == {"archived": 1, "skipped": 1}


@pytest.mark.parametrize("email", [None, "", "not an address"])
def test_a_deletion_without_an_address_is_rejected_with_the_way_out(account: Account, email: str | None) -> None:
    """Nobody knows who is meant, so nobody goes."""
    account.put(ANN, "subscribed")
    records: list[Json] = [{"email": email, "_ab_cdc_deleted_at": TIME}, {"email": ANN}]
    result = succeeded(sync(account, records, stream=PEOPLE, **form("archive")))
    assert account.status(ANN) == "subscribed"
    assert result.outcomes == {"rejected": 1, "updated": 1}


def test_a_deletion_without_an_address_is_looked_up_by_the_external_id(account: Account) -> None:
    """The member with that id goes; an id that nobody has is gone already."""
    account.seed(merge_fields=[{"tag": "CRMID", "name": "CRM", "type": "text"}])
    account.put(ANN, "subscribed", merge_fields={"CRMID": "c-1"})
    account.put(BOB, "subscribed", merge_fields={"CRMID": "c-2"})
    stream = Stream("people", ("email", "id", "_ab_cdc_deleted_at"))
    keys = form("archive", external_id="id -> CRMID")
    records = [{"email": None, "id": one, "_ab_cdc_deleted_at": TIME} for one in ("c-1", "c-9")]
    result = succeeded(sync(account, records, stream=stream, **keys))
    assert (account.status(ANN), account.status(BOB)) == ("archived", "subscribed")
    assert result.outcomes == {"archived": 1, "skipped": 1}


def test_a_deletion_of_an_address_that_is_somebody_elses_now_removes_nobody(account: Account) -> None:
    """The address went over to another external id."""
    account.seed(merge_fields=[{"tag": "CRMID", "name": "CRM", "type": "text"}])
    account.put(ANN, "subscribed", merge_fields={"CRMID": "c-2"})
    stream = Stream("people", ("email", "id", "_ab_cdc_deleted_at"))
    record = {"email": ANN, "id": "c-1", "_ab_cdc_deleted_at": TIME}
    result = succeeded(sync(account, [record], stream=stream, **form("archive", external_id="id -> CRMID")))
    assert account.status(ANN) == "subscribed"
    assert result.reasons["skipped-belongs-to-another-record"] == 1


@pytest.mark.parametrize("duplicates", ["last", "first"])
@pytest.mark.parametrize("removal", REMOVALS)
def test_deletions_are_never_duplicates(account: Account, removal: Removal, duplicates: str) -> None:
    """Whatever else comes of an address, each deletion has its own outcome and every record exactly one."""
    account.put(ANN, "subscribed", tags=["CRM"])
    marked = {"email": ANN, "_ab_cdc_deleted_at": TIME}
    records = [{"email": ANN, "FNAME": "A"}, marked, marked, {"email": ANN, "FNAME": "B"}, marked]
    result = succeeded(sync(account, records, stream=PEOPLE, duplicates=duplicates, **form(removal)))
    assert sum(result.outcomes.values()) == 5
    removed = result.outcomes.get(outcome_of("subscribed", removal), 0)
    if removal != "keep":
        removed += result.outcomes.get("skipped", 0)
    assert removed >= 3
    assert result.cursors == [5]


@pytest.mark.parametrize(
    ("removal", "status", "outcomes"),
    [
        ("keep", "subscribed", {"skipped": 1, "updated": 1}),
        ("remove_tags", "subscribed", {"skipped": 1, "updated": 1}),
        ("unsubscribe", "subscribed", {"skipped": 1, "updated": 1}),
        ("archive", "subscribed", {"skipped": 1, "updated": 1}),
        ("delete_permanently", "subscribed", {"skipped": 1, "updated": 1}),
    ],
)
def test_a_deletion_and_then_the_same_person_again(
    account: Account, removal: str, status: str | None, outcomes: dict[str, int]
) -> None:
    """In one window a later record of the same primary key replaces the deletion: a table was loaded anew."""
    account.put(ANN, "subscribed", tags=["CRM"])
    records = [{"email": ANN, "_ab_cdc_deleted_at": TIME}, {"email": ANN, "FNAME": "Ann"}]
    result = succeeded(sync(account, records, stream=PEOPLE, **form(removal)))
    assert account.status(ANN) == status
    assert result.outcomes == outcomes
    if removal == "remove_tags":
        assert account.people()[ANN].tags == {"CRM"}


# The fuse


def fused(account: Account, people: int, going: range, **keys: Any) -> tuple[list[Json], Any]:
    """Deletions of some of so many people, and the sync of them with a STATE after every five records."""
    account.seed(members=people)
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(going)]
    return records, lambda **more: sync_with_states(account, records, **{**keys, **more})


def sync_with_states(account: Account, records: list[Json], every: int = 5, **keys: Any) -> Any:
    """One sync with a STATE after every few records."""
    messages = []
    for count, record in enumerate(records, 1):
        messages.append(PEOPLE.record(**record))
        if count % every == 0:
            messages.append(PEOPLE.state(count))
    return feed(account, messages, [PEOPLE], **keys)


@pytest.mark.parametrize(("people", "allowed"), [(50, 10), (100, 10), (110, 11), (200, 20), (209, 20)])
@pytest.mark.parametrize("removal", ["unsubscribe", "archive", "remove_tags"])
def test_the_fuse_is_exact(account: Account, people: int, allowed: int, removal: Removal) -> None:
    """As many go as the limit says and not one more; what came after is unsettled and its STATEs do not leave."""
    account.seed(members=people, tags=["CRM"])
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 41))]
    result = sync_with_states(account, records, **form(removal))
    assert result.error is not None
    assert result.error.failure_type is FailureType.config_error
    assert f"{allowed} contacts removed or unsubscribed ({allowed} deleted records)" in result.complaint
    assert f"the limit is {allowed} (10 percent of the {people} contacts of audience 'Readers'" in result.complaint
    assert result.outcomes == {outcome_of("subscribed", removal): allowed}
    assert result.cursors == list(range(5, allowed + 1, 5))
    untouched = [one for one in account.people().values() if one.status == "subscribed" and "CRM" in one.tags]
    assert len(untouched) == people - allowed


def test_at_the_limit_the_sync_succeeds(account: Account) -> None:
    """Exactly as many as are allowed go without a word."""
    account.seed(members=200)
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 21))]
    assert succeeded(sync_with_states(account, records, **form("archive"))).cursors == [5, 10, 15, 20]


def test_a_restart_with_a_higher_limit_completes(account: Account) -> None:
    """From the last STATE that left, with the limit raised: everybody goes, and nobody twice."""
    account.seed(members=100)
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 34))]
    stopped = sync_with_states(account, records, **form("archive"))
    assert stopped.cursors == [5, 10]
    rest = records[stopped.cursors[-1] :]
    result = succeeded(sync_with_states(account, rest, max_removals_percent=50, **form("archive")))
    assert result.outcomes == {"archived": 23}
    assert sum(one.status == "archived" for one in account.people().values()) == 33


def test_only_what_takes_away_is_stopped(account: Account) -> None:
    """Records before the one over the limit are settled, whatever they do; a second person's data is not lost."""
    account.seed(members=100)
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 11))]
    records += [{"email": BOB, "FNAME": "Bob"}, {"email": numbered([50])[0], "_ab_cdc_deleted_at": TIME}]
    result = sync_with_states(account, [*records, {"email": ANN}], every=1, **form("archive"))
    assert result.error is not None
    assert account.status(BOB) == "subscribed"
    assert result.cursors == list(range(1, 12))


def test_ten_people_always_go(account: Account) -> None:
    """Ten of twelve, with a limit of nothing."""
    records, go = fused(account, 12, range(1, 11), **form("archive"))
    assert succeeded(go(max_removals_percent=0)).outcomes == {"archived": len(records)}


def test_opt_outs_by_the_column_count(account: Account) -> None:
    """Twenty people of a hundred say no: ten are unsubscribed, and the sync stops."""
    account.seed(members=100)
    records = [{"email": email, "opt_in": "no"} for email in numbered(range(1, 21))]
    result = sync_with_states(account, records, streams=[ASKING])
    assert result.error is not None
    assert sum(one.status == "unsubscribed" for one in account.people().values()) == 10


def test_opt_outs_and_deletions_share_one_fuse(account: Account) -> None:
    """Six who say no and six who are deleted are twelve who go."""
    account.seed(members=100)
    records: list[Json] = [{"email": email, "opt_in": False} for email in numbered(range(1, 7))]
    records += [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(7, 13))]
    result = sync_with_states(account, records, **form("archive", opt_in_field="opt_in"))
    assert "10 contacts removed or unsubscribed (4 deleted records, 6 opt-outs in records)" in result.complaint
    assert sum(one.status != "subscribed" for one in account.people().values()) == 10


def test_two_streams_of_one_audience_share_one_fuse(account: Account) -> None:
    """Six deletions of each are twelve."""
    account.seed(members=100)
    one, two = list_stream("one"), list_stream("two")
    messages = [one.record(email=email, _ab_cdc_deleted_at=TIME) for email in numbered(range(1, 7))]
    messages += [two.record(email=email, _ab_cdc_deleted_at=TIME) for email in numbered(range(7, 13))]
    result = feed(account, messages, [one, two], removal="archive")
    assert result.error is not None
    assert sum(person.status == "archived" for person in account.people().values()) == 10


def test_one_person_who_goes_twice_counts_once(account: Account) -> None:
    """Two records that say no for one address, the first overtaken before it was sent, are one person who goes."""
    account.seed(members=100)
    emails = numbered(range(1, 11))
    records = [{"email": email, "opt_in": "no", "FNAME": name} for name in ("A", "B") for email in emails]
    result = succeeded(sync_with_states(account, records, streams=[ASKING]))
    assert result.outcomes == {"duplicate": 10, "unsubscribed": 10}


def test_who_is_gone_already_does_not_count(account: Account) -> None:
    """Fifty deletions of people who are not there or opted out take nobody away."""
    account.seed(members=30, status="unsubscribed")
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 51))]
    assert succeeded(sync_with_states(account, records, **form("archive"))).outcomes == {"skipped": 50}


def test_archived_people_do_not_loosen_the_fuse(account: Account) -> None:
    """A hundred people with a thousand archived ones beside them: ten percent are ten."""
    account.seed(members=100)
    account.seed(members=1000, start=101, status="archived")
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 41))]
    result = sync_with_states(account, records, **form("archive"))
    assert result.outcomes == {"archived": 10}


@pytest.mark.parametrize("percent", [10, 100])
def test_permanent_deletion_has_a_fuse_of_one_percent(account: Account, percent: int) -> None:
    """Fifteen of fifteen hundred, whatever the percentage; the sentence says that raising it will not help."""
    account.seed(members=1500)
    records = [{"email": email, "_ab_cdc_deleted_at": TIME} for email in numbered(range(1, 31))]
    result = sync_with_states(account, records, max_removals_percent=percent, **form("delete_permanently"))
    assert "15 contacts removed" in result.complaint and "1 percent of the 1,500 contacts" in result.complaint
    assert "run the sync again" in result.complaint
    assert len(account.people()) == 1485
    again = succeeded(sync_with_states(account, records[15:29], **form("delete_permanently")))
    assert again.outcomes == {"deleted": 14}


@pytest.mark.parametrize("words", ["", "yes", "DELETE PERMANENTLY"])
def test_permanent_deletion_wants_its_words(account: Account, words: str) -> None:
    """Without them nothing is even read."""
    result = sync(account, [], stream=PEOPLE, removal="delete_permanently", confirm_permanent_deletion=words)
    assert "confirm_permanent_deletion" in result.complaint
    assert account.control.requests() == []
