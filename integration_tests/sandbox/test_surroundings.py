"""What surrounds a member: notes, events, activity, growth, search, and the OAuth of an app."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integration_tests.sandbox.conftest import Api
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox

ANN = "ann@grouparoo.com"
NOON = "2026-03-01T12:00:00+00:00"
APP = {"client_id": "app", "redirect_uri": "http://127.0.0.1:9/back?x=1"}


@pytest.fixture
def ann(api: Api, control: Control, audience: str) -> str:
    """The path of somebody subscribed at noon."""
    control.clock(now=NOON, frozen=True)
    member = api.post(f"/lists/{audience}/members", {"email_address": ANN, "status": "subscribed"})
    return f"/lists/{audience}/members/{member['id']}"


def test_the_newest_note_is_the_last_note(api: Api, ann: str) -> None:
    """A member shows the newest note, and after its deletion the one before (inferred, S)."""
    assert "last_note" not in api.get(ann)
    api.post(f"{ann}/notes", {"note": "first"})
    second = api.post(f"{ann}/notes", {"note": "second"})["id"]
    assert api.get(ann)["last_note"]["note"] == "second"
    api.done("DELETE", f"{ann}/notes/{second}")
    assert api.get(ann)["last_note"]["note"] == "first"


def test_notes_have_a_thousand_characters(api: Api, ann: str) -> None:
    """A note of 1,000 characters is taken, one of 1,001 refused (inferred, FACTS 6.4)."""
    api.post(f"{ann}/notes", {"note": "n" * 1000})
    assert api.refused("POST", f"{ann}/notes", {"note": "n" * 1001}).status == 400


def test_notes_are_sorted(api: Api, control: Control, ann: str) -> None:
    """Notes come newest first, or by sort_field and sort_dir (documented, S)."""
    for text in ("a", "b"):
        control.clock(advance_seconds=60)
        api.post(f"{ann}/notes", {"note": text})
    assert [row["note"] for row in api.get(f"{ann}/notes")["notes"]] == ["b", "a"]
    rows = api.get(f"{ann}/notes", sort_field="created_at", sort_dir="ASC")["notes"]
    assert [row["note"] for row in rows] == ["a", "b"]


@pytest.mark.parametrize("name", ["x", "x" * 31])
def test_event_names_have_two_to_thirty_characters(api: Api, ann: str, name: str) -> None:
    """Event names of 1 and of 31 characters are refused (documented, FACTS 9)."""
    assert api.refused("POST", f"{ann}/events", {"name": name}).status == 400


def test_an_empty_event_property_is_an_empty_string(api: Api, ann: str) -> None:
    """null as a property is stored as "" (documented, CL:2020-02-26)."""
    api.done("POST", f"{ann}/events", {"name": "bought", "properties": {"what": None}})
    assert api.get(f"{ann}/events")["events"][0]["properties"] == {"what": ""}


def test_event_properties_are_strings(api: Api, ann: str) -> None:
    """A property that is a number is refused by its path (documented, FACTS 9; message observed, drewm#212)."""
    refusal = api.refused("POST", f"{ann}/events", {"name": "bought", "properties": {"price": 3}})
    assert refusal.messages == {"properties.price": "Schema describes string, integer found instead"}


def test_events_come_most_recent_first(api: Api, ann: str) -> None:
    """Events are ordered by when they occurred, ten to a page (documented, FACTS 9)."""
    for day in (2, 3, 1):
        occurred = f"2026-02-0{day}T00:00:00+00:00"
        api.done("POST", f"{ann}/events", {"name": f"day {day}", "occurred_at": occurred})
    assert [row["name"] for row in api.get(f"{ann}/events")["events"]] == ["day 3", "day 2", "day 1"]
    for _ in range(9):
        api.done("POST", f"{ann}/events", {"name": "more"})
    assert len(api.get(f"{ann}/events")["events"]) == 10


def test_activity_is_the_last_fifty(api: Api, control: Control, audience: str, ann: str) -> None:
    """activity has the last fifty, newest first, of the actions asked for (documented, FACTS 9)."""
    campaign = control.campaign(audience)["id"]
    for _ in range(60):
        control.clock(advance_seconds=1)
        control.people(ANN, audience, "open", campaign=campaign)
    rows = api.get(f"{ann}/activity")["activity"]
    assert len(rows) == 50
    assert rows[0]["timestamp"] == "2026-03-01T12:01:00+00:00"
    assert [row["action"] for row in api.get(f"{ann}/activity", action="sent")["activity"]] == ["sent"]


def test_the_feed_is_filtered_and_comes_in_pages(api: Api, control: Control, audience: str, ann: str) -> None:
    """activity-feed has campaigns, notes, events, coming and leaving, in pages and by filter (documented, FACTS 9)."""
    campaign = control.campaign(audience)["id"]
    for action in ("open", "click", "unsubscribe"):
        control.clock(advance_seconds=1)
        control.people(ANN, audience, action, campaign=campaign)
    api.post(f"{ann}/notes", {"note": "gone"})
    api.done("POST", f"{ann}/events", {"name": "left"})
    kinds = {row["activity_type"] for row in api.get(f"{ann}/activity-feed")["activity"]}
    assert kinds == {"generic_signup", "sent", "open", "click", "unsub", "note", "event"}
    some = api.get(f"{ann}/activity-feed", activity_filters="open,click")["activity"]
    assert [row["activity_type"] for row in some] == ["click", "open"]
    assert len(api.get(f"{ann}/activity-feed", count=3, offset=5)["activity"]) == 2


def test_the_feed_says_who_unsubscribed_somebody(api: Api, ann: str) -> None:
    """Somebody unsubscribed by the API is shown as taken off by an admin, with the reason (documented, S; G)."""
    api.patch(ann, {"status": "unsubscribed"})
    row = api.get(f"{ann}/activity-feed", activity_filters="unsub")["activity"][0]
    assert (row["is_admin_unsubscribed"], row["unsubscribe_reason"]) == (True, "N/A (Unsubscribed by admin)")


def test_goals_answer(api: Api, ann: str) -> None:
    """goals is a collection, here always empty (documented, S)."""
    assert api.get(f"{ann}/goals")["total_items"] == 0


@pytest.mark.parametrize("name", ["notes", "events", "activity", "activity-feed", "goals"])
def test_what_surrounds_nobody_is_not_found(api: Api, audience: str, name: str) -> None:
    """Everything below a member that does not exist is 404 (documented)."""
    assert api.refused("GET", f"/lists/{audience}/members/{'0' * 32}/{name}").status == 404


def test_growth_by_month(api: Api, control: Control) -> None:
    """`subscribed` is the total at a month's end; unsubscribed, cleaned and deleted are the month's (documented)."""
    control.clock(now="2026-01-15T00:00:00+00:00")
    audience = str(control.seed(name="Readers", members=0)["audience"])
    members = f"/lists/{audience}/members"
    for name in ("a", "b", "c", "d"):
        api.post(members, {"email_address": f"{name}@grouparoo.com", "status": "subscribed"})
    control.clock(now="2026-03-10T00:00:00+00:00")
    control.people("a@grouparoo.com", audience, "unsubscribe")
    control.people("b@grouparoo.com", audience, "bounce_hard")
    member = api.get(f"{members}/c@grouparoo.com")["id"]
    api.done("POST", f"{members}/{member}/actions/delete-permanent")
    rows = api.get(f"/lists/{audience}/growth-history", sort_field="month", sort_dir="ASC")["history"]
    columns = ("month", "subscribed", "unsubscribed", "cleaned", "deleted")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("2026-01", 4, 0, 0, 0),
        ("2026-02", 4, 0, 0, 0),
        ("2026-03", 1, 1, 1, 1),
    ]
    assert api.get(f"/lists/{audience}/growth-history/2026-02")["subscribed"] == 4
    assert api.refused("GET", f"/lists/{audience}/growth-history/2025-12").status == 404


