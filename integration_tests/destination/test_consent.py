"""Who ends as what, end to end: every status times every answer times the settings that speak of consent."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from integration_tests.destination.syncing import CONSENT, Account, Json, Result, Stream, succeeded, sync

NEW_MEMBER_STATUSES = ("subscribed", "pending", "unsubscribed", "transactional", "do_not_add")
RESUBSCRIBES = ("never", "ask", "with_newer_consent")
LATER, EARLIER = "2025-06-01T00:00:00Z", "2023-01-01T00:00:00Z"
"""Before and after the second at which every seeded member was last changed."""


class Kind(NamedTuple):
    """What somebody is before the sync: a status, and who took them off."""

    name: str
    status: str = ""
    left_by: str = ""


KINDS = (
    Kind("stranger"),
    Kind("forgotten"),
    Kind("subscribed", "subscribed"),
    Kind("pending", "pending"),
    Kind("transactional", "transactional"),
    Kind("left by the API", "unsubscribed", "api"),
    Kind("left by a marketer", "unsubscribed", "admin"),
    Kind("left themselves", "unsubscribed", "person"),
    Kind("complained", "unsubscribed", "complaint"),
    Kind("under review", "unsubscribed", "compliance"),
    Kind("bounced", "cleaned", "bounce"),
    Kind("archived", "archived"),
)


class Answer(NamedTuple):
    """What a record says about consent."""

    name: str
    columns: Json
    asks: str = ""


NOT_ASKED = Answer("no answer asked for", {})
ANSWERS = (
    Answer("yes, later", {"opt_in": True, "agreed_at": LATER}, "yes"),
    Answer("yes, earlier", {"opt_in": "opted_in", "agreed_at": EARLIER}, "yes"),
    Answer("yes, undated", {"opt_in": "Yes"}, "yes"),
    Answer("no", {"opt_in": "unsubscribed", "agreed_at": LATER}, "no"),
    Answer("null", {"opt_in": None}, "missing"),
    Answer("unreadable", {"opt_in": "perhaps"}, "missing"),
)


class End(NamedTuple):
    """How somebody ends, and what is said of their record."""

    status: str | None
    outcome: str
    has_data: bool = True
    is_mailed: bool = False


END_OF_A_NO = End("unsubscribed", "unsubscribed")


def end_of(kind: Kind, answer: Answer, new: str, resubscribe: str) -> End:
    """What section 2.2 of the contract promises, written down without a look at the code."""
    if not kind.status:
        return _end_of_a_stranger(kind, answer, new)
    if kind.status in ("subscribed", "pending"):
        return END_OF_A_NO if answer.asks == "no" else End(kind.status, "updated")
    if kind.status == "transactional":
        joins = answer.asks == "yes" and new in ("subscribed", "pending")
        return End(new if joins else "transactional", "updated", is_mailed=joins and new == "pending")
    if kind.status == "cleaned":
        return End("cleaned", "held" if answer.asks == "yes" else "updated")
    return _end_of_who_left(kind, answer, resubscribe)


def _end_of_who_left(kind: Kind, answer: Answer, resubscribe: str) -> End:
    if answer.name != "yes, later" or resubscribe == "never":
        is_archived = kind.status == "archived"
        is_held = is_archived or answer.asks == "yes"
        return End(kind.status, "held" if is_held else "updated", has_data=not is_archived)
    if resubscribe == "ask":
        return End("pending", "asked", is_mailed=True)
    if kind.left_by in ("person", "complaint", "compliance"):
        return End("unsubscribed", "held")
    return End("subscribed", "resubscribed")


def _end_of_a_stranger(kind: Kind, answer: Answer, new: str) -> End:
    if answer.asks in ("no", "missing") or new == "do_not_add":
        return End(None, "skipped", has_data=False)
    if kind.name == "forgotten":
        return End(None, "held", has_data=False)
    return End(new, "created", is_mailed=new == "pending")


def address(kind: Kind, answer: Answer) -> str:
    """One person per row of the matrix."""
    return f"{kind.name} {answer.name}".lower().replace(" ", "-").replace(",", "") + "@sandbox-people.org"


def seed(account: Account, answers: tuple[Answer, ...]) -> None:
    """Everybody before the sync."""
    for kind in KINDS:
        for answer in answers:
            if kind.status:
                account.put(address(kind, answer), kind.status, left_by=kind.left_by, merge_fields={"FNAME": "Old"})
            elif kind.name == "forgotten":
                account.put(address(kind, answer), "subscribed")
                account.forget(address(kind, answer))


def records(answers: tuple[Answer, ...]) -> Iterator[Json]:
    """One record per person, with a new first name."""
    for kind in KINDS:
        for answer in answers:
            yield {"email": address(kind, answer), "FNAME": "New", **answer.columns}


def check(account: Account, result: Result, answers: tuple[Answer, ...], new: str, resubscribe: str) -> None:
    """Everybody ended as promised, and the counts say so."""
    people, mailed = account.people(), account.mailed()
    counts: dict[str, int] = {}
    for kind in KINDS:
        for answer in answers:
            email, end = address(kind, answer), end_of(kind, answer, new, resubscribe)
            counts[end.outcome] = counts.get(end.outcome, 0) + 1
            person = people.get(email)
            assert (person.status if person else None) == end.status, email
            assert mailed.count(email) == end.is_mailed, email
            if person is not None:
                assert person.values["FNAME"] == ("New" if end.has_data else "Old"), email
    assert result.outcomes == counts


def silent_again(account: Account, answers: tuple[Answer, ...], **keys: Any) -> None:
    """The same sync once more changes nobody and mails nobody; only who was refused is offered again."""
    before, mailed = account.people(), account.mailed()
    account.control.forget_requests()
    second = succeeded(sync(account, records(answers), **keys))
    assert not {"created", "updated", "asked", "resubscribed", "unsubscribed"} & second.outcomes.keys()
    assert (account.people(), account.mailed()) == (before, mailed)
    assert len(account.writes()) <= 1


@pytest.mark.parametrize("new", NEW_MEMBER_STATUSES)
@pytest.mark.parametrize("resubscribe", RESUBSCRIBES)
def test_everybody_ends_as_promised(account: Account, new: str, resubscribe: str) -> None:
    """Every status times every answer: status, mail, data and count are as promised, and then all is quiet."""
    keys: Json = {"new_member_status": new, "resubscribe": resubscribe, "streams": [CONSENT]}
    keys["max_removals_percent"] = 100
    seed(account, ANSWERS)
    result = succeeded(sync(account, records(ANSWERS), **keys))
    check(account, result, ANSWERS, new, resubscribe)
    silent_again(account, ANSWERS, **keys)


@pytest.mark.parametrize("new", NEW_MEMBER_STATUSES)
def test_without_an_opt_in_field_a_record_asks_nothing_of_members(account: Account, new: str) -> None:
    """Without opt_in_field nobody's status changes, and people who opted out have their data kept current."""
    seed(account, (NOT_ASKED,))
    stream = Stream(columns=("email", "FNAME"))
    result = succeeded(sync(account, records((NOT_ASKED,)), stream=stream, new_member_status=new))
    check(account, result, (NOT_ASKED,), new, "never")
    silent_again(account, (NOT_ASKED,), stream=stream, new_member_status=new)


