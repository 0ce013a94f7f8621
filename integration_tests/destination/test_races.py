"""Somebody acts between our read and our write: they end as they chose, whatever way is written and Mailchimp does."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import CONSENT, Account, Json, Stream, succeeded, sync

EMAIL = "ann@sandbox-people.org"
LATER = "2025-06-01T00:00:00Z"
DATA = Stream(columns=("email", "FNAME"))
MEMBER = "/3.0/lists/*/members/*"
LIST = "/3.0/lists/*"

Deed = Callable[[Account], None]


def acts(*actions: str) -> Deed:
    """The person does one thing after the other."""

    def do(account: Account) -> None:
        for action in actions:
            account.act(EMAIL, action)

    do.__name__ = " and ".join(actions)
    return do


def marketer_archives(account: Account) -> None:
    """A marketer archives them in Mailchimp's own pages."""
    account.archive(EMAIL)


SWITCHES: list[dict[str, str]] = [
    {"batch_status_if_new": honoured, "batch_restores_archived": restores, "archived_keeps_compliance": keeps}
    for honoured in ("honoured", "refused", "treated_as_status")
    for restores, keeps in (("yes", "no"), ("no", "yes"))
]


class Race(NamedTuple):
    """Somebody of a status, what happens before which call, and how they end."""

    status: str
    deed: Deed
    method: str
    path: str
    ends: str
    left_by: str = ""


RACES = (
    Race("", acts("subscribe"), "POST", LIST, "subscribed"),
    Race("", acts("subscribe", "unsubscribe"), "POST", LIST, "unsubscribed"),
    Race("", acts("subscribe", "complain"), "POST", LIST, "unsubscribed"),
    Race("", acts("subscribe", "bounce_hard"), "POST", LIST, "cleaned"),
    Race("subscribed", acts("unsubscribe"), "POST", LIST, "unsubscribed"),
    Race("subscribed", acts("complain"), "POST", LIST, "unsubscribed"),
    Race("subscribed", acts("compliance"), "POST", LIST, "unsubscribed"),
    Race("subscribed", acts("bounce_hard"), "POST", LIST, "cleaned"),
    Race("subscribed", acts("unsubscribe", "subscribe"), "POST", LIST, "subscribed"),
    Race("pending", acts("confirm"), "PATCH", MEMBER, "subscribed"),
    Race("pending", acts("unsubscribe"), "PATCH", MEMBER, "unsubscribed"),
    Race("pending", acts("confirm", "unsubscribe"), "PATCH", MEMBER, "unsubscribed"),
    Race("unsubscribed", acts("subscribe"), "PATCH", MEMBER, "subscribed", "api"),
    Race("unsubscribed", acts("subscribe"), "PATCH", MEMBER, "subscribed", "person"),
    Race("unsubscribed", marketer_archives, "PATCH", MEMBER, "archived", "person"),
    Race("transactional", acts("subscribe"), "PATCH", MEMBER, "subscribed"),
    Race("transactional", acts("unsubscribe"), "PATCH", MEMBER, "unsubscribed"),
    Race("cleaned", acts("subscribe"), "PATCH", MEMBER, "subscribed", "bounce"),
)


def put(account: Account, race: Race) -> None:
    """The person before the sync."""
    if race.status:
        account.put(EMAIL, race.status, left_by=race.left_by)


def named(value: object) -> str:
    """A readable name for a case."""
    if isinstance(value, Race):
        return f"{value.status or 'stranger'} {value.left_by} {getattr(value.deed, '__name__', '')}"
    return " ".join(value.values()) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("switches", SWITCHES, ids=named)
@pytest.mark.parametrize("race", RACES, ids=named)
def test_who_acts_while_their_data_is_written_ends_as_they_chose(
    raced: Account, between: Between, race: Race, switches: dict[str, str]
) -> None:
    """A record that asks nothing leaves people as they made themselves a moment ago, and still brings its data."""
    raced.control.switch(**switches)
    put(raced, race)
    between.before(race.method, race.path, lambda: race.deed(raced))
    result = succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=DATA))
    assert between.is_done
    person = raced.people()[EMAIL]
    assert person.status == race.ends
    assert person.values == {"FNAME": "New"}
    assert result.outcomes == {"updated": 1}