def test_activity_by_day(api: Api, control: Control, audience: str, ann: str) -> None:
    """Recent activity counts additions, campaigns and departures by day, today first, 180 days at most (documented)."""
    control.clock(now="2028-03-01T12:00:00+00:00")
    campaign = control.campaign(audience)["id"]
    for action in ("open", "open", "click", "unsubscribe"):
        control.people(ANN, audience, action, campaign=campaign)
    page = api.get(f"/lists/{audience}/activity", count=1)
    today = page["activity"][0]
    assert page["total_items"] == 180
    assert {key: value for key, value in today.items() if value} == {
        "day": "2028-03-01",
        "emails_sent": 1,
        "unique_opens": 1,
        "recipient_clicks": 1,
        "unsubs": 1,
    }


def test_search_finds_addresses_and_names(api: Api, control: Control, audience: str) -> None:
    """A whole address is an exact match, the start of a name a full one, in one audience or in all (documented)."""
    names = {"FNAME": "Annabel", "LNAME": "Lee"}
    control.seed(audience, members=[{"email_address": ANN, "merge_fields": names}])
    other = str(control.seed(name="Others", members=[{"email_address": ANN}])["audience"])
    found = api.get("/search-members", query=ANN.upper())
    assert found["exact_matches"]["total_items"] == 2
    assert api.get("/search-members", query=ANN, list_id=other)["exact_matches"]["total_items"] == 1
    assert api.get("/search-members", query="annab lee")["full_search"]["total_items"] == 1
    assert api.get("/search-members", query="nabel")["full_search"]["total_items"] == 0
    assert api.refused("GET", "/search-members").status == 400


