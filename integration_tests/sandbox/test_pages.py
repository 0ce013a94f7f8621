"""The pages for people, asked for without a browser: what they show, whom they are shown to, and what buttons do."""

from html import escape, unescape
from typing import Any
from urllib.parse import quote

import pytest
import requests

from integration_tests.sandbox.conftest import Api
from integration_tests.sandbox.plain import raw
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.sandbox.members.addresses import digest_of

HOSTILE = "\"'><script>document.title='owned'</script>"
ANN = "ann@postbox.org"


def page(sandbox: Sandbox, path: str, status: int = 200, **headers: str) -> str:
    """Return the text of a page."""
    answer = requests.get(sandbox.url + path, headers=headers, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.text


def contact_path(audience: str, email: str = ANN) -> str:
    """Return the address of a contact's page."""
    return f"/contacts/{digest_of(email).hex()}?audience={audience}"


def press(sandbox: Sandbox, audience: str, action: str, email: str = ANN, **more: Any) -> requests.Response:
    """Press a button as a browser does; what it leads to is not followed."""
    form = {"audience": audience, "contact": digest_of(email).hex(), "action": action}
    headers = {"Origin": more.pop("origin", sandbox.url)}
    return requests.post(f"{sandbox.url}/people", {**form, **more}, headers=headers, timeout=10, allow_redirects=False)


def status_of(api: Api, audience: str, email: str = ANN) -> str:
    """Return a contact's status as the API tells it."""
    return str(api.get(f"/lists/{audience}/members/{digest_of(email).hex()}")["status"])


@pytest.fixture
def filled(control: Control, api: Api) -> str:
    """Return the ID of an audience in which everything that has a name has a hostile one, with Ann in it."""
    audience = str(control.seed(name=f"Readers {HOSTILE}")["audience"])
    ann = {"email_address": ANN, "status": "subscribed", "merge_fields": {"FNAME": HOSTILE}, "tags": [HOSTILE]}
    api.post(f"/lists/{audience}/members", ann)
    member = f"/lists/{audience}/members/{digest_of(ANN).hex()}"
    api.post(f"{member}/notes", {"note": HOSTILE})
    control.campaign(audience, subject_line=HOSTILE)
    control.people("bob@postbox.org", audience, "subscribe")
    api.session.get(api.url(f"/{quote(HOSTILE)}"), timeout=10)
    return audience


def test_nothing_that_an_account_holds_takes_effect(sandbox: Sandbox, filled: str) -> None:
    """What looks like markup in a name, a tag, a note, a subject or a path is shown as text on every page (promise)."""
    paths = ["/", f"/audiences/{filled}", f"/audiences/{filled}?q={HOSTILE}", contact_path(filled), "/mail", "/calls"]
    for path in paths:
        shown = page(sandbox, path)
        assert "<script>document" not in shown, path
        assert HOSTILE in unescape(shown), path
    assert "<script>document" not in page(sandbox, f"/audiences/{quote('<script>document')}", 404)
    rows = requests.get(f"{sandbox.url}/calls/newer?after=0", timeout=10).json()["rows"]
    assert escape("<script>") in rows
    assert "<script>" not in rows


@pytest.mark.parametrize("path", ["/", "/audiences/{audience}", "/contacts/{ann}", "/mail", "/calls", "/calls/newer"])
def test_pages_are_not_in_the_log(sandbox: Sandbox, filled: str, path: str) -> None:
    """A page that somebody looks at is no call of the API: the log and the peak stay as they are (promise)."""
    sandbox.control.forget_requests()
    page(sandbox, path.format(audience=filled, ann=contact_path(filled).removeprefix("/contacts/")))
    assert sandbox.control.requests() == []
    assert sandbox.control.peak() == 0


def test_nothing_else_is_loaded(sandbox: Sandbox) -> None:
    """A page tells the browser to run nothing and to load nothing but its own style and script (promise)."""
    policy = requests.get(sandbox.url, timeout=10).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    for name in ("style.css", "live.js"):
        assert requests.get(f"{sandbox.url}/pages/{name}", timeout=10).status_code == 200


@pytest.mark.parametrize("origin", ["http://shop.example", "null", "http://localhost:1"])
def test_another_page_presses_no_button(sandbox: Sandbox, api: Api, filled: str, origin: str) -> None:
    """A button that a page of another origin presses is refused, and nothing changes (promise)."""
    assert press(sandbox, filled, "unsubscribe", origin=origin).status_code == 403
    assert status_of(api, filled) == "subscribed"
    order = {"audience": filled, "subject": "Hello"}
    answer = requests.post(f"{sandbox.url}/campaigns", order, headers={"Origin": origin}, timeout=10)
    assert answer.status_code == 403
    assert page(sandbox, "/mail").count("<td>campaign</td>") == 1


@pytest.mark.parametrize("host", ["shop.example", "us1.api.mailchimp.com", "[not-an-address", ""])
def test_another_name_shows_no_page(sandbox: Sandbox, filled: str, host: str) -> None:
    """A page is shown at a name of this machine only; the API answers at any name (promise)."""
    refusal = page(sandbox, "/", 403, Host=host)
    assert "Readers" not in refusal
    assert raw(sandbox, "GET", "/ping", headers={"Host": host or "us1.api.mailchimp.com"}).status_code == 200
    assert press(sandbox, filled, "unsubscribe").status_code == 303


def test_unsubscribe_and_complain(sandbox: Sandbox, api: Api, control: Control, filled: str) -> None:
    """Whoever presses Unsubscribe or Complain has left by themselves, and the API cannot bring them back (promise)."""
    campaign = control.campaign(filled)["id"]
    for action, email, reason in [("unsubscribe", ANN, "None given"), ("complain", "bob@postbox.org", "Reported as")]:
        assert press(sandbox, filled, action, email, campaign=campaign).status_code == 303
        assert status_of(api, filled, email) == "unsubscribed"
        member = f"/lists/{filled}/members/{digest_of(email).hex()}"
        assert api.refused("PATCH", member, {"status": "subscribed"}).status == 400
        shown = page(sandbox, contact_path(filled, email))
        assert "Unsubscribed by the contact" in shown
        assert reason in shown
    report = api.get(f"/reports/{campaign}")
    assert (report["unsubscribed"], report["abuse_reports"]) == (1, 1)


def test_confirm(sandbox: Sandbox, api: Api, control: Control) -> None:
    """Confirm makes a pending contact subscribed; it does nothing for others (promise)."""
    audience = str(control.seed(name="Careful", double_optin=True)["audience"])
    control.people(ANN, audience, "subscribe")
    assert "Received a confirmation mail" in page(sandbox, contact_path(audience))
    assert press(sandbox, audience, "confirm").status_code == 303
    assert status_of(api, audience) == "subscribed"
    again = press(sandbox, audience, "confirm")
    assert again.status_code == 400
    assert "Only a pending contact can do this." in again.text


def test_open_and_click(sandbox: Sandbox, api: Api, control: Control, filled: str) -> None:
    """Open and Click count in the report of the campaign that was chosen (promise)."""
    campaign = control.campaign(filled, subject_line="Second")["id"]
    assert press(sandbox, filled, "open", campaign=campaign).status_code == 303
    assert press(sandbox, filled, "click", campaign=campaign).status_code == 303
    report = api.get(f"/reports/{campaign}")
    assert (report["opens"]["unique_opens"], report["clicks"]["clicks_total"]) == (1, 1)
    assert "1 opened, 1 clicked, 0 left" in page(sandbox, "/mail")


def test_what_is_not_possible_is_said(sandbox: Sandbox, control: Control) -> None:
    """A button that cannot do anything is off, and its order is refused with the reason (promise)."""
    audience = str(control.seed(name="Quiet", members=[{"email_address": ANN, "status": "subscribed"}])["audience"])
    shown = page(sandbox, contact_path(audience))
    assert shown.count("disabled") == 3
    assert "No campaign was sent to this contact yet." in press(sandbox, audience, "open").text
    wrong = press(sandbox, audience, "click", campaign="nonsense")
    assert wrong.status_code == 400
    assert "campaign must be the ID" in wrong.text
    assert press(sandbox, audience, "dance").status_code == 404
    assert press(sandbox, audience, "unsubscribe", "nobody@postbox.org").status_code == 404
    page(sandbox, contact_path(audience, "nobody@postbox.org"), 404)


def test_a_contact_without_an_address(sandbox: Sandbox, control: Control) -> None:
    """A contact with a telephone number alone is shown by it, and can press nothing (promise)."""
    audience = str(control.seed(name="Short")["audience"])
    contact = control.people("", audience, "subscribe_sms", phone="+14045550123")["id"]
    assert "+14045550123" in page(sandbox, f"/audiences/{audience}")
    assert page(sandbox, f"/contacts/{contact}?audience={audience}").count("disabled") == 5


def test_contacts_come_in_pages(sandbox: Sandbox, control: Control) -> None:
    """Every contact is on exactly one page, and there are links to the page before and after (promise)."""
    audience = str(control.seed(name="Many", members=60)["audience"])
    seen: list[str] = []
    path = f"/audiences/{audience}"
    for number in (1, 2, 3):
        shown = page(sandbox, path)
        assert ('rel="prev"' in shown, 'rel="next"' in shown) == (number > 1, number < 3)
        seen += [part.partition("<")[0] for part in shown.split(f'?audience={audience}">')[1:]]
        path = f"/audiences/{audience}?page={number + 1}"
    assert len(seen) == 60
    assert sorted(seen) == sorted(f"person{number}@sandbox-people.org" for number in range(1, 61))
    assert "51–60 of 60 contacts" in page(sandbox, f"/audiences/{audience}?page=999")
    assert "1–25 of 60 contacts" in page(sandbox, f"/audiences/{audience}?page=x")


def test_contacts_are_found(sandbox: Sandbox, control: Control) -> None:
    """The search finds addresses and names, within a status if one is chosen (promise)."""
    audience = str(control.seed(name="Many", members=60)["audience"])
    control.people("person37@sandbox-people.org", audience, "unsubscribe")
    assert "1–1 of 1 contact\n" in page(sandbox, f"/audiences/{audience}?q=PERSON37").replace("</span>", "\n")
    assert "1–1 of 1 contact" in page(sandbox, f"/audiences/{audience}?q=person37&status=unsubscribed")
    assert "No contacts" in page(sandbox, f"/audiences/{audience}?q=person37&status=subscribed")
    assert "11 contacts" in page(sandbox, f"/audiences/{audience}?q=person1")


def test_the_history_of_a_contact(sandbox: Sandbox, api: Api, filled: str) -> None:
    """What the API and the contact did is told in order, the newest first (promise)."""
    member = f"/lists/{filled}/members/{digest_of(ANN).hex()}"
    sandbox.control.clock(advance_seconds=60)
    api.patch(member, {"status": "unsubscribed"})
    sandbox.control.clock(advance_seconds=60)
    api.patch(member, {"status": "subscribed", "merge_fields": {"LNAME": "Berg"}})
    sandbox.control.clock(advance_seconds=60)
    api.done("POST", f"{member}/tags", {"tags": [{"name": "vip", "status": "active"}]})
    shown = page(sandbox, contact_path(filled)).partition("<h2>History</h2>")[2]
    told = ["Tagged vip, by the API", "from unsubscribed to subscribed", "from subscribed to unsubscribed"]
    told += ["Received “", "Added as subscribed, by the API"]
    places = [shown.find(words) for words in told]
    assert -1 not in places
    assert places == sorted(places)


def test_mail_of_an_automation_that_has_become_due(sandbox: Sandbox, api: Api, control: Control) -> None:
    """An email of an automation is in the mail and in the history as soon as its time has come, without a call."""
    audience = str(control.seed(name="Welcomed")["audience"])
    welcome = {"subject_line": "Welcome to us", "delay_type": "now"}
    control.seed(automations=[{"audience": audience, "workflow_type": "welcomeSeries", "emails": [welcome]}])
    control.people(ANN, audience, "subscribe")
    assert "<td>automation</td><td>Welcome to us</td><td>1 contact</td>" in page(sandbox, "/mail")
    assert "Received “Welcome to us”" in page(sandbox, contact_path(audience))
    assert "Welcome to us" in page(sandbox, "/")


def test_a_tag_that_is_gone(sandbox: Sandbox, api: Api, filled: str) -> None:
    """The history of a contact is told after its tag was deleted, too."""
    segment = api.get(f"/lists/{filled}/segments")["segments"][0]["id"]
    api.done("DELETE", f"/lists/{filled}/segments/{segment}")
    assert "Tags changed, by the API" in page(sandbox, contact_path(filled))


def test_only_newer_calls_are_handed_out(sandbox: Sandbox, api: Api) -> None:
    """The script is given the calls that ended since its last look, also after the log was emptied (promise)."""
    seen = requests.get(f"{sandbox.url}/calls/newer", timeout=10).json()["seen"]
    api.get("/ping")
    newer = requests.get(f"{sandbox.url}/calls/newer?after={seen}", timeout=10).json()
    assert (newer["seen"], newer["rows"].count("/3.0/ping")) == (seen + 1, 1)
    sandbox.control.forget_requests()
    api.get("/ping")
    newest = requests.get(f"{sandbox.url}/calls/newer?after={seen + 1}", timeout=10).json()
    assert newest["rows"].count("<tr>") == 1
    assert requests.get(f"{sandbox.url}/calls/newer?after={seen + 2}", timeout=10).json()["rows"] == ""


def test_a_campaign_is_sent(sandbox: Sandbox, filled: str) -> None:
    """The form on the page of the mail sends a campaign to everybody subscribed (promise)."""
    form = {"audience": filled, "subject": "Hello there"}
    answer = requests.post(f"{sandbox.url}/campaigns", form, headers={"Origin": sandbox.url}, timeout=10)
    assert "Hello there" in answer.text
    assert "2 contacts" in answer.text
    wrong = requests.post(f"{sandbox.url}/campaigns", {"audience": "x"}, timeout=10)
    assert wrong.status_code == 400


def test_an_empty_account_says_how_to_fill_it(sandbox: Sandbox) -> None:
    """Without an audience the first page shows the command that makes one (promise)."""
    assert f"{sandbox.url}/_sandbox/seed" in page(sandbox, "/")
