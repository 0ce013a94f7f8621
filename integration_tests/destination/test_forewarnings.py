"""`check` and the start of `write` say what will bite, before it does."""

import logging
from typing import Any

import pytest
from airbyte_cdk.models import Status

from integration_tests.destination.syncing import PEOPLE, Account, Json, Stream, config, connector, feed
from source_destination_mailchimp.sandbox.campaigns.workflows import Automation, Automations
from unit_tests.destination.field_entries import to

QUIET: Json = {"new_member_status": "do_not_add"}


def check(account: Account, caplog: pytest.LogCaptureFixture, **keys: Any) -> tuple[bool, str]:
    """Whether `check` succeeds, and its warnings with its message."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, "airbyte"):
        found = connector(account.api_url).check(logging.getLogger("airbyte"), config(account, **keys))
    said = [record.getMessage() for record in caplog.records if record.name == "airbyte"]
    return found.status is Status.SUCCEEDED, "\n".join([*said, found.message or ""])


def write(account: Account, stream: Stream = PEOPLE, **keys: Any) -> str:
    """The warnings at the start of a write of one record, or what stopped it."""
    result = feed(account, [stream.record(email="ann@sandbox-people.org", opt_in="yes")], [stream], **keys)
    return f"{result.log}\n{result.complaint}"


def automate(account: Account, title: str, kind: str, status: str = "sending", audience: str = "") -> None:
    """An automation that a marketer has made."""
    rows = account.sandbox.store.room(Automations).by_id
    id = f"automation{len(rows)}"
    where = audience or account.audience
    rows[id] = Automation(id, where, "", title, "We", "we@sandbox-people.org", kind, 0, 0, status)


def both(account: Account, caplog: pytest.LogCaptureFixture, **keys: Any) -> list[str]:
    """What `check` says, and what `write` says."""
    return [check(account, caplog, **keys)[1], write(account, **keys)]


@pytest.mark.parametrize(
    ("setting", "words"), [("ignore", "Contacts without them are still added"), ("enforce", "is rejected")]
)
def test_required_merge_fields(account: Account, caplog: pytest.LogCaptureFixture, setting: str, words: str) -> None:
    """Fields that Mailchimp's form requires are named, with what happens to people who have no value for them."""
    account.seed(merge_fields=[{"tag": "NEED", "name": "Needed", "required": True}])
    for said in both(account, caplog, required_fields=setting):
        assert "requires NEED" in said
        assert words in said


