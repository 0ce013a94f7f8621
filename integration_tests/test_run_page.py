"""The page of a run in a real browser: searched, filtered, sorted, printed, and with 1,000 refused records."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Rejected, Settled, StreamId
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.reporting.run_record import RunRecord
from source_destination_mailchimp.destination.reporting.run_summary import Exit
from source_destination_mailchimp.destination.storing.local_runs import LocalRuns

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[browser]'")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium: apt-get install chromium")

USERS = StreamId(None, "users")
ATTACK = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
RECORDS = 1000
SHOWN = "#records tbody tr:not([hidden])"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run that refused 1,000 records, for two reasons."""
    form = {
        "credentials": {"auth_type": "apikey", "apikey": "0-us1"},
        "audience": "a",
        "new_member_status": "pending",
    }
    report = Report(dry_run=False, clock=lambda: 0.0)
    folder = LocalRuns(tmp_path_factory.mktemp("store")).create(datetime(2026, 1, 2, tzinfo=UTC))
    record = RunRecord(folder, parse(form), report, list, datetime(2026, 1, 2, tzinfo=UTC), "8d3a3db4")
    for number in range(RECORDS):
        reason = Reason.INVALID_EMAIL if number % 4 else Reason.NO_EMAIL
        settled = Settled(Outcome.REJECTED, Note(reason, "email", ATTACK))
        row = {"id": number, "email": f"person {number}", "name": ATTACK}
        report.add(USERS, settled)
        record.refuse(USERS, settled, Rejected(USERS, row, Note(reason)).record)
    record.finish(Exit("succeeded"))
    return Path(folder.locate("report.html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    with playwright.sync_playwright() as driver:
        # A sandbox inside a container would need rights that a test has not.
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    """The page, opened from the disk; whatever goes wrong on it, or is asked of elsewhere, fails the test."""
    opened = browser.new_page()
    problems: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(file.as_uri())
    yield opened
    opened.close()
    assert problems == []
    assert requests == [file.as_uri()]


def test_nothing_of_a_record_takes_effect(page: Any) -> None:
    """What looks like markup in a record is text, and its script never runs."""
    assert page.title().startswith("Mailchimp sync")
    assert page.locator("#records img").count() == 0
    assert ATTACK in page.locator("#records tbody tr").first.text_content()


def test_the_search_finds_a_record(page: Any) -> None:
    """Any word of a row will do, in any case; without a word everything is shown again."""
    page.fill("#search", "PERSON 777")
    assert page.locator(SHOWN).count() == 1
    assert page.text_content("#matches") == "1 of 1,000 shown"
    page.fill("#search", "")
    assert page.locator(SHOWN).count() == RECORDS


def test_a_reason_filters(page: Any) -> None:
    """One of the reasons leaves its records, and the search goes on within them."""
    page.select_option("#reason", index=1)
    chosen = page.input_value("#reason")
    found = page.locator(f"{SHOWN} td:nth-child(3)").all_text_contents()
    assert set(found) == {chosen}
    assert 0 < len(found) < RECORDS


def test_a_heading_sorts(page: Any) -> None:
    """A click sorts by its column, and another one turns the order round; numbers sort as numbers."""
    heading = page.locator("#records th", has_text="Record")
    first = page.locator("#records tbody tr").first
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert "person 0" in first.text_content()
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert "person 999" in first.text_content()


def test_the_dark_mode_is_dark(page: Any) -> None:
    """The page follows the system: light ink on a dark ground, or the other way round."""
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == "rgb(15, 20, 24)"


def test_print_is_ink_on_paper(page: Any) -> None:
    """Printed from a dark screen it is still black on white, without the boxes that only a screen can use."""
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.is_visible("#search")
    assert page.pdf(format="A4").startswith(b"%PDF")