@pytest.mark.parametrize("new", ["subscribed", "pending", "unsubscribed", "transactional"])
def test_who_signs_up_while_they_are_added_keeps_what_they_chose(raced: Account, between: Between, new: str) -> None:
    """Whatever new people are to become, somebody who just signed up and left again stays as they are."""
    between.before("POST", LIST, lambda: acts("subscribe", "unsubscribe")(raced))
    succeeded(sync(raced, [{"email": EMAIL}], stream=DATA, new_member_status=new))
    assert raced.status(EMAIL) == "unsubscribed"
    assert raced.mailed() == []


@pytest.mark.parametrize("deed", [acts("unsubscribe"), acts("complain"), acts("compliance")], ids=lambda d: d.__name__)
@pytest.mark.parametrize("honoured", ["honoured", "refused", "treated_as_status"])
def test_who_leaves_before_a_lost_answer_is_asked_for_again_stays_away(
    raced: Account, between: Between, deed: Deed, honoured: str
) -> None:
    """A call whose answer was lost is tried again, and finds that the person has left meanwhile."""
    raced.control.switch(batch_status_if_new=honoured)
    raced.control.fault("reset_after", method="POST", path=LIST, times=1)
    between.before("POST", LIST, lambda: deed(raced), nth=2)
    result = succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=DATA))
    assert between.is_done
    assert raced.status(EMAIL) == "unsubscribed"
    assert result.outcomes == {"created": 1}


OPTED_OUT = ("api", "admin", "person", "complaint")
YES: Json = {"email": EMAIL, "FNAME": "New", "opt_in": True, "agreed_at": LATER}


@pytest.mark.parametrize("way", ["ask", "with_newer_consent"])
@pytest.mark.parametrize("left_by", OPTED_OUT)
@pytest.mark.parametrize(
    "deed", [acts("subscribe", "unsubscribe"), acts("complain"), marketer_archives], ids=lambda d: d.__name__
)
def test_nobody_is_brought_back_who_left_again_after_we_looked(
    raced: Account, between: Between, way: str, left_by: str, deed: Deed
) -> None:
    """Who is brought back is looked at once more: a consent older than what they did counts no more."""
    raced.put(EMAIL, "unsubscribed", left_by=left_by)
    between.before("GET", MEMBER, lambda: deed(raced), nth=2)
    result = succeeded(sync(raced, [YES], resubscribe=way, streams=[CONSENT]))
    assert between.is_done
    assert raced.status(EMAIL) in ("unsubscribed", "archived")
    assert raced.mailed() == []
    assert result.outcomes == {"held": 1}


@pytest.mark.parametrize("deed", [acts("unsubscribe"), acts("complain")], ids=lambda d: d.__name__)
def test_nobody_is_brought_back_who_leaves_in_the_last_moment(raced: Account, between: Between, deed: Deed) -> None:
    """Between the last look and the write Mailchimp itself refuses whoever has left; their data is kept current."""
    raced.put(EMAIL, "transactional")
    between.before("PUT", MEMBER, lambda: deed(raced))
    result = succeeded(sync(raced, [YES], streams=[CONSENT]))
    assert raced.status(EMAIL) == "unsubscribed"
    assert raced.people()[EMAIL].values == {"FNAME": "New"}
    assert result.outcomes == {"held": 1}


@pytest.mark.parametrize(("way", "middle"), [("ask", "pending"), ("with_newer_consent", "subscribed")])
def test_a_lost_answer_never_brings_somebody_back_twice(
    raced: Account, between: Between, way: str, middle: str
) -> None:
    """When the answer to a return is lost, somebody who has left since is not brought back by the second try."""

    def leaves_through_another_tool() -> None:
        assert raced.status(EMAIL) == middle
        raced.act(EMAIL, "admin_unsubscribe")

    raced.put(EMAIL, "unsubscribed", left_by="api")
    raced.control.fault("reset_after", method="PUT", times=1)
    between.before("*", MEMBER, leaves_through_another_tool, nth=4)
    succeeded(sync(raced, [YES], resubscribe=way, streams=[CONSENT]))
    assert between.is_done
    assert raced.status(EMAIL) == "unsubscribed"
    assert raced.mailed() == [EMAIL] * (way == "ask")