def test_double_optin_stops_both(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """An audience that asks people to confirm refuses `subscribed`, at check already, and takes `pending`."""
    account.seed(double_optin=True)
    assert check(account, caplog)[0] is False
    for said in both(account, caplog):
        assert "double opt-in" in said
    assert check(account, caplog, new_member_status="pending")[0] is True


def test_double_optin_of_an_audience_that_nothing_feeds_is_no_matter(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """Where every stream names an audience, the default one may be what it is."""
    account.seed(double_optin=True)
    other = str(account.control.seed(name="Other", members=0)["audience"])
    assert check(account, caplog, streams=[{"stream": "people", "audience": other}])[0] is True


def test_merge_field_limit(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """A plan with little room for merge fields is told by check; a sync that needs more makes none of them."""
    account.control.switch(merge_field_limit="present")
    taken = len(account.sandbox.store.audience(account.audience).merge_fields)
    account.seed(merge_fields=[{"tag": f"F{n}", "name": f"Field {n}"} for n in range(30 - taken - 1)])
    said = check(account, caplog, unmapped_fields="create")[1]
    assert "29 merge fields and its plan allows 1 more" in said
    assert "merge fields" not in check(account, caplog)[1]
    stream = Stream(columns=("email", "one", "two"))
    account.control.forget_requests()
    assert "needs 2 new merge fields (one, two), and the plan allows 1 more" in write(
        account, stream, unmapped_fields="create"
    )
    assert account.writes() == []
    one = Stream(columns=("email", "one"))
    assert "was made for column one" in write(account, one, unmapped_fields="create")
    assert "its plan allows no more" in check(account, caplog, unmapped_fields="create")[1]


def test_key_that_may_not_write(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """A key of a user whose role cannot change an audience is refused before anything else."""
    account.control.seed(account={"role": "viewer"})
    account.control.forget_requests()
    for said in both(account, caplog):
        assert "a user with the role viewer, which cannot change audiences" in said
    assert account.writes() == []


def test_automations_that_may_start(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """Automations that are sending are named where the settings add people; shopping ones and others' are not."""
    other = str(account.control.seed(name="Other", members=0)["audience"])
    automate(account, "Welcome", "welcomeSeries")
    automate(account, "Happy birthday", "specialEvent")
    automate(account, "Cart", "abandonedCart")
    automate(account, "Sleeping", "welcomeSeries", "paused")
    automate(account, "Elsewhere", "welcomeSeries", audience=other)
    for said in both(account, caplog):
        assert "“Welcome” (" in said
        assert "“Happy birthday” (" in said
        assert not any(title in said for title in ("Cart", "Sleeping", "Elsewhere"))
    account.control.forget_requests()
    for said in both(account, caplog, **QUIET):
        assert "Automations" not in said
    assert not any("/automations" in row["path"] for row in account.control.requests())


@pytest.mark.parametrize("fault", ["403", "500"])
def test_automations_that_cannot_be_read_stop_nothing(
    account: Account, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """A plan without automations, or no answer about them, costs the warning and nothing else."""
    automate(account, "Welcome", "welcomeSeries")
    account.control.fault(fault, path="/3.0/automations", rate=1)
    is_fine, said = check(account, caplog)
    assert is_fine
    assert "did not return the active classic automations" in said
    assert "1 added: 1 record." in write(account)


def journey(account: Account, starts: str, **keys: Any) -> None:
    """A customer journey that a marketer has made."""
    account.control.seed(journeys=[{"audience": account.audience, "name": f"By {starts}", "starts": starts, **keys}])


def test_journeys_that_may_start(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """Those that start for who joins, and for a tag that the settings write, are named; others are not."""
    journey(account, "signup")
    journey(account, "tag", tag="CRM")
    journey(account, "api")
    entry = {"stream": "people", "tags": ["crm"]}
    for said in both(account, caplog, streams=[entry]):
        assert "“By signup” (starts when a contact subscribes)" in said
        assert "“By tag” (starts with a tag “crm”)" in said
        assert "By api" not in said
    for said in both(account, caplog, streams=[entry], **QUIET):
        assert "By tag" in said and "By signup" not in said
    for said in both(account, caplog, streams=[{"stream": "people", "tags": ["other"]}], **QUIET):
        assert "By tag" not in said


def test_a_dry_run_says_how_many_a_journey_would_take_in(account: Account) -> None:
    """And nobody enters; the run itself then takes in as many."""
    journey(account, "signup")
    messages = [PEOPLE.record(email=f"new{n}@sandbox-people.org") for n in range(5)]
    said = feed(account, messages, [PEOPLE], dry_run=True).log
    assert "“By signup” (starts when a contact subscribes) would start for 5 contacts." in said
    assert account.control.journeys()[0]["entered"] == []
    feed(account, messages, [PEOPLE])
    assert len(account.control.journeys()[0]["entered"]) == 5


def test_active_automations_stop_where_they_are_to(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """Before the first write, at check too, with the journey's name; where nothing starts, nothing stops."""
    assert check(account, caplog, automations="stop")[0] is True
    journey(account, "signup")
    for said in both(account, caplog, automations="stop"):
        assert "automations: " in said and "By signup" in said
    assert account.writes() == []
    assert check(account, caplog, automations="stop", **QUIET)[0] is True


@pytest.mark.parametrize("position", ["absent", "refused"])
def test_journeys_that_mailchimp_does_not_show(
    account: Account, caplog: pytest.LogCaptureFixture, position: str
) -> None:
    """An undocumented call may be no path, or forbidden: then nobody can know, and `stop` stops."""
    account.control.switch(customer_journeys=position)
    journey(account, "signup")
    for said in both(account, caplog):
        assert "did not return the active customer journeys" in said
    assert "automations: " in write(account, automations="stop")


@pytest.mark.parametrize("fault", ["404_html", "500", "200_empty_object", "302", "garbage"])
def test_any_other_answer_about_journeys_is_none(account: Account, fault: str) -> None:
    """Nothing but the form that was seen is knowledge; nobody waits long for it, and the sync goes on."""
    account.control.fault(fault, path="/3.0/customer-journeys/journeys", rate=1)
    said = write(account)
    assert "did not return the active customer journeys" in said
    assert "1 added: 1 record." in said
    asked = [row for row in account.control.requests() if row["path"].endswith("/customer-journeys/journeys")]
    assert len(asked) <= 2


def test_column_that_goes_to_two_places(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    """Two lines for one column are allowed and mentioned; a column that is also part of another line is not."""
    entry = {"stream": "people", "fields": [to("FNAME", "FNAME"), to("FNAME", "LNAME")]}
    for said in both(account, caplog, streams=[entry]):
        assert "FNAME goes to FNAME and LNAME" in said
    entry = {"stream": "people", "fields": [to("FNAME", "FNAME"), to("FNAME + LNAME", "LNAME")]}
    for said in both(account, caplog, streams=[entry]):
        assert "goes to" not in said


def test_two_columns_for_one_place_stop_before_the_first_write(account: Account) -> None:
    """Two columns for one merge field are a contradiction, and not only a slip."""
    entry = {"stream": "people", "fields": [to("FNAME", "FNAME"), to("LNAME", "FNAME")]}
    assert "both go to FNAME" in write(account, streams=[entry])
    assert account.writes() == []
