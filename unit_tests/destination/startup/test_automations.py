"""Automations and journeys: what starts them, what a run may do, and what is said, stopped and counted."""

from typing import Any

import pytest

from source_destination_mailchimp.destination.model import Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.startup.automations import (
    UNKNOWN_AUTOMATIONS,
    UNKNOWN_JOURNEYS,
    Active,
    Automation,
    Effects,
    Starts,
    effects_of,
    may_start,
    warn_or_stop,
)
from source_destination_mailchimp.destination.startup.read_automations import (
    active_automations,
    read_automation,
    read_journey,
)
from source_destination_mailchimp.destination.startup.taken_in import TakenIn
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Json, Status
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import LIVE, entry, settings
from unit_tests.destination.planned import contact, known
from unit_tests.destination.pretend_account import PretendAccount, page

QUIET: Json = {"new_member_status": "unsubscribed"}
JOURNEYS = "/customer-journeys/journeys"
JOINING = Automation("Welcome", "aud1", Starts.JOINING)


def effects(keys: dict[str, Any] | None = None, *, adds: bool = True, activation: bool = False, **form: Any) -> Effects:
    """What a stream may do to the audience."""
    return effects_of(settings(**form), LIVE, [entry(**(keys or {}))], adds=adds, activation=activation)


@pytest.mark.parametrize(
    ("starts", "name", "keys", "may"),
    [
        (Starts.TAG, "vip", {"tags": ["VIP"]}, True),
        (Starts.TAG, "vip", {"mirror_tag": "Vip"}, True),
        (Starts.TAG, "caf\u00e9", {"tags": ["Cafe\u0301"]}, True),
        (Starts.TAG, "vip", {"tags": ["other"]}, False),
        (Starts.TAG, "vip", {"tags_field": "t"}, True),
        (Starts.TAG, "", {"tags": ["other"]}, True),
        (Starts.TAG, "", {}, False),
        (Starts.GROUP, "i-red", {"fields": [to("x", "group:Colors/Red")]}, True),
        (Starts.GROUP, "i-red", {"fields": [to("x", "group:Colors")]}, True),
        (Starts.GROUP, "i-week", {"fields": [to("x", "group:Colors")]}, False),
        (Starts.GROUP, "", {"fields": [to("x", "group:Colors")]}, True),
        (Starts.GROUP, "i-red", {"fields": [to("x", "FNAME")]}, False),
        (Starts.JOINING, "", {"tags": ["VIP"]}, False),
        (Starts.UNKNOWN, "", {"tags": ["VIP"]}, True),
        (Starts.UNKNOWN, "", {}, False),
        (Starts.OTHER, "", {"tags_field": "t"}, False),
    ],
)
def test_what_tags_and_groups_start(starts: Starts, name: str, keys: dict[str, Any], may: bool) -> None:
    """A tag or group that the settings write, by its name; one that a column names may be any."""
    assert may_start(Automation("A", "aud1", starts, name), effects(keys, **QUIET)) is may


@pytest.mark.parametrize(
    ("form", "adds", "may"),
    [
        ({"new_member_status": "subscribed"}, True, True),
        ({"new_member_status": "pending"}, True, True),
        ({"new_member_status": "subscribed"}, False, False),
        ({"new_member_status": "transactional"}, True, False),
        ({"new_member_status": "do_not_add", "resubscribe": "ask"}, True, True),
    ],
)
def test_joining_starts_a_welcome(form: dict[str, Any], adds: bool, may: bool) -> None:
    """Whoever becomes subscribed by a sync, now or by their own click, starts what greets new subscribers."""
    assert may_start(JOINING, effects(adds=adds, **form)) is may


@pytest.mark.parametrize("keys", [{"opt_in_field": "ok"}, {"opt_in_field": "ok", "consent_time_field": "at"}])
@pytest.mark.parametrize("form", [{"new_member_status": "subscribed"}, {"new_member_status": "pending"}])
def test_a_yes_of_somebody_who_is_there_starts_a_welcome(keys: dict[str, Any], form: dict[str, Any]) -> None:
    """Also where no stream adds anybody: transactional contacts, and those who come back, become subscribed."""
    assert may_start(JOINING, effects(keys, adds=False, **form))
    assert may_start(JOINING, effects(adds=False, activation=True, **form))
    assert not may_start(JOINING, effects(keys, adds=False, **QUIET))


def test_the_platforms_own_page_may_map_anything() -> None:
    """A stream of data activation may write any tag and any group."""
    for starts in (Starts.TAG, Starts.GROUP):
        assert may_start(Automation("A", "aud1", starts, "x"), effects(activation=True, **QUIET))