def test_a_lost_answer_is_no_second_confirmation_mail(raced: Account, between: Between) -> None:
    """Somebody who confirms before the second try stays subscribed: they are not asked again."""
    raced.put(EMAIL, "unsubscribed", left_by="person")
    raced.control.fault("reset_after", method="PUT", times=1)
    between.before("*", MEMBER, lambda: raced.act(EMAIL, "confirm"), nth=4)
    succeeded(sync(raced, [YES], resubscribe="ask", streams=[CONSENT]))
    assert between.is_done
    assert raced.status(EMAIL) == "subscribed"
    assert raced.mailed() == [EMAIL]


def test_many_returns_are_looked_at_one_by_one(raced: Account, between: Between) -> None:
    """Also where so many come back that single calls are slow, each is looked at right before."""
    emails = [f"p{n}@sandbox-people.org" for n in range(60)]
    for email in emails:
        raced.put(email, "unsubscribed", left_by="api")

    records = [{**YES, "email": email} for email in emails]
    leaver = hashlib.md5(emails[30].encode(), usedforsecurity=False).hexdigest()
    between.before("GET", f"/3.0/lists/*/members/{leaver}", lambda: raced.act(emails[30], "complain"))
    succeeded(sync(raced, records, resubscribe="with_newer_consent", streams=[CONSENT]))
    assert between.is_done
    assert raced.status(emails[30]) == "unsubscribed"
    assert not [call for call in between.calls if call.method == "POST" and call.path == "/3.0/batches"]
    looked = [call.path for call in between.calls if call.method == "GET" and call.path.count("/") == 5]
    assert len(looked) >= len(emails)
    assert [raced.status(email) for email in emails].count("subscribed") == 59


def test_data_of_many_goes_without_a_status_through_batches(raced: Account, between: Between) -> None:
    """More than fifty people who are not subscribed are written by a batch of PATCH calls that name no status."""
    emails = [f"p{n}@sandbox-people.org" for n in range(60)]
    for email in emails:
        raced.put(email, "unsubscribed", left_by="api")
    between.before("POST", "/3.0/batches", lambda: raced.act(emails[0], "subscribe"))
    result = succeeded(sync(raced, [{"email": email, "FNAME": "New"} for email in emails], stream=DATA))
    people = raced.people()
    assert between.is_done
    assert [people[email].status for email in emails] == ["subscribed", *["unsubscribed"] * 59]
    assert {person.values["FNAME"] for person in people.values()} == {"New"}
    assert result.outcomes == {"updated": 60}
    (batch,) = [call.body for call in between.calls if call.path == "/3.0/batches"]
    assert not [one for one in batch["operations"] if "status" in one["body"]]


@pytest.mark.parametrize("deed", [acts("unsubscribe"), acts("complain"), acts("bounce_hard")], ids=lambda d: d.__name__)
def test_nobody_is_archived_who_left_a_moment_ago(raced: Account, between: Between, deed: Deed) -> None:
    """A removal that archives looks once more: an opt-out must not vanish under an archive."""
    raced.put(EMAIL, "subscribed")
    between.before("GET", MEMBER, lambda: deed(raced), nth=2)
    stream = Stream(columns=("email", "deleted"))
    entry = {"stream": "people", "deleted_field": "deleted"}
    succeeded(sync(raced, [{"email": EMAIL, "deleted": True}], stream=stream, removal="archive", streams=[entry]))
    assert between.is_done
    assert raced.status(EMAIL) in ("unsubscribed", "cleaned")


@pytest.mark.parametrize(("new", "ends"), [("pending", "pending"), ("unsubscribed", "unsubscribed")])
def test_who_takes_another_address_is_not_subscribed_under_the_old_one(
    raced: Account, between: Between, new: str, ends: str
) -> None:
    """Somebody known as subscribed changes their address: the old one is added as anybody new would be."""
    raced.put(EMAIL, "subscribed")
    between.before("POST", LIST, lambda: raced.act(EMAIL, "change_email", to="ann@new.org"))
    succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=DATA, new_member_status=new))
    assert raced.status("ann@new.org") == "subscribed"
    assert raced.status(EMAIL) == ends