def authorized(sandbox: Sandbox) -> str:
    """A code for the app."""
    query = APP | {"response_type": "code", "state": "s"}
    answer = requests.get(f"{sandbox.url}/oauth2/authorize", params=query, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["s"]
    assert back["x"] == ["1"]
    return back["code"][0]


def token(sandbox: Sandbox, **changes: str) -> requests.Response:
    """The answer to a request for a token."""
    form = APP | {"grant_type": "authorization_code", "client_secret": "secret"} | changes
    return requests.post(f"{sandbox.url}/oauth2/token", data=form, timeout=10)


def metadata(sandbox: Sandbox, header: str) -> Any:
    """What the metadata say to a header; their status must be 200."""
    answer = requests.get(f"{sandbox.url}/oauth2/metadata", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 200
    return answer.json()


def test_a_code_becomes_a_token_that_never_expires(sandbox: Sandbox) -> None:
    """A token has no expiry, and opens the API as Bearer (documented, FACTS 2) and as OAuth (observed, TAP)."""
    made = token(sandbox, code=authorized(sandbox)).json()
    assert (made["expires_in"], made["scope"], "refresh_token" in made) == (0, None, False)
    for scheme in ("Bearer", "OAuth"):
        header = {"Authorization": f"{scheme} {made['access_token']}"}
        assert requests.get(f"{sandbox.api_url}/ping", headers=header, timeout=10).status_code == 200


def test_a_code_is_good_once_and_for_its_own_redirect(sandbox: Sandbox) -> None:
    """Another redirect URI and a second use are refused, a missing secret is 401 (documented, FACTS 2)."""
    code = authorized(sandbox)
    assert token(sandbox, code=code, redirect_uri="http://127.0.0.1:9/other").status_code == 400
    assert token(sandbox, code=code, client_secret="").status_code == 401
    assert token(sandbox, code=code).status_code == 200
    assert token(sandbox, code=code).status_code == 400


def test_another_secret_is_no_longer_the_apps(sandbox: Sandbox) -> None:
    """A secret that is not the app's is answered 401, as one is after it was rotated (documented, FACTS 2)."""
    assert token(sandbox, code=authorized(sandbox)).status_code == 200
    refused = token(sandbox, code=authorized(sandbox), client_secret="rotated")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_metadata_name_the_address_of_the_api(sandbox: Sandbox) -> None:
    """The metadata of a live token name account and api_endpoint (observed, G)."""
    live = metadata(sandbox, f"OAuth {token(sandbox, code=authorized(sandbox)).json()['access_token']}")
    assert live["api_endpoint"] == sandbox.url
    assert set(live) == {"dc", "role", "accountname", "user_id", "login", "login_url", "api_endpoint"}


def test_a_dead_token_is_answered_200_without_an_address(sandbox: Sandbox) -> None:
    """A dead token gets 200 and an error, and no api_endpoint (observed, TAP)."""
    dead = metadata(sandbox, "OAuth dead")
    assert (dead["error"], "api_endpoint" in dead) == ("invalid_token", False)