def said(active: Active, **form: Any) -> list[str]:
    """What is said before the first record."""
    return list(warn_or_stop(settings(**form), LIVE, active, effects(**form)))


def test_what_may_start_is_named() -> None:
    """Those of this audience alone, with what starts them; who is asked first starts a welcome later."""
    (anywhere,) = said(Active((Automation("Anywhere", "", Starts.JOINING),)))
    assert "Anywhere" in anywhere, "one whose audience is not said may be of any"
    elsewhere = Automation("Elsewhere", "aud2", Starts.JOINING)
    (sentence,) = said(Active((JOINING, elsewhere, Automation("Cart", "aud1", Starts.OTHER))))
    assert "“Welcome” (starts when a contact subscribes)" in sentence
    assert "Elsewhere" not in sentence and "Cart" not in sentence
    assert "when they confirm" in said(Active((JOINING,)), new_member_status="pending")[0]
    assert said(Active((JOINING,)), **QUIET) == []


@pytest.mark.parametrize("active", [Active((JOINING,)), Active((), (UNKNOWN_JOURNEYS,))])
def test_stop_stops_for_what_may_start_and_for_what_nobody_knows(active: Active) -> None:
    """The sentence names the setting; where nothing can start, nothing stops."""
    with pytest.raises(Misconfigured, match=r"^automations: "):
        said(active, automations="stop")
    assert said(active, automations="stop", **QUIET) == []
    assert said(Active(), automations="stop") == []


@pytest.mark.parametrize(
    ("status", "before", "now", "later"),
    [
        (Status.SUBSCRIBED, None, 1, 0),
        (Status.PENDING, None, 0, 1),
        (Status.SUBSCRIBED, Status.UNSUBSCRIBED, 1, 0),
        (None, Status.SUBSCRIBED, 0, 0),
        (Status.UNSUBSCRIBED, Status.SUBSCRIBED, 0, 0),
        (Status.TRANSACTIONAL, None, 0, 0),
    ],
)
def test_how_many_a_welcome_would_take_in(status: Status | None, before: Status | None, now: int, later: int) -> None:
    """Those who become subscribed; those who are asked first are counted apart."""
    counter = TakenIn([JOINING])
    member = known(before) if before else None
    counter.count(Operation(contact(), Route.ADD, Settled(Outcome.CREATED), status, known=member))
    (sentence,) = counter.sentences()
    assert f"would start for {now} contact" in sentence
    assert ("1 contact more" in sentence) is bool(later)


def test_how_many_a_tag_or_group_would_take_in() -> None:
    """Subscribed contacts who get it; nobody else is sent anything by it."""
    counter = TakenIn([Automation("T", "aud1", Starts.TAG, "vip"), Automation("G", "aud1", Starts.GROUP, "i-red")])
    for status in (Status.SUBSCRIBED, Status.UNSUBSCRIBED):
        changes = {"interests": {"i-red": True}}
        done = Settled(Outcome.UPDATED)
        counter.count(Operation(contact(), Route.PATCH, done, None, changes, known(status), tags_on=("VIP",)))
    assert all("would start for 1 contact." in sentence for sentence in counter.sentences())


@pytest.mark.parametrize(
    ("kind", "starts"),
    [
        ("welcomeSeries", Starts.JOINING),
        ("groupAdd", Starts.GROUP),
        ("abandonedCart", Starts.OTHER),
        ("specialEvent", Starts.UNKNOWN),
        (None, Starts.UNKNOWN),
    ],
)
def test_classic_automations(kind: str | None, starts: Starts) -> None:
    """What starts one is said by its kind; of a kind that nobody knows, nobody knows."""
    shown: Json = {"id": "a1", "recipients": {"list_id": "aud1"}, "trigger_settings": {"workflow_type": kind}}
    assert read_automation(shown) == Automation("a1", "aud1", starts)
    assert read_automation({**shown, "settings": {"title": "Hello"}, "trigger_settings": None}).title == "Hello"