def test_update_mode_adds_nobody_who_takes_another_address(raced: Account, between: Between) -> None:
    """In update mode nobody is mailed at an address that a person has just given up."""
    raced.put(EMAIL, "subscribed")
    between.before("POST", LIST, lambda: raced.act(EMAIL, "change_email", to="ann@new.org"))
    succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=Stream(columns=("email", "FNAME"), mode="update")))
    assert raced.status("ann@new.org") == "subscribed"
    assert raced.status(EMAIL) in (None, "unsubscribed")


@pytest.mark.parametrize("honoured", ["honoured", "refused"])
@pytest.mark.parametrize("deed", [acts("admin_unsubscribe"), marketer_archives], ids=lambda d: d.__name__)
def test_what_a_marketer_does_while_data_is_written_stays(
    raced: Account, between: Between, deed: Deed, honoured: str
) -> None:
    """Whom a marketer takes off or archives meanwhile stays so, where `status_if_new` is for new people or refused."""
    raced.control.switch(batch_status_if_new=honoured)
    raced.put(EMAIL, "subscribed")
    between.before("POST", LIST, lambda: deed(raced))
    succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=DATA))
    assert between.is_done
    assert raced.status(EMAIL) in ("unsubscribed", "archived")


def test_the_first_sign_of_another_meaning_ends_the_use_of_status_if_new(raced: Account, between: Between) -> None:
    """Where a row is refused as if it had asked for a status, the rest of the run goes by PATCH, without any."""
    raced.control.switch(batch_status_if_new="treated_as_status")
    emails = [f"p{n}@sandbox-people.org" for n in range(1550)]
    raced.seed(*[{"email_address": email, "status": "subscribed"} for email in emails])
    between.before("POST", LIST, lambda: raced.act(emails[0], "unsubscribe"))
    records = [{"email": email, "FNAME": "New"} for email in emails]
    result = succeeded(sync(raced, records, stream=DATA, max_connections=1))
    assert result.outcomes == {"updated": 1550}
    assert raced.status(emails[0]) == "unsubscribed"
    with_status = [call for call in between.calls if call.method == "POST" and "members" in (call.body or {})]
    assert len(with_status) < 4


LEAVING = {"stream": "people", "opt_in_field": "opt_in", "opt_in_no": "leave", "opt_out_field": "left_at"}
ASKING = Stream(columns=("email", "FNAME", "opt_in", "left_at"))


@pytest.mark.parametrize("box", [True, False, None], ids=str)
@pytest.mark.parametrize("race", [race for race in RACES if race.status], ids=named)
def test_an_opt_out_wins_whatever_happens_before_it_is_written(
    raced: Account, between: Between, race: Race, box: bool | None
) -> None:
    """A yes in the opt-out column, beside any answer in the box: whoever acts meanwhile is not mailed afterwards.

    Somebody who signs up at that very moment, having left before, is the only one who stays: they were not mailable
    when the record was planned, so it wrote no status.
    """
    put(raced, race)
    between.before("*" if race.status in ("subscribed", "pending") else race.method, MEMBER, lambda: race.deed(raced))
    row = {"email": EMAIL, "FNAME": "New", "opt_in": box, "left_at": "2024-05-01"}
    succeeded(sync(raced, [row], stream=ASKING, streams=[LEAVING], resubscribe="never"))
    assert between.is_done
    if raced.status(EMAIL) in ("subscribed", "pending"):
        assert race.status in ("unsubscribed", "cleaned", "transactional") and race.ends == "subscribed"
    succeeded(sync(raced, [row], stream=ASKING, streams=[LEAVING]))
    assert raced.status(EMAIL) not in ("subscribed", "pending")
    assert raced.mailed() == []


@pytest.mark.parametrize("deed", [acts("unsubscribe"), acts("complain"), marketer_archives], ids=lambda d: d.__name__)
def test_an_unchecked_box_leaves_people_as_they_made_themselves(raced: Account, between: Between, deed: Deed) -> None:
    """With `opt_in_no: leave` a no writes no status: who leaves meanwhile has left, and nobody else does."""
    raced.put(EMAIL, "subscribed")
    raced.put("bea@sandbox-people.org", "subscribed")
    between.before("POST", LIST, lambda: deed(raced))
    rows = [
        {"email": email, "FNAME": "New", "opt_in": False, "left_at": None}
        for email in (EMAIL, "bea@sandbox-people.org")
    ]
    succeeded(sync(raced, rows, stream=ASKING, streams=[LEAVING]))
    assert between.is_done
    assert raced.status(EMAIL) in ("unsubscribed", "archived")
    assert raced.status("bea@sandbox-people.org") == "subscribed"