@pytest.mark.parametrize("way", ["ask", "with_newer_consent"])
@pytest.mark.parametrize("agreed_at", ["2999-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", "2024-01-01", "soon", 0])
def test_a_consent_that_is_not_certainly_newer_brings_nobody_back(account: Account, way: str, agreed_at: Any) -> None:
    """A time yet to come, in the very second of the opt-out, or that nobody can read, is no newer consent."""
    email = "ann@sandbox-people.org"
    account.put(email, "unsubscribed", left_by="api")
    record = {"email": email, "opt_in": True, "agreed_at": agreed_at}
    result = succeeded(sync(account, [record], resubscribe=way, streams=[CONSENT]))
    assert account.status(email) == "unsubscribed"
    assert account.mailed() == []
    assert result.reasons["held-consent-not-newer"] == 1


def test_each_consent_asks_once(account: Account) -> None:
    """`ask` mails once per consent: not in the next sync, and not after the person has left again."""
    email = "ann@sandbox-people.org"
    account.put(email, "unsubscribed", left_by="person")
    record = {"email": email, "opt_in": True, "agreed_at": LATER}
    for _ in range(2):
        succeeded(sync(account, [record], resubscribe="ask", streams=[CONSENT]))
    assert account.mailed() == [email]
    account.act(email, "unsubscribe")
    succeeded(sync(account, [record], resubscribe="ask", streams=[CONSENT]))
    assert (account.status(email), account.mailed()) == ("unsubscribed", [email])


