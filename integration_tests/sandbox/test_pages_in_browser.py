"""The pages for people in a real browser: each button pressed, calls as they come in, and both colour schemes."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from integration_tests.sandbox.conftest import Api
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.sandbox.members.addresses import digest_of

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[browser]'")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium: apt-get install chromium")

ATTACK = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
ANN = "ann@postbox.org"
GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Debian's Chromium, without a window."""
    with playwright.sync_playwright() as driver:
        # A sandbox inside a container would need rights that a test has not.
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def view(browser: Any, sandbox: Sandbox) -> Iterator[Any]:
    """Open a tab; whatever goes wrong in it, or is asked of elsewhere, fails the test."""
    opened = browser.new_page(base_url=sandbox.url)
    problems: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: requests.append(request.url))
    yield opened
    opened.close()
    assert problems == []
    assert [url for url in requests if not url.startswith((sandbox.url, "data:"))] == []


@pytest.fixture
def careful(control: Control) -> str:
    """Return the ID of an audience with double opt-in, with Ann subscribed and Bob pending."""
    audience = str(control.seed(name="Careful", double_optin=True)["audience"])
    control.people(ANN, audience, "subscribe")
    control.people(ANN, audience, "confirm")
    control.people("bob@postbox.org", audience, "subscribe")
    return audience


def member(api: Api, audience: str, email: str) -> dict[str, Any]:
    """Return a contact as the API shows it."""
    return api.get(f"/lists/{audience}/members/{digest_of(email).hex()}")


def go_to_contact(view: Any, email: str) -> None:
    """Find a contact from the first page, as a person does."""
    view.goto("/")
    view.click("a.card")
    view.fill("input[name=q]", email)
    view.click("button:has-text('Search')")
    view.click(f"a:has-text('{email}')")


def press(view: Any, label: str) -> None:
    """Press a button and wait for the sentence about what was done."""
    view.click(f".deeds button:text-is('{label}')")
    view.wait_for_selector(".done")


def test_confirm_is_pressed(view: Any, api: Api, careful: str) -> None:
    """Confirm makes a pending contact subscribed, and is off afterwards."""
    go_to_contact(view, "bob@postbox.org")
    assert view.text_content("h1 .badge") == "pending"
    press(view, "Confirm")
    assert view.text_content("h1 .badge") == "subscribed"
    assert view.is_disabled("button:text-is('Confirm')")
    assert member(api, careful, "bob@postbox.org")["status"] == "subscribed"


def test_open_and_click_are_pressed(view: Any, api: Api, careful: str) -> None:
    """After a campaign was sent from the page, Open and Click count for the contact."""
    go_to_contact(view, ANN)
    assert view.is_disabled("button:text-is('Open')")
    view.click("a:text-is('send one')")
    view.fill("input[name=subject]", "Spring")
    view.click("button:text-is('Send')")
    view.wait_for_selector("td:text-is('Spring')")
    go_to_contact(view, ANN)
    press(view, "Open")
    press(view, "Click")
    assert member(api, careful, ANN)["stats"] == {"avg_open_rate": 1, "avg_click_rate": 1}
    assert "Opened “Spring”" in view.text_content(".moments")
    assert "Clicked https://www.sandbox-people.org/ in “Spring”" in view.text_content(".moments")


@pytest.mark.parametrize(("label", "reason"), [("Unsubscribe", "None given"), ("Complain", "Reported as spam")])
def test_leaving_is_pressed(view: Any, api: Api, careful: str, label: str, reason: str) -> None:
    """Unsubscribe and Complain take the contact off the list, with their reasons."""
    go_to_contact(view, ANN)
    press(view, label)
    assert view.text_content("h1 .badge") == "unsubscribed"
    found = member(api, careful, ANN)
    assert (found["status"], found["unsubscribe_reason"]) == ("unsubscribed", reason)
    assert reason in view.text_content(".moments")


def test_calls_appear_as_they_come_in(view: Any, api: Api) -> None:
    """A call is in the list without a reload, and the first page shows it too."""
    for path in ("/calls", "/"):
        view.goto(path)
        assert view.text_content("#live") == "live"
        before = view.locator(".calls tbody tr").count()
        api.get("/ping")
        view.wait_for_selector(f".calls tbody tr:nth-child({before + 1})")
        assert "/3.0/ping" in view.text_content(".calls tbody tr >> nth=0")


def test_a_hostile_call_is_text(view: Any, api: Api) -> None:
    """What looks like markup in the path of a call that comes in is text, and its script never runs."""
    view.goto("/calls")
    api.session.get(api.url("/lists"), params={"x": ATTACK}, timeout=10)
    view.wait_for_selector(".calls tbody tr")
    assert view.locator(".calls img").count() == 0
    assert view.title() == "Calls · Mailchimp sandbox"


def test_a_hostile_contact_is_text(view: Any, control: Control, api: Api) -> None:
    """What looks like markup in names and tags is text on the contact's page, and its script never runs."""
    audience = str(control.seed(name=ATTACK)["audience"])
    body = {"email_address": ANN, "status": "subscribed", "merge_fields": {"FNAME": ATTACK}, "tags": [ATTACK]}
    api.post(f"/lists/{audience}/members", body)
    go_to_contact(view, ANN)
    assert view.locator("img").count() == 0
    assert view.text_content(".tag") == ATTACK
    assert view.title() == f"{ANN} · Mailchimp sandbox"


def test_everything_but_live_calls_works_without_javascript(browser: Any, sandbox: Sandbox, careful: str) -> None:
    """With JavaScript switched off a contact is found, and its button works; the calls say that they stand still."""
    tab = browser.new_context(java_script_enabled=False, base_url=sandbox.url).new_page()
    go_to_contact(tab, ANN)
    press(tab, "Unsubscribe")
    assert tab.text_content("h1 .badge") == "unsubscribed"
    tab.goto("/calls")
    assert tab.is_visible("noscript")
    tab.context.close()


def test_the_page_follows_the_colour_scheme(view: Any, careful: str) -> None:
    """In dark mode the ground is dark, else it is white."""
    view.goto("/")
    view.emulate_media(color_scheme="light")
    assert view.evaluate(GROUND) == "rgb(255, 255, 255)"
    view.emulate_media(color_scheme="dark")
    assert view.evaluate(GROUND) == "rgb(15, 20, 24)"


def test_a_narrow_screen_does_not_scroll_sideways(view: Any, careful: str) -> None:
    """On a telephone every page is as wide as the screen; wide tables scroll within it."""
    view.set_viewport_size({"width": 390, "height": 800})
    for path in ("/", f"/audiences/{careful}", f"/contacts/{digest_of(ANN).hex()}?audience={careful}", "/mail"):
        view.goto(path)
        assert view.evaluate("document.documentElement.scrollWidth") <= 390, path