@pytest.mark.parametrize("write", ["always", "if_empty", "only_new"])
@pytest.mark.parametrize("race", [race for race in RACES if not race.status], ids=named)
def test_who_signs_up_meanwhile_keeps_what_the_rule_of_a_field_keeps(
    raced: Account, between: Between, race: Race, write: str
) -> None:
    """Somebody who was to be added is there by now: what is for new contacts alone is not theirs, a gap is filled."""
    entry = {"stream": "people", "fields": [{"column": "FNAME", "target": "FNAME", "write": write}]}
    between.before(race.method, race.path, lambda: race.deed(raced))
    succeeded(sync(raced, [{"email": EMAIL, "FNAME": "New"}], stream=DATA, streams=[entry]))
    assert between.is_done
    person = raced.people()[EMAIL]
    assert person.status == race.ends
    assert person.values == ({} if write == "only_new" else {"FNAME": "New"})


@pytest.mark.parametrize("deed", [acts("unsubscribe"), acts("complain"), marketer_archives], ids=lambda d: d.__name__)
def test_who_leaves_while_their_address_changes_is_mailed_at_neither(
    raced: Account, between: Between, deed: Deed
) -> None:
    """A move is one call for the contact; who left before it is not brought along under the new address."""
    raced.seed(merge_fields=[{"tag": "CRMID", "name": "CRM ID", "type": "text"}])
    raced.put(EMAIL, "subscribed", merge_fields={"CRMID": "1"})
    moving = Stream(columns=("email", "id"), extra={"primary_key": [["id"]]})
    entry = {"stream": "people", "external_id": "id -> CRMID"}
    between.before("PATCH", MEMBER, lambda: deed(raced))
    sync(raced, [{"email": "ann@new.org", "id": "1"}], stream=moving, streams=[entry])
    assert between.is_done
    for person in raced.people().values():
        assert person.status not in ("subscribed", "pending")
    assert raced.mailed() == []


def test_a_journey_that_begins_while_a_sync_runs_is_not_foreseen_and_the_next_sync_stops(
    raced: Account, between: Between
) -> None:
    """`automations: stop` is decided before the first record; one that is switched on later stops the next sync."""

    def switches_it_on() -> None:
        raced.control.seed(journeys=[{"audience": raced.audience, "starts": "signup", "name": "Welcome"}])

    between.before("POST", LIST, switches_it_on)
    succeeded(sync(raced, [{"email": EMAIL}], stream=DATA, automations="stop"))
    assert between.is_done
    result = sync(raced, [{"email": "bea@sandbox-people.org"}], stream=DATA, automations="stop")
    assert "Welcome" in result.complaint
    assert set(raced.people()) == {EMAIL}


def test_a_join_starts_no_journey_for_a_tag_that_was_there(account: Account) -> None:
    """The old contact's tags go to the new one by a call that says it is a sync; a tag of the record's starts one."""
    account.seed(merge_fields=[{"tag": "CRMID", "name": "CRM ID", "type": "text"}])
    for tag in ("VIP", "new"):
        account.control.seed(journeys=[{"audience": account.audience, "starts": "tag", "tag": tag, "name": tag}])
    account.put(EMAIL, "subscribed", merge_fields={"CRMID": "1"}, tags=["VIP"])
    account.put("ann@new.org", "subscribed")
    joining = Stream(columns=("email", "id"), extra={"primary_key": [["id"]]})
    entry = {"stream": "people", "external_id": "id -> CRMID", "tags": ["new"]}
    succeeded(sync(account, [{"email": "ann@new.org", "id": "1"}], stream=joining, streams=[entry]))
    assert account.people()["ann@new.org"].tags == {"VIP", "new"}
    entered = {journey["name"]: len(journey["entered"]) for journey in account.control.journeys()}
    assert entered == {"VIP": 0, "new": 1}