@pytest.mark.parametrize("status", ["subscribed", "pending"])
def test_a_double_opt_in_audience_gets_nobody_unasked(account: Account, status: str) -> None:
    """On an audience with double opt-in `subscribed` stops before the first write, and `pending` asks everybody new."""
    account.seed(double_optin=True)
    result = sync(account, [{"email": "ann@sandbox-people.org"}], new_member_status=status)
    if status == "subscribed":
        assert "new_member_status" in result.complaint
        assert "pending" in result.complaint
        assert account.writes() == []
    else:
        assert account.mailed() == ["ann@sandbox-people.org"]
        assert account.status("ann@sandbox-people.org") == "pending"


def test_an_account_under_review_makes_newcomers_confirm(account: Account) -> None:
    """Where Mailchimp insists on a confirmation mail, the record is created and the log says who is asked."""
    account.control.switch(forced_double_optin="yes")
    result = succeeded(sync(account, [{"email": "ann@sandbox-people.org"}]))
    assert account.status("ann@sandbox-people.org") == "pending"
    assert result.outcomes == {"created": 1}
    assert result.reasons == {"beside-confirmation-asked": 1}


@pytest.mark.parametrize("switches", [{"pending_clears_compliance": "no"}, {"pending_clears_compliance": "yes"}])
def test_nobody_who_was_asked_back_is_confirmed_by_us(account: Account, switches: dict[str, str]) -> None:
    """Somebody asked back stays pending through any number of syncs, until they click."""
    email = "ann@sandbox-people.org"
    account.control.switch(**switches)
    account.put(email, "unsubscribed", left_by="person")
    for n in range(3):
        record = {"email": email, "FNAME": f"N{n}", "opt_in": True, "agreed_at": LATER}
        succeeded(sync(account, [record], resubscribe="ask" if n == 0 else "with_newer_consent", streams=[CONSENT]))
    assert account.status(email) == "pending"
    account.act(email, "confirm")
    assert account.status(email) == "subscribed"


@pytest.mark.parametrize("way", RESUBSCRIBES)
@pytest.mark.parametrize("revives", ["yes", "no"])
def test_archived_people_return_only_by_a_newer_consent(account: Account, way: str, revives: str) -> None:
    """Archived counts as opted out, and where Mailchimp leaves somebody archived the record is held."""
    email = "ann@sandbox-people.org"
    account.control.switch(pending_revives_archived=revives)
    account.put(email, "archived")
    record = {"email": email, "opt_in": True, "agreed_at": LATER}
    result = succeeded(sync(account, [record], resubscribe=way, streams=[CONSENT]))
    asked = {"never": "archived", "ask": "pending", "with_newer_consent": "subscribed"}[way]
    ends = "archived" if (way, revives) == ("ask", "no") else asked
    assert account.status(email) == ends
    outcomes = {"archived": "held", "subscribed": "resubscribed", "pending": "asked"}
    assert result.outcomes == {outcomes[ends]: 1}