@pytest.mark.parametrize(
    ("steps", "starts", "name"),
    [
        ([{"step_type": "trigger-tag", "trigger_details": {"tag": {"tag_name": "VIP"}}}], Starts.TAG, "vip"),
        ([{"step_type": "trigger-anything", "trigger_details": {"tag_name": "VIP"}}], Starts.TAG, "vip"),
        ([{"step_type": "trigger-signup"}], Starts.JOINING, ""),
        ([{"step_type": "trigger-group", "trigger_details": {"interest_id": "i-red"}}], Starts.GROUP, "i-red"),
        ([{"step_type": "trigger-api"}], Starts.OTHER, ""),
        ([{"step_type": "trigger-moon"}], Starts.UNKNOWN, ""),
        ([{"step_type": "trigger-tag", "trigger_details": {"tag_name": "Cafe\u0301"}}], Starts.TAG, "caf\u00e9"),
        ([{"step_type": ["trigger"], "trigger_details": "tag"}], Starts.UNKNOWN, ""),
        ([{"step_type": "trigger-group", "trigger_details": {"interest_id": None}}], Starts.GROUP, ""),
        ([{"step_type": "delay"}], Starts.UNKNOWN, ""),
        ([], Starts.UNKNOWN, ""),
        (None, Starts.UNKNOWN, ""),
    ],
)
def test_journeys(steps: list[Json] | None, starts: Starts, name: str) -> None:
    """The first step says what starts a journey; one that is not understood may start for anything."""
    shown = {"id": 7, "journey_name": "Hi", "list_id": "aud1"}
    assert read_journey(shown, steps) == [Automation("Hi", "aud1", starts, name)]


def test_a_journey_that_begins_at_several_points() -> None:
    """Each of its triggers may start it, and is held against the settings by itself."""
    steps = [{"step_type": "trigger-signup"}, {"step_type": "trigger-api"}, {"step_type": "trigger-signup"}]
    steps.append({"step_type": "delay"})
    found = read_journey({"id": 7, "list_id": "aud1"}, steps)
    assert found == [Automation("7", "aud1", Starts.JOINING), Automation("7", "aud1", Starts.OTHER)]


def test_what_an_account_does_not_show_is_said() -> None:
    """Neither a refusal, nor a page with fewer rows than it says, is knowledge."""
    assert active_automations(PretendAccount({}).client) == Active((), (UNKNOWN_AUTOMATIONS, UNKNOWN_JOURNEYS))
    short = {"journeys": [], "total_items": 1}
    bodies = {"/automations": page("automations"), JOURNEYS: short}
    assert active_automations(PretendAccount(bodies).client) == Active((), (UNKNOWN_JOURNEYS,))


@pytest.mark.parametrize(
    "rows",
    [
        {"journeys": ["Welcome"]},
        {"journeys": [None], "total_items": 1},
        {"journeys": [], "total_items": "0"},
        {"journeys": [], "total_items": None},
        {"journeys": [{"id": n} for n in range(1000)]},
    ],
)
def test_a_partial_answer_about_journeys_is_none(rows: Json) -> None:
    """Rows that are no objects, a total that is no number, and a full page that may have others behind it."""
    bodies = {"/automations": page("automations"), JOURNEYS: rows}
    assert active_automations(PretendAccount(bodies).client) == Active((), (UNKNOWN_JOURNEYS,))


@pytest.mark.parametrize("rows", [["Welcome"], [None], [[]], [{"id": "a1"}, 7]])
def test_a_foreign_answer_about_automations_is_none(rows: list[Any]) -> None:
    """Nothing of it is believed, and nothing breaks."""
    bodies = {"/automations": page("automations", *rows), JOURNEYS: page("journeys")}
    assert active_automations(PretendAccount(bodies).client) == Active((), (UNKNOWN_AUTOMATIONS,))


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": 5, "list_id": None, "status": 7, "journey_name": ["x"]}])
def test_a_journey_that_says_nothing_of_itself_may_start_for_anything(row: Json) -> None:
    """Of any audience, by anything: `stop` stops for it, and an automation alike."""
    classic = page("automations", {"recipients": [], "settings": 3, "trigger_settings": "x"})
    found = active_automations(PretendAccount({"/automations": classic, JOURNEYS: page("journeys", row)}).client)
    assert [(one.audience_id, one.starts) for one in found.automations] == [("", Starts.UNKNOWN)] * 2
    with pytest.raises(Misconfigured, match=r"^automations: "):
        said(found, automations="stop")


def test_journeys_that_take_nobody_in_are_left_out() -> None:
    """Paused ones and drafts; a status that nobody knows counts as active."""
    rows = [
        {"id": n, "list_id": "aud1", "status": word} for n, word in enumerate(("paused", "draft", "sending", "new"))
    ]
    bodies = {"/automations": page("automations"), JOURNEYS: page("journeys", *rows)}
    found = active_automations(PretendAccount(bodies).client)
    assert [one.title for one in found.automations] == ["2", "3"]
    assert {one.starts for one in found.automations} == {Starts.UNKNOWN}
